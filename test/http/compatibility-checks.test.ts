/** A proposed schema is compared and tried; whatever it is, the exchange goes on answering. */
import t from 'tap'
import { requireSchemaVersion } from '../../src/domain/schema-versions/registry.js'
import { createCompatibilityChecks } from '../../src/services/compatibility/compatibility-checks.js'
import { openTestExchange } from '../support/exchange.js'
import { recordOf } from '../support/records.js'

interface Loose { [keyword: string]: any } // eslint-disable-line @typescript-eslint/no-explicit-any -- the changes reach anywhere

const URL = '/v1/schemas/product-sustainability-attributes/compatibility-checks'
const exchange = await openTestExchange(t)
const { app, vendor, otherVendor, distributor, operator } = exchange
const ids: string[] = []

t.before(async () => {
  const records: Array<[typeof vendor, object]> = [
    [vendor, recordOf({ manufacturerPartNumber: 'LIGHT', massKg: 1 })],
    [vendor, recordOf({ manufacturerPartNumber: 'HEAVY', massKg: 30 }, { schemaVersion: '1.0.0' })],
    [otherVendor, recordOf({ manufacturerName: 'Kiesel Devices', manufacturerPartNumber: 'HEAVY', massKg: 40 })],
    [vendor, { ...recordOf({ manufacturerPartNumber: 'NEW' }), carbonFootprint: undefined, packaging: undefined, energy: { provenance: recordOf().packaging.provenance, idleW: 4 } }]
  ]
  for (const [member, payload] of records) {
    const answer = await app.inject({ method: 'POST', url: '/v1/products', headers: member.headers, payload })
    if (answer.statusCode !== 201) throw new Error(answer.body)
    ids.push(answer.json().productId)
  }
})

function changed (change: (schema: Loose) => void, version = '1.1.0'): Loose {
  const schema = structuredClone(requireSchemaVersion(version).schema) as Loose
  change(schema)
  return schema
}

async function check (member: typeof vendor, body: object) {
  const answer = await app.inject({ method: 'POST', url: URL, headers: member.headers, payload: body })
  return { status: answer.statusCode, ...answer.json() }
}

t.test('a minor version of tomorrow is compatible, and fits every stored record', async t => {
  const schema = changed(proposed => {
    proposed['properties'].schemaVersion.const = '1.2.0'
    proposed['$defs'].packaging.properties.colour = { type: 'string', maxLength: 40 }
    proposed['$defs'].productIdentification.properties.category.enum.push('drone')
  })
  const report = await check(vendor, { schema, version: '1.1.0' })
  t.match(report, {
    status: 200,
    comparedWith: '1.1.0',
    verdict: 'compatible',
    breaks: [],
    differencesComplete: true,
    records: { judgedOf: 'own', judged: 3, failed: 0, withoutPlace: 0, complete: true, failures: [] }
  })
  t.same(report.differences.map(({ kind, field }: { kind: string, field: string }) => `${kind} ${field}`).sort(), ['field-added /packaging/colour', 'value-added /product/category', 'version-named /schemaVersion'])
})

t.test('a tighter limit breaks those who push, and the records that fail are counted: of a vendor only its own', async t => {
  const schema = changed(proposed => { proposed['$defs'].productIdentification.properties.massKg.maximum = 20 })
  t.equal((await check(vendor, { schema, version: '1.1' })).comparedWith, '1.1.0')
  const report = await check(vendor, { schema, version: '1.1.0' })
  t.match(report, {
    verdict: 'breaking',
    breaks: ['pushers'],
    differences: [{ kind: 'limit-tightened', pointer: '/$defs/productIdentification/properties/massKg/maximum', within: 'proposed', field: '/product/massKg', breaks: ['pushers'], before: '10000', after: '20' }],
    records: { judgedOf: 'own', judged: 3, failed: 1, complete: true, failures: [{ productId: ids[1], issue: { code: 'SCHEMA_RANGE', pointer: '/product/massKg', expected: 'at most 20', received: '30' } }] }
  })
  t.match((await check(operator, { schema, version: '1.1.0' })).records, { judgedOf: 'visible', judged: 4, failed: 2, failures: { length: 2 } })
  t.match((await check(otherVendor, { schema, version: '1.1.0' })).records, { judged: 1, failed: 1, failures: [{ productId: ids[2] }] })
  t.match((await check(vendor, { schema: changed(() => {}, '1.0.0'), version: '1.0.0' })).records, { judged: 3, failed: 0, withoutPlace: 1 }, 'records are tried as they read in the version compared with')
})

t.test('what a vendor hides from the exchange is not counted for the operator either', async t => {
  const close = async (audience: string) => (await app.inject({ method: 'PUT', url: '/v1/audiences', headers: vendor.headers, payload: { default: audience, categories: {} } })).statusCode
  t.equal(await close('closed'), 200)
  const nothing = { schema: { type: 'object', maxProperties: 0 }, version: '1.1.0' }
  t.match((await check(operator, nothing)).records, { judged: 1, failed: 1, failures: [{ productId: ids[2] }] })
  const wordy = await check(vendor, { schema: { type: 'object', properties: { validFrom: { enum: Array.from({ length: 20_000 }, (_each, index) => `value ${index}`) } } }, version: '1.1.0' })
  t.ok(wordy.records.failures.length > 0 && wordy.records.failures.every(({ issue }: { issue: { expected: string } }) => issue.expected.length <= 400), 'findings stay short')
  t.match((await check(vendor, nothing)).records, { judgedOf: 'own', judged: 3, failed: 3 })
  t.equal(await close('open'), 200)
})

t.test('only for those who may, and only for what there is', async t => {
  t.match(await check(distributor, { schema: { type: 'object' } }), { status: 403, code: 'insufficient-scope' })
  t.match(await check(vendor, { schema: { type: 'object' }, version: '9.9.9' }), { status: 422, errors: [{ code: 'REFERENCE_INVALID', pointer: '/version', expected: /1\.0\.0, 1\.1\.0/ }] })
  const elsewhere = await app.inject({ method: 'POST', url: URL.replace('product-', 'other-'), headers: vendor.headers, payload: { schema: { type: 'object' } } })
  t.equal(elsewhere.statusCode, 404)
  const large = await app.inject({ method: 'POST', url: URL, headers: vendor.headers, payload: { schema: { type: 'object', description: 'x'.repeat(600_000) } } })
  t.equal(large.statusCode, 413)
})

t.test('what is no usable schema is refused with its place', async t => {
  const cases: Array<[pointer: string, schema: object]> = [
    ['/schema', {}],
    ['/schema/type', { type: 'array' }],
    ['/schema/$schema', { $schema: 'http://json-schema.org/draft-07/schema#', type: 'object' }],
    ['/schema/properties/a/type', { type: 'object', properties: { a: { type: 'float' } } }],
    ['/schema/properties/a/$ref', { type: 'object', properties: { a: { $ref: 'https://schemas.example/date.json' } } }],
    ['/schema/properties/a/$ref', { type: 'object', properties: { a: { $ref: 'file:///etc/passwd' } } }],
    ['/schema/properties/a/$ref', { type: 'object', properties: { a: { $ref: '#/$defs/missing' } } }],
    ['/schema/properties/a/$id', { type: 'object', properties: { a: { $id: 'https://schemas.example/' } } }],
    ['/schema/$dynamicRef', { type: 'object', $dynamicRef: '#here' }],
    ['/schema/$async', { type: 'object', $async: true }],
    ['/schema', { type: 'object', properties: { a: { type: 'string', pattern: '(' } } }],
    ['/schema', { type: 'object', properties: { a: { type: 'string', format: 'unheard-of' } } }],
    ['/schema', { type: 'object', 'x-unit': 'kg' }],
    ['/schema/properties', { type: 'object', properties: { ['x'.repeat(300_000)]: {} } }]
  ]
  for (const [pointer, schema] of cases) t.match(await check(vendor, { schema }), { status: 422, code: 'validation-failed', errors: [{ code: 'SCHEMA_UNUSABLE', pointer }] }, JSON.stringify(schema))
  const named = { type: 'object', properties: { $ref: { type: 'string' }, $async: { const: { $ref: 'data' } } } }
  t.equal((await check(vendor, { schema: named })).status, 200, 'names of fields and data are no keywords')
})

t.test('a schema that never comes to an end is stopped, and the exchange goes on answering meanwhile', async t => {
  const slow = createCompatibilityChecks({
    products: { list: async () => [listedProduct('a'.repeat(40), 1)] }, visibilityOf: () => ({ kind: 'everything' }), monotonicMs: () => performance.now(), limits: { compareMs: 60_000, judgeMs: 3_000, records: 100 }, turns: { atOnce: 2, waiting: 20, waitMs: 60_000 }
  })
  const caller = await callerOf(vendor)
  const schema = changed(proposed => { proposed['$defs'].productIdentification.properties.modelName = { type: 'string', pattern: '^(a+)+b$' } })
  const running = slow.check(caller, 'product-sustainability-attributes', { schema, version: '1.1.0' })
  const second = slow.check(caller, 'product-sustainability-attributes', { schema: { type: 'object' } })
  await t.rejects(slow.check(caller, 'product-sustainability-attributes', { schema }), { code: 'unavailable', retryAfterSeconds: 5 }, 'one at a time, and one that waits')
  let isDone = false
  void running.then(() => { isDone = true })
  t.match(await slow.check(await callerOf(otherVendor), 'product-sustainability-attributes', { schema: { type: 'object' } }), { comparedWith: String })
  t.notOk(isDone, 'others need not wait for it')
  t.equal((await app.inject({ url: '/livez' })).statusCode, 200)
  t.match((await running).records, { judged: 0, complete: false, stoppedBy: 'time' })
  t.match(await second, { comparedWith: String })

  const chain = Object.fromEntries(Array.from({ length: 10_000 }, (_each, index) => [`d${index}`, { items: { $ref: `#/$defs/d${index + 1}` } }]))
  const costly: Loose[] = [
    { type: 'object', $defs: { ...chain, d10000: {} }, properties: { a: { $ref: '#/$defs/d0' } } },
    { type: 'object', properties: { modelName: { $ref: '#/$defs/a' } }, $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } } }
  ]
  for (const schema of costly) {
    await t.rejects(slow.check(caller, 'product-sustainability-attributes', { schema }), { code: 'validation-failed', issues: [{ code: 'SCHEMA_TOO_COSTLY', pointer: '/schema' }] })
  }
})

t.test('the number of records that are judged has an end, and it is said', async t => {
  const products = Array.from({ length: 7 }, (_each, index) => listedProduct(`Model ${index}`, index + 1))
  const few = createCompatibilityChecks({
    products: { list: async (_filters, _visibility, { limit, after }) => products.filter(({ born }) => born > (after ?? 0)).slice(0, limit) },
    visibilityOf: () => ({ kind: 'everything' }),
    monotonicMs: () => performance.now(),
    limits: { compareMs: 60_000, judgeMs: 60_000, records: 5 }
  })
  const report = await few.check(await callerOf(operator), 'product-sustainability-attributes', { schema: changed(() => {}), version: '1.1.0' })
  t.match(report, { verdict: 'compatible', differences: [], records: { judged: 5, failed: 0, complete: false, stoppedBy: 'number' } })
})

async function callerOf (member: typeof vendor) {
  return await exchange.services.identity.authenticateApiKey(member.headers['x-api-key'], '127.0.0.1')
}

function listedProduct (modelName: string, born: number) {
  const record = Buffer.from(JSON.stringify(recordOf({ manufacturerPartNumber: 'X', modelName })))
  return { productId: ids[0] ?? '', born, version: 1, vendor: 'v', publishedAt: new Date(0), schemaVersion: '1.1.0', record, warnings: [] }
}
