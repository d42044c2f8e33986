import t from 'tap'
import { openTestExchange, type TestExchange } from '../support/exchange.js'
import { recordOf } from '../support/records.js'

let exchange: TestExchange
t.before(async () => {
  exchange = await openTestExchange(t)
  const items = [
    recordOf({ manufacturerPartNumber: 'C/8#ABB', gtins: ['036000291452'] }),
    recordOf({ manufacturerPartNumber: 'TWIN-1' }),
    recordOf({ manufacturerPartNumber: 'TWIN-1', manufacturerName: 'Südlicht Computer' })
  ].map(record => ({ op: 'submit', record }))
  await exchange.app.inject({ method: 'POST', url: '/v1/products/batch', headers: exchange.vendor.headers, payload: { items } })
})

async function lookup (payload: object) {
  return await exchange.app.inject({ method: 'POST', url: '/v1/products/lookup', headers: exchange.reseller.headers, payload })
}

t.test('each identifier is answered on its own and in order', async t => {
  const identifiers = [
    { scheme: 'gtin', value: '036000291452' },
    { scheme: 'gtin', value: '0036000291452' },
    { scheme: 'gtin', value: '00036000291452' },
    { scheme: 'mpn', value: 'c/8#abb', issuer: ' nordwind  SYSTEMS' },
    { scheme: 'mpn', value: 'C/8#ABB' },
    { scheme: 'mpn', value: 'TWIN-1' },
    { scheme: 'mpn', value: 'TWIN-1', issuer: 'Südlicht Computer' },
    { scheme: 'mpn', value: 'UNKNOWN' },
    { scheme: 'gtin', value: '036000291453' },
    { scheme: 'gtin', value: '9521234543213' },
    { scheme: 'isbn', value: '1' },
    { scheme: 'mpn', value: '' }
  ]
  const answer = await lookup({ identifiers })
  t.equal(answer.statusCode, 200)
  const { items } = answer.json()
  t.same(items.map((item: { request: object }) => item.request), identifiers)
  t.same(items.slice(0, 10).map((item: { status: number }) => item.status), [200, 200, 200, 200, 200, 409, 200, 404, 422, 404])
  t.equal(new Set(items.slice(0, 5).map((item: { product: { productId: string } }) => item.product.productId)).size, 1)
  t.match(items[0].product.record, { product: { manufacturerPartNumber: 'C/8#ABB' } })
  t.match(items[5], { candidates: [{ manufacturerPartNumber: 'TWIN-1' }, { manufacturerPartNumber: 'TWIN-1' }], problem: { code: 'ambiguous-identifier' } })
  t.match(items[7].problem, { code: 'not-found', status: 404, type: '/errors/not-found' })
  t.ok(items[10].status >= 400)
  t.ok(items[11].status >= 400)

  const byId = await lookup({ identifiers: [{ scheme: 'productId', value: items[0].product.productId }] })
  t.same(byId.json().items[0].product, items[0].product)
})

t.test('fields and schema', async t => {
  const identifiers = [{ scheme: 'mpn', value: 'C/8#ABB' }]
  t.same((await lookup({ identifiers, fields: ['product.modelName'] })).json().items[0].product.record, { product: { modelName: 'Aurora 14 G3' } })
  t.match((await lookup({ identifiers, fields: ['product.modelName', 'product.weight'] })).json(), { status: 422, errors: [{ pointer: '/fields/1', code: 'UNKNOWN_RECORD_FIELD' }] })
  t.match((await lookup({ identifiers, schema: '2', fields: ['carbonFootprint.totalKgCo2e'] })).json(), {
    status: 422, errors: [{ pointer: '/fields/0', code: 'UNKNOWN_RECORD_FIELD', expected: 'carbonFootprints.totalKgCo2e' }]
  })
  for (const schema of ['1', '1.0', '1.0.0']) t.match((await lookup({ identifiers, schema })).json().items[0], { status: 200, product: { schemaVersion: /^1\./ } }, schema)
  t.match((await lookup({ identifiers, schema: '1.' })).json(), { status: 422, errors: [{ pointer: '/schema', expected: /^a major version such as 1, a minor version/ }] })
  t.match((await lookup({ identifiers, schema: '7' })).json().items[0], { status: 406, problem: { code: 'schema-version-unavailable' } })
})

t.test('the request is judged strictly', async t => {
  const cases: Array<[object, string]> = [
    [{ identifiers: {} }, '/identifiers'],
    [{ identifiers: [{}], filds: [] }, '/filds'],
    [{ identifiers: Array(1_001).fill({}) }, '/identifiers'],
    [{ identifiers: [] }, '/identifiers'],
    [{ identifier: [] }, '']
  ]
  for (const [payload, pointer] of cases) {
    t.match((await lookup(payload)).json(), { status: 422, code: 'validation-failed', errors: [{ pointer }] }, JSON.stringify(payload))
  }
})

t.test('what is no identifier is answered on its own', async t => {
  const good = { scheme: 'gtin', value: '036000291452' }
  const answer = await lookup({ identifiers: [{ scheme: 'gtin', value: 36000291452 }, good, {}, { ...good, isuer: 'x' }, null, 'x', good] })
  t.equal(answer.statusCode, 200)
  const { items } = answer.json()
  t.same(items.map((item: { status: number }) => item.status), [422, 200, 422, 422, 422, 422, 200])
  t.match(items[0].problem, { status: 422, code: 'validation-failed', errors: [{ pointer: '/value' }] })
  t.match(items[3].problem, { errors: [{ pointer: '/isuer' }] })
  t.same([items[0].request, items[1].request], [undefined, good])
})

t.test('a crowd around one registration takes nothing from the others', async t => {
  const { app, vendor, otherVendor, connection: { db } } = exchange
  const registered = (value: string) => ({ externalIds: [{ scheme: 'eprel', value }] }) as object
  const write = async (headers: object, records: object[]) => {
    const answer = await app.inject({ method: 'POST', url: '/v1/products/batch', headers: { ...headers }, payload: { items: records.map(record => ({ op: 'submit', record })) } })
    t.equal(answer.statusCode, 200, answer.body.slice(0, 400))
  }
  const wanted = Array.from({ length: 8 }, (_, number) => `77000${number}`)
  await write(vendor.headers, wanted.map((value, number) => recordOf({ manufacturerPartNumber: `REGISTERED-${number}`, ...registered(value) })))
  await write(otherVendor.headers, Array.from({ length: 150 }, (_, number) => recordOf({ manufacturerName: 'Kiesel Devices', manufacturerPartNumber: `CROWD-${number}`, ...registered('999999') })))

  const { items } = (await lookup({ identifiers: [...wanted, '999999'].map(value => ({ scheme: 'eprel', value })) })).json()
  t.same(items.slice(0, 8).map((item: { product?: { record: { product: { manufacturerPartNumber: string } } } }) => item.product?.record.product.manufacturerPartNumber),
    wanted.map((_, number) => `REGISTERED-${number}`))
  t.match(items[8], { status: 409, hasMoreCandidates: true, problem: { code: 'ambiguous-identifier', detail: /^More than 10 products/ } })
  const candidates = items[8].candidates.map(({ manufacturerPartNumber }: { manufacturerPartNumber: string }) => manufacturerPartNumber)
  t.same(candidates, Array.from({ length: 10 }, (_, number) => `CROWD-${number}`), 'ten, in the order in which they were first published')

  const sku = await app.inject({
    method: 'POST',
    url: '/v1/aliases/batch',
    headers: exchange.reseller.headers,
    payload: { items: [...wanted, '999999'].map((value, number) => ({ op: 'set', sku: `SKU-${number}`, product: { scheme: 'eprel', value } })) }
  })
  t.match(sku.json(), { summary: { created: 8, failed: 1 }, items: { 8: { status: 409, hasMoreCandidates: true } } })

  const plan = await db.command({
    explain: { find: 'products', filter: { externalIds: { $in: ['eprel:999999', 'eprel:770000'] }, withdrawn: { $exists: false } }, sort: { _id: 1 }, limit: 11 }, verbosity: 'executionStats'
  })
  t.ok(plan['executionStats'].totalDocsExamined <= 12, 'a crowd is not read to its end')
})
