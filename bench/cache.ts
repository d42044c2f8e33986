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
  const limit = await startProcess('./limit-server.js', { LIMIT_BYTES: String(sample.length) })
  const uncached = await startProcess('../src/server.js', {
    MONGODB_URI: database.uri, MONGODB_DATABASE: database.db.databaseName, PORT: '0', LOG_LEVEL: 'warn', SEED: 'none', PRODUCT_CACHE_MB: '0'
  })
  const fromMemory = (path: string, expectStatus: number) => async (): Promise<number> =>
    await requestsPerSecond({ url: limit.url, path: () => `/${path}/${Math.floor(Math.random() * STORED)}`, headers, expectStatus })
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
        { name: `GET one product, hot, 304, random of ${HOT}`, limit: 'Fastify, 304 from memory', target: 0.7 },
        async () => await requestsPerSecond({ url, path: pathAmong(HOT), headers: { ...headers, 'if-none-match': '"v1"' }, expectStatus: 304 }),
        fromMemory('unchanged', 304)
      )
    ]
  } finally {
    await stopProcess(uncached.process)
    await stopProcess(limit.process)
  }
}
