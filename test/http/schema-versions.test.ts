/** Pushed in any schema version, read in any: one product, look-ups, lists, history and the feed. */
import t from 'tap'
import { recordOf } from '../support/records.js'
import { openTestExchange } from '../support/exchange.js'

const exchange = await openTestExchange(t)
const { app, vendor, reseller, distributor } = exchange

const provenance = { documentDate: '2026-03', assuranceLevel: 'selfDeclared', dataQuality: { basis: 'measured' } }

async function submit (record: object): Promise<string> {
  const answer = await app.inject({ method: 'POST', url: '/v1/products', headers: vendor.headers, payload: record })
  if (answer.statusCode !== 201) throw new Error(answer.body)
  return answer.json().productId
}

async function get (url: string, headers: Record<string, string> = {}) {
  return await app.inject({ url, headers: { ...distributor.headers, ...headers } })
}

const { carbonFootprint, packaging: _packaging, ...bare } = recordOf({ manufacturerPartNumber: 'OLD' })
const oldRecord = { ...bare, schemaVersion: '1.0.0', carbonFootprint }
const newRecord = { ...recordOf({ manufacturerPartNumber: 'NEW' }), schemaVersion: '1.1.0', energy: { provenance, idleW: 4 } }
const { carbonFootprint: _footprint, packaging: _pack, ...core } = recordOf({ manufacturerPartNumber: 'ONLY' })
const onlyNew = { ...core, schemaVersion: '1.1.0', energy: { provenance, idleW: 4 } }

const ids = { old: '', new: '', only: '' }

t.before(async () => {
  ids.old = await submit(oldRecord)
  ids.new = await submit(newRecord)
  ids.only = await submit(onlyNew)
})

t.test('as stored when nothing is asked for, and when it is stored in that version', async t => {
  for (const url of [`/v1/products/${ids.old}`, `/v1/products/${ids.old}?schema=1.0.0`]) {
    const { record, schemaVersion, ...rest } = (await get(url)).json()
    t.same({ record, schemaVersion }, { record: oldRecord, schemaVersion: '1.0.0' })
    t.notOk('sourceSchemaVersion' in rest || 'lossy' in rest)
  }
})

t.test('a newer version of the same major has everything', async t => {
  for (const schema of ['1', '1.1.0']) {
    const answer = await get(`/v1/products/${ids.old}?schema=${schema}`)
    t.match(answer.json(), { schemaVersion: '1.1.0', sourceSchemaVersion: '1.0.0', lossy: false })
    t.same(answer.json().record, { ...oldRecord, schemaVersion: '1.1.0' })
  }
})

t.test('an older version has what it knows, and says that something is left out', async t => {
  const answer = await get(`/v1/products/${ids.new}?schema=1.0.0`)
  t.match(answer.json(), { schemaVersion: '1.0.0', sourceSchemaVersion: '1.1.0', lossy: true, version: 1 })
  const { energy: _energy, ...rest } = newRecord
  t.same(answer.json().record, { ...rest, schemaVersion: '1.0.0' })
  t.equal(answer.headers.etag, '"v1"')
  t.equal((await get(`/v1/products/${ids.new}?schema=1.0.0`, { 'if-none-match': '"v1"' })).statusCode, 304)
  t.same((await get(`/v1/products/${ids.new}`)).json().record, newRecord, 'what is stored is not touched')
})

t.test('a minor version stands for the newest of it, wherever a version is asked for', async t => {
  for (const path of [`/v1/products/${ids.old}`, `/v1/products/${ids.old}/versions/1`]) {
    t.match((await get(`${path}?schema=1.1`)).json(), { schemaVersion: '1.1.0', sourceSchemaVersion: '1.0.0' }, path)
  }
  const versions = ({ items }: { items: object[] }) => [...new Set(items.map(item => (item as { schemaVersion: string }).schemaVersion))]
  t.same(versions((await get('/v1/products?schema=1.1')).json()), ['1.1.0'])
  t.same(versions({ items: (await get('/v1/changes?schema=1.1')).json().items.map(({ product }: { product: object }) => product) }), ['1.1.0'])
  for (const path of ['/v1/changes/stream?', '/v1/products/export?format=csv&']) t.equal((await get(`${path}schema=1.1`)).statusCode, 200, path)
  for (const schema of ['7.1', '1.9', '2.1']) t.equal((await get(`/v1/products/${ids.old}?schema=${schema}`)).statusCode, 406, schema)
  for (const schema of ['1.', '1.0.0.0', 'v1']) {
    t.match((await get(`/v1/products?schema=${schema}`)).json(), { status: 400, errors: [{ parameter: 'schema', expected: /a minor version such as 1\.1/ }] }, schema)
  }
})

t.test('a change of the record is seen in every version', async t => {
  const id = await submit({ ...newRecord, product: { ...newRecord.product, manufacturerPartNumber: 'CHANGING' } })
  t.equal((await get(`/v1/products/${id}?schema=1.0.0`)).json().record.product.massKg, 1.36)
  await app.inject({ method: 'PATCH', url: `/v1/products/${id}`, headers: { ...vendor.headers, 'content-type': 'application/merge-patch+json' }, payload: { product: { massKg: 1.5 } } })
  t.match((await get(`/v1/products/${id}?schema=1.0.0`)).json(), { version: 2, record: { product: { massKg: 1.5 } } })
  t.match((await get(`/v1/products/${id}/versions/1?schema=1.0.0`)).json(), { version: 1, lossy: true, record: { product: { massKg: 1.36 } } })
  await app.inject({ method: 'DELETE', url: `/v1/products/${id}`, headers: vendor.headers })
})

t.test('a record without a place in the version asked for is not acceptable, and the answer says why', async t => {
  t.match((await get(`/v1/products/${ids.only}?schema=1.0.0`)).json(), {
    status: 406, code: 'schema-version-unavailable', available: ['1.1.0'], errors: [{ code: 'NOT_REPRESENTABLE', pointer: '' }]
  })
})

t.test('look-ups answer each product for itself', async t => {
  const identifiers = [ids.old, ids.new, ids.only].map(value => ({ scheme: 'productId', value }))
  const answer = await app.inject({ method: 'POST', url: '/v1/products/lookup', headers: reseller.headers, payload: { identifiers, schema: '1.0.0', fields: ['product.manufacturerPartNumber'] } })
  t.match(answer.json().items, [
    { status: 200, product: { schemaVersion: '1.0.0', record: { product: { manufacturerPartNumber: 'OLD' } } } },
    { status: 200, product: { schemaVersion: '1.0.0', sourceSchemaVersion: '1.1.0', lossy: true, record: { product: { manufacturerPartNumber: 'NEW' } } } },
    { status: 406, problem: { code: 'schema-version-unavailable', available: ['1.1.0'] } }
  ])
})

t.test('lists name apart what has no place in the version', async t => {
  const page = (await get('/v1/products?schema=1.0.0')).json()
  t.same(page.items.map((item: { productId: string }) => item.productId).sort(), [ids.old, ids.new].sort())
  t.same(page.unrepresentable, [{ productId: ids.only, version: 1, schemaVersion: '1.1.0', available: ['1.1.0'] }])
  t.notOk('unrepresentable' in (await get('/v1/products')).json())
  t.equal((await get('/v1/products?schema=7')).statusCode, 406)
  const file = (await get('/v1/products/export?format=ndjson&schema=1.0.0')).body.trimEnd().split('\n').map(line => JSON.parse(line))
  t.same(file.map(record => [record.product.manufacturerPartNumber, record.schemaVersion]).sort(), [['NEW', '1.0.0'], ['OLD', '1.0.0']])
  t.equal((await get('/v1/products/export?schema=7')).statusCode, 406)
})

t.test('followers get every product in their version, or are told that it has no place there', async t => {
  const expected: Record<string, object> = {
    [ids.old]: { op: 'upsert', product: { schemaVersion: '1.0.0' } },
    [ids.new]: { op: 'upsert', product: { schemaVersion: '1.0.0', sourceSchemaVersion: '1.1.0', lossy: true } },
    [ids.only]: { op: 'delete', reason: 'not-representable', schemaVersion: '1.1.0', available: ['1.1.0'], identifiers: [{ scheme: 'mpn', value: 'ONLY' }] }
  }
  const page = (await get('/v1/changes?schema=1.0.0')).json()
  const lines = (await get('/v1/changes/stream?schema=1.0.0')).body.trimEnd().split('\n').map(line => JSON.parse(line))
  for (const items of [page.items, lines.slice(0, -1)]) {
    for (const [productId, change] of Object.entries(expected)) t.match(items.find((item: { productId: string }) => item.productId === productId), change)
  }
  t.equal((await get('/v1/changes?schema=7')).statusCode, 406)
  t.equal((await get('/v1/changes/stream?schema=7')).statusCode, 406)
})

t.test('a cursor goes on in its schema version only, so that nothing is passed over that had no place in another', async t => {
  const { nextCursor } = (await get('/v1/changes?schema=1.0.0')).json()
  for (const path of ['/v1/changes', '/v1/changes/stream', '/v1/changes/status']) {
    const statusOf = async (query: string) => (await get(`${path}?${query}cursor=${nextCursor}`)).statusCode
    t.equal(await statusOf('schema=1.0.0&'), 200, path)
    t.same([await statusOf('schema=1.1.0&'), await statusOf('schema=1&'), await statusOf('')], [400, 400, 400], path)
  }
  const asSubmitted = (await get('/v1/changes')).json().nextCursor
  t.match((await get(`/v1/changes?schema=1.1.0&cursor=${asSubmitted}`)).json(), { code: 'invalid-cursor' })
  const ofMajor = (await get('/v1/changes?schema=1')).json().nextCursor
  t.equal((await get(`/v1/changes?schema=1.1.0&cursor=${ofMajor}`)).statusCode, 200, 'the newest of a major is that version')
  t.equal((await get('/v1/changes/status?schema=7')).statusCode, 406)
})
