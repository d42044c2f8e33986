import { decodeJwt, decodeProtectedHeader, exportSPKI, generateKeyPair, importJWK, SignJWT, UnsecuredJWT, type CryptoKey } from 'jose'
import t from 'tap'
import type { Caller } from '../../../src/domain/access.js'
import { AUDIENCE, TOKEN_SECONDS } from '../../../src/services/identity/access-token.js'
import { MAX_STALENESS_MS } from '../../../src/services/identity/identity-freshness.js'
import { OAuthError, oauthErrorBody } from '../../../src/services/identity/oauth-error.js'
import { BASE_URL, openIdentity, START } from './identity-fixture.js'

const REFUSAL = { code: 'unauthenticated', message: 'The access token is not valid or has expired.' }
const GRANT = 'client_credentials'

async function settle (answer: Caller | Promise<Caller>): Promise<Caller> {
  return await answer
}

/** The error that the token endpoint answers with. */
async function tokenFailure (answer: Promise<unknown>): Promise<OAuthError> {
  const failure = await answer.then(() => null, (reason: unknown) => reason)
  if (failure instanceof OAuthError) return failure
  throw new Error('expected an OAuthError', { cause: failure })
}

t.test('a token has the header and claims of RFC 9068 and is accepted', async t => {
  const { identity, issueToken, credential, vendor } = await openIdentity(t)
  const token = await issueToken()
  const { keys: [published] } = await identity.jwks()
  t.strictSame(decodeProtectedHeader(token), { alg: 'ES256', typ: 'at+jwt', kid: published?.kid })
  const { jti, ...claims } = decodeJwt(token)
  t.match(jti, /^[\w-]{22}$/)
  t.strictSame(claims, {
    iss: BASE_URL,
    sub: credential.clientId,
    aud: AUDIENCE,
    client_id: credential.clientId,
    scope: credential.scopes.join(' '),
    organization_id: vendor.id,
    roles: ['vendor'],
    iat: START / 1_000,
    exp: START / 1_000 + TOKEN_SECONDS
  })
  t.ok(TOKEN_SECONDS <= 15 * 60)
  const caller = await settle(identity.authenticateToken(token))
  t.equal(caller.organizationId, vendor.id)
  t.same([...caller.scopes], [...credential.scopes])
})

t.test('the scope of a token can be narrowed, and only narrowed', async t => {
  const { identity, credential } = await openIdentity(t)
  const answer = await identity.issueToken({ grantType: GRANT, ...credential, scope: 'schemas:read products:read' }, BASE_URL)
  t.match(answer, { token_type: 'Bearer', expires_in: TOKEN_SECONDS, scope: 'products:read schemas:read' })
  t.same([...(await settle(identity.authenticateToken(answer.access_token))).scopes], ['products:read', 'schemas:read'])
  const all = await identity.issueToken({ grantType: GRANT, ...credential, scope: '' }, BASE_URL)
  t.equal(all.scope, credential.scopes.join(' '))
  for (const scope of ['aliases:write', 'products:read aliases:write', 'products:everything', 'products:read ', ' ', 'products:read,schemas:read']) {
    const { error } = await tokenFailure(identity.issueToken({ grantType: GRANT, ...credential, scope }, BASE_URL))
    t.equal(error, 'invalid_scope', JSON.stringify(scope))
  }
})

t.test('the token endpoint fails with the errors of RFC 6749', async t => {
  const { identity, administration, credential, vendor, disableClient } = await openIdentity(t)
  const { clientId, clientSecret } = credential
  const disabled = await administration.createClient({ organizationId: vendor.id, name: 'disabled' })
  await disableClient(disabled.clientId)
  const failures = [
    { grantType: undefined, clientId, clientSecret, error: 'invalid_request' },
    { grantType: 'password', clientId, clientSecret, error: 'unsupported_grant_type' },
    { grantType: GRANT, clientId: undefined, clientSecret: undefined, error: 'invalid_client' },
    { grantType: GRANT, clientId, clientSecret: 'w'.repeat(43), error: 'invalid_client' },
    { grantType: GRANT, clientId: 'nobody', clientSecret, error: 'invalid_client' },
    { grantType: GRANT, clientId: disabled.clientId, clientSecret: disabled.clientSecret, error: 'invalid_client' }
  ]
  const descriptions = new Set<string>()
  for (const { error, ...request } of failures) {
    const failure = await tokenFailure(identity.issueToken(request, BASE_URL))
    t.equal(oauthErrorBody(failure).error, error)
    t.match(oauthErrorBody(failure).error_description, /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/, 'the characters that the RFC allows')
    if (error === 'invalid_client') descriptions.add(failure.message)
  }
  t.equal(descriptions.size, 1, 'one description for every failed authentication')
})

t.test('a token is refused once it has expired, also from the cache', async t => {
  const { identity, issueToken, clock } = await openIdentity(t)
  const token = await issueToken()
  const end = START + TOKEN_SECONDS * 1_000
  clock.at = end - 1
  t.ok(await settle(identity.authenticateToken(token)))
  clock.at = end
  await t.rejects(settle(identity.authenticateToken(token)), REFUSAL)
})

t.test('a token ends with its client: at once where that is done, elsewhere within the staleness bound', async t => {
  const { identity, startIdentity, issueToken, disableClient, credential, clock } = await openIdentity(t)
  const token = await issueToken()
  const other = startIdentity()
  await settle(identity.authenticateToken(token))
  await settle(other.authenticateToken(token))
  await disableClient(credential.clientId)
  await t.rejects(settle(identity.authenticateToken(token)), REFUSAL)
  t.ok(await settle(other.authenticateToken(token)))
  clock.at += MAX_STALENESS_MS
  await t.rejects(settle(other.authenticateToken(token)), REFUSAL)
})

t.test('a token does not move to another organisation with its client', async t => {
  const { identity, issueToken, administration, credential, clientDocuments } = await openIdentity(t)
  const token = await issueToken()
  const other = await administration.ensureOrganization({ name: 'Other', role: 'vendor' })
  await clientDocuments.updateOne({ _id: credential.clientId }, { $set: { organizationId: other.id } })
  await t.rejects(settle(identity.authenticateToken(token)), REFUSAL)
})

t.test('a scope that is taken from the client is taken from its tokens', async t => {
  const { identity, issueToken, credential, clientDocuments } = await openIdentity(t)
  const token = await issueToken()
  await clientDocuments.updateOne({ _id: credential.clientId }, { $set: { scopes: ['products:read'] } })
  t.same([...(await settle(identity.authenticateToken(token))).scopes], ['products:read'])
})

t.test('forged and foreign tokens are refused', async t => {
  const { identity, issueToken, signingKeys } = await openIdentity(t)
  const good = await issueToken()
  const claims = decodeJwt(good)
  const header = { ...decodeProtectedHeader(good), alg: 'ES256', typ: 'at+jwt' }
  const [stored] = await signingKeys.listNewest()
  const ours = await importJWK({ ...stored?.privateJwk }, 'ES256', { extractable: true }) as CryptoKey
  const publicKey = await importJWK({ ...stored?.publicJwk }, 'ES256', { extractable: true }) as CryptoKey
  const theirs = (await generateKeyPair('ES256')).privateKey
  const sign = async (changed: object, key: CryptoKey | Uint8Array = ours, changedHeader: object = {}) =>
    await new SignJWT({ ...claims, ...changed }).setProtectedHeader({ ...header, ...changedHeader }).sign(key)
  const text = new TextEncoder()
  const [head = '', body = '', signature = ''] = good.split('.')
  const promoted = Buffer.from(JSON.stringify({ ...claims, scope: 'org:admin' })).toString('base64url')

  t.ok(await settle(identity.authenticateToken(await sign({}))), 'the signer of this test makes acceptable tokens')

  const refused: Record<string, string> = {
    empty: '',
    'not a JWT': 'abc.def.ghi',
    'very long': `${good}${'A'.repeat(10_000)}`,
    'alg none': new UnsecuredJWT({ ...claims }).encode(),
    'alg none with our header': `${Buffer.from(JSON.stringify({ ...header, alg: 'none' })).toString('base64url')}.${body}.`,
    'HMAC with our public key in PEM': await sign({}, text.encode(await exportSPKI(publicKey)), { alg: 'HS256' }),
    'HMAC with our public key as JWK': await sign({}, text.encode(JSON.stringify(stored?.publicJwk)), { alg: 'HS256' }),
    'signed by another key under our kid': await sign({}, theirs),
    'a key inside the token': await sign({}, theirs, { jwk: { ...stored?.publicJwk } }),
    'unknown kid': await sign({}, ours, { kid: 'unknown' }),
    'no kid': await sign({}, ours, { kid: undefined }),
    'an ID token, not an access token': await sign({}, ours, { typ: 'JWT' }),
    'another audience': await sign({ aud: 'urn:somebody-else' }),
    'no audience': await sign({ aud: undefined }),
    'another issuer': await sign({ iss: 'https://other.example' }),
    'no expiry': await sign({ exp: undefined }),
    'not valid yet': await sign({ nbf: START / 1_000 + 60 }),
    'no client': await sign({ client_id: undefined }),
    'an unknown client': await sign({ client_id: 'nobody' }),
    'a client id that is no text': await sign({ client_id: { $ne: '' } }),
    'another organisation': await sign({ organization_id: 'org_other' }),
    'changed claims under the old signature': `${head}.${promoted}.${signature}`,
    'cut signature': good.slice(0, -4)
  }
  await settle(identity.authenticateToken(good))
  for (const time of ['second', 'third']) t.notOk(identity.authenticateToken(good) instanceof Promise, `the token is answered from memory the ${time} time`)
  for (const [name, token] of Object.entries(refused)) {
    await t.rejects(settle(identity.authenticateToken(token)), REFUSAL, name)
  }
})

t.test('a token is no API key and an API key no token, also when they are cached', async t => {
  const { identity, issueToken, credential } = await openIdentity(t)
  const token = await issueToken()
  await settle(identity.authenticateToken(token))
  await settle(identity.authenticateApiKey(credential.apiKey))
  await t.rejects(settle(identity.authenticateApiKey(token)), { code: 'unauthenticated' })
  await t.rejects(settle(identity.authenticateToken(credential.apiKey)), { code: 'unauthenticated' })
})

t.test('without a configured issuer, tokens name where they were asked for and count at every address', async t => {
  const { startIdentity, credential } = await openIdentity(t)
  const one = startIdentity({ issuer: undefined })
  const other = startIdentity({ issuer: undefined })
  const answer = await one.issueToken({ grantType: GRANT, ...credential }, 'http://127.0.0.1:3000')
  t.equal(decodeJwt(answer.access_token).iss, 'http://127.0.0.1:3000')
  t.equal(one.authorizationServerMetadata('http://127.0.0.1:3000').issuer, 'http://127.0.0.1:3000')
  t.ok(await settle(other.authenticateToken(answer.access_token)))
  t.equal(startIdentity().authorizationServerMetadata('http://127.0.0.1:3000').token_endpoint, `${BASE_URL}/oauth/token`)
})
