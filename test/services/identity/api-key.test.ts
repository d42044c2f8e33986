import fc from 'fast-check'
import t from 'tap'
import { formatApiKey, isClientId, parseApiKey, parseCredential } from '../../../src/services/identity/api-key.js'

const clientIds = fc.stringMatching(/^[a-z0-9][a-z0-9-]{2,63}$/)
const bareSecrets = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(bytes => Buffer.from(bytes).toString('base64url'))
/** With the prefix, and as they were made before there was one. */
const secrets = fc.tuple(fc.constantFrom('esgs_', ''), bareSecrets).map(([prefix, random]) => prefix + random)

t.test('every credential is read back from its API key, also when the secret contains _ and -', async t => {
  fc.assert(fc.property(clientIds, secrets, (clientId, clientSecret) => {
    t.strictSame(parseApiKey(formatApiKey({ clientId, clientSecret })), { clientId, clientSecret })
  }), { examples: [['abc', '_'.repeat(43)], ['abc', `esgs_${'a'.repeat(38)}`], ['a--', '-'.repeat(43)]] })
})

t.test('what is not exactly an API key is none', async t => {
  const secret = 'A'.repeat(43)
  const refused = [
    '', 'esgx_', `esgx_abc_${secret}A`, `esgx_abc_${secret.slice(1)}`, `esgx_abc_${secret}=`, `esgx_abc_esgs_${secret}A`, `esgx_abc_esgs_${secret.slice(6)}`, `esgx_abc_ESGS_${secret}`, `ESGX_abc_${secret}`, `esgx_ABC_${secret}`,
    `esgx_ab_${secret}`, `esgx__${secret}`, `esgx_a_c_${secret}`, ` esgx_abc_${secret}`, `esgx_abc_${secret}\n`, `esgx_abc_${secret.slice(1)}é`
  ]
  for (const key of refused) t.equal(parseApiKey(key), null, JSON.stringify(key))
  t.equal(parseCredential('abc', `${secret}\n`), null)
  t.equal(parseCredential('abc\n', secret), null)
  t.notOk(isClientId('a'.repeat(65)))
})
