/** A draft of a schema version: served, judged, and never stored; and everything about it follows from its one source. */
import t from 'tap'
import { DRAFT_SCHEMA_VERSIONS, SCHEMA_VERSIONS } from '../../src/domain/schema-versions/registry.js'
import { exampleRecord } from '../../src/http/record-examples.js'
import { openTestExchange } from '../support/exchange.js'
import { importing, ndjson } from '../support/imports.js'

const NAME = '/v1/schemas/product-sustainability-attributes'
const exchange = await openTestExchange(t)
const { app, vendor, distributor } = exchange
const [draft] = DRAFT_SCHEMA_VERSIONS
const version = draft?.version ?? ''
const record = exampleRecord({ version })

t.test('a draft is listed apart, and its file may change', async t => {
  const schema = (await app.inject({ url: NAME })).json()
  t.notOk(schema.versions.some((entry: { version: string }) => entry.version === version))
  t.equal(schema.newestVersion, SCHEMA_VERSIONS.at(-1)?.version)
  t.match(schema.drafts, [{ version, status: 'draft', url: `${NAME}/${version}`, changes: [/^New field /] }])
  const file = await app.inject({ url: `${NAME}/${version}` })
  t.match(file.headers, { 'cache-control': 'public, max-age=300', 'repr-digest': /^sha-256=/ })
  t.match(file.json(), { properties: { schemaVersion: { const: version } } })
})

t.test('every door tries a draft out, and none stores it', async t => {
  const refused = { code: 'SCHEMA_VERSION_DRAFT', pointer: '/schemaVersion' }
  const submit = async (url: string, payload: object) => await app.inject({ method: 'POST', url, headers: vendor.headers, payload })
  const real = await submit('/v1/products', record)
  t.equal(real.statusCode, 422)
  t.match(real.json().errors, [{ ...refused, expected: SCHEMA_VERSIONS.map(entry => entry.version).join(', ') }])
  t.match((await submit('/v1/products?dryRun=true', record)).json(), { outcome: 'created', schemaVersion: version })
  t.match((await submit('/v1/products/validate', { records: [record] })).json().items, [{ valid: true }])
  t.match((await submit('/v1/products/batch', { items: [{ op: 'submit', record }] })).json().items, [{ outcome: 'failed', problem: { errors: [refused] } }])
  t.match((await submit('/v1/products/batch?dryRun=true', { items: [{ op: 'submit', record }] })).json().items, [{ outcome: 'created' }])
  for (const [query, state] of [['&dryRun=true', 'completed'], ['', 'completed_with_errors']] as const) {
    t.equal((await importing(exchange, vendor).run(`format=ndjson${query}`, ndjson([record]))).state, state)
  }
  t.same((await app.inject({ url: '/v1/products', headers: distributor.headers })).json().items, [])
})

t.test('no record is read in a draft', async t => {
  t.equal((await app.inject({ url: `/v1/products?schema=${version}`, headers: distributor.headers })).statusCode, 406)
})
