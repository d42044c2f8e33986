/**
 * Feed positions: a gap-free order of changes under concurrent writers, built on the atomicity of one document only, so
 * that it is the same on a standalone server, a replica set and a sharded cluster.
 *
 * A writer reserves a range, writes its rows with positions inside it, and releases it. A reader never passes the lowest
 * reservation that is still open ({@link FeedPositions.watermark}), so nothing can appear before a cursor it has used.
 */
import type { Collection, Db, Filter } from 'mongodb'
import { createAccessEvents } from './access-events.js'
import { insertIfAbsent, MAX_TIME_MS } from './connection.js'
import { productsCollection } from './product-documents.js'

/**
 * A reservation older than this belongs to a writer that died or hangs, and may be reaped. A writer starts no database
 * command after a third of it, so that the command has ended within the lease.
 */
const LEASE_MS = 3 * MAX_TIME_MS

/** For how long a range that was taken from its writer is watched for rows that this writer stores after all. */
const STRAGGLER_WATCH_HOURS = 24

interface OpenReservation {
  id: string
  lo: number
  n: number
  at: Date
  /** It is for a change of access, of which there is one at a time. */
  isForAccess?: true
}

/** The one document that orders the feed. */
export interface FeedHeadDocument {
  _id: 'feed'
  next: number
  open: OpenReservation[]
  /** Ranges whose reservation expired. `at` is when that was found. */
  reaped: OpenReservation[]
  /** Highest position of the tombstones that left the feed or are about to; see `tombstone-sweep.ts`. */
  horizon: number
  horizonAt?: Date
  /** The last position that was reserved for a change of access. */
  accessAt?: number
}

export interface Reservation {
  id: string
  /** Positions `first` to `first + count - 1` are the holder's. */
  first: number
  count: number
  /** Where rows could still appear before it when it was made. */
  unsettled: readonly PositionRange[]
  /** Throws {@link ReservationExpired} when it is too late to start another write under this reservation. */
  assertFresh: () => void
}

export class ReservationExpired extends Error {
  constructor () {
    super('The feed reservation is too old to write under it')
    this.name = 'ReservationExpired'
  }
}

/** Positions above `after`, up to and including `upTo`. */
export interface PositionRange { after: number, upTo: number }

export interface Watermark {
  /** Every change at or below this position is visible, and none will be added there. */
  position: number
  /** Age of the oldest open reservation, in milliseconds; 0 when none is open. */
  lagMs: number
  /** True when the oldest reservation has expired, so that {@link FeedPositions.reapExpired} moves the watermark on. */
  overdue: boolean
  /** Tombstones and changes of access at or below this position may have left the feed. */
  horizon: number
  /** No change of access stands behind this position. */
  accessAt: number
  /** Where rows may still appear, apart from positions that are not reserved yet. */
  unsettled: readonly PositionRange[]
  /** The last position that was reserved. */
  reserved: number
}

export type FeedPositions = ReturnType<typeof createFeedPositions>

export function createFeedPositions (db: Db, effects: {
  newId: () => string
  monotonicMs: () => number
  /** The same for all processes; shorter only to try what happens when it is over. */
  leaseMs?: number
}) {
  const leaseMs = effects.leaseMs ?? LEASE_MS
  const heads: Collection<FeedHeadDocument> = db.collection<FeedHeadDocument>('feed')
  const products = productsCollection(db)
  const accessEvents = createAccessEvents(db)

  async function reserve (count: number): Promise<Reservation> {
    const reservation = await reserveIf({ _id: 'feed' }, count)
    if (reservation === null) throw new Error('The feed head is missing: the database was not migrated')
    return reservation
  }

  /**
   * One position for a change of access; null while somebody else holds one. So changes of access take effect one after the other, in
   * the order of the feed. One that is never released ends like every reservation.
   */
  async function reserveForAccess (): Promise<Reservation | null> {
    return await reserveIf({ _id: 'feed', 'open.isForAccess': { $ne: true } }, 1, { isForAccess: true })
  }

  async function reserveIf (condition: Filter<FeedHeadDocument>, count: number, mark: { isForAccess?: true } = {}): Promise<Reservation | null> {
    const id = effects.newId()
    const startedAt = effects.monotonicMs()
    const head = await heads.findOneAndUpdate(
      condition,
      [{
        $set: {
          open: { $concatArrays: ['$open', [{ id, lo: '$next', n: count, at: '$$NOW', ...mark }]] },
          next: { $add: ['$next', count] },
          ...(mark.isForAccess && { accessAt: { $add: ['$next', 1] } })
        }
      }],
      { returnDocument: 'before', projection: { next: 1, 'open.lo': 1, 'open.n': 1, 'reaped.lo': 1, 'reaped.n': 1 }, maxTimeMS: MAX_TIME_MS }
    )
    if (head === null) return null
    return {
      id,
      first: head.next + 1,
      count,
      unsettled: unsettledIn(head),
      assertFresh: () => { if (effects.monotonicMs() - startedAt > leaseMs / 3) throw new ReservationExpired() }
    }
  }

  /**
   * Ends a reservation after its rows are stored. When somebody reaped it meanwhile, readers may already have passed the
   * range, so the rows found in it get new positions.
   */
  async function release (reservation: Reservation): Promise<void> {
    const { matchedCount } = await heads.updateOne(
      { _id: 'feed', 'open.id': reservation.id },
      { $pull: { open: { id: reservation.id } } },
      { maxTimeMS: MAX_TIME_MS }
    )
    if (matchedCount === 0) await resequence(reservation.first - 1, reservation.count)
  }

  /** Gives new positions to the rows that carry one in `(lo, lo + n]`. Safe to run twice and by several at once. */
  async function resequence (lo: number, n: number): Promise<number> {
    return await resequenceProducts(lo, n) + await resequenceAccessEvents(lo, n)
  }

  async function resequenceAccessEvents (lo: number, n: number): Promise<number> {
    const range = { after: lo, upTo: lo + n }
    if (!await accessEvents.hasAny(range)) return 0
    const reservation = await reserve(1)
    await accessEvents.move(range, reservation.first)
    await heads.updateOne({ _id: 'feed' }, { $max: { accessAt: reservation.first } }, { maxTimeMS: MAX_TIME_MS })
    await release(reservation)
    return 1
  }

  async function resequenceProducts (lo: number, n: number): Promise<number> {
    const rows = await products.find(
      { seq: { $gt: lo, $lte: lo + n } },
      { projection: { seq: 1 }, sort: { seq: 1 }, maxTimeMS: MAX_TIME_MS }
    ).toArray()
    if (rows.length === 0) return 0
    const reservation = await reserve(rows.length)
    await products.bulkWrite(rows.map((row, index) => ({
      updateOne: { filter: { _id: row._id, seq: row.seq as number }, update: { $set: { seq: reservation.first + index } } }
    })), { ordered: false, maxTimeMS: MAX_TIME_MS })
    await release(reservation)
    return rows.length
  }

  /**
   * Closes reservations whose writer is gone: first re-sequences what they wrote, then removes them. A duplicate in the
   * feed is allowed, a gap is not. Returns how many were closed.
   */
  async function reapExpired (): Promise<number> {
    const [expired] = await heads.aggregate<Pick<FeedHeadDocument, 'open'>>([
      { $match: { _id: 'feed' } },
      { $project: { open: { $filter: { input: '$open', cond: { $lt: ['$$this.at', { $dateSubtract: { startDate: '$$NOW', unit: 'millisecond', amount: leaseMs } }] } } } } }
    ], { maxTimeMS: MAX_TIME_MS }).toArray()
    for (const entry of expired?.open ?? []) {
      await resequence(entry.lo, entry.n)
      await heads.updateOne({ _id: 'feed', 'open.id': entry.id }, [{
        $set: {
          open: { $filter: { input: '$open', cond: { $ne: ['$$this.id', entry.id] } } },
          reaped: { $concatArrays: ['$reaped', [{ id: entry.id, lo: entry.lo, n: entry.n, at: '$$NOW' }]] }
        }
      }], { maxTimeMS: MAX_TIME_MS })
    }
    return expired?.open.length ?? 0
  }

  /**
   * Re-sequences rows that appeared in a range after it was reaped: its writer was paused just before it sent them, went
   * on, and died before its own {@link release} could do it. Returns how many there were. To be called now and then.
   */
  async function collectStragglers (): Promise<number> {
    const head = await heads.findOne({ _id: 'feed' }, { projection: { reaped: 1 }, maxTimeMS: MAX_TIME_MS })
    let moved = 0
    for (const { lo, n } of head?.reaped ?? []) moved += await resequence(lo, n)
    if (head !== null && head.reaped.length > 0) {
      await heads.updateOne({ _id: 'feed' }, [{
        $set: { reaped: { $filter: { input: '$reaped', cond: { $gt: ['$$this.at', { $dateSubtract: { startDate: '$$NOW', unit: 'hour', amount: STRAGGLER_WATCH_HOURS } }] } } } }
      }], { maxTimeMS: MAX_TIME_MS })
    }
    return moved
  }

  /** Readers take this first, and then the rows up to it: what was committed before the head was read is behind it. */
  async function watermark (): Promise<Watermark> {
    const [head] = await heads.aggregate<FeedHeadDocument & { now: Date }>([
      { $match: { _id: 'feed' } },
      { $set: { now: '$$NOW' } }
    ], { maxTimeMS: MAX_TIME_MS, readConcern: 'majority' }).toArray()
    if (head === undefined) throw new Error('The feed head is missing: the database was not migrated')
    const oldest = Math.min(...head.open.map(({ at }) => at.getTime()))
    const lagMs = Math.max(0, head.now.getTime() - oldest)
    return {
      position: Math.min(head.next, ...head.open.map(({ lo }) => lo)),
      lagMs: head.open.length === 0 ? 0 : lagMs,
      overdue: head.open.length > 0 && lagMs > leaseMs,
      horizon: head.horizon,
      accessAt: head.accessAt ?? 0,
      unsettled: unsettledIn(head),
      reserved: head.next
    }
  }

  return { reserve, reserveForAccess, release, reapExpired, collectStragglers, watermark }
}

function unsettledIn ({ open, reaped }: Pick<FeedHeadDocument, 'open' | 'reaped'>): PositionRange[] {
  return [...open, ...reaped].map(({ lo, n }) => ({ after: lo, upTo: lo + n }))
}

/** Run once per database by the migrations: reservations update the head and never have to create it. */
export async function ensureFeedHead (db: Db): Promise<void> {
  await insertIfAbsent(async () => await db.collection<FeedHeadDocument>('feed').updateOne(
    { _id: 'feed' }, { $setOnInsert: { next: 0, open: [], reaped: [], horizon: 0 } }, { upsert: true, maxTimeMS: MAX_TIME_MS }
  ))
}
