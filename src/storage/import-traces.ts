/** What an import has written already, as the stored versions tell: needed when a worker vanished before it noted its work. */
import type { Db } from 'mongodb'
import type { VersionOutcome } from '../domain/product.js'
import { MAX_TIME_MS } from './connection.js'
import { productsCollection, versionsCollection } from './product-documents.js'

export interface AppliedWrite { line: number, outcome: VersionOutcome, version: number }

export type ImportTraces = ReturnType<typeof createImportTraces>

export function createImportTraces (db: Db) {
  const products = productsCollection(db)
  const versions = versionsCollection(db)

  /** The versions of these products that come from the import, by product, in the order of their lines. */
  async function find (importId: string, productIds: readonly string[]): Promise<Map<string, AppliedWrite[]>> {
    const found = new Map<string, AppliedWrite[]>()
    if (productIds.length === 0) return found
    const projection = { origin: 1, outcome: 1, version: 1 }
    const current = await products.find({ _id: { $in: [...productIds] } }, { projection, maxTimeMS: MAX_TIME_MS }).toArray()
    const older = current.filter(({ version }) => version > 1)
    const superseded = older.length === 0
      ? []
      : await versions.find({
        $or: older.map(({ _id: productId, version }) => ({ _id: { $gte: { productId, version: 1 }, $lt: { productId, version } } })),
        'origin.import': importId
      }, { projection, maxTimeMS: MAX_TIME_MS }).toArray()
    const all = [...current.map(document => ({ productId: document._id, ...document })), ...superseded.map(document => ({ productId: document._id.productId, ...document }))]
    for (const { productId, origin, outcome, version } of all) {
      if (origin?.import !== importId) continue
      const writes = found.get(productId) ?? []
      writes.push({ line: origin.line, outcome, version })
      found.set(productId, writes)
    }
    for (const writes of found.values()) writes.sort((left, right) => left.version - right.version)
    return found
  }

  return { find }
}
