import type { ExchangeUnderTest } from './exchange-under-test.js'
import { benchRecord } from './records.js'

const BATCH = 1_000

/** Publishes this many products, numbered from 0, past HTTP; their ids in that order. */
export async function storeProducts (exchange: ExchangeUnderTest, count: number): Promise<string[]> {
  return await storeRecords(exchange, count, benchRecord)
}

/** The same with other records. */
export async function storeRecords ({ services, vendor }: ExchangeUnderTest, count: number, recordOf: (key: number) => Record<string, unknown>): Promise<string[]> {
  const productIds: string[] = []
  for (let start = 0; start < count; start += BATCH) {
    const items = Array.from({ length: Math.min(BATCH, count - start) }, (_, offset) => ({ op: 'submit' as const, record: recordOf(start + offset) }))
    const { items: answers } = await services.products.writeBatch(vendor, items, { onError: 'abort' })
    productIds.push(...answers.map(({ productId }) => productId as string))
  }
  return productIds
}
