/** Browsers of other origins, by configuration. */
import t from 'tap'
import { ConfigError, readConfig } from '../../src/config.js'
import { openTestExchange } from '../support/exchange.js'

const ORIGIN = 'https://shop.example.com'

t.test('off by default', async t => {
  const { app, reseller } = await openTestExchange(t)
  const answer = await app.inject({ url: '/v1/me', headers: { ...reseller.headers, origin: ORIGIN } })
  t.equal(answer.headers['access-control-allow-origin'], undefined)
})

t.test('the origins that are named may read, others may not', async t => {
  const { app, reseller } = await openTestExchange(t, { CORS_ORIGINS: `${ORIGIN}, https://other.example.com` })
  const ask = async (origin: string) => await app.inject({ url: '/v1/me', headers: { ...reseller.headers, origin } })
  const allowed = await ask(ORIGIN)
  t.equal(allowed.headers['access-control-allow-origin'], ORIGIN)
  t.match(allowed.headers['access-control-expose-headers'], /ETag.*RateLimit.*Retry-After/)
  t.equal(allowed.headers['access-control-allow-credentials'], undefined)
  t.match(allowed.headers['vary'], /Authorization.*Origin/)
  const foreign = await ask('https://evil.example')
  t.equal(foreign.headers['access-control-allow-origin'], undefined)
  t.match(foreign.headers['vary'], /Origin/)

  const preflight = await app.inject({
    method: 'OPTIONS', url: '/v1/products', headers: { origin: ORIGIN, 'access-control-request-method': 'POST', 'access-control-request-headers': 'x-api-key' }
  })
  t.match({ status: preflight.statusCode, origin: preflight.headers['access-control-allow-origin'], methods: preflight.headers['access-control-allow-methods'], headers: preflight.headers['access-control-allow-headers'], allow: preflight.headers['allow'] },
    { status: 204, origin: ORIGIN, methods: /PATCH/, headers: /X-API-Key/, allow: /POST/ })
  const refused = await app.inject({ url: '/v1/me', headers: { origin: ORIGIN } })
  t.match({ status: refused.statusCode, origin: refused.headers['access-control-allow-origin'] }, { status: 401, origin: ORIGIN }, 'errors can be read too')
})

t.test('what is no origin is refused at start', async t => {
  for (const value of ['shop.example.com', 'https://shop.example.com/', 'https://a@b']) t.throws(() => readConfig({ CORS_ORIGINS: value }), ConfigError, value)
})
