import t from 'tap'
import { ExchangeError } from '../../../src/domain/problems.js'
import { formatApiKey } from '../../../src/services/identity/api-key.js'
import { createFailedAttempts, FREE_ATTEMPTS, FREE_ATTEMPTS_OF_NETWORK } from '../../../src/services/identity/failed-attempts.js'
import { openIdentity, START } from './identity-fixture.js'

const ATTACKER = '198.51.100.66'
const ELSEWHERE = '203.0.113.7'

const guess = (index: number) => String(index).padStart(43, 'w')

/** `accepted`, or the code of the refusal, with the seconds to wait. */
async function outcome (asked: () => unknown): Promise<{ code: string, wait?: number | undefined }> {
  try {
    await asked()
    return { code: 'accepted' }
  } catch (error) {
    if (error instanceof ExchangeError) return { code: error.code, wait: error.retryAfterSeconds }
    throw error
  }
}

t.test('a thousand wrong secrets against one client are slowed, logged, and in nobody else\'s way', async t => {
  const { identity, administration, vendor, credential, clientReads, repeatedFailures, clock } = await openIdentity(t)
  const other = await administration.createClient({ organizationId: vendor.id, name: 'other' })
  const inUse = await administration.createClient({ organizationId: vendor.id, name: 'in use' })
  const ask = async (apiKey: string, address: string) => await outcome(async () => await identity.authenticateApiKey(apiKey, address))
  await ask(inUse.apiKey, ATTACKER)
  clientReads.length = 0

  const waits: number[] = []
  for (let index = 0; index < 1_000; index++) {
    clock.at += 100
    const { code, wait } = await ask(formatApiKey({ clientId: credential.clientId, clientSecret: guess(index) }), ATTACKER)
    t.equal(code, wait === undefined ? 'unauthenticated' : 'too-many-failures')
    if (wait !== undefined) waits.push(wait)
    if (index % 100 !== 50) continue
    t.same(await ask(credential.apiKey, ELSEWHERE), { code: 'accepted' }, 'the client itself, from elsewhere, meanwhile')
    t.same(await ask(other.apiKey, ATTACKER), { code: 'accepted' }, 'another client, from the same address')
    t.same(await ask(inUse.apiKey, ATTACKER), { code: 'accepted' })
    t.same(await ask(other.apiKey, ELSEWHERE), { code: 'accepted' })
  }
  const tested = 1_000 - waits.length
  t.ok(tested < FREE_ATTEMPTS + 10, `${tested} of 1,000 guesses in 100 seconds were looked at`)
  t.ok(Math.max(...waits) > 30 && Math.max(...waits) <= 60, 'the wait grows, to a minute at most')
  t.ok(clientReads.filter(id => id === credential.clientId).length < tested + 10, 'the others cost no read of the database')

  t.same(repeatedFailures[0], { clientId: credential.clientId, network: ATTACKER, failures: FREE_ATTEMPTS, waitSeconds: 1 })
  t.equal(repeatedFailures.length, tested - FREE_ATTEMPTS + 1, 'one entry for each that was looked at after the free ones')
  t.notMatch(JSON.stringify(repeatedFailures), /www/)

  t.same(await ask(credential.apiKey, ATTACKER), { code: 'accepted' }, 'a valid one that was accepted a moment ago, from the same address')
})

t.test('a valid secret that nobody has used yet waits its turn, works then, and begins anew', async t => {
  const { identity, credential, clock } = await openIdentity(t)
  const ask = async (apiKey: string) => await outcome(async () => await identity.authenticateApiKey(apiKey))
  const wrong = (index: number) => formatApiKey({ clientId: credential.clientId, clientSecret: guess(index) })
  for (let index = 0; index < FREE_ATTEMPTS; index++) t.equal((await ask(wrong(index))).code, 'unauthenticated')
  t.same(await ask(credential.apiKey), { code: 'too-many-failures', wait: 1 }, 'whoever guesses learns nothing while there is a wait')
  clock.at += 999
  t.same(await ask(credential.apiKey), { code: 'too-many-failures', wait: 1 })
  clock.at += 1
  t.same(await ask(credential.apiKey), { code: 'accepted' })
  for (let index = 0; index < FREE_ATTEMPTS; index++) t.equal((await ask(wrong(index))).code, 'unauthenticated')
  t.same(await ask(credential.apiKey), { code: 'accepted' }, 'and is known by now')
})

t.test('the token endpoint and API keys count together', async t => {
  const { identity, credential } = await openIdentity(t)
  const { clientId } = credential
  const asks = [
    async (index: number) => await identity.authenticateApiKey(formatApiKey({ clientId, clientSecret: guess(index) })),
    async (index: number) => await identity.issueToken({ grantType: 'client_credentials', clientId, clientSecret: guess(index) }).catch((error: unknown) => {
      if (error instanceof ExchangeError) throw error
    })
  ]
  for (let index = 0; index < FREE_ATTEMPTS; index++) await outcome(async () => await asks[index % 2]?.(index))
  for (const ask of asks) t.match(await outcome(async () => await ask(99)), { code: 'too-many-failures', wait: 1 })
})

t.test('guesses that are sent together are not all looked at', async t => {
  const { identity, credential, clientReads } = await openIdentity(t)
  const codes = await Promise.all(Array.from({ length: 200 }, async (_, index) =>
    await outcome(async () => await identity.authenticateApiKey(formatApiKey({ clientId: credential.clientId, clientSecret: guess(index) })))))
  t.equal(codes.filter(({ code }) => code === 'unauthenticated').length, FREE_ATTEMPTS)
  t.ok(clientReads.length <= FREE_ATTEMPTS)
})

t.test('a busy client that begins with many requests at once is not slowed', async t => {
  const { identity, startIdentity, credential } = await openIdentity(t)
  for (const process of [identity, startIdentity()]) {
    const codes = await Promise.all(Array.from({ length: 200 }, async () => await outcome(async () => await process.authenticateApiKey(credential.apiKey))))
    t.ok(codes.every(({ code }) => code === 'accepted'))
  }
  const tokens = await Promise.all(Array.from({ length: 50 }, async () => await outcome(async () => await startIdentity().issueToken({ grantType: 'client_credentials', ...credential, scope: '' }))))
  t.ok(tokens.every(({ code }) => code === 'accepted'))
})

t.test('a network that tries many clients is slowed, and those that work from there are not', async t => {
  const clock = { at: START }
  const repeated: object[] = []
  const attempts = createFailedAttempts({ monotonicMs: () => clock.at, onRepeated: failure => { repeated.push(failure) } })
  const attempt = async (clientId: string, address: string, answer: string | null = null) => await outcome(async () => {
    if (await attempts.guard({ clientId, address }, async () => answer) === null) throw new ExchangeError('unauthenticated', 'no')
  })
  await attempt('resident', '2001:db8:1:2::1', 'right')
  for (let index = 0; index < FREE_ATTEMPTS_OF_NETWORK; index++) {
    t.match(await attempt(`client-${index}`, `2001:db8:1:2::${index.toString(16)}`), { code: 'unauthenticated' })
  }
  t.match(await attempt('one-more', '2001:db8:1:2:ffff::1'), { code: 'too-many-failures', wait: 1 }, 'the addresses of one network count together')
  t.match(await attempt('one-more', '2001:db8:1:3::1'), { code: 'unauthenticated' }, 'another network')
  t.match(await attempt('resident', '2001:db8:1:2::1', 'right'), { code: 'accepted' })
  t.match(repeated, [{ network: '2001:db8:1:2::/64', failures: FREE_ATTEMPTS_OF_NETWORK }])
  clock.at += 15 * 60_000
  t.match(await attempt('one-more', '2001:db8:1:2::1'), { code: 'unauthenticated' }, 'forgotten after a quarter of an hour')
})

t.test('what could not be looked at does not count', async t => {
  const attempts = createFailedAttempts({ monotonicMs: () => 0, onRepeated: () => {} })
  for (let index = 0; index < 3 * FREE_ATTEMPTS_OF_NETWORK; index++) {
    await t.rejects(attempts.guard({ clientId: 'c', address: ATTACKER }, async () => { throw new Error('the database is away') }), { message: 'the database is away' })
  }
  t.equal(await attempts.guard({ clientId: 'c', address: ATTACKER }, async () => 'right'), 'right')
})
