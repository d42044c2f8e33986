/**
 * Reading the feed: products in the order of their latest change. The caller takes the watermark first
 * ({@link FeedPositions.watermark}) and never reads beyond it.
 */
import { BSON, type Db } from 'mongodb'
import type { StoredChange } from '../domain/change.js'
import type { Visibility } from '../domain/visibility.js'
import { MAX_TIME_MS } from './connection.js'
import type { PositionRange } from './feed-positions.js'
import { productsCollection, toStoredProduct, type ProductDocument } from './product-documents.js'
import { visibilityConditions } from './visibility-conditions.js'

/** The rest of the document is for writers. */
const CHANGE_PROJECTION = { hash: 0, rulesetVersion: 0, outcome: 0 } as const

/** Changes as they came from the database. They are decoded when they are asked for, so that the next read can be sent first. */
export interface FoundChanges {
  size: number
  /** The position of one of them, counted from 0. */
  positionOf: (index: number) => number
  /** The first `count` of them. */
  decode: (count: number) => StoredChange[]
}

export interface ChangedVersion { productId: string, version: number, audience: string }

export type ChangesRepository = ReturnType<typeof createChangesRepository>

export function createChangesRepository (db: Db) {
  const products = productsCollection(db)

  /**
   * At most `limit` changes of the range in order. Reads what a majority has: a row that a fail-over takes back would
   * otherwise hide the older state that comes back with it, behind a cursor that has passed it.
   */
  async function read (range: PositionRange, visibility: Visibility, limit: number): Promise<FoundChanges> {
    const found = await products.find(
      { $and: [{ seq: { $gt: range.after, $lte: range.upTo } }, ...visibilityConditions(visibility)] },
      { projection: CHANGE_PROJECTION, sort: { seq: 1 }, limit, batchSize: limit + 1, raw: true, maxTimeMS: MAX_TIME_MS, readConcern: 'majority' }
    ).toArray() as unknown as Uint8Array[]
    const decode = (bytes: Uint8Array): StoredChange => toStoredChange(BSON.deserialize(bytes, { promoteBuffers: true }) as ProductDocument)
    return {
      size: found.length,
      positionOf: index => decode(found[index] as Uint8Array).position,
      decode: count => found.slice(0, count).map(decode)
    }
  }

  /** How many changes the range holds; counting ends at `most`. */
  async function count (range: PositionRange, visibility: Visibility, most: number): Promise<number> {
    return await products.countDocuments(
      { $and: [{ seq: { $gt: range.after, $lte: range.upTo } }, ...visibilityConditions(visibility)] }, { limit: most, maxTimeMS: MAX_TIME_MS }
    )
  }

  /**
   * Which products changed in any of the ranges, whoever may see them; at most `limit`. For caches, which have to know of
   * a change before readers of the feed may: it reads the newest state, not that of the majority.
   */
  async function changedIn (ranges: readonly PositionRange[], limit: number): Promise<ChangedVersion[]> {
    const documents = await products.find(
      { $or: ranges.map(({ after, upTo }) => ({ seq: { $gt: after, $lte: upTo } })) },
      { projection: { version: 1, audience: 1 }, limit, batchSize: limit + 1, maxTimeMS: MAX_TIME_MS }
    ).toArray()
    return documents.map(({ _id, version, audience }) => ({ productId: _id, version, audience }))
  }

  return { read, count, changedIn }
}

function toStoredChange (document: ProductDocument): StoredChange {
  const { _id, seq, version, publishedAt, manufacturerName, manufacturerPartNumber, gtins = [], externalIds = [] } = document
  return {
    position: seq as number,
    productId: _id,
    version,
    changedAt: publishedAt,
    manufacturerName,
    manufacturerPartNumber,
    gtins,
    externalIds,
    product: document.withdrawn === true ? null : toStoredProduct(_id, document),
    fields: { ...document, gtins }
  }
}
