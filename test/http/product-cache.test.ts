import t from 'tap'
import { createServices } from '../../src/composition-root.js'
import { readConfig } from '../../src/config.js'
import type { Caller } from '../../src/domain/access.js'
import { callerOf } from '../../src/domain/organization.js'
import { createFeedPositions } from '../../src/storage/feed-positions.js'
import { openTestExchange, type TestExchange } from '../support/exchange.js'
import { recordOf } from '../support/records.js'

const BOUND_MS = 1_000

const createdAt = new Date()
const NORDWIND: Caller = callerOf(
  { id: 'org_nordwind-group', name: 'Nordwind Group', role: 'vendor', manufacturers: [{ key: 'nordwind systems', name: 'Nordwind Systems' }], createdAt },
  { id: 'test', scopes: ['products:read', 'products:write'] }
)

/** The services of another process on the same database. */
async function anotherProcess (t: { teardown: (work: () => void) => void }, exchange: TestExchange) {
  const services = await createServices(exchange.connection, readConfig({ MONGODB_URI: 'mongodb://unused' }))
  t.teardown(() => { services.close() })
  return services
}

async function read ({ app, reseller }: TestExchange, productId: string, headers: Record<string, string> = {}) {
  return await app.inject({ url: `/v1/products/${productId}`, headers: { ...reseller.headers, ...headers } })
}

/** How long it takes until the answer is the expected one, in milliseconds. */
async function untilSeen (isSeen: () => Promise<boolean>): Promise<number> {
  const startedAt = performance.now()
  while (!await isSeen()) await new Promise(resolve => setTimeout(resolve, 10))
  return performance.now() - startedAt
}

t.test('a change and a withdrawal by another process are seen within the bound, by plain and by conditional reads', async t => {
  const exchange = await openTestExchange(t)
  const other = await anotherProcess(t, exchange)
  const { product: { productId } } = await other.products.submit(NORDWIND, recordOf())
  for (let round = 0; round < 20; round++) t.equal((await read(exchange, productId)).statusCode, 200)
  t.equal((await read(exchange, productId, { 'if-none-match': '"v1"' })).statusCode, 304)

  for (let version = 2; version < 6; version++) {
    await other.products.submit(NORDWIND, recordOf({ massKg: version }))
    const took = await untilSeen(async () => (await read(exchange, productId, { 'if-none-match': `"v${version - 1}"` })).statusCode === 200)
    t.ok(took < BOUND_MS, `version ${version} after ${Math.round(took)} ms`)
    t.match((await read(exchange, productId)).json(), { version, record: { product: { massKg: version } } })
  }
  await other.products.withdraw(NORDWIND, productId)
  const took = await untilSeen(async () => (await read(exchange, productId, { 'if-none-match': '"v5"' })).statusCode === 404)
  t.ok(took < BOUND_MS, `withdrawn after ${Math.round(took)} ms`)
})

t.test('a slow writer elsewhere does not hide the changes of others', async t => {
  const exchange = await openTestExchange(t)
  const other = await anotherProcess(t, exchange)
  const { product: { productId } } = await other.products.submit(NORDWIND, recordOf())
  await read(exchange, productId)
  const feed = createFeedPositions(exchange.connection.db, { newId: () => 'slow', monotonicMs: () => 0 })
  const open = await feed.reserve(10)
  await other.products.withdraw(NORDWIND, productId)
  const took = await untilSeen(async () => (await read(exchange, productId)).statusCode === 404)
  t.ok(took < BOUND_MS, `withdrawn after ${Math.round(took)} ms, while the feed waits`)
  await feed.release(open)
})

t.test('writes of this process are seen at once', async t => {
  const exchange = await openTestExchange(t)
  const { app, vendor } = exchange
  const write = async (payload: object) => await app.inject({ method: 'POST', url: '/v1/products', headers: vendor.headers, payload })
  const { productId } = (await write(recordOf())).json<{ productId: string }>()
  for (let version = 2; version < 30; version++) {
    const racing = Promise.all(Array.from({ length: 5 }, async () => await read(exchange, productId)))
    await write(recordOf({ massKg: version }))
    t.equal((await read(exchange, productId)).json<{ version: number }>().version, version)
    await racing
    t.equal((await read(exchange, productId)).json<{ version: number }>().version, version, 'also after reads that were on their way')
  }
  await app.inject({ method: 'DELETE', url: `/v1/products/${productId}`, headers: vendor.headers })
  t.equal((await read(exchange, productId)).statusCode, 404)
})

t.test('the cache can be turned off', async t => {
  const exchange = await openTestExchange(t, { PRODUCT_CACHE_MB: '0' })
  const other = await anotherProcess(t, exchange)
  const { product: { productId } } = await other.products.submit(NORDWIND, recordOf())
  await read(exchange, productId)
  await other.products.withdraw(NORDWIND, productId)
  t.equal((await read(exchange, productId)).statusCode, 404, 'then others are seen at once too')
})
