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

/** What followers with filters get is decided by further fields; the rest of the document is for writers. */
const FILTERED_PROJECTION = { hash: 0, rulesetVersion: 0, outcome: 0 } as const

/** Leaving these out of the answer saves a fifth of the work on it. */
const CHANGE_PROJECTION = {
  ...FILTERED_PROJECTION,
  manufacturerKey: 0,
  partNumberKey: 0,
  category: 0,
  condition: 0,
  groups: 0,
  totalKgCo2e: 0,
  productRecycledPercent: 0,
  plasticFreePackaging: 0,
  assuranceLevels: 0,
  audience: 0,
  audienceSince: 0,
  formerAudiences: 0
} as const

/** Changes as they came from the database. They are decoded when they are asked for, so that the next read can be sent first. */
export interface FoundChanges {
  size: number
  /** The position of one of them, counted from 0. */
  positionOf: (index: number) => number
  /** Those from one index up to another. */
  decode: (from: number, to: number) => StoredChange[]
}

export interface ChangedVersion { productId: string, version: number, audience: string }

export type ChangesRepository = ReturnType<typeof createChangesRepository>

export function createChangesRepository (db: Db) {
  const products = productsCollection(db)

  /**
   * At most `limit` changes of the range in order; `withFields` adds what filters look at. Reads what a majority has: a row that
   * a fail-over takes back would otherwise hide the older state that comes back with it, behind a cursor that has passed it.
   */
  async function read (range: PositionRange, visibility: Visibility, { limit, withFields }: { limit: number, withFields: boolean }): Promise<FoundChanges> {
    const found = await products.find(
      { $and: [{ seq: { $gt: range.after, $lte: range.upTo } }, ...visibilityConditions(visibility)] },
      {
        projection: withFields ? FILTERED_PROJECTION : CHANGE_PROJECTION,
        sort: { seq: 1 },
        limit,
        batchSize: limit + 1,
        raw: true,
        maxTimeMS: MAX_TIME_MS,
        readConcern: 'majority'
      }
    ).toArray() as unknown as Uint8Array[]
    const decode = (bytes: Uint8Array): StoredChange => {
      const document = BSON.deserialize(bytes, { promoteBuffers: true }) as ProductDocument
      return { ...toStoredChange(document), ...(withFields && { fields: { ...document, gtins: document.gtins ?? [] } }) }
    }
    return {
      size: found.length,
      positionOf: index => decode(found[index] as Uint8Array).position,
      decode: (from, to) => found.slice(from, to).map(decode)
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
    product: document.withdrawn === true ? null : toStoredProduct(_id, document)
  }
}
