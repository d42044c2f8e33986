/** Reads of single products: from the memory of the process, past it, and as 304; against Fastify answering from memory. */
import { startProcess, stopProcess, type ExchangeUnderTest } from './exchange-under-test.js'
import { compare, requestsPerSecond, type Measurement } from './measure.js'
import { storeProducts } from './stored-products.js'

const STORED = 20_000
const HOT = 2_000

/** Many and short, because the speed of a machine that is shared with others changes from second to second. */
const rounds = 11
const SECONDS = 2

export async function benchCache (exchange: ExchangeUnderTest): Promise<Measurement[]> {
  const { url, vendorHeaders, database } = exchange
  const productIds = await storeProducts(exchange, STORED)
  const keyAmong = (count: number): number => Math.floor(Math.random() * count)
  const sample = Buffer.from(await (await fetch(`${url}/v1/products/${productIds[0]}`, { headers: vendorHeaders })).arrayBuffer())
  const limit = await startProcess('./limit-server.js', { LIMIT_BYTES: String(sample.length), LIMIT_KEYS: String(STORED) })
  const uncached = await startProcess('../src/server.js', {
    MONGODB_URI: database.uri, MONGODB_DATABASE: database.db.databaseName, PORT: '0', LOG_LEVEL: 'warn', SEED: 'none', PRODUCT_CACHE_MB: '0'
  })

  const rate = (url: string, path: () => string, expectStatus: 200 | 304) => async (): Promise<number> => {
    const headers = expectStatus === 304 ? { ...vendorHeaders, 'if-none-match': '"v1"' } : vendorHeaders
    return await requestsPerSecond({ url, path, headers, expectStatus, seconds: SECONDS })
  }
  const products = (url: string, count: number, expectStatus: 200 | 304) => rate(url, () => `/v1/products/${productIds[keyAmong(count)]}`, expectStatus)
  const fromMemory = (path: string, expectStatus: 200 | 304) => rate(limit.url, () => `/${path}/${keyAmong(STORED)}`, expectStatus)

  const prepared = `Fastify, ${sample.length} prepared bytes`
  try {
    return [
      await compare(
        { name: `GET one product, hot, random of ${HOT}`, limit: prepared, target: 0.55, rounds },
        products(url, HOT, 200),
        fromMemory('bytes', 200)
      ),
      await compare(
        { name: `GET one product, cold, random of ${STORED}`, limit: prepared, target: 0.25, rounds },
        products(uncached.url, STORED, 200),
        fromMemory('bytes', 200)
      ),
      await compare(
        { name: `GET one product, hot, 304, random of ${HOT}`, limit: 'Fastify, the same 304 from memory', target: 0.7, rounds },
        products(url, HOT, 304),
        fromMemory('unchanged', 304)
      ),
      await compare(
        { name: 'the same', limit: 'Fastify, 304 and nothing else', target: 0, rounds },
        products(url, HOT, 304),
        fromMemory('bare-304', 304)
      )
    ]
  } finally {
    await stopProcess(uncached.process)
    await stopProcess(limit.process)
  }
}
