import t from 'tap'
import { openTestExchange, type TestExchange } from '../support/exchange.js'
import { demonstrationGtin, recordOf } from '../support/records.js'

let exchange: TestExchange
t.before(async () => { exchange = await openTestExchange(t) })

async function submit (record: object, headers: Record<string, string> = {}, query = '') {
  return await exchange.app.inject({ method: 'POST', url: `/v1/products${query}`, headers: { ...exchange.vendor.headers, ...headers }, payload: record })
}

t.test('a record is created, unchanged, updated, and read as it was submitted', async t => {
  const { app, vendor, reseller } = exchange
  const record = recordOf({ manufacturerPartNumber: 'LIFE-1' })
  const created = await submit(record)
  t.equal(created.statusCode, 201)
  t.equal(created.json().outcome, 'created')
  t.equal(created.headers['etag'], '"v1"')
  const { productId } = created.json()
  t.equal(created.headers['location'], `/v1/products/${productId}`)

  const again = await submit(record)
  t.equal(again.statusCode, 200)
  t.equal(again.json().outcome, 'unchanged')
  t.equal(again.json().version, 1)

  const changed = await submit({ ...record, product: { ...record.product, massKg: 1.4 } })
  t.match({ status: changed.statusCode, ...changed.json() }, { status: 200, outcome: 'updated', version: 2 })

  const read = await app.inject({ url: `/v1/products/${productId}`, headers: reseller.headers })
  t.equal(read.statusCode, 200)
  t.same(read.json(), {
    productId,
    version: 2,
    vendor: vendor.organizationId,
    publishedAt: changed.json().publishedAt,
    schemaVersion: '1.1.0',
    record: { ...record, product: { ...record.product, massKg: 1.4 } },
    warnings: []
  })
  t.equal(read.headers['etag'], '"v2"')
  t.equal(read.headers['cache-control'], 'private, no-cache')
  t.match(read.headers['vary'], /Authorization/)
  t.match(read.headers['vary'], /Accept-Encoding/)
})

t.test('warnings are stored with the record and answered', async t => {
  const record = recordOf({ manufacturerPartNumber: 'WARN-1' })
  record.carbonFootprint.stages = { manufacturingKgCo2e: 192, transportKgCo2e: 0, useKgCo2e: 50, endOfLifeKgCo2e: 0 }
  const created = await submit(record)
  t.equal(created.statusCode, 201)
  t.ok(created.json().warnings.some((warning: { code: string }) => warning.code === 'ZERO_STAGE_PAIR'))
  const read = await exchange.app.inject({ url: created.headers['location'] as string, headers: exchange.reseller.headers })
  t.same(read.json().warnings, created.json().warnings)
})

t.test('a dry run answers the same and stores nothing', async t => {
  const record = recordOf({ manufacturerPartNumber: 'DRY-1' })
  const dry = await submit(record, {}, '?dryRun=true')
  t.match({ status: dry.statusCode, ...dry.json() }, { status: 201, outcome: 'created', version: 1 })
  const read = await exchange.app.inject({ url: `/v1/products/${dry.json().productId}`, headers: exchange.vendor.headers })
  t.equal(read.statusCode, 404)
})

t.test('conditional reads', async t => {
  const { app, reseller } = exchange
  const { productId } = (await submit(recordOf({ manufacturerPartNumber: 'ETAG-1' }))).json()
  const read = async (tag: string) => await app.inject({ url: `/v1/products/${productId}`, headers: { ...reseller.headers, 'if-none-match': tag } })
  for (const tag of ['"v1"', 'W/"v1"', '"v1-gzip"', '"other", "v1"', '*']) {
    const answer = await read(tag)
    t.equal(answer.statusCode, 304, tag)
    t.match(answer.headers, { 'cache-control': /private/, vary: /X-API-Key/, 'x-request-id': /./ })
    t.notOk('content-security-policy' in answer.headers, 'a 304 of data does not repeat the security headers')
    t.equal(answer.body, '')
    t.equal(answer.headers['etag'], '"v1"')
  }
  t.equal((await read('"v2"')).statusCode, 200)
  t.equal((await read('"v1-something"')).statusCode, 200)
  const broken = await read('v1')
  t.match({ status: broken.statusCode, ...broken.json() }, { status: 400, code: 'invalid-parameter', errors: [{ header: 'If-None-Match', code: 'HEADER_FORMAT' }] })
})

t.test('conditional writes', async t => {
  const { app, vendor } = exchange
  const record = recordOf({ manufacturerPartNumber: 'IF-1' })
  const url = `/v1/products/${(await submit(record)).json().productId}`
  const put = async (massKg: number, headers: Record<string, string>) =>
    await app.inject({ method: 'PUT', url, headers: { ...vendor.headers, ...headers }, payload: { ...record, product: { ...record.product, massKg } } })

  const stale = await put(2, { 'if-match': '"v7"' })
  t.match({ status: stale.statusCode, ...stale.json() }, { status: 412, code: 'precondition-failed', currentVersion: 1 })
  t.equal((await put(2, { 'if-match': '"v1"' })).json().version, 2)
  t.equal((await put(3, { 'if-match': '"v1", W/"v2"' })).json().version, 3)
  t.equal((await put(4, { 'if-match': '"something-else"' })).statusCode, 412)
  t.equal((await put(4, { 'if-match': '*' })).json().version, 4)
  t.equal((await put(5, { 'if-none-match': '*' })).statusCode, 412)
  t.equal((await put(5, { 'if-none-match': '"v9"' })).statusCode, 400, 'on writes only * makes sense')
  t.equal((await submit(record, { 'if-none-match': '*' })).json().currentVersion, 4)
  const absent = await submit(recordOf({ manufacturerPartNumber: 'IF-2' }), { 'if-match': '*' })
  t.equal(absent.statusCode, 412, 'nothing is there to match')
})

t.test('a patch merges, is judged as a whole, and never overwrites another change', async t => {
  const { app, vendor } = exchange
  const url = `/v1/products/${(await submit(recordOf({ manufacturerPartNumber: 'PATCH-1' }))).json().productId}`
  const patch = async (payload: object, headers: Record<string, string> = {}) => await app.inject({
    method: 'PATCH', url, headers: { ...vendor.headers, 'content-type': 'application/merge-patch+json', ...headers }, payload: JSON.stringify(payload)
  })

  const merged = await patch({ product: { massKg: 9 }, packaging: null })
  t.match({ status: merged.statusCode, ...merged.json() }, { status: 200, outcome: 'updated', version: 2, record: { product: { massKg: 9, modelName: 'Aurora 14 G3' } } })
  t.notOk('packaging' in merged.json().record)

  const invalid = await patch({ product: { massKg: 'heavy' } })
  t.match({ status: invalid.statusCode, ...invalid.json() }, { status: 422, code: 'validation-failed', errors: [{ pointer: '/product/massKg', code: 'SCHEMA_TYPE' }] })
  t.equal((await patch({ product: { massKg: 8 } }, { 'if-match': '"v1"' })).statusCode, 412)
  const json = await patch({}, { 'content-type': 'application/json' })
  t.match({ status: json.statusCode, ...json.json() }, { status: 415, code: 'unsupported-media-type' })
  t.match(json.json().detail, /application\/merge-patch\+json/)

  const racing = await Promise.all([1.1, 1.2, 1.3, 1.4].map(async massKg => await patch({ product: { massKg } })))
  t.same(racing.map(({ statusCode }) => statusCode), [200, 200, 200, 200])
  t.equal(new Set(racing.map(answer => answer.json().version)).size, 4, 'each made a version of its own')
})

t.test('withdrawal hides a product, submission restores it, history stays', async t => {
  const { app, vendor, reseller } = exchange
  const record = recordOf({ manufacturerPartNumber: 'GONE-1' })
  const { productId } = (await submit(record)).json()
  const url = `/v1/products/${productId}`

  const withdrawn = await app.inject({ method: 'DELETE', url, headers: { ...vendor.headers, 'content-type': 'application/json' } })
  t.equal(withdrawn.statusCode, 200)
  t.same(withdrawn.json(), { outcome: 'withdrawn', productId, version: 2 })
  t.equal((await app.inject({ url, headers: reseller.headers })).statusCode, 404)
  t.equal((await app.inject({ url: `${url}/versions`, headers: reseller.headers })).statusCode, 404, 'history of a withdrawn product is for its publisher')
  t.equal((await app.inject({ method: 'DELETE', url, headers: vendor.headers })).statusCode, 404)

  const restored = await app.inject({ method: 'PUT', url, headers: vendor.headers, payload: record })
  t.match({ status: restored.statusCode, ...restored.json() }, { status: 201, outcome: 'created', version: 3 })

  const history = await app.inject({ url: `${url}/versions`, headers: reseller.headers })
  t.match(history.json(), { items: [{ version: 3, outcome: 'created' }, { version: 2, outcome: 'withdrawn' }, { version: 1, outcome: 'created' }], hasMore: false })
  const first = await app.inject({ url: `${url}/versions/1`, headers: reseller.headers })
  t.same(first.json().record, record)
  t.equal(first.headers['etag'], '"v1"')
  t.equal((await app.inject({ url: `${url}/versions/2`, headers: reseller.headers })).statusCode, 404, 'a tombstone has no record')
})

t.test('history: pages, one version, difference, and the product as of an instant', async t => {
  const { app, reseller } = exchange
  const record = recordOf({ manufacturerPartNumber: 'HIST-1' })
  const { productId, publishedAt } = (await submit(record)).json()
  for (const massKg of [2, 3]) await submit({ ...record, product: { ...record.product, massKg } })
  const get = async (path: string) => await app.inject({ url: `/v1/products/${productId}${path}`, headers: reseller.headers })

  const firstPage = await get('/versions?limit=2')
  t.same(firstPage.json().items.map(({ version }: { version: number }) => version), [3, 2])
  t.match(firstPage.headers['link'], /rel="next"/)
  const secondPage = await get(`/versions?limit=2&cursor=${firstPage.json().nextCursor}`)
  t.same(secondPage.json().items.map(({ version }: { version: number }) => version), [1])
  t.equal(secondPage.json().hasMore, false)

  t.same((await get('/diff?from=1&to=3')).json(), {
    productId, from: 1, to: 3, operations: [{ op: 'replace', path: '/product/massKg', value: 3 }]
  })
  t.equal((await get('/diff?from=1&to=9')).statusCode, 404)
  t.match((await get('/diff?from=1')).json(), { code: 'invalid-parameter', errors: [{ parameter: 'to', code: 'PARAMETER_REQUIRED' }] })
  t.equal((await get(`?asOf=${publishedAt}`)).json().version, 1)
  t.equal((await get('?asOf=2020-01-01T00:00:00Z')).statusCode, 404)
  t.equal((await get('/versions/0')).statusCode, 404)
})

t.test('fields narrow the record, and an unknown field is refused', async t => {
  const { app, reseller } = exchange
  const { productId } = (await submit(recordOf({ manufacturerPartNumber: 'FIELDS-1' }))).json()
  const get = async (fields: string) => await app.inject({ url: `/v1/products/${productId}?fields=${fields}`, headers: reseller.headers })
  const narrowed = await get('product.modelName,carbonFootprint.stages')
  t.same(narrowed.json().record, {
    product: { modelName: 'Aurora 14 G3' },
    carbonFootprint: { stages: { manufacturingKgCo2e: 178, transportKgCo2e: 12, useKgCo2e: 50, endOfLifeKgCo2e: 2 } }
  })
  t.equal(narrowed.headers['etag'], '"v1"', 'the same for every projection')
  const misspelt = await get('product.modellName')
  t.match({ status: misspelt.statusCode, ...misspelt.json() }, {
    status: 400, code: 'invalid-parameter', errors: [{ parameter: 'fields', code: 'UNKNOWN_RECORD_FIELD', expected: 'product.modelName' }]
  })
  const ofAnother = await get('product.modelName,carbonFootprint.totalKgCo2e&schema=2')
  t.match({ status: ofAnother.statusCode, ...ofAnother.json() }, {
    status: 400,
    errors: [{
      parameter: 'fields',
      code: 'UNKNOWN_RECORD_FIELD',
      expected: 'carbonFootprints.totalKgCo2e',
      detail: 'A record of schema version 2.0.0 has no field carbonFootprint.totalKgCo2e; did you mean carbonFootprints.totalKgCo2e? Records of 1.0.0, 1.1.0 have it.'
    }]
  }, 'rather than a record that looks as if nothing were declared')
  t.same((await get('carbonFootprint.totalKgCo2e&schema=1.0')).json().record, { carbonFootprint: { totalKgCo2e: 242 } })
  t.equal((await get('carbonFootprint.totalKgCo2e&schema=7')).statusCode, 406)
})

t.test('a schema version that does not exist is not acceptable', async t => {
  const { app, reseller } = exchange
  const { productId } = (await submit(recordOf({ manufacturerPartNumber: 'SCHEMA-1' }))).json()
  const get = async (schema: string) => await app.inject({ url: `/v1/products/${productId}?schema=${schema}`, headers: reseller.headers })
  t.equal((await get('1')).statusCode, 200)
  t.equal((await get('1.0.0')).statusCode, 200)
  t.match((await get('9')).json(), { status: 406, code: 'schema-version-unavailable', available: ['1.0.0', '1.1.0'] })
  t.match((await get('newest')).json(), { status: 400, code: 'invalid-parameter', errors: [{ parameter: 'schema' }] })
})

t.test('only its vendor writes the records of a manufacturer', async t => {
  const { app, otherVendor, reseller } = exchange
  const record = recordOf({ manufacturerPartNumber: 'MINE-1' })
  const foreign = await app.inject({ method: 'POST', url: '/v1/products', headers: otherVendor.headers, payload: record })
  t.match({ status: foreign.statusCode, ...foreign.json() }, { status: 403, code: 'manufacturer-not-yours' })
  const reader = await app.inject({ method: 'POST', url: '/v1/products', headers: reseller.headers, payload: record })
  t.match({ status: reader.statusCode, ...reader.json() }, { status: 403, code: 'insufficient-scope' })
  const { productId } = (await submit(record)).json()
  const withdrawn = await app.inject({ method: 'DELETE', url: `/v1/products/${productId}`, headers: otherVendor.headers })
  t.equal(withdrawn.statusCode, 403)
  const elsewhere = await app.inject({ method: 'PUT', url: '/v1/products/af7ea8ad-496d-51df-befa-c0af228f8c97', headers: exchange.vendor.headers, payload: record })
  t.match({ status: elsewhere.statusCode, ...elsewhere.json() }, { status: 422, errors: [{ code: 'PRODUCT_ID_MISMATCH' }] })
})

t.test('records are refused with a pointer to every error, and nothing is coerced or dropped', async t => {
  const record = recordOf({ manufacturerPartNumber: 'BAD-1' })
  const cases: Array<[string, unknown, string]> = [
    ['/product/massKg', null, 'SCHEMA_NULL'],
    ['/product/massKg', true, 'SCHEMA_TYPE'],
    ['/product/massKg', '12', 'SCHEMA_TYPE'],
    ['/product/massKg', [7], 'SCHEMA_TYPE'],
    ['/product/colour', 'grey', 'SCHEMA_UNKNOWN_FIELD']
  ]
  for (const [pointer, value, code] of cases) {
    const answer = await submit({ ...record, product: { ...record.product, [pointer.split('/').at(-1) as string]: value } })
    t.match({ status: answer.statusCode, ...answer.json() }, { status: 422, code: 'validation-failed', errors: [{ pointer, code, severity: 'error' }] }, `${pointer} ${JSON.stringify(value)}`)
  }
  for (const body of ['[1]', '"text"', '12', 'true']) {
    const answer = await exchange.app.inject({ method: 'POST', url: '/v1/products', headers: { ...exchange.vendor.headers, 'content-type': 'application/json' }, payload: body })
    t.match({ status: answer.statusCode, ...answer.json() }, { status: 422, errors: [{ pointer: '', code: 'SCHEMA_TYPE' }] }, body)
  }
})

t.test('a GTIN of another product is refused', async t => {
  const gtin = demonstrationGtin(77)
  t.equal((await submit(recordOf({ manufacturerPartNumber: 'GTIN-1', gtins: [gtin] }))).statusCode, 201)
  const second = await submit(recordOf({ manufacturerPartNumber: 'GTIN-2', gtins: [`0${gtin}`] }))
  t.match({ status: second.statusCode, ...second.json() }, { status: 422, errors: [{ code: 'GTIN_OWNED_BY_OTHER', pointer: '/product/gtins/0' }] })
})
