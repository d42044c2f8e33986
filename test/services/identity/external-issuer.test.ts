import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { calculateJwkThumbprint, exportJWK, exportSPKI, generateKeyPair, importJWK, SignJWT, UnsecuredJWT, type CryptoKey, type JWK } from 'jose'
import t from 'tap'
import type { Caller } from '../../../src/domain/access.js'
import { createExternalIssuer, type ExternalIssuerSettings } from '../../../src/services/identity/external-issuer.js'
import { BASE_URL, openIdentity, START } from './identity-fixture.js'

const AUDIENCE = 'https://esg.example.com'
const REFUSAL = { code: 'unauthenticated' }

interface TestScope { teardown: (work: () => Promise<void>) => void }

async function settle (answer: Caller | Promise<Caller>): Promise<Caller> {
  return await answer
}

/** An OpenID issuer as far as an API needs one: discovery, keys, and tokens signed with them. */
async function startIssuer (t: TestScope) {
  const published: JWK[] = []
  const requests: string[] = []
  let answers: 'well' | 'with an error' | 'never' | 'for another issuer' | 'with a redirect' = 'well'
  const server: Server = createServer((request, response) => {
    const path = String(request.url)
    requests.push(path)
    if (answers === 'never') return
    if (answers === 'with an error' || answers === 'with a redirect') {
      response.writeHead(answers === 'with an error' ? 500 : 302, { location: '/elsewhere' }).end()
      return
    }
    const body = path === '/.well-known/openid-configuration'
      ? { issuer: answers === 'for another issuer' ? 'https://evil.example' : url, jwks_uri: `${url}/keys` }
      : { keys: published }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  t.teardown(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })

  async function addKey (algorithm = 'ES256') {
    const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true })
    const jwk = await exportJWK(publicKey)
    const kid = await calculateJwkThumbprint(jwk)
    published.push({ ...jwk, kid, alg: algorithm, use: 'sig' })
    const sign = async (claims: object, header: object = {}): Promise<string> => await new SignJWT({
      iss: url, aud: AUDIENCE, sub: 'nightly-job', iat: START / 1_000, exp: START / 1_000 + 300, scope: 'products:read changes:read', organization_id: 'org_example-devices', ...claims
    }).setProtectedHeader({ alg: algorithm, typ: 'at+jwt', kid, ...header }).sign(privateKey)
    return { kid, publicKey, privateKey, sign }
  }

  return { url, requests, addKey, published, answer: (how: typeof answers) => { answers = how } }
}

async function openWithIssuer (t: TestScope, settings: Partial<ExternalIssuerSettings> = {}) {
  const issuer = await startIssuer(t)
  const exchange = await openIdentity(t)
  const configured: ExternalIssuerSettings = {
    issuer: issuer.url, audience: AUDIENCE, algorithms: ['ES256'], tokenType: 'at+jwt', organizationClaim: 'organization_id', scopeClaim: 'scope', clientClaim: 'sub', ...settings
  }
  const identity = exchange.startIdentity({
    externalIssuer: createExternalIssuer(configured, { monotonicMs: () => exchange.clock.at, cooldownMs: 50 })
  })
  return { ...exchange, issuer, identity, key: await issuer.addKey() }
}

t.test('a token of the issuer is a caller of its organisation, with the scopes that both allow', async t => {
  const { identity, issuer, key, credential, vendor } = await openWithIssuer(t)
  const caller = await settle(identity.authenticateToken(await key.sign({ scope: 'products:read products:write aliases:write something:else', jti: 'token-1' })))
  t.match(caller, { organizationId: vendor.id, role: 'vendor', manufacturers: ['Example Devices'], clientId: 'oidc:nightly-job', credentialId: 'token-1' })
  t.same([...caller.scopes], ['products:read', 'products:write'], 'not what a vendor cannot have')
  t.same([...(await settle(identity.authenticateToken(await key.sign({ scope: ['changes:read'] })))).scopes], ['changes:read'])
  t.same([...(await settle(identity.authenticateToken(await key.sign({ scope: undefined })))).scopes], [])
  t.equal((await settle(identity.authenticateToken(await key.sign({ sub: credential.clientId })))).clientId, `oidc:${credential.clientId}`, 'is never one of our clients')
  t.equal((await settle(identity.authenticateApiKey(credential.apiKey))).clientId, credential.clientId)
  t.same(issuer.requests, ['/.well-known/openid-configuration', '/keys'], 'asked once')
})

t.test('the names of the claims are the operator\'s choice', async t => {
  const { identity, key } = await openWithIssuer(t, { organizationClaim: 'https://esg.example.com/organization', scopeClaim: 'permissions', clientClaim: 'azp', tokenType: 'JWT' })
  const claims = { 'https://esg.example.com/organization': 'org_example-devices', permissions: ['products:read'], azp: 'mirror', organization_id: 'org_other', scope: 'products:write' }
  const caller = await settle(identity.authenticateToken(await key.sign(claims, { typ: 'JWT' })))
  t.match(caller, { organizationId: 'org_example-devices', clientId: 'oidc:mirror' })
  t.same([...caller.scopes], ['products:read'])
})

t.test('what is not a token of this issuer for this exchange is refused', async t => {
  const { identity, issuer, key, administration } = await openWithIssuer(t)
  await administration.ensureOrganization({ name: 'Other', role: 'reseller' })
  const weak = await issuer.addKey('RS256')
  const stranger = (await generateKeyPair('ES256')).privateKey
  const signed = async (privateKey: CryptoKey | Uint8Array, header: object) => await new SignJWT({
    iss: issuer.url, aud: AUDIENCE, sub: 'x', iat: START / 1_000, exp: START / 1_000 + 300, organization_id: 'org_example-devices', scope: 'products:read'
  }).setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: key.kid, ...header }).sign(privateKey)
  const refused: Record<string, string> = {
    'an algorithm that is not allowed': await weak.sign({}),
    'alg none': new UnsecuredJWT({ iss: issuer.url, aud: AUDIENCE, sub: 'x', organization_id: 'org_example-devices' }).setIssuedAt(START / 1_000).setExpirationTime(START / 1_000 + 300).encode(),
    'HMAC with the public key': await signed(new TextEncoder().encode(await exportSPKI(key.publicKey)), { alg: 'HS256' }),
    'another key under the same kid': await signed(stranger, {}),
    'an unknown kid': await signed(stranger, { kid: 'unknown' }),
    'an ID token': await key.sign({}, { typ: 'JWT' }),
    'no type': await key.sign({}, { typ: undefined }),
    'another audience': await key.sign({ aud: 'https://other.example' }),
    'no audience': await key.sign({ aud: undefined }),
    'no end': await key.sign({ exp: undefined }),
    over: await key.sign({ exp: START / 1_000 - 31 }),
    'not valid yet': await key.sign({ nbf: START / 1_000 + 31 }),
    'days old': await key.sign({ iat: START / 1_000 - 90_000 }),
    'an organisation that is not there': await key.sign({ organization_id: 'org_nobody' }),
    'an organisation that is no text': await key.sign({ organization_id: ['org_example-devices'] }),
    'no organisation': await key.sign({ organization_id: undefined }),
    'no client': await key.sign({ sub: undefined }),
    'a client with line breaks': await key.sign({ sub: 'a\nb' }),
    'very long': await key.sign({ padding: 'x'.repeat(20_000) })
  }
  for (const [name, token] of Object.entries(refused)) await t.rejects(async () => await identity.authenticateToken(token), REFUSAL, name)
  t.ok(await identity.authenticateToken(await key.sign({})), 'the signer of this test makes acceptable tokens')
})

t.test('tokens of the two issuers are never confused', async t => {
  const { identity, issuer, key, issueToken, signingKeys, credential, vendor } = await openWithIssuer(t)
  const own = await issueToken()
  t.ok(await identity.authenticateToken(own), 'our own are accepted as before')
  t.same(issuer.requests, [], 'and cost the issuer nothing')

  const [stored] = await signingKeys.listNewest()
  const ours = await importJWK({ ...stored?.privateJwk }, 'ES256') as CryptoKey
  const ownClaims = { iss: BASE_URL, aud: 'urn:product-esg-exchange:api', sub: credential.clientId, client_id: credential.clientId, organization_id: vendor.id, scope: 'products:read', jti: 'x' }
  const header = { alg: 'ES256', typ: 'at+jwt' }
  const byUs = async (claims: object, kid = stored?.kid) => await new SignJWT({ ...ownClaims, iat: START / 1_000, exp: START / 1_000 + 300, ...claims }).setProtectedHeader({ ...header, kid: String(kid) }).sign(ours)
  t.ok(await identity.authenticateToken(await byUs({})), 'the signer of this test makes acceptable tokens')
  const confused: Record<string, string> = {
    'our issuer, their key': await key.sign(ownClaims),
    'our issuer, their key under our kid': await key.sign(ownClaims, { kid: stored?.kid }),
    'their issuer, our key': await byUs({ iss: issuer.url, aud: AUDIENCE }),
    'their issuer, our key under their kid': await byUs({ iss: issuer.url, aud: AUDIENCE }, key.kid),
    'their issuer, our audience': await key.sign({ aud: ownClaims.aud }),
    'both issuers': await key.sign({ iss: [issuer.url, BASE_URL] as never }),
    'no issuer': await key.sign({ iss: undefined })
  }
  for (const [name, token] of Object.entries(confused)) await t.rejects(async () => await identity.authenticateToken(token), REFUSAL, name)
})

t.test('the issuer may change its keys', async t => {
  const { identity, issuer, key } = await openWithIssuer(t)
  await identity.authenticateToken(await key.sign({}))
  const next = await issuer.addKey()
  await sleep(60)
  t.ok(await identity.authenticateToken(await next.sign({})), 'an unknown key id makes us ask again')
  const asked = issuer.requests.length
  for (let index = 0; index < 20; index++) await t.rejects(async () => await identity.authenticateToken(await key.sign({ jti: String(index) }, { kid: `made-up-${index}` })), REFUSAL)
  t.ok(issuer.requests.length - asked <= 2, 'but not for every one that is made up')
})

t.test('an issuer that does not answer as it should makes its own tokens wait, and no others', async t => {
  for (const how of ['with an error', 'for another issuer', 'with a redirect', 'never'] as const) {
    const { identity, issuer, key, credential, issueToken, clock } = await openWithIssuer(t)
    issuer.answer(how)
    const token = await key.sign({})
    const unavailable = { code: 'unavailable', retryAfterSeconds: 5 }
    await t.rejects(async () => await identity.authenticateToken(token), unavailable, how)
    const asked = issuer.requests.length
    await t.rejects(async () => await identity.authenticateToken(token), unavailable, how)
    t.equal(issuer.requests.length, asked, 'it is left alone for a while')
    t.ok(await identity.authenticateApiKey(credential.apiKey))
    t.ok(await identity.authenticateToken(await issueToken()))
    issuer.answer('well')
    clock.at += 5_000
    t.ok(await identity.authenticateToken(token), 'and asked again')
  }
})

t.test('who is disabled is refused, and a token that is known is refused when it is over', async t => {
  const { identity, key, organizations, change, vendor, clock } = await openWithIssuer(t)
  const token = await key.sign({})
  t.ok(await identity.authenticateToken(token))
  const stored = await organizations.findById(vendor.id)
  if (stored === null) throw new Error('there is no vendor')
  await change.everywhere(async () => await organizations.replace(vendor.id, { ...stored, disabledAt: new Date() }))
  await t.rejects(async () => await identity.authenticateToken(token), REFUSAL)
  await change.everywhere(async () => await organizations.replace(vendor.id, stored))
  t.ok(await identity.authenticateToken(token))
  clock.at = START + 330_000
  await t.rejects(async () => await identity.authenticateToken(token), REFUSAL)
})
