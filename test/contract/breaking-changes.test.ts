/** Clients that were built from a released description go on working. */
import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { findSchemaVersion } from '../../src/domain/schema-versions/registry.js'
import { bindRecords } from '../../src/http/openapi-records.js'
import { projectPath } from '../../src/project-root.js'
import { breakingChanges, mayBreak, type ApiDescription } from './breaking-changes.js'

const read = (file: string) => JSON.parse(readFileSync(projectPath(file), 'utf8')) as ApiDescription
const current = read('openapi/openapi.json')

t.test('nothing breaks since the last release', async t => {
  const released = readdirSync(projectPath('openapi/released')).map(file => file.replace(/\.json$/, ''))
  const last = released.sort((left, right) => left.localeCompare(right, 'en', { numeric: true })).at(-1)
  t.ok(last, 'there is a released description')
  if (last === undefined) return
  const before = read(`openapi/released/${last}.json`)
  t.equal(before.info.version, last)
  // Records are described in the newest schema version, on purpose; clients that stay are built from those of a version of their choice.
  const version = findSchemaVersion(before.info['x-record-schema-version'])
  t.ok(version, 'its schema version is still supported')
  if (version === undefined) return
  const found = breakingChanges(before, bindRecords({ ...current }, version) as unknown as ApiDescription)
  if (!mayBreak(last, current.info.version)) t.same(found, [], 'break nobody, or raise the version of the package (CONTRIBUTING.md, "A release")')
})

t.test('semantic versioning', async t => {
  t.same([['0.1.0', '0.1.9'], ['0.1.0', '0.2.0'], ['0.9.0', '1.0.0'], ['1.2.0', '1.3.0'], ['1.2.0', '2.0.0'], ['2.0.0', '1.0.0']].map(([from = '', to = '']) => mayBreak(from, to)),
    [false, true, true, false, true, false])
})

type Loose = Record<string, any> // eslint-disable-line @typescript-eslint/no-explicit-any -- the mutations reach anywhere

/** What the comparison says about one change. */
function after (change: (document: Loose) => void): string[] {
  const changed = structuredClone(current)
  change(changed)
  return breakingChanges(current, changed)
}

t.test('what breaks a client is found', async t => {
  const products = (document: Loose) => document['paths']['/v1/products']
  const schemas = (document: Loose) => document['components']['schemas']
  const cases: Array<[finding: RegExp, change: (document: Loose) => void]> = [
    [/^GET \/v1\/me: is gone$/, document => { delete document['paths']['/v1/me'] }],
    [/^POST \/v1\/products: operationId submitProduct became pushProduct$/, document => { products(document).post.operationId = 'pushProduct' }],
    [/^GET \/v1\/products: parameter gtin is gone$/, document => { products(document).get.parameters = products(document).get.parameters.filter((each: Loose) => each['name'] !== 'gtin') }],
    [/^GET \/v1\/products: parameter gtin became required$/, document => { products(document).get.parameters.find((each: Loose) => each['name'] === 'gtin').required = true }],
    [/^GET \/v1\/products: parameter region is new and required$/, document => { products(document).get.parameters.push({ name: 'region', in: 'query', required: true, schema: { type: 'string' } }) }],
    [/^GET \/v1\/products: parameter limit: maximum fell$/, document => { products(document).get.parameters.find((each: Loose) => each['name'] === 'limit').schema.maximum = 50 }],
    [/^POST \/v1\/products: status 201 is gone$/, document => { delete products(document).post.responses['201'] }],
    [/^POST \/v1\/products: body: media type application\/json is gone$/, document => { products(document).post.requestBody.content = {} }],
    [/^GET \/v1\/products: answer 200\.items\[\]\.vendor: is gone$/, document => { delete schemas(document).Product.properties.vendor }],
    [/^GET \/v1\/changes: answer 200\.nextCursor: is no longer always there$/, document => { schemas(document).ChangePage.required = ['items'] }],
    [/^GET \/v1\/changes: answer 200\.items\[\]\.version: type integer became string$/, document => { schemas(document).Change.properties.version.type = 'string' }],
    [/^POST \/v1\/products\/lookup: body\.identifiers\[\]\.issuer: became required$/, document => { schemas(document).Identifier.required.push('issuer') }],
    [/^POST \/v1\/products\/batch: body\.onError: no longer takes abort$/, document => { schemas(document).BatchRequest.properties.onError.enum = ['continue'] }],
    [/^POST \/v1\/products\/batch: body\.items\[\]: alternative .*BatchPatch is gone$/, document => { schemas(document).BatchItem.oneOf = schemas(document).BatchItem.oneOf.filter(({ $ref }: Loose) => !$ref.endsWith('BatchPatch')) }],
    [/^POST \/v1\/products: body\.product\.modelName: maxLength fell$/, document => { schemas(document).ProductIdentification.properties.modelName.maxLength = 10 }]
  ]
  for (const [finding, change] of cases) t.ok(after(change).some(found => finding.test(found)), String(finding), { found: after(change).slice(0, 5) })
})

t.test('what breaks no client is not', async t => {
  t.same(after(() => {}), [])
  t.same(after(document => {
    const { paths, components: { schemas } } = document as { paths: Loose, components: { schemas: Loose } }
    paths['/v1/news'] = { get: { operationId: 'listNews', responses: {} } }
    paths['/v1/products'].get.parameters.push({ name: 'colour', in: 'query', schema: { type: 'string' } })
    paths['/v1/products'].get.parameters.find((each: Loose) => each['name'] === 'limit').schema.maximum = 1000
    schemas['Product'].properties.colour = { type: 'string' }
    schemas['BatchRequest'].properties.onError.enum.push('pause')
    schemas['Change'].properties.op['x-documented-values'].push('merge')
  }), [])
})
