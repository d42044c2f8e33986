/** Reads of single products: from the memory of the process, past it, and as 304; against Fastify answering from memory. */
import { startProcess, stopProcess, type ExchangeUnderTest } from './exchange-under-test.js'
import { compare, requestsPerSecond, type Measurement } from './measure.js'
import { storeProducts } from './stored-products.js'

const STORED = 20_000
const HOT = 2_000

export async function benchCache (exchange: ExchangeUnderTest): Promise<Measurement[]> {
  const { url, vendorHeaders: headers, database } = exchange
  const productIds = await storeProducts(exchange, STORED)
  const pathAmong = (count: number) => (): string => `/v1/products/${productIds[Math.floor(Math.random() * count)]}`
  const sample = Buffer.from(await (await fetch(url + pathAmong(1)(), { headers })).arrayBuffer())
  const limit = await startProcess('./limit-server.js', { LIMIT_BYTES: String(sample.length), LIMIT_KEYS: String(STORED) })
  const uncached = await startProcess('../src/server.js', {
    MONGODB_URI: database.uri, MONGODB_DATABASE: database.db.databaseName, PORT: '0', LOG_LEVEL: 'warn', SEED: 'none', PRODUCT_CACHE_MB: '0'
  })
  const fromMemory = (path: string, expectStatus: number, sent = headers) => async (): Promise<number> =>
    await requestsPerSecond({ url: limit.url, path: () => `/${path}/${Math.floor(Math.random() * STORED)}`, headers: sent, expectStatus })
  const conditional = { ...headers, 'if-none-match': '"v1"' }
  const unchanged = async (): Promise<number> => await requestsPerSecond({ url, path: pathAmong(HOT), headers: conditional, expectStatus: 304 })
  const prepared = `Fastify, ${sample.length} prepared bytes`
  try {
    return [
      await compare(
        { name: `GET one product, hot, random of ${HOT}`, limit: prepared, target: 0.55 },
        async () => await requestsPerSecond({ url, path: pathAmong(HOT), headers, expectStatus: 200 }),
        fromMemory('bytes', 200)
      ),
      await compare(
        { name: `GET one product, cold, random of ${STORED}`, limit: prepared, target: 0.25 },
        async () => await requestsPerSecond({ url: uncached.url, path: pathAmong(STORED), headers, expectStatus: 200 }),
        fromMemory('bytes', 200)
      ),
      await compare(
        { name: `GET one product, hot, 304, random of ${HOT}`, limit: 'Fastify, the same 304 from memory', target: 0.7 },
        unchanged,
        fromMemory('unchanged', 304, conditional)
      ),
      await compare(
        { name: 'the same', limit: 'Fastify, 304 and nothing else', target: 0 },
        unchanged,
        fromMemory('bare-304', 304, conditional)
      )
    ]
  } finally {
    await stopProcess(uncached.process)
    await stopProcess(limit.process)
  }
}
