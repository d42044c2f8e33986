/** Reading in another schema version than the stored one, against the same reading as stored. */
import type { ExchangeUnderTest } from './exchange-under-test.js'
import { compare, ratePerSecond, requestsPerSecond, type Measurement } from './measure.js'
import { versionedRecord } from './records.js'
import { storeRecords } from './stored-products.js'

const STORED = 20_000
const HOT = 2_000

/** A read that costs at most 1.3 of the one it is held against. */
const LEAST_HOT = 1 / 1.3

export async function benchVersions (exchange: ExchangeUnderTest): Promise<Measurement[]> {
  const { url, vendorHeaders: headers } = exchange
  const productIds = await storeRecords(exchange, STORED, versionedRecord)
  const hot = (query: string) => async (): Promise<number> => await requestsPerSecond({
    url, headers, expectStatus: 200, path: () => `/v1/products/${productIds[Math.floor(Math.random() * HOT)]}${query}`
  })
  const file = (path: string) => async (): Promise<number> => await ratePerSecond(STORED, async () => { await readLines(url + path, headers) })
  const measurements: Measurement[] = []
  for (const [schema, direction] of [['2.0.0', 'a later major'], ['1.0.0', 'an earlier minor']]) {
    measurements.push(
      await compare({ name: `GET one product, hot, in ${direction}`, limit: 'the same as stored', target: LEAST_HOT }, hot(`?schema=${schema}`), hot('')),
      await compare({ name: `stream from the beginning, in ${direction}`, limit: 'the same as stored', target: 0.5 }, file(`/v1/changes/stream?schema=${schema}`), file('/v1/changes/stream')),
      await compare({ name: `NDJSON export, in ${direction}`, limit: 'the same as stored', target: 0.5 }, file(`/v1/products/export?format=ndjson&schema=${schema}`), file('/v1/products/export?format=ndjson'))
    )
  }
  return measurements
}

async function readLines (url: string, headers: Record<string, string>): Promise<void> {
  const answer = await fetch(url, { headers: { 'accept-encoding': 'identity', ...headers } })
  let lines = 0
  for await (const chunk of answer.body as ReadableStream<Uint8Array>) for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) lines++
  if (lines < STORED) throw new Error(`${url} gave ${lines} lines for ${STORED} products`)
}
