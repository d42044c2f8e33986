/** Single reads and writes of products over HTTP, against Fastify from memory and plain inserts. */
import type { Document } from 'mongodb'
import { compare, ratePerSecond, requestsPerSecond, type Measurement } from './measure.js'
import { startProcess, stopProcess, type ExchangeUnderTest } from './exchange-under-test.js'
import { benchGtin, benchRecord } from './records.js'

/** Products in the store while reads are measured. */
const STORED = 20_000
const BATCH = 1_000
const BATCHES_PER_ROUND = 10

let nextKey = STORED

export async function benchProducts (exchange: ExchangeUnderTest): Promise<Measurement[]> {
  const { url, vendorHeaders: headers } = exchange
  const productIds = await store(exchange)
  const randomPath = (): string => `/v1/products/${productIds[Math.floor(Math.random() * productIds.length)]}`
  const sample = Buffer.from(await (await fetch(url + randomPath(), { headers })).arrayBuffer())
  const limit = await startProcess('./limit-server.js', { LIMIT_BYTES: String(sample.length) })
  const fromMemory = async (path: string, expectStatus: number): Promise<number> =>
    await requestsPerSecond({ url: limit.url, path: () => `/${path}/${Math.floor(Math.random() * STORED)}`, headers, expectStatus })
  try {
    return [
      await compare(
        { name: `GET one product, no cache, random of ${STORED}`, limit: `Fastify, ${sample.length} prepared bytes`, target: 0.2 },
        async () => await requestsPerSecond({ url, path: randomPath, headers, expectStatus: 200 }),
        async () => await fromMemory('bytes', 200)
      ),
      await compare(
        { name: 'GET one product, no cache, 304', limit: 'Fastify, 304 and nothing else', target: 0.15 },
        async () => await requestsPerSecond({ url, path: randomPath, headers: { ...headers, 'if-none-match': '"v1"' }, expectStatus: 304 }),
        async () => await fromMemory('bare-304', 304)
      ),
      await compare(
        { name: 'POST one product, 64 at once', limit: 'insertMany of the same rows, 1,000 each', target: 0.1 },
        async () => await requestsPerSecond({ url, path: () => '/v1/products', method: 'POST', headers: json(headers), body: () => JSON.stringify(benchRecord(nextKey++)), expectStatus: 201 }),
        async () => await insertPlainly(exchange)
      ),
      ...await benchBatches(exchange),
      await compare(
        { name: 'POST look-up of 1,000 GTINs, products per second', limit: 'find of 1,000 by _id, stored bytes', target: 0.3 },
        async () => await ratePerSecond(BATCH * BATCHES_PER_ROUND, async () => {
          for (let i = 0; i < BATCHES_PER_ROUND; i++) await lookUp(exchange, i)
        }),
        async () => await ratePerSecond(BATCH * BATCHES_PER_ROUND, async () => {
          for (let i = 0; i < BATCHES_PER_ROUND; i++) {
            await exchange.database.db.collection('products').find({ _id: { $in: productIds.slice(i * BATCH, (i + 1) * BATCH) as never[] } }, { projection: { record: 1 }, raw: true, batchSize: BATCH + 1 }).toArray()
          }
        })
      )
    ]
  } finally {
    await stopProcess(limit.process)
  }
}

async function benchBatches (exchange: ExchangeUnderTest): Promise<Measurement[]> {
  const rounds: string[][] = []
  const fresh = await compare(
    { name: 'POST batch of 1,000, fresh, records per second', limit: 'insertMany of the same rows, 1,000 each', target: 0.5 },
    async () => {
      const bodies = Array.from({ length: BATCHES_PER_ROUND }, () => batchBody())
      rounds.push(bodies)
      return await ratePerSecond(BATCH * BATCHES_PER_ROUND, async () => { for (const body of bodies) await postBatch(exchange, body) })
    },
    async () => await insertPlainly(exchange)
  )
  const again = await compare(
    { name: 'POST the same batches again, records per second', limit: 'POST batch of 1,000, fresh', target: 1 },
    async round => await ratePerSecond(BATCH * BATCHES_PER_ROUND, async () => {
      for (const body of rounds[round] as string[]) await postBatch(exchange, body)
    }),
    async () => fresh.perSecond
  )
  return [fresh, again]
}

async function store ({ services, vendor }: ExchangeUnderTest): Promise<string[]> {
  const productIds: string[] = []
  for (let start = 0; start < STORED; start += BATCH) {
    const items = Array.from({ length: BATCH }, (_, offset) => ({ op: 'submit' as const, record: benchRecord(start + offset) }))
    const { items: answers } = await services.products.writeBatch(vendor, items, { onError: 'abort' })
    productIds.push(...answers.map(({ productId }) => productId as string))
  }
  return productIds
}

/**
 * The limit for writes: the very rows that the exchange stores, with its indexes, put in without looking at them, beside as
 * many rows as the exchange holds (an insert into an empty collection is cheaper).
 */
async function insertPlainly ({ database: { db } }: ExchangeUnderTest): Promise<number> {
  const products = db.collection<Document>('products')
  const plain = db.collection<Document>('bench_plain')
  const rows = await products.find().limit(BATCH * BATCHES_PER_ROUND).toArray()
  await products.aggregate([{ $set: { _id: { $concat: ['$_id', ' stored before'] } } }, { $out: 'bench_plain' }]).toArray()
  const indexes = await products.indexes()
  await plain.createIndexes(indexes.filter(({ name }) => name !== '_id_').map(({ v: _v, ...index }) => index) as Parameters<typeof plain.createIndexes>[0])
  const batches = Array.from({ length: rows.length / BATCH }, (_, index) => rows.slice(index * BATCH, (index + 1) * BATCH))
  return await ratePerSecond(rows.length, async () => {
    for (const batch of batches) await plain.insertMany(batch, { ordered: false })
  })
}

function batchBody (): string {
  return JSON.stringify({ onError: 'continue', items: Array.from({ length: BATCH }, (_, index) => ({ op: 'submit', ref: String(index), record: benchRecord(nextKey++) })) })
}

async function postBatch ({ url, vendorHeaders }: ExchangeUnderTest, body: string): Promise<void> {
  const answer = await fetch(`${url}/v1/products/batch`, { method: 'POST', headers: json(vendorHeaders), body })
  const text = await answer.text()
  if (answer.status !== 200) throw new Error(`The batch was answered with ${answer.status}: ${text.slice(0, 500)}`)
}

async function lookUp ({ url, vendorHeaders }: ExchangeUnderTest, page: number): Promise<void> {
  const identifiers = Array.from({ length: BATCH }, (_, index) => ({ scheme: 'gtin', value: benchGtin(page * BATCH + index) }))
  const answer = await fetch(`${url}/v1/products/lookup`, { method: 'POST', headers: json(vendorHeaders), body: JSON.stringify({ identifiers }) })
  const { items } = await answer.json() as { items: Array<{ status: number }> }
  if (items.length !== BATCH || items.some(({ status }) => status !== 200)) throw new Error('Not every look-up was answered with its product')
}

function json (headers: Record<string, string>): Record<string, string> {
  return { ...headers, 'content-type': 'application/json' }
}
