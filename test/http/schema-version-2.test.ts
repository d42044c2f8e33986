/** Records of 2.0.0 through every door, and a consumer built for 1.0.0 that goes on reading while vendors move on. */
import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import t from 'tap'
import { requireSchemaVersion } from '../../src/domain/schema-versions/registry.js'
import { createColumnScheme } from '../../src/formats/columns.js'
import { writeCsvRows } from '../../src/formats/csv.js'
import { createRowWriter } from '../../src/formats/rows.js'
import { exampleRecord } from '../../src/http/record-examples.js'
import { projectPath } from '../../src/project-root.js'
import { openTestExchange } from '../support/exchange.js'
import { importing, ndjson } from '../support/imports.js'
import { demonstrationGtin, recordOf } from '../support/records.js'

const exchange = await openTestExchange(t)
const { app, vendor, distributor, reseller } = exchange

interface Record2 {
  product: { manufacturer: { name: string, gln?: string, operatorId?: string }, manufacturerPartNumber: string, gtins?: string[], massKg?: number, condition?: string }
  [group: string]: unknown
}

const { gtins: _gtins, ...exampleProduct } = (exampleRecord({ version: '2.0.0' }) as Record2).product

function record2 (manufacturerPartNumber: string, product: Partial<Record2['product']> = {}, groups: object = {}): Record2 {
  return { ...exampleRecord({ version: '2.0.0' }), ...groups, product: { ...exampleProduct, manufacturerPartNumber, ...product } } as Record2
}

async function send (method: 'POST' | 'PUT' | 'PATCH', url: string, payload: object, headers: Record<string, string> = {}) {
  return await app.inject({ method, url, headers: { ...vendor.headers, ...headers }, payload })
}

async function get (url: string) {
  return (await app.inject({ url, headers: distributor.headers })).json()
}

t.test('a product is the same one in every schema version', async t => {
  const first = await send('POST', '/v1/products', recordOf({ manufacturerPartNumber: 'SAME', gtins: ['9521234543213'] }))
  const second = await send('POST', '/v1/products', record2('same', { gtins: ['9521234543213'] }))
  t.match(second.json(), { productId: first.json().productId, outcome: 'updated', version: 2, schemaVersion: '2.0.0' })
  const other = await send('POST', '/v1/products', record2('OTHER', { gtins: ['09521234543213'] }))
  t.match(other.json(), { status: 422, errors: [{ code: 'GTIN_OWNED_BY_OTHER', pointer: '/product/gtins/0' }] })
  const foreign = await send('POST', '/v1/products', record2('X', { manufacturer: { name: 'Somebody Else', gln: '9521000000018' } }))
  t.match(foreign.json(), { code: 'manufacturer-not-yours', errors: [{ pointer: '/product/manufacturer/name' }] })
})

t.test('a field of another version is told what it became', async t => {
  const refused = await send('POST', '/v1/products', record2('OLD-WORDS', {}, { packaging: { totalMassG: 1, provenance: {} }, refurbishment: {} }))
  t.same(refused.json().errors.filter(({ code }: { code: string }) => code === 'SCHEMA_UNKNOWN_FIELD').map(({ pointer, expected, detail }: Record<string, string>) => [pointer, expected, detail]).sort(), [
    ['/packaging/provenance', 'evidenceIds', 'provenance is not a field of packaging. It is a field of version 1.0.0, 1.1.0. Version 2.0.0 has evidenceIds instead.'],
    ['/refurbishment', 'secondLife', 'refurbishment is not a field of the document. It is a field of version 1.0.0, 1.1.0. Version 2.0.0 has secondLife instead.']
  ])
})

t.test('replaced, patched, in batches and in imports', async t => {
  const { productId } = (await send('POST', '/v1/products', record2('DOORS'))).json()
  t.match((await send('PUT', `/v1/products/${productId}`, record2('DOORS', { massKg: 1.4 }))).json(), { outcome: 'updated', version: 2 })
  const patched = await send('PATCH', `/v1/products/${productId}`, { product: { massKg: 1.5 } }, { 'content-type': 'application/merge-patch+json' })
  t.match(patched.json(), { version: 3, record: { product: { massKg: 1.5, manufacturer: { gln: '9521000000018' } } } })
  const batch = await send('POST', '/v1/products/batch', { items: [{ op: 'submit', record: record2('DOORS', { massKg: 1.6 }) }, { op: 'submit', record: record2('DOORS-2') }] })
  t.match(batch.json().items, [{ outcome: 'updated', version: 4 }, { outcome: 'created' }])

  const { run, results } = importing(exchange, vendor)
  const lines = await run('format=ndjson', ndjson([record2('DOORS', { massKg: 1.7 }), { ...record2('BROKEN'), carbonFootprint: {} }]))
  t.match(lines, { state: 'completed_with_errors', counts: { updated: 1, rejected: 1 } })
  const [rejected] = await results(lines.importId, '&outcome=rejected')
  t.ok(rejected?.['productId'], 'the product that a rejected line is about is known')

  const columns = createColumnScheme(requireSchemaVersion('2.0.0')).columns((_list, maximum) => Math.min(2, maximum), { json: true })
  const table = writeCsvRows([columns.map(({ name }) => name), createRowWriter(columns)(record2('DOORS', { massKg: 1.8 }))!])
  t.match(await run('format=csv', table), { state: 'completed', counts: { updated: 1 } })
  t.match(await get(`/v1/products/${productId}`), { version: 6, schemaVersion: '2.0.0', record: record2('DOORS', { massKg: 1.8 }) as object })
})

t.test('filters and look-ups see what 2.0.0 says elsewhere', async t => {
  const secondLife = { evidenceIds: ['pcf'], grade: 'good', functionalTestPassed: true, dataSanitised: true, warrantyMonths: 12 }
  await send('POST', '/v1/products', record2('FILTERED', { condition: 'refurbished', gtins: [demonstrationGtin(77)] }, { secondLife, energy: { evidenceIds: ['pcf'], eprelId: '424242' } }))
  const numbers = async (query: string) => (await get(`/v1/products?mpn=FILTERED${query}`)).items.length as number
  for (const query of ['&manufacturer=nordwind%20systems', '&category=laptop', '&condition=refurbished', '&hasGroup=carbonFootprint', '&hasGroup=refurbishment', '&assuranceLevel=selfDeclared', '&plasticFreePackaging=true', '&maxTotalKgCo2e=253']) {
    t.equal(await numbers(query), 1, query)
  }
  t.equal(await numbers('&maxTotalKgCo2e=250'), 0, 'one of its footprints is greater')
  t.equal(await numbers('&category=tablet'), 0)
  const identifiers = [{ scheme: 'eprel', value: '424242' }, { scheme: 'gtin', value: demonstrationGtin(77) }, { scheme: 'mpn', value: 'filtered', issuer: 'NORDWIND SYSTEMS' }]
  const found = await app.inject({ method: 'POST', url: '/v1/products/lookup', headers: reseller.headers, payload: { identifiers, fields: ['product.manufacturer.name', 'carbonFootprints.totalKgCo2e'] } })
  for (const item of found.json().items) {
    t.match(item, { status: 200, product: { record: { product: { manufacturer: { name: 'Nordwind Systems' } }, carbonFootprints: [{ totalKgCo2e: 242 }, { totalKgCo2e: 253 }] } } })
  }
})

t.test('a refurbished product with the footprint of the new one is noticed across versions', async t => {
  const base = recordOf({ manufacturerPartNumber: 'NEW-ONE' })
  await send('POST', '/v1/products', base)
  const secondLife = { evidenceIds: ['pcf'], grade: 'good', functionalTestPassed: true, dataSanitised: true, warrantyMonths: 12, basedOnManufacturerPartNumber: 'NEW-ONE' }
  const answer = await send('POST', '/v1/products?dryRun=true', record2('NEW-ONE-RFB', { condition: 'refurbished' }, { secondLife }))
  const warned = [{ code: 'REFURB_FULL_PCF', pointer: '/carbonFootprints/0/totalKgCo2e' }]
  t.match(answer.json().warnings, warned)
  const stored = await send('POST', '/v1/products', record2('NEW-ONE-RFB', { condition: 'refurbished' }, { secondLife }))
  t.match(stored.json().warnings, warned, 'its sender is told')
  t.same((await get(`/v1/products/${stored.json<{ productId: string }>().productId}`)).warnings, [], 'readers are not: they may not see the other product')
  const batch = await send('POST', '/v1/products/batch', { items: [{ op: 'submit', record: record2('NEW-ONE-RFB', { condition: 'refurbished' }, { secondLife }) }] })
  t.match(batch.json().items[0], { outcome: 'unchanged', warnings: warned })
})

t.test('a consumer built for 1.0.0 reads every record that has a place there, whatever vendors push', async t => {
  const ajv = new Ajv2020()
  addFormats.default(ajv)
  const isOfItsVersion = ajv.compile(JSON.parse(readFileSync(projectPath('schemas/product-sustainability-attributes/1.0.0.json'), 'utf8')))
  const provenance = { documentDate: '2026-03', assuranceLevel: 'selfDeclared', dataQuality: { basis: 'measured' } }
  const { carbonFootprint: _footprint, packaging: _packaging, ...nothingOf1 } = recordOf({ manufacturerPartNumber: 'CONSUMER-NONE' })
  const pushed: Record<string, object> = {
    old: { ...recordOf({ manufacturerPartNumber: 'CONSUMER-OLD' }), schemaVersion: '1.0.0' },
    minor: { ...recordOf({ manufacturerPartNumber: 'CONSUMER-MINOR' }), energy: { provenance, idleW: 4 } },
    major: record2('CONSUMER-MAJOR'),
    none: { ...nothingOf1, energy: { provenance, idleW: 4 } }
  }
  const ids: Record<string, string> = {}
  for (const [name, record] of Object.entries(pushed)) ids[name] = (await send('POST', '/v1/products', record)).json().productId
  const readable = ['old', 'minor', 'major'].map(name => ids[name]!)

  for (const id of readable) {
    const product = await get(`/v1/products/${id}?schema=1.0.0`)
    t.ok(isOfItsVersion(product.record), JSON.stringify(isOfItsVersion.errors))
  }
  t.match(await get(`/v1/products/${ids['major']}?schema=1.0.0`), {
    schemaVersion: '1.0.0', sourceSchemaVersion: '2.0.0', lossy: true, record: { product: { category: 'laptop' }, carbonFootprint: { totalKgCo2e: 242, stages: { manufacturingKgCo2e: 178 } } }
  })
  t.match(await get(`/v1/products/${ids['none']}?schema=1.0.0`), { status: 406, available: ['1.1.0'] })
  t.match(await get(`/v1/products/${ids['old']}?schema=2`), { status: 406, available: ['1.0.0', '1.1.0'], errors: [{ pointer: '/product' }, { pointer: '/product' }] })

  const list = await get('/v1/products?schema=1&limit=500')
  t.ok(list.items.every((item: { schemaVersion: string }) => item.schemaVersion === '1.1.0'))
  const old = await get('/v1/products?schema=1.0.0&limit=500')
  t.ok(old.items.every((item: { record: unknown }) => isOfItsVersion(item.record)))
  t.same(old.items.map((item: { productId: string }) => item.productId).filter((id: string) => Object.values(ids).includes(id)).sort(), readable.toSorted())
  t.match(old.unrepresentable, [{ productId: ids['none'] }])

  const seen = new Map<string, { op: string, product?: { record: unknown } }>()
  for (let cursor = ''; ;) {
    const page = await get(`/v1/changes?schema=1.0.0&limit=3${cursor}`)
    for (const change of page.items) seen.set(change.productId, change)
    cursor = `&cursor=${page.nextCursor}`
    if (page.hasMore !== true) break
  }
  for (const id of readable) t.ok(isOfItsVersion(seen.get(id)?.product?.record), id)
  t.match(seen.get(ids['none']!), { op: 'delete', reason: 'not-representable', available: ['1.1.0'] })
})
