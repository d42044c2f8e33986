/**
 * `product_list_members`: which products a vendor put on which of its lists, at most one each. The key is vendor and product,
 * so one vendor's lists never touch what another publishes. A product may be put on a list before it is published.
 */
import type { Db, IndexDescription } from 'mongodb'
import { MAX_TIME_MS } from './connection.js'
import type { FeedPositions } from './feed-positions.js'
import { audienceFor, placementAfter, productsCollection, type ProductDocument } from './product-documents.js'
import type { AudienceRegistry } from './audience-registry.js'

interface MemberDocument { _id: string, vendor: string, listId: string, productId: string }

export const PRODUCT_LIST_MEMBERS = 'product_list_members'

export const PRODUCT_LIST_MEMBER_INDEXES: IndexDescription[] = [
  // Serves `page`: the products of a list in the order of their ids.
  { name: 'list', key: { listId: 1, productId: 1 } }
]

/** Rounds after which products that keep changing audience are left to the next move. */
const MAX_ROUNDS = 8

export interface OwnedProduct { vendor: string, productId: string }

export type ProductListMembers = ReturnType<typeof createProductListMembers>

/** @param parts.onMoved called for each product that this process moved, before anybody is told that it has */
export function createProductListMembers (db: Db, parts: { feed: FeedPositions, audiences: AudienceRegistry, now: () => Date, onMoved?: (productId: string) => void }) {
  const members = db.collection<MemberDocument>(PRODUCT_LIST_MEMBERS)
  const products = productsCollection(db)

  /** The list of each product that is on one of that vendor's lists. */
  async function listsOf (owned: readonly OwnedProduct[]): Promise<Map<string, string>> {
    const listing = await vendorsWithLists(new Set(owned.map(({ vendor }) => vendor)))
    const keys = owned.filter(({ vendor }) => listing.has(vendor)).map(keyOf)
    if (keys.length === 0) return new Map()
    const found = await members.find({ _id: { $in: keys } }, { batchSize: owned.length + 1, maxTimeMS: MAX_TIME_MS }).toArray()
    return new Map(found.map(({ productId, listId }) => [productId, listId]))
  }

  /** Those of the vendors that put any product on a list: few do, and the others' writes need not ask for each product. */
  async function vendorsWithLists (vendors: ReadonlySet<string>): Promise<Set<string>> {
    const listing = new Set<string>()
    for (const vendor of vendors) {
      const one = await members.findOne(keysOf(vendor), { projection: { _id: 1 }, maxTimeMS: MAX_TIME_MS })
      if (one !== null) listing.add(vendor)
    }
    return listing
  }

  /** Gives products that were just inserted the audience of a list that they were put on meanwhile. */
  async function placeNewcomers (documents: readonly ProductDocument[]): Promise<void> {
    const lists = await listsOf(documents.map(ownedProduct))
    const misplaced = documents.flatMap(({ _id, vendor, category, audience }) => {
      const wanted = audienceFor(vendor, category, lists.get(_id))
      return wanted === audience ? [] : [{ updateOne: { filter: { _id, vendor, audience }, update: { $set: { audience: wanted } } } }]
    })
    if (misplaced.length === 0) return
    await parts.audiences.register(misplaced.map(({ updateOne }) => updateOne.update.$set.audience))
    await products.bulkWrite(misplaced, { ordered: false, maxTimeMS: MAX_TIME_MS })
  }

  /** Puts the products on the list, or on none, and moves those that are published, at most about 1,000 at a time. */
  async function assign (vendor: string, productIds: readonly string[], listId: string | undefined): Promise<void> {
    await members.bulkWrite(productIds.map(productId => listId === undefined
      ? { deleteOne: { filter: { _id: keyOf({ vendor, productId }) } } }
      : { replaceOne: { filter: { _id: keyOf({ vendor, productId }) }, replacement: { vendor, listId, productId }, upsert: true } }),
    { ordered: false, maxTimeMS: MAX_TIME_MS })
    for (let round = 0; round < MAX_ROUNDS; round++) if (await move(vendor, productIds) === 0) return
  }

  /** Moves the products to where their lists say; each move is a change in the feed. Returns how many were not where they belong. */
  async function move (vendor: string, productIds: readonly string[]): Promise<number> {
    const found = await products.find({ _id: { $in: [...productIds] }, vendor }, {
      projection: { vendor: 1, category: 1, audience: 1, audienceSince: 1, audienceAt: 1, formerAudiences: 1 }, maxTimeMS: MAX_TIME_MS
    }).toArray()
    const lists = await listsOf(found.map(ownedProduct))
    const misplaced = found.flatMap(document => {
      const wanted = audienceFor(vendor, document.category, lists.get(document._id))
      return wanted === document.audience ? [] : [{ document, wanted }]
    })
    if (misplaced.length === 0) return 0
    await parts.audiences.register(misplaced.map(({ wanted }) => wanted))
    const at = parts.now()
    const reservation = await parts.feed.reserve(misplaced.length)
    await products.bulkWrite(misplaced.map(({ document, wanted }, offset) => {
      const seq = reservation.first + offset
      const { _id, audience } = document
      return { updateOne: { filter: { _id, vendor, audience }, update: { $set: { seq, ...placementAfter(document, wanted, { seq, at }) } } } }
    }), { ordered: false, maxTimeMS: MAX_TIME_MS })
    await parts.feed.release(reservation)
    for (const { document } of misplaced) parts.onMoved?.(document._id)
    return misplaced.length
  }

  /** Products that the vendor put on lists, published or not; counting ends at `most`. */
  async function count (vendor: string, most: number): Promise<number> {
    return await members.countDocuments(keysOf(vendor), { limit: most, maxTimeMS: MAX_TIME_MS })
  }

  /** Product ids of a list in order, beginning after `after`. */
  async function page (vendor: string, listId: string, { after, limit }: { after?: string | undefined, limit: number }): Promise<string[]> {
    const found = await members.find({ vendor, listId, ...(after !== undefined && { productId: { $gt: after } }) }, {
      sort: { productId: 1 }, limit, projection: { productId: 1 }, hint: 'list', maxTimeMS: MAX_TIME_MS
    }).toArray()
    return found.map(({ productId }) => productId)
  }

  return { listsOf, placeNewcomers, assign, count, page }
}

function keyOf ({ vendor, productId }: OwnedProduct): string {
  return `${vendor}/${productId}`
}

/** Keys of a vendor lie between `vendor/` and `vendor0`, the character after the slash. */
function keysOf (vendor: string) {
  return { _id: { $gte: `${vendor}/`, $lt: `${vendor}0` } }
}

function ownedProduct ({ _id, vendor }: Pick<ProductDocument, '_id' | 'vendor'>): OwnedProduct {
  return { vendor, productId: _id }
}
