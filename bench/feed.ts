/** Mirroring the catalogue over HTTP, against a raw cursor over the stored bytes. */
import type { Binary } from 'mongodb'
import type { ExchangeUnderTest } from './exchange-under-test.js'
import { compare, ratePerSecond, type Measurement } from './measure.js'
import { storeProducts } from './stored-products.js'

const STORED = 50_000
const PAGE = 500

export async function benchFeed (exchange: ExchangeUnderTest): Promise<Measurement[]> {
  await storeProducts(exchange, STORED)
  const limit = 'raw cursor over the stored bytes'
  const rawCursor = async (): Promise<number> => await ratePerSecond(STORED, async () => { await readRaw(exchange) })
  return [
    await compare(
      { name: 'full export: the stream from the beginning, changes', limit, target: 0.8 },
      async () => await ratePerSecond(STORED, async () => { await readStream(exchange, {}) }),
      rawCursor
    ),
    await compare(
      { name: 'the same, compressed on the way, changes', limit, target: 0.3 },
      async () => await ratePerSecond(STORED, async () => { await readStream(exchange, { 'accept-encoding': 'gzip' }) }),
      rawCursor
    ),
    await compare(
      { name: `feed in pages of ${PAGE}, changes`, limit, target: 0.5 },
      async () => await ratePerSecond(STORED, async () => { await readPages(exchange) }),
      rawCursor
    )
  ]
}

async function readRaw ({ database }: ExchangeUnderTest): Promise<void> {
  const cursor = database.db.collection<{ record: Binary }>('products').find({}, { projection: { record: 1 }, raw: true, batchSize: 1_000 })
  let read = 0
  while (await cursor.hasNext()) read += cursor.readBufferedDocuments().length
  if (read !== STORED) throw new Error(`The raw cursor gave ${read} of ${STORED} products`)
}

async function readStream ({ url, vendorHeaders }: ExchangeUnderTest, headers: Record<string, string>): Promise<void> {
  const answer = await fetch(`${url}/v1/changes/stream`, { headers: { 'accept-encoding': 'identity', ...vendorHeaders, ...headers } })
  let lines = 0
  for await (const chunk of answer.body as ReadableStream<Uint8Array>) for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) lines++
  if (lines !== STORED + 1) throw new Error(`The stream gave ${lines} lines for ${STORED} products`)
}

async function readPages ({ url, vendorHeaders }: ExchangeUnderTest): Promise<void> {
  let cursor = ''
  for (let hasMore = true; hasMore;) {
    const answer = await fetch(`${url}/v1/changes?limit=${PAGE}${cursor}`, { headers: vendorHeaders })
    const text = await answer.text()
    const tail = /"nextCursor":"([^"]+)","hasMore":(true|false)/.exec(text.slice(-500))
    if (tail === null) throw new Error(`The page ends with ${text.slice(-500)}`)
    cursor = `&cursor=${tail[1]}`
    hasMore = tail[2] === 'true'
  }
}
