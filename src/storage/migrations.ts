/**
 * Database migrations: what a database needs before the exchange uses it. All are idempotent and run at every start by
 * every process; none of them blocks writers on an up-to-date database.
 */
import type { Db, IndexDescription } from 'mongodb'
import { ensureFeedHead } from './feed-positions.js'
import { IMPORT_INDEXES, IMPORTS } from './imports-repository.js'
import { ORGANIZATION_INDEXES, ORGANIZATIONS } from './organizations-repository.js'

/** Each index with the reads that it serves. Every one costs all writers a few microseconds a row. */
const PRODUCT_INDEXES: IndexDescription[] = [
  // The feed: changes after a cursor in order. Sparse: a tombstone leaves the feed when its position is unset.
  { key: { seq: 1 }, name: 'feed', sparse: true },
  // The sweep: the tombstones that are still in the feed.
  {
    key: { withdrawn: 1, seq: 1 },
    name: 'tombstones',
    partialFilterExpression: { withdrawn: true, seq: { $exists: true } }
  },
  // List and look-up by part number, across manufacturers.
  { key: { partNumberKey: 1, _id: 1 }, name: 'part-number' },
  // Lists narrowed by manufacturer, category or publisher; the id gives their stable order.
  { key: { manufacturerKey: 1, _id: 1 }, name: 'manufacturer' },
  { key: { category: 1, _id: 1 }, name: 'category' },
  { key: { vendor: 1, _id: 1 }, name: 'vendor' },
  // Look-up by EPREL, EPEAT, Icecat and other registrations; most records have none.
  { key: { externalIds: 1 }, name: 'external-id', sparse: true },
  // Rare values would otherwise be searched for in the whole catalogue; records without them have no entry.
  { key: { condition: 1, _id: 1 }, name: 'condition', partialFilterExpression: { condition: { $exists: true } } },
  { key: { plasticFreePackaging: 1, _id: 1 }, name: 'plastic-free', partialFilterExpression: { plasticFreePackaging: { $exists: true } } },
  { key: { productRecycledPercent: 1, _id: 1 }, name: 'recycled', partialFilterExpression: { productRecycledPercent: { $exists: true } } }
]

const INDEXES: Readonly<Record<string, readonly IndexDescription[]>> = {
  products: PRODUCT_INDEXES,
  [ORGANIZATIONS]: ORGANIZATION_INDEXES,
  [IMPORTS]: IMPORT_INDEXES
}

export async function migrate (db: Db): Promise<void> {
  for (const [collection, indexes] of Object.entries(INDEXES)) await db.collection(collection).createIndexes([...indexes])
  await ensureFeedHead(db)
}
