/** The whole catalogue of some manufacturers, as far as it takes to tell which products a file leaves out. */
import type { Db } from 'mongodb'
import { MAX_TIME_MS } from './connection.js'
import { productsCollection } from './product-documents.js'

export interface CatalogueEntry { productId: string, version: number, publishedAt: Date }

const BATCH = 2000

export type ProductCatalogue = ReturnType<typeof createProductCatalogue>

export function createProductCatalogue (db: Db) {
  const products = productsCollection(db)

  /**
   * The products that are not withdrawn, in groups.
   *
   * @param range of the first 32 bits of their ids, `to` not included; the others are passed over
   */
  async function * liveProducts (manufacturerKeys: ReadonlySet<string>, range: { from: number, to: number }): AsyncGenerator<CatalogueEntry[]> {
    for (const manufacturerKey of manufacturerKeys) {
      let after = 0
      // In pages rather than with one cursor, so that each command ends within the time limit however slowly they are taken.
      for (;;) {
        const page = await products.find({
          manufacturerKey,
          born: { $gt: after },
          _id: { $gte: prefixOf(range.from), ...(range.to < 2 ** 32 && { $lt: prefixOf(range.to) }) }
        }, {
          projection: { born: 1, version: 1, publishedAt: 1, withdrawn: 1 },
          sort: { born: 1 },
          limit: BATCH,
          batchSize: BATCH + 1,
          hint: 'manufacturer-born',
          maxTimeMS: MAX_TIME_MS
        }).toArray()
        const last = page.at(-1)
        if (last === undefined) break
        after = last.born
        yield page.flatMap(({ _id, version, publishedAt, withdrawn }) => withdrawn === true ? [] : [{ productId: _id, version, publishedAt }])
        if (page.length < BATCH) break
      }
    }
  }

  return { liveProducts }
}

function prefixOf (first32Bits: number): string {
  return first32Bits.toString(16).padStart(8, '0')
}
