import t from 'tap'
import { PROBLEMS } from '../../src/domain/problems.js'
import { ISSUE_CATALOGUE } from '../../src/domain/issue-catalogue.js'
import { NEWEST_SCHEMA_VERSION } from '../../src/domain/schema-versions/registry.js'
import { REQUEST_ISSUES } from '../../src/http/request-issues.js'
import { openTestExchange, type TestExchange } from '../support/exchange.js'

let exchange: TestExchange
t.before(async () => { exchange = await openTestExchange(t) })

const BROWSER = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' }

async function get (url: string, headers: Record<string, string> = {}) {
  return await exchange.app.inject({ url, headers })
}

t.test('every code has a page for people and for programs', async t => {
  const codes = [...Object.keys(PROBLEMS), ...ISSUE_CATALOGUE.map(({ code }) => code), ...Object.keys(REQUEST_ISSUES)]
  t.ok(codes.length > 80)
  const index = (await get('/errors', BROWSER)).body
  for (const code of codes) {
    const json = await get(`/errors/${code}`)
    t.match({ status: json.statusCode, ...json.json() }, { status: Object.hasOwn(PROBLEMS, code) ? Number : 200, code, title: /./, cause: /./, fix: /./ }, code)
    const html = await get(`/errors/${code}`, BROWSER)
    t.match(html.headers['content-type'], /^text\/html/)
    t.ok(html.body.includes(`<code>${code}</code>`))
    t.ok(index.includes(`href="/errors/${code}"`))
  }
  t.equal((await get('/errors/no-such-code')).json().code, 'not-found')
  t.equal((await get('/errors')).json().items.length, new Set(codes).size)
})

t.test('text in pages is escaped', async t => {
  const page = (await get('/errors/insufficient-scope', BROWSER)).body
  t.notMatch(page, /<script/)
  const missing = await get('/errors/%3Cscript%3E', BROWSER)
  t.match(missing.headers['content-type'], /problem\+json/)
})

t.test('names of fields are shown as code, and units are not', async t => {
  t.match((await get('/errors/UNCERTAINTY_SHAPE', BROWSER)).body, /<code>p5KgCo2e<\/code> and <code>p95KgCo2e<\/code>/)
  const page = (await get('/errors/IMPLIED_GRID_FACTOR', BROWSER)).body
  t.match(page, /per kWh\)/)
  const [, dictionary = ''] = /<a href="([^"]+\/fields)">/.exec(page) ?? []
  t.equal((await get(dictionary)).statusCode, 200, 'the dictionary of fields that the page leads to')
})

t.test('the front page, in two forms', async t => {
  const html = await get('/', BROWSER)
  t.match(html.body, /<a href="\/docs">/)
  t.match(html.headers['vary'], /Accept/)
  t.equal(html.headers['cache-control'], 'private, no-store', 'nobody is handed the address that somebody else asked under')
  for (const path of Object.values((await get('/')).json() as Record<string, string>)) {
    t.equal((await get(path)).statusCode, 200, path)
  }
})

t.test('the interactive documentation needs nothing from elsewhere', async t => {
  const page = await get('/docs')
  t.equal(page.statusCode, 200)
  const csp = String(page.headers['content-security-policy'])
  t.match(csp, /script-src 'self';/)
  t.notMatch(csp, /https?:/)
  const sources = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(match => match[1] as string)
  t.ok(sources.length >= 4)
  for (const source of sources) {
    const file = await get(new URL(source, 'http://exchange/docs').pathname)
    t.equal(file.statusCode, 200, source)
    t.match(source, /^(?!https?:|\/\/)/)
  }
  t.notMatch(page.body, /<script(?![^>]*\bsrc=)[^>]*>/, 'no inline script, which the policy would block')
})

t.test('the API description is cacheable', async t => {
  const first = await get('/openapi.json')
  t.equal(first.statusCode, 200)
  const unchanged = await get('/openapi.json', { 'if-none-match': String(first.headers['etag']) })
  t.match(unchanged, { statusCode: 304, headers: { 'content-security-policy': /./ } }, 'a page that is kept gets the headers of a newer release')
})

t.test('the API catalogue (RFC 9727)', async t => {
  const answer = await get('/.well-known/api-catalog', { host: 'esg.example' })
  t.match(answer.headers['content-type'], /^application\/linkset\+json/)
  t.match(answer.json().linkset[0], { anchor: 'http://esg.example/v1', 'service-desc': [{ href: 'http://esg.example/openapi.json' }] })
})

t.test('links are absolute where an address is configured', async t => {
  const { app } = await openTestExchange(t, { PUBLIC_BASE_URL: 'https://esg.example.com/' })
  t.equal((await app.inject({ url: '/nope' })).json().type, 'https://esg.example.com/errors/not-found')
  t.equal((await app.inject({ url: '/.well-known/oauth-authorization-server' })).json().issuer, 'https://esg.example.com')
})

t.test('schemas are public, immutable and verifiable', async t => {
  const list = (await get('/v1/schemas')).json()
  t.match(list.items, [{ name: 'product-sustainability-attributes', newestVersion: NEWEST_SCHEMA_VERSION.version, versions: [{ version: NEWEST_SCHEMA_VERSION.version, sha256: /^[0-9a-f]{64}$/ }] }])
  const { url, sha256 } = list.items[0].versions[0]
  const file = await get(url)
  t.match(file.headers, { 'content-type': 'application/schema+json', 'cache-control': 'public, max-age=31536000, immutable', etag: `"${sha256}"` })
  t.equal(file.json().$schema, 'https://json-schema.org/draft/2020-12/schema')
  const { createHash } = await import('node:crypto')
  t.equal(createHash('sha256').update(file.rawPayload).digest('hex'), sha256)
  t.equal(file.headers['repr-digest'], `sha-256=:${createHash('sha256').update(file.rawPayload).digest('base64')}:`)
  t.equal((await get(url, { 'if-none-match': `"${sha256}"` })).statusCode, 304)
  t.equal((await get('/v1/schemas/product-sustainability-attributes')).json().newestVersion, NEWEST_SCHEMA_VERSION.version)
  t.equal((await get('/v1/schemas/product-sustainability-attributes/9.9.9')).statusCode, 404)
})

t.test('liveness, readiness, metrics', async t => {
  t.same((await get('/livez')).json(), { status: 'ok' })
  t.same((await get('/readyz')).json(), { status: 'ok' })
  const metrics = await get('/metrics')
  t.match(metrics.headers['content-type'], /^text\/plain/)
  t.match(metrics.body, /exchange_http_requests_total\{method="GET",route="\/livez",status="200"\} 1/)
  t.match(metrics.body, /exchange_http_request_duration_seconds_bucket/)
})

t.test('without its database the process lives, and says when to come back', async t => {
  const { app, connection, reseller } = await openTestExchange(t)
  await connection.close()
  t.equal((await app.inject({ url: '/livez' })).statusCode, 200)
  for (const [url, headers] of [['/readyz', {}], ['/v1/products', reseller.headers]] as const) {
    const answer = await app.inject({ url, headers })
    t.match({ status: answer.statusCode, ...answer.json() }, { status: 503, code: 'unavailable' }, url)
    t.match(answer.headers['retry-after'], /^[1-9]\d*$/)
    t.notMatch(answer.body, /mongo/i)
  }
})

t.test('every answer has security headers and a request id', async t => {
  for (const url of ['/livez', '/nope', '/docs', '/errors', '/v1/me', '/v1/products/%zz']) {
    const answer = await get(url)
    t.match(answer.headers, { 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY', 'content-security-policy': /default-src 'none'/, 'x-request-id': /./ }, url)
  }
  t.equal((await get('/livez', { 'x-request-id': 'my-own.id:1' })).headers['x-request-id'], 'my-own.id:1')
  const hostile = await get('/livez', { 'x-request-id': 'a b"\u00e9' })
  t.match(hostile.headers['x-request-id'], /^[0-9a-f]{32}$/)
})
