import fastify from 'fastify'
import t from 'tap'
import { addAuthentication } from '../../src/http/authentication.js'
import { openTestExchange } from '../support/exchange.js'

t.test('credentials', async t => {
  const { app, vendor, reseller, addMember } = await openTestExchange(t)
  const me = async (headers: Record<string, string>) => await app.inject({ url: '/v1/me', headers })

  await t.test('none, malformed and wrong ones', async t => {
    const none = await me({})
    t.match({ status: none.statusCode, ...none.json() }, { status: 401, code: 'unauthenticated' })
    t.equal(none.headers['www-authenticate'], 'Bearer realm="product-esg-exchange"')
    const wrong = [
      { 'x-api-key': 'nonsense' }, { 'x-api-key': `${vendor.apiKey}x` }, { 'x-api-key': `esgx_${vendor.clientId}_${'A'.repeat(43)}` },
      { authorization: 'Bearer nonsense' }, { authorization: 'Basic abc' }, { authorization: 'Bearer' }, { 'x-api-key': '' }
    ]
    for (const headers of wrong) {
      const answer = await me(headers as Record<string, string>)
      t.equal(answer.statusCode, 401, JSON.stringify(headers))
      t.match(answer.headers['www-authenticate'], /^Bearer /)
      t.notMatch(answer.body, vendor.clientSecret)
    }
  })

  await t.test('an API key and a token are the same caller', async t => {
    const byKey = await me(vendor.headers)
    t.match(byKey.json(), {
      organization: { id: vendor.organizationId, role: 'vendor', manufacturers: ['Nordwind Systems', 'Südlicht Computer'] },
      client: { id: vendor.clientId, scopes: vendor.scopes }
    })
    const token = await app.inject({
      method: 'POST',
      url: '/oauth/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: `grant_type=client_credentials&client_id=${vendor.clientId}&client_secret=${vendor.clientSecret}`
    })
    const byToken = await me({ authorization: `Bearer ${token.json().access_token}` })
    t.same(byToken.json(), byKey.json())
  })

  await t.test('a scope that is missing is named', async t => {
    const limited = await addMember({ name: 'Eckladen IT', role: 'reseller', scopes: ['schemas:read'] })
    const answer = await app.inject({ url: '/v1/products', headers: limited.headers })
    t.match({ status: answer.statusCode, ...answer.json() }, { status: 403, code: 'insufficient-scope', detail: /products:read/ })
    t.match(answer.headers['www-authenticate'], /error="insufficient_scope", scope="products:read"/)
    t.equal((await me(limited.headers)).statusCode, 200, 'any credential may ask who it is')
  })

  await t.test('before anything else of the request is judged', async t => {
    const answer = await app.inject({ method: 'POST', url: '/v1/products?nonsense=1', headers: { 'content-type': 'text/plain' }, payload: '{' })
    t.equal(answer.statusCode, 401)
    const forbidden = await app.inject({ method: 'POST', url: '/v1/products?nonsense=1', headers: reseller.headers, payload: '{' })
    t.equal(forbidden.statusCode, 403)
  })
})

t.test('an application with a route that has no policy does not start', async t => {
  const app = fastify()
  t.teardown(async () => { await app.close() })
  const refuse = async () => { throw new Error('nobody is asked') }
  addAuthentication(app, { authenticateApiKey: refuse, authenticateToken: refuse })
  app.get('/open-by-accident', async () => 'secret')
  await t.rejects(async () => { await app.ready() }, { message: /GET \/open-by-accident/ })
})

t.test('a route whose policy is no scope does not start either', async t => {
  const app = fastify()
  t.teardown(async () => { await app.close() })
  const refuse = async () => { throw new Error('nobody is asked') }
  addAuthentication(app, { authenticateApiKey: refuse, authenticateToken: refuse })
  app.get('/misspelt', { config: { policy: 'product:read' as 'products:read' } }, async () => 'secret')
  await t.rejects(async () => { await app.ready() }, { message: /GET \/misspelt/ })
})

t.test('nor one that gets its policy when it is too late to guard it', async t => {
  const app = fastify()
  t.teardown(async () => { await app.close() })
  const refuse = async () => { throw new Error('nobody is asked') }
  addAuthentication(app, { authenticateApiKey: refuse, authenticateToken: refuse })
  await app.register(async plugin => {
    plugin.addHook('onRoute', route => { route.config = { ...route.config, policy: route.url === '/page' ? 'public' : 'products:read' } })
    plugin.get('/page', async () => 'for everybody')
    plugin.get('/late', async () => 'secret')
  })
  await t.rejects(async () => { await app.ready() }, { message: /own \(config\.policy\): GET \/late, HEAD \/late$/ })
})
