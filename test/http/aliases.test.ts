import { randomUUID } from 'node:crypto'
import t from 'tap'
import { productIdOf } from '../../src/domain/identity/product-key.js'
import { importing } from '../support/imports.js'
import { openTestExchange, type Member, type TestExchange } from '../support/exchange.js'
import { demonstrationGtin, recordOf } from '../support/records.js'

const idOf = (partNumber: string) => productIdOf('Nordwind Systems', partNumber)

async function openCatalogue (test: Parameters<typeof openTestExchange>[0]) {
  const exchange = await openTestExchange(test)
  const items = [
    recordOf({ manufacturerPartNumber: 'A', gtins: [demonstrationGtin(1)] }), recordOf({ manufacturerPartNumber: 'B', category: 'monitor' }), recordOf({ manufacturerPartNumber: 'C' }),
    recordOf({ manufacturerPartNumber: 'TWIN' }), recordOf({ manufacturerPartNumber: 'TWIN', manufacturerName: 'Südlicht Computer' })
  ].map(record => ({ op: 'submit', record }))
  const answer = await exchange.app.inject({ method: 'POST', url: '/v1/products/batch', headers: exchange.vendor.headers, payload: { items } })
  if (answer.statusCode !== 200) throw new Error(answer.body)
  return exchange
}

function acting ({ app }: TestExchange, member: Member) {
  const batch = async (items: unknown[]) => {
    const answer = await app.inject({ method: 'POST', url: '/v1/aliases/batch', headers: member.headers, payload: { items } })
    return { statusCode: answer.statusCode, ...answer.json() }
  }
  return {
    batch,
    set: async (sku: string, productId: string) => await batch([{ op: 'set', sku, productId }]),
    find: async (...skus: string[]): Promise<Array<{ status: number, product?: { productId: string }, problem?: { detail: string } }>> => (await app.inject({
      method: 'POST', url: '/v1/products/lookup', headers: member.headers, payload: { identifiers: skus.map(value => ({ scheme: 'distributorSku', value })) }
    })).json().items,
    list: async (query: Record<string, string> = {}) => (await app.inject({ url: '/v1/aliases', headers: member.headers, query })).json(),
    events: async (query: Record<string, string> = {}) => (await app.inject({ url: '/v1/audit-events', headers: member.headers, query })).json().items as Array<Record<string, unknown>>
  }
}

t.test('own SKUs are mapped by any identifier, each item with an answer of its own', async t => {
  const exchange = await openCatalogue(t)
  const { batch, find } = acting(exchange, exchange.distributor)
  const answer = await batch([
    { op: 'set', ref: 'row-1', sku: 'WB-1', product: { scheme: 'gtin', value: demonstrationGtin(1) } },
    { op: 'set', sku: 'WB-2', product: { scheme: 'mpn', value: 'b', issuer: 'nordwind systems' } },
    { op: 'set', sku: 'WB-3', productId: idOf('A') },
    { op: 'set', sku: 'WB-4', product: { scheme: 'mpn', value: 'TWIN' } },
    { op: 'set', sku: 'WB-5', product: { scheme: 'gtin', value: '4006381333932' } },
    { op: 'set', sku: 'WB-6', productId: '31ab12ef-9a1c-5d9e-8f0a-2c4d6e8f0a1b' },
    { op: 'set', sku: 'WB-1', productId: idOf('B') },
    { op: 'set', sku: 'WB-7' },
    { op: 'set', sku: 'WB-8', productId: idOf('A'), product: { scheme: 'productId', value: idOf('B') } },
    { op: 'set', sku: ' WB-9', productId: idOf('A') },
    { op: 'set', sku: 'A|B', productId: idOf('A') },
    { op: 'move', sku: 'WB-10' },
    { op: 'remove', sku: 'WB-11' },
    'WB-12'
  ])
  t.match(answer, { statusCode: 207, summary: { total: 14, created: 3, updated: 0, unchanged: 1, removed: 0, failed: 10 } })
  t.match(answer.items, [
    { index: 0, ref: 'row-1', sku: 'WB-1', productId: idOf('A'), outcome: 'created', status: 201, retryable: false },
    { productId: idOf('B'), outcome: 'created' },
    { productId: idOf('A'), outcome: 'created' },
    { outcome: 'failed', status: 409, problem: { code: 'ambiguous-identifier' }, candidates: [{ productId: /./ }, { productId: /./ }] },
    { status: 422, problem: { code: 'validation-failed' } },
    { status: 404, problem: { code: 'not-found' } },
    { status: 409, problem: { code: 'duplicate-in-batch' } },
    { status: 422, problem: { errors: [{ code: 'SCHEMA_REQUIRED_ONE_OF' }] } },
    { status: 422, problem: { errors: [{ code: 'SCHEMA_REQUIRED_ONE_OF' }] } },
    { status: 422, problem: { errors: [{ pointer: '/sku', expected: 'one line of text without vertical bars, and without spaces at its ends' }] } },
    { status: 422, problem: { errors: [{ pointer: '/sku', expected: /without vertical bars/ }] } },
    { status: 422, problem: { errors: [{ pointer: '/op', expected: 'one of set, remove' }] } },
    { outcome: 'unchanged', status: 200 },
    { status: 422 }
  ])
  const found = await find('WB-1', 'WB-2', 'WB-3', 'wb-1', 'WB-6', ' WB-1 ')
  t.same(found.map(({ status, product }) => product?.productId ?? status), [idOf('A'), idOf('B'), idOf('A'), 404, 404, idOf('A')], 'many may lead to one product')
})

t.test('a SKU leads to one product, wherever it led before', async t => {
  const exchange = await openCatalogue(t)
  const { batch, set, find, list } = acting(exchange, exchange.reseller)
  t.match(await set('X', idOf('A')), { statusCode: 200, items: [{ outcome: 'created', status: 201 }] })
  t.match(await batch([{ op: 'set', sku: 'Caf\u00e9', productId: idOf('A') }, { op: 'set', sku: 'Cafe\u0301', productId: idOf('B') }]), { items: [{ outcome: 'created' }, { status: 409 }] }, 'what looks the same is the same')
  t.equal((await find('Cafe\u0301'))[0]?.product?.productId, idOf('A'))
  t.match(await set('X', idOf('A')), { items: [{ outcome: 'unchanged', status: 200 }] })
  t.match(await set('X', idOf('B')), { items: [{ outcome: 'updated', status: 200 }] })
  t.equal((await find('X'))[0]?.product?.productId, idOf('B'))
  t.match(await batch([{ op: 'set', sku: 'Y', product: { scheme: 'distributorSku', value: 'X' } }]), { items: [{ outcome: 'created', productId: idOf('B') }] })
  t.match(await batch([{ op: 'remove', sku: 'X' }]), { items: [{ outcome: 'removed', status: 200 }] })
  t.equal((await find('X'))[0]?.status, 404)
  t.match(await list({ skuPrefix: 'Y' }), { items: [{ sku: 'Y', productId: idOf('B') }], hasMore: false })
  const racers = await Promise.all(Array.from({ length: 8 }, async (_, index) => await set('Z', idOf(index % 2 === 0 ? 'A' : 'B'))))
  const outcomes = racers.flatMap(({ items }) => items as Array<{ outcome: string, status: number, productId?: string }>)
  t.ok(outcomes.every(({ outcome, status }) => outcome === 'failed' ? status === 409 : status < 300), JSON.stringify(outcomes))
  t.equal((await list({ skuPrefix: 'Z' })).items.length, 1)
})

t.test('one product has at most a hundred SKUs', async t => {
  const exchange = await openCatalogue(t)
  const { batch } = acting(exchange, exchange.distributor)
  const answer = await batch(Array.from({ length: 101 }, (_, index) => ({ op: 'set', sku: `S${index}`, productId: idOf('A') })))
  t.match(answer.summary, { created: 100, failed: 1 })
  t.match(answer.items[100], { status: 409, problem: { code: 'limit-reached' } })
  t.match(await batch([{ op: 'set', sku: 'more', productId: idOf('A') }, { op: 'set', sku: 'S0', productId: idOf('B') }]), { items: [{ status: 409 }, { outcome: 'updated' }] })
})

t.test('lists are paged, and narrowed by product and beginning', async t => {
  const exchange = await openCatalogue(t)
  const { batch, list } = acting(exchange, exchange.distributor)
  const skus = ['10-1', '10-2', '10/3', '1', '2', 'Ä', 'a', '\u{1F600}x', '10-\u{1F600}']
  await batch(skus.map((sku, index) => ({ op: 'set', sku, productId: idOf(index % 2 === 0 ? 'A' : 'B') })))
  const walk = async (query: Record<string, string>) => {
    const found: string[] = []
    for (let cursor: string | undefined; ;) {
      const page = await list({ ...query, limit: '2', ...(cursor !== undefined && { cursor }) })
      found.push(...page.items.map(({ sku }: { sku: string }) => sku))
      cursor = page.nextCursor
      if (cursor === undefined) return found
    }
  }
  const ordered = (wanted: string[]) => wanted.toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)))
  t.same(await walk({}), ordered(skus))
  t.same(await walk({ skuPrefix: '10' }), ordered(skus.filter(sku => sku.startsWith('10'))))
  t.same(await walk({ productId: idOf('B') }), ordered(skus.filter((_, index) => index % 2 === 1)))
  t.same(await walk({ productId: idOf('A'), skuPrefix: '10' }), ordered(['10-1', '10/3', '10-\u{1F600}']))
  t.same(await walk({ productId: randomUUID() }), [])
})

t.test('exports show own SKUs, and nobody else\'s', async t => {
  const exchange = await openCatalogue(t)
  const mine = acting(exchange, exchange.distributor)
  await mine.batch([{ op: 'set', sku: '007', productId: idOf('A') }, { op: 'set', sku: '006', productId: idOf('A') }, { op: 'set', sku: '=1+1', productId: idOf('B') }])
  await acting(exchange, exchange.reseller).set('OF-RESELLER', idOf('A'))
  const exported = async (member: Member, query: string) => await exchange.app.inject({ url: `/v1/products/export?${query}`, headers: member.headers })
  const csv = (await exported(exchange.distributor, 'ownSkus=true')).body.split('\r\n')
  t.match(csv[0], /^\uFEFFownSkus,schemaVersion/)
  t.equal(csv.filter(row => row.startsWith('006|007,')).length, 1)
  t.equal(csv.filter(row => row.startsWith("'=1+1,")).length, 1, 'no formula')
  t.equal(csv.filter(row => row.startsWith(',')).length, 3)
  t.notMatch(csv.join(), /RESELLER/)
  t.match((await exported(exchange.reseller, 'ownSkus=true')).body, /\nOF-RESELLER,/)
  const imported = await importing(exchange, exchange.vendor).run('format=csv', csv.join('\r\n'))
  t.match(imported, { state: 'completed', counts: { rejected: 0 } }, 'imports pass the column over')
  t.notMatch((await exported(exchange.distributor, '')).body, /ownSkus|006/)
  t.equal((await exported(exchange.distributor, 'ownSkus=true&format=xlsx')).statusCode, 200)
  t.match((await exported(exchange.distributor, 'ownSkus=true&format=ndjson')).json(), { status: 400, errors: [{ parameter: 'ownSkus' }] })
})

t.test('what becomes invisible answers as what never was', async t => {
  const exchange = await openCatalogue(t)
  const { app, vendor, distributor } = exchange
  const { batch, set, find, list } = acting(exchange, distributor)
  await batch([{ op: 'set', sku: 'open', productId: idOf('A') }, { op: 'set', sku: 'closing', productId: idOf('B') }, { op: 'set', sku: 'withdrawn', productId: idOf('C') }])
  await app.inject({ method: 'PUT', url: '/v1/audiences', headers: vendor.headers, payload: { default: 'open', categories: { monitor: 'closed' } } })
  await app.inject({ method: 'DELETE', url: `/v1/products/${idOf('C')}`, headers: vendor.headers })
  const [open, ...others] = await find('open', 'closing', 'withdrawn', 'never')
  t.equal(open?.status, 200)
  for (const [index, sku] of ['closing', 'withdrawn', 'never'].entries()) {
    t.match(others[index], { status: 404, problem: { detail: `There is no product with distributorSku ${sku} that you can see.` } })
  }
  const bodyOf = (productId: string, item: { problem: { detail: string } }) => JSON.stringify({ ...item, sku: '', index: 0 }).replaceAll(productId, 'ID')
  const answers = [idOf('B'), idOf('C'), '31ab12ef-9a1c-5d9e-8f0a-2c4d6e8f0a1b']
  const items = (await batch(answers.map((productId, index) => ({ op: 'set', sku: `new-${index}`, productId })))).items
  const bodies = items.map((item: { problem: { detail: string } }, index: number) => bodyOf(answers[index] as string, item))
  t.equal(new Set(bodies).size, 1, bodies[0])
  t.match(await set('closing', idOf('B')), { items: [{ status: 404 }] }, 'also for the SKU that leads there already')
  t.equal((await list()).items.length, 3, 'the SKUs stay')
  await app.inject({ method: 'PUT', url: '/v1/audiences', headers: vendor.headers, payload: { default: 'open', categories: {} } })
  t.equal((await find('closing'))[0]?.status, 200, 'and lead there again when it is shown again')
})

t.test('the SKUs of one organisation take no part in what another does', async t => {
  const exchange = await openCatalogue(t)
  const { app, distributor, reseller, vendor, otherVendor, operator } = exchange
  const mine = acting(exchange, distributor)
  await mine.batch([{ op: 'set', sku: 'SAME', productId: idOf('A') }, { op: 'set', sku: 'MINE', productId: idOf('B') }, { op: 'set', sku: 'M2', productId: idOf('B') }])
  const other = acting(exchange, reseller)
  t.match(await other.batch([{ op: 'set', sku: 'SAME', productId: idOf('C') }, { op: 'remove', sku: 'MINE' }]), { items: [{ outcome: 'created' }, { outcome: 'unchanged' }] })
  t.same((await mine.find('SAME', 'MINE')).map(({ product }) => product?.productId), [idOf('A'), idOf('B')])
  t.same((await other.find('SAME', 'MINE', 'org_weitblick-distribution/MINE', '../org_weitblick-distribution/MINE')).map(({ status }) => status), [200, 404, 404, 404])
  t.same((await other.list()).items.map(({ sku }: { sku: string }) => sku), ['SAME'])
  t.same((await other.list({ productId: idOf('B') })).items, [])
  t.same((await other.list({ skuPrefix: 'MIN' })).items, [])
  const { nextCursor } = await mine.list({ limit: '1' })
  t.match(await other.list({ limit: '1', cursor: nextCursor }), { code: 'invalid-cursor' })
  t.match(await mine.list({ limit: '1', cursor: nextCursor, skuPrefix: 'M' }), { code: 'invalid-cursor' })

  // An organisation whose id begins like another's.
  const near = await exchange.addMember({ name: 'Weitblick Distribution 0', role: 'distributor' })
  t.same((await acting(exchange, near).list()).items, [])
  t.same((await acting(exchange, vendor).find('MINE', 'SAME')).map(({ status }) => status), [404, 404])

  for (const [member, code] of [[vendor, 'insufficient-scope'], [otherVendor, 'insufficient-scope'], [operator, 'role-not-allowed']] as const) {
    t.match(await acting(exchange, member).set('SAME', idOf('A')), { statusCode: 403, code })
  }
  t.same((await app.inject({ url: '/v1/aliases', headers: operator.headers })).json(), { items: [], hasMore: false }, 'private to it, also before the operator')
})

t.test('every mapping is on record with what it was before', async t => {
  const exchange = await openCatalogue(t)
  const { distributor, vendor, reseller } = exchange
  const { batch, events } = acting(exchange, distributor)
  await batch([{ op: 'set', sku: 'X', productId: idOf('A') }, { op: 'set', sku: 'Y', productId: idOf('A') }, { op: 'set', sku: 'bad', productId: randomUUID() }])
  await batch([{ op: 'set', sku: 'X', productId: idOf('B') }, { op: 'remove', sku: 'Y' }, { op: 'remove', sku: 'none' }])
  await batch([{ op: 'set', sku: 'X', productId: idOf('B') }])
  const shown = (await events()).map(({ operation, resource, outcome, before, after }) => ({ operation, resource, outcome, before, after }))
  const common = { operation: 'writeAliases', outcome: 'succeeded' }
  t.same(shown, [
    { ...common, resource: { type: 'alias', id: 'X' }, before: { productId: idOf('A') }, after: { productId: idOf('B') } },
    { ...common, resource: { type: 'alias', id: 'Y' }, before: { productId: idOf('A') }, after: undefined },
    { ...common, resource: { type: 'alias', id: 'X' }, before: undefined, after: { productId: idOf('A') } },
    { ...common, resource: { type: 'alias', id: 'Y' }, before: undefined, after: { productId: idOf('A') } }
  ], 'what failed or changed nothing leaves nothing')
  t.equal((await events({ limit: '1' })).length, 1)
  t.equal((await acting(exchange, reseller).events()).length, 0)
  t.notOk((await acting(exchange, vendor).events()).some(({ operation }) => operation === 'writeAliases'), 'nor does the vendor of the product learn of it')
})

t.test('entries count against the quota', async t => {
  const exchange = await openTestExchange(t, { RATE_LIMIT_WRITE: '50' })
  const answer = await exchange.app.inject({
    method: 'POST', url: '/v1/aliases/batch', headers: exchange.distributor.headers, payload: { items: Array.from({ length: 10 }, (_, index) => ({ op: 'remove', sku: `S${index}` })) }
  })
  t.match(answer.headers['ratelimit'], /"write";r=40;/)
})
