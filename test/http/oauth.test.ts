import { createRemoteJWKSet, jwtVerify } from 'jose'
import t from 'tap'
import { openTestExchange, type TestExchange } from '../support/exchange.js'

let exchange: TestExchange
t.before(async () => { exchange = await openTestExchange(t) })

async function token (form: Record<string, string> | string, headers: Record<string, string> = {}) {
  const payload = typeof form === 'string' ? form : new URLSearchParams(form).toString()
  return await exchange.app.inject({ method: 'POST', url: '/oauth/token', headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers }, payload })
}

function basic (clientId: string, clientSecret: string): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString('base64')}` }
}

t.test('tokens by form and by HTTP Basic', async t => {
  const { clientId, clientSecret } = exchange.reseller
  const byForm = await token({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret })
  t.equal(byForm.statusCode, 200)
  t.match(byForm.json(), { access_token: String, token_type: 'Bearer', expires_in: 900, scope: exchange.reseller.scopes.join(' ') })
  t.equal(byForm.headers['cache-control'], 'no-store')
  const byBasic = await token({ grant_type: 'client_credentials', scope: 'products:read' }, basic(clientId, clientSecret))
  t.match(byBasic.json(), { scope: 'products:read' })
  const narrow = { authorization: `Bearer ${byBasic.json().access_token}` }
  t.equal((await exchange.app.inject({ url: '/v1/products', headers: narrow })).statusCode, 200)
  const refused = await exchange.app.inject({ method: 'POST', url: '/v1/products/validate', headers: narrow, payload: { records: [{}] } })
  t.equal(refused.statusCode, 403, 'the token was narrowed')
})

t.test('failures have the form of RFC 6749 section 5.2', async t => {
  const { clientId, clientSecret } = exchange.reseller
  const good = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret }
  const cases: Array<[string, Awaited<ReturnType<typeof token>>, number, string]> = [
    ['no grant type', await token({ client_id: clientId, client_secret: clientSecret }), 400, 'invalid_request'],
    ['another grant type', await token({ ...good, grant_type: 'password' }), 400, 'unsupported_grant_type'],
    ['wrong secret', await token({ ...good, client_secret: 'A'.repeat(43) }), 401, 'invalid_client'],
    ['unknown client', await token({ ...good, client_id: 'nobody-here' }), 401, 'invalid_client'],
    ['no client', await token({ grant_type: 'client_credentials' }), 401, 'invalid_client'],
    ['wrong Basic secret', await token({ grant_type: 'client_credentials' }, basic(clientId, 'wrong')), 401, 'invalid_client'],
    ['broken Basic', await token({ grant_type: 'client_credentials' }, { authorization: 'Basic !!!' }), 401, 'invalid_client'],
    ['two ways at once', await token(good, basic(clientId, clientSecret)), 400, 'invalid_request'],
    ['a scope it does not have', await token({ ...good, scope: 'products:write' }), 400, 'invalid_scope'],
    ['a repeated parameter', await token('grant_type=client_credentials&grant_type=client_credentials'), 400, 'invalid_request'],
    ['an empty body', await token(''), 400, 'invalid_request']
  ]
  for (const [name, answer, status, error] of cases) {
    t.match({ status: answer.statusCode, type: answer.headers['content-type'], ...answer.json() }, { status, type: /^application\/json/, error, error_description: String }, name)
    t.equal(answer.headers['cache-control'], 'no-store')
    if (status === 401) t.equal(answer.headers['www-authenticate'], 'Basic realm="product-esg-exchange"')
    t.notMatch(answer.body, clientSecret)
  }
})

t.test('other failures are problems', async t => {
  const json = await exchange.app.inject({ method: 'POST', url: '/oauth/token', payload: { grant_type: 'client_credentials' } })
  t.match({ status: json.statusCode, ...json.json() }, { status: 415, code: 'unsupported-media-type', detail: /x-www-form-urlencoded/ })
  t.equal((await token('x'.repeat(20_000))).statusCode, 413)
})

t.test('wrong secrets are slowed at both doors, by a status that says for how long', async t => {
  const { app, addMember } = exchange
  const member = await addMember({ name: 'Eckladen IT', role: 'reseller' })
  const wrong = 'A'.repeat(43)
  for (let attempt = 0; attempt < 10; attempt++) await token({ grant_type: 'client_credentials' }, basic(member.clientId, wrong.replace(/^A/, String(attempt))))
  const answers = await Promise.all([
    token({ grant_type: 'client_credentials' }, basic(member.clientId, wrong)),
    app.inject({ url: '/v1/me', headers: { 'x-api-key': `esgx_${member.clientId}_${wrong}` } })
  ])
  for (const answer of answers) {
    t.match({ status: answer.statusCode, ...answer.json() }, { status: 429, code: 'too-many-failures' })
    t.equal(answer.headers['retry-after'], '1')
  }
})

t.test('metadata and keys let anybody verify a token', async t => {
  const { app, reseller } = exchange
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  const described = await fetch(`${address}/.well-known/oauth-authorization-server`)
  t.equal(described.headers.get('cache-control'), 'private, no-store', 'nobody is handed the address that somebody else asked under')
  const metadata = await described.json() as { issuer: string, token_endpoint: string, jwks_uri: string }
  t.match(metadata, { issuer: address, token_endpoint: `${address}/oauth/token`, grant_types_supported: ['client_credentials'] })
  const answer = await fetch(metadata.token_endpoint, {
    method: 'POST', headers: basic(reseller.clientId, reseller.clientSecret), body: new URLSearchParams({ grant_type: 'client_credentials' })
  })
  const { access_token: accessToken } = await answer.json() as { access_token: string }
  const { payload, protectedHeader } = await jwtVerify(accessToken, createRemoteJWKSet(new URL(metadata.jwks_uri)), { issuer: metadata.issuer })
  t.match(payload, { client_id: reseller.clientId, organization_id: reseller.organizationId })
  t.equal(protectedHeader.typ, 'at+jwt')
})
