/**
 * Feed positions: a gap-free order of changes under concurrent writers, built on the atomicity of one document only, so
 * that it is the same on a standalone server, a replica set and a sharded cluster.
 *
 * A writer reserves a range, writes its rows with positions inside it, and releases it. A reader never passes the lowest
 * reservation that is still open ({@link FeedPositions.watermark}), so nothing can appear before a cursor it has used.
 */
import type { Collection, Db } from 'mongodb'
import { insertIfAbsent, MAX_TIME_MS } from './connection.js'
import { productsCollection } from './product-documents.js'

/** A reservation older than this belongs to a writer that died or hangs, and may be reaped. */
const LEASE_MS = 3 * MAX_TIME_MS

/** A writer starts no database command later than this after reserving, so that the command has ended within the lease. */
const WRITE_DEADLINE_MS = LEASE_MS - 2 * MAX_TIME_MS

interface OpenReservation { id: string, lo: number, n: number, at: Date }
interface FeedHeadDocument { _id: 'feed', next: number, open: OpenReservation[] }

export interface Reservation {
  id: string
  /** Positions `first` to `first + count - 1` are the holder's. */
  first: number
  count: number
  /** Throws {@link ReservationExpired} when it is too late to start another write under this reservation. */
  assertFresh: () => void
}

export class ReservationExpired extends Error {
  constructor () {
    super('The feed reservation is too old to write under it')
    this.name = 'ReservationExpired'
  }
}

export interface Watermark {
  /** Every change at or below this position is visible, and none will be added there. */
  position: number
  /** Age of the oldest open reservation, in milliseconds; 0 when none is open. */
  lagMs: number
}

export type FeedPositions = ReturnType<typeof createFeedPositions>

export function createFeedPositions (db: Db, effects: { newId: () => string, monotonicMs: () => number }) {
  const heads: Collection<FeedHeadDocument> = db.collection<FeedHeadDocument>('feed')
  const products = productsCollection(db)

  async function reserve (count: number): Promise<Reservation> {
    const id = effects.newId()
    const startedAt = effects.monotonicMs()
    const head = await heads.findOneAndUpdate(
      { _id: 'feed' },
      [{
        $set: {
          open: { $concatArrays: ['$open', [{ id, lo: '$next', n: count, at: '$$NOW' }]] },
          next: { $add: ['$next', count] }
        }
      }],
      { returnDocument: 'before', projection: { next: 1 }, maxTimeMS: MAX_TIME_MS }
    )
    if (head === null) throw new Error('The feed head is missing: the database was not migrated')
    return {
      id,
      first: head.next + 1,
      count,
      assertFresh: () => { if (effects.monotonicMs() - startedAt > WRITE_DEADLINE_MS) throw new ReservationExpired() }
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
      { $project: { open: { $filter: { input: '$open', cond: { $lt: ['$$this.at', { $dateSubtract: { startDate: '$$NOW', unit: 'millisecond', amount: LEASE_MS } }] } } } } }
    ], { maxTimeMS: MAX_TIME_MS }).toArray()
    for (const entry of expired?.open ?? []) {
      await resequence(entry.lo, entry.n)
      await heads.updateOne({ _id: 'feed' }, { $pull: { open: { id: entry.id } } }, { maxTimeMS: MAX_TIME_MS })
    }
    return expired?.open.length ?? 0
  }

  /** Readers take this first, and then the rows up to it: what was committed before the head was read is behind it. */
  async function watermark (): Promise<Watermark> {
    const [head] = await heads.aggregate<{ next: number, low: number | null, oldest: Date | null, now: Date }>([
      { $match: { _id: 'feed' } },
      { $project: { next: 1, low: { $min: '$open.lo' }, oldest: { $min: '$open.at' }, now: '$$NOW' } }
    ], { maxTimeMS: MAX_TIME_MS, readConcern: 'majority' }).toArray()
    if (head === undefined) return { position: 0, lagMs: 0 }
    const lagMs = head.oldest === null ? 0 : Math.max(0, head.now.getTime() - head.oldest.getTime())
    return { position: head.low ?? head.next, lagMs }
  }

  return { reserve, release, reapExpired, watermark }
}

/** Run once per database by the migrations: reservations update the head and never have to create it. */
export async function ensureFeedHead (db: Db): Promise<void> {
  await insertIfAbsent(async () => await db.collection<FeedHeadDocument>('feed').updateOne(
    { _id: 'feed' }, { $setOnInsert: { next: 0, open: [] } }, { upsert: true, maxTimeMS: MAX_TIME_MS }
  ))
}
