import t from 'tap'
import { holdsCredential } from '../../src/http/url-credentials.js'
import { openTestExchange } from '../support/exchange.js'

t.test('addresses that hold a credential are recognised, also when they are encoded', async t => {
  const secret = 'A'.repeat(43)
  for (const url of [
    '/v1/products?api_key=x', '/v1/me?limit=1&access_token=x', '/v1/me?X-API-Key=x', `/v1/products/esgx_demo-client_${secret}`, `/v1/products/esgx_demo-client_esgs_${secret}`, `/v1/products/esgs_${secret}`,
    `/v1/me?x=esgx%5Fdemo-client%5F${secret}`, `/v1/me?x=esgs%5F${secret}`, '/v1/me?token=eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl'
  ]) t.ok(holdsCredential(url), url)
  for (const url of ['/v1/products?mpn=C%2F8%23ABB', '/v1/products?manufacturer=Api%20Key%20Devices', '/errors/unauthenticated', '/v1/products?mpn=%E0%A4%A']) {
    t.notOk(holdsCredential(url), url)
  }
})

t.test('such a request is refused before it is authenticated, and the credential is not repeated', async t => {
  const { app, reseller } = await openTestExchange(t)
  const answer = await app.inject({ url: `/v1/me?api_key=${reseller.apiKey}` })
  t.equal(answer.statusCode, 400)
  t.match(answer.json(), { code: 'malformed-request', detail: /Send it as X-API-Key/ })
  t.notOk(answer.body.includes(reseller.clientSecret), answer.body)

  const bare = await app.inject({ url: `/v1/products/${reseller.clientSecret}`, headers: { 'x-request-id': reseller.clientSecret } })
  t.equal(bare.statusCode, 400)
  t.notOk(JSON.stringify([bare.body, bare.headers]).includes(reseller.clientSecret), 'a client secret is recognised by its prefix')
})
