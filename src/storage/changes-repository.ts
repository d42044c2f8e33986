/**
 * Reading the feed: products in the order of their latest change. The caller takes the watermark first
 * ({@link FeedPositions.watermark}) and never reads beyond it.
 */
import { BSON, type Db, type Filter } from 'mongodb'
import type { Stay } from '../domain/access-history.js'
import type { StoredChange } from '../domain/change.js'
import { planRead, type PartialVisibility, type Visibility } from '../domain/visibility.js'
import { MAX_TIME_MS } from './connection.js'
import { findBytes } from './find-bytes.js'
import type { PositionRange } from './feed-positions.js'
import { productsCollection, toStoredProduct, type ProductDocument } from './product-documents.js'
import { hiddenOnly, MAX_MERGED_AUDIENCES, visibilityConditions } from './visibility-conditions.js'

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
  born: 0,
  audience: 0,
  audienceSince: 0,
  formerAudiences: 0
} as const

/** Who has lost access has no use for the record. */
const REVOKED_PROJECTION = { ...FILTERED_PROJECTION, record: 0, warnings: 0 } as const

/** A read that sees what a majority has: a row that a fail-over takes back must not have moved anybody's cursor. */
const SETTLED = { maxTimeMS: MAX_TIME_MS, readConcern: 'majority' } as const

/** Changes as they came from the database. They are decoded when they are asked for, so that the next read can be sent first. */
export interface FoundChanges {
  size: number
  /** Everything that the range holds up to this position has been found. */
  upTo: number
  /** The position of one of them, counted from 0. */
  positionOf: (index: number) => number
  /** Those from one index up to another. */
  decode: (from: number, to: number) => StoredChange[]
}

/** A product that left audiences and is hidden where it is now. */
export interface MovedChange { change: StoredChange, stays: readonly Stay[] }

/** Products of some audiences, in the order of audiences and then of births. */
export interface AudienceRead {
  /** In order. */
  audiences: readonly string[]
  /** Begins behind the product of the first audience that was born here. */
  after?: number | undefined
  /**
   * `settled`: those that have not changed since this position. `placed`: those that are in the audience since before it, and since before
   * the time if there is one, without their records.
   */
  only: { settled: number } | { placed: number, placedAt?: Date }
  limit: number
}

/** A read of rows in order, as a part of one: those before it are complete. */
interface RowRead { filter: Filter<ProductDocument>, hint?: string, limit: number }

/** Reads of at least this many rows are sent as two, so that the database works on one while the other is on its way. */
const WORTH_HALVING = 200

export interface AudienceMember { audience: string, born: number, change: StoredChange }

export interface ChangedVersion { productId: string, version: number, audience: string }

export type ChangesRepository = ReturnType<typeof createChangesRepository>

export function createChangesRepository (db: Db) {
  const products = productsCollection(db)

  /**
   * At most `limit` changes of the range in order; `withFields` adds what filters look at. Reads what a majority has: a row that
   * a fail-over takes back would otherwise hide the older state that comes back with it, behind a cursor that has passed it.
   */
  async function read (range: PositionRange, visibility: Visibility, { limit, withFields: needsFields }: { limit: number, withFields: boolean }): Promise<FoundChanges> {
    const { reads, upTo } = await visibleIn(range, visibility, limit)
    const projection = needsFields ? FILTERED_PROJECTION : CHANGE_PROJECTION
    const answers = await Promise.all(reads.map(async ({ filter, hint, limit }) => await findBytes(db, products.collectionName, {
      filter, projection, sort: { seq: 1 }, limit, maxTimeMS: MAX_TIME_MS, readConcern: { level: 'majority' }, ...(hint && { hint })
    })))
    const cut = answers.findIndex(({ isCut }) => isCut)
    const whole = cut === -1 ? answers : answers.slice(0, cut + 1)
    const found = whole.flatMap(({ documents }) => documents)
    const isPart = cut !== -1 || whole.at(-1)?.documents.length === reads.at(-1)?.limit
    const decode = (bytes: Uint8Array): StoredChange => {
      const document = BSON.deserialize(bytes, { promoteBuffers: true }) as ProductDocument
      return needsFields ? withFields(document) : toStoredChange(document)
    }
    const positionOf = (index: number): number => decode(found[index] as Uint8Array).position
    return {
      size: found.length,
      upTo: isPart ? positionOf(found.length - 1) : upTo,
      positionOf,
      decode: (from, to) => found.slice(from, to).map(decode)
    }
  }

  /**
   * The visible changes of the range, at least the first `limit` of them. Where few are visible their audiences are read, where most are,
   * or the range is no longer than what is asked for, the rest is passed over.
   */
  async function visibleIn (range: PositionRange, visibility: Visibility, limit: number): Promise<{ reads: RowRead[], upTo: number }> {
    const seq = { $gt: range.after, $lte: range.upTo }
    const plan = range.upTo - range.after <= limit ? null : planRead(visibility)
    const { upTo } = range
    if (plan?.way !== 'audiences') {
      const conditions = visibilityConditions(visibility)
      // Where some are passed over, the first half would be short.
      const parts = conditions.length === 0 ? halves(range, limit) : [{ ...range, limit }]
      return { reads: parts.map(({ after, upTo, limit }) => ({ filter: { $and: [{ seq: { $gt: after, $lte: upTo } }, ...conditions] }, limit })), upTo }
    }
    if (plan.tokens.length <= MAX_MERGED_AUDIENCES) return { reads: [{ filter: { audience: { $in: [...plan.tokens] }, seq }, hint: 'audience-feed', limit }], upTo }
    const positions: number[] = []
    for (let start = 0; start < plan.tokens.length; start += MAX_MERGED_AUDIENCES) {
      const part = await products.find({ audience: { $in: plan.tokens.slice(start, start + MAX_MERGED_AUDIENCES) }, seq }, {
        projection: { _id: 0, seq: 1 }, sort: { seq: 1 }, limit, batchSize: limit + 1, hint: 'audience-feed', ...SETTLED
      }).toArray()
      positions.push(...part.map(document => document.seq as number))
    }
    const first = positions.sort((a, b) => a - b).slice(0, limit)
    // A product that changes now is no longer at its position, so fewer may be found than there are positions.
    return {
      reads: [{ filter: { $and: [{ seq: { $in: first } }, ...visibilityConditions(visibility)] }, hint: 'feed', limit }],
      upTo: first.length === limit ? first[limit - 1] as number : upTo
    }
  }

  /** The first changes of the range whose product is hidden and was somewhere else before. */
  async function readMoved (range: PositionRange, visibility: PartialVisibility, limit: number): Promise<MovedChange[]> {
    const found = await products.find(
      { $and: [{ seq: { $gt: range.after, $lte: range.upTo }, formerAudiences: { $exists: true } }, hiddenOnly(visibility)] },
      { projection: REVOKED_PROJECTION, sort: { seq: 1 }, limit, batchSize: limit + 1, hint: 'moved', ...SETTLED }
    ).toArray()
    return found.map(document => ({ change: revoked(document), stays: document.formerAudiences ?? [] }))
  }

  /** Products of audiences, tombstones that are in the feed among them, whatever their positions are. */
  async function readAudiences ({ audiences, after, only, limit }: AudienceRead): Promise<AudienceMember[]> {
    const isRevoked = 'placed' in only
    const condition = conditionOf(only)
    const options = { projection: isRevoked ? REVOKED_PROJECTION : FILTERED_PROJECTION, sort: { audience: 1, born: 1 }, hint: 'audience-born', ...SETTLED } as const
    const found: ProductDocument[] = []
    const [first, ...others] = audiences
    if (first !== undefined && after !== undefined) found.push(...await products.find({ audience: first, born: { $gt: after }, ...condition }, { ...options, limit, batchSize: limit + 1 }).toArray())
    const rest = after === undefined ? audiences : others
    const missing = limit - found.length
    if (rest.length > 0 && missing > 0) found.push(...await products.find({ audience: { $in: [...rest] }, ...condition }, { ...options, limit: missing, batchSize: missing + 1 }).toArray())
    return found.map(document => ({ audience: document.audience, born: document.born, change: isRevoked ? revoked(document) : withFields(document) }))
  }

  /** How many products {@link readAudiences} would read; counting ends at `most`. */
  async function countInAudiences ({ audiences, after, only }: Omit<AudienceRead, 'limit'>, most: number): Promise<number> {
    const condition = conditionOf(only)
    const [first, ...others] = audiences
    if (first === undefined || most <= 0) return 0
    const options = { hint: 'audience-born', maxTimeMS: MAX_TIME_MS }
    const begun = after === undefined ? 0 : await products.countDocuments({ audience: first, born: { $gt: after }, ...condition }, { ...options, limit: most })
    const rest = after === undefined ? audiences : others
    if (rest.length === 0 || begun >= most) return begun
    return begun + await products.countDocuments({ audience: { $in: [...rest] }, ...condition }, { ...options, limit: most - begun })
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

  return { read, readMoved, readAudiences, countInAudiences, count, changedIn }
}

function conditionOf (only: AudienceRead['only']): Filter<ProductDocument> {
  if ('settled' in only) return { seq: { $lte: only.settled } }
  return { audienceSince: { $lte: only.placed }, seq: { $exists: true }, ...(only.placedAt && { audienceAt: { $not: { $gt: only.placedAt } } }) }
}

function withFields (document: ProductDocument): StoredChange {
  return { ...toStoredChange(document), fields: { ...document, gtins: document.gtins ?? [] } }
}

function revoked (document: ProductDocument): StoredChange {
  return { ...withFields(document), isRevoked: true }
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

/** The first half can not hold more rows than it has positions; nothing that changes meanwhile gets a position in either. */
function halves ({ after, upTo }: PositionRange, limit: number): Array<PositionRange & { limit: number }> {
  if (limit < WORTH_HALVING || upTo - after <= limit) return [{ after, upTo, limit }]
  const half = Math.floor(limit / 2)
  return [{ after, upTo: after + half, limit: half }, { after: after + half, upTo, limit: limit - half }]
}
