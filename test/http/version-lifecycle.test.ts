/** What a schema version that is not simply active means to those who submit in it and to those who read it. */
import { pino } from 'pino'
import t from 'tap'
import { createServices } from '../../src/composition-root.js'
import { readConfig } from '../../src/config.js'
import { SCHEMA_LIFECYCLES, type SchemaLifecycles } from '../../src/domain/schema-versions/lifecycle.js'
import { buildApp } from '../../src/http/app.js'
import { openTestExchange } from '../support/exchange.js'
import { importing, ndjson } from '../support/imports.js'
import { recordOf } from '../support/records.js'

const ENDING = { releasedOn: '2026-11-21', changes: [], deprecatedOn: '2027-01-01', sunsetOn: '2028-01-01', successor: '1.1.0' } as const
const DEPRECATED: SchemaLifecycles = { ...SCHEMA_LIFECYCLES, '1.0.0': { ...ENDING, status: 'deprecated' } }
const RETIRED: SchemaLifecycles = { ...SCHEMA_LIFECYCLES, '1.0.0': { ...ENDING, status: 'retired' } }

const SAID = {
  deprecation: '@1798761600', // 2027-01-01T00:00:00Z
  sunset: 'Sat, 01 Jan 2028 00:00:00 GMT',
  link: /<\/v1\/schemas\/product-sustainability-attributes\/1\.1\.0>; rel="successor-version"/
}

const oldRecord = (manufacturerPartNumber: string) => recordOf({ manufacturerPartNumber }, { schemaVersion: '1.0.0' })
const newRecord = (manufacturerPartNumber: string) => recordOf({ manufacturerPartNumber }, { schemaVersion: '1.1.0' })

t.test('deprecated: accepted with a warning, and everything that is answered in it says what follows', async t => {
  const exchange = await openTestExchange(t, {}, { lifecycles: DEPRECATED })
  const { app, vendor, distributor } = exchange
  const post = async (url: string, payload: object, headers = {}) => await app.inject({ method: 'POST', url, headers: { ...vendor.headers, ...headers }, payload })
  const warning = { code: 'SCHEMA_VERSION_DEPRECATED', severity: 'warning', pointer: '/schemaVersion', expected: '1.1.0', detail: /since 2027-01-01 and may be retired from 2028-01-01 on/ }

  const key = { 'idempotency-key': 'once' }
  const created = await post('/v1/products', oldRecord('OLD'), key)
  t.match([created.statusCode, created.headers, created.json().warnings], [201, SAID, [warning]])
  t.match((await post('/v1/products', oldRecord('OLD'), key)).headers, { ...SAID, 'idempotency-replayed': 'true' }, 'also when it is replayed')
  t.match((await post('/v1/products', oldRecord('OLD'))).json(), { outcome: 'unchanged', warnings: [warning] })
  t.match((await post('/v1/products/batch', { items: [{ op: 'submit', record: oldRecord('OLD-2') }] })).json().items, [{ outcome: 'created', warnings: [warning] }])
  t.match((await post('/v1/products/validate', { records: [oldRecord('OLD'), newRecord('NEW')] })).json().items, [{ valid: true, issues: [warning] }, { valid: true, issues: { length: 0 } }])
  const fresh = await post('/v1/products', newRecord('NEW'))
  t.same([fresh.headers.deprecation, fresh.json().warnings], [undefined, []])

  const { run, results } = importing(exchange, vendor)
  const view = await run('format=ndjson', ndjson([oldRecord('OLD-3'), oldRecord('OLD-4'), newRecord('NEW-2')]))
  t.match(view, { state: 'completed', errorBreakdown: [{ code: 'SCHEMA_VERSION_DEPRECATED', severity: 'warning', pointer: '/schemaVersion', count: 2, exampleLine: 1 }] })
  t.notOk((await results(view.importId)).some(line => 'issues' in line), 'counted once, not repeated on every line')

  const oldId = created.json().productId
  const newId = fresh.json().productId
  const get = async (url: string, headers = {}) => await app.inject({ url, headers: { ...distributor.headers, ...headers } })
  const inIt = [
    `/v1/products/${oldId}`, `/v1/products/${newId}?schema=1.0.0`, `/v1/products/${oldId}/versions/1`, '/v1/products?schema=1.0.0', '/v1/products?schema=1.0.0&limit=1',
    '/v1/changes?schema=1.0.0', '/v1/changes/stream?schema=1.0.0', '/v1/products/export?schema=1.0.0&format=ndjson', '/openapi.json?schema=1.0.0', '/openapi-3.0.json?schema=1.0.0',
    ...['', '/fields', '/template?format=csv'].map(path => `/v1/schemas/product-sustainability-attributes/1.0.0${path}`)
  ]
  for (const url of inIt) {
    const { statusCode, headers } = await get(url)
    t.match({ statusCode, ...headers }, { statusCode: 200, ...SAID }, url)
  }
  t.match((await get('/v1/products?schema=1.0.0&limit=1')).headers.link, /rel="successor-version", <.*rel="next"/, 'beside the link to the next page')
  t.match((await get(`/v1/products/${oldId}`, { 'if-none-match': '"v1"' })), { statusCode: 304, headers: SAID })
  t.same((await get(`/v1/products/${oldId}`)).json().warnings, [], 'readers get the warnings about the record only')
  const looked = await post('/v1/products/lookup', { identifiers: [{ scheme: 'productId', value: oldId }], schema: '1.0.0' })
  t.match(looked.headers, SAID)

  const notInIt = [
    `/v1/products/${newId}`, `/v1/products/${oldId}?schema=1`, '/v1/products', '/v1/changes', '/v1/changes?schema=1.1.0', '/v1/products/export?format=ndjson', '/openapi.json',
    '/v1/schemas/product-sustainability-attributes/1.1.0'
  ]
  for (const url of notInIt) {
    const { statusCode, headers } = await get(url)
    t.same([statusCode, headers.deprecation, headers.sunset], [200, undefined, undefined], url)
  }
})

t.test('retired: no longer accepted at any door, and read as before', async t => {
  const exchange = await openTestExchange(t)
  const { connection, vendor, distributor } = exchange
  const stored = (await exchange.app.inject({ method: 'POST', url: '/v1/products', headers: vendor.headers, payload: oldRecord('OLD') })).json().productId
  const config = readConfig({ LOG_LEVEL: 'silent', EVENT_LOOP_DELAY_LIMIT: '0', MONGODB_URI: 'mongodb://unused' })
  const services = await createServices(connection, config, { lifecycles: RETIRED })
  const app = await buildApp({ config, services, logger: pino({ level: 'silent' }), version: '0.0.0' })
  t.teardown(async () => {
    services.close()
    await app.close()
  })
  const write = async (method: 'POST' | 'PATCH', url: string, payload: object, headers = {}) => await app.inject({ method, url, headers: { ...vendor.headers, ...headers }, payload })
  const issue = { code: 'SCHEMA_VERSION_RETIRED', severity: 'error', pointer: '/schemaVersion', expected: '1.1.0', received: '1.0.0', detail: /successor is 1\.1\.0/ }

  for (const query of ['', '?dryRun=true']) t.match((await write('POST', `/v1/products${query}`, oldRecord('OTHER'))).json(), { status: 422, code: 'validation-failed', errors: [issue] })
  t.match((await write('POST', '/v1/products', { ...oldRecord('OTHER'), validFrom: 'nonsense' })).json().errors, { length: 1, 0: issue }, 'said alone')
  t.match((await write('POST', '/v1/products/batch', { items: [{ op: 'submit', record: oldRecord('OTHER') }] })).json().items, [{ status: 422, problem: { errors: [issue] } }])
  t.match((await write('POST', '/v1/products/validate', { records: [oldRecord('OTHER')] })).json().items, [{ valid: false, issues: [issue] }])
  const patch = { 'content-type': 'application/merge-patch+json' }
  t.match((await write('PATCH', `/v1/products/${stored}`, { product: { massKg: 2 } }, patch)).json(), { status: 422, errors: [issue] })
  t.match((await write('PATCH', `/v1/products/${stored}`, { schemaVersion: '1.1.0', product: { massKg: 2 } }, patch)).json(), { outcome: 'updated', schemaVersion: '1.1.0' }, 'a patch may take the record along')
  t.match((await write('POST', '/v1/products', { ...oldRecord('OTHER'), schemaVersion: '7.0.0' })).json().errors, [{ code: 'SCHEMA_VERSION_UNKNOWN', expected: '1.1.0' }], 'it is not offered any more')

  const { run } = importing({ ...exchange, app, services }, vendor)
  t.match(await run('format=ndjson', ndjson([oldRecord('OTHER')])), { counts: { rejected: 1 }, errorBreakdown: [{ code: 'SCHEMA_VERSION_RETIRED', severity: 'error', count: 1 }] })

  const read = await app.inject({ url: `/v1/products/${stored}/versions/1`, headers: distributor.headers })
  t.match([read.statusCode, read.headers, read.json().schemaVersion], [200, SAID, '1.0.0'])
  t.equal((await app.inject({ url: `/v1/products/${stored}?schema=1.0.0`, headers: distributor.headers })).json().schemaVersion, '1.0.0')
})
