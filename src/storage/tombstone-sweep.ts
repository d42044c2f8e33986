/**
 * Tombstones leave the feed when they are older than its retention: they lose their position and stay in the store, so
 * that the versions of a product that returns go on rising. Changes of access leave it too, and nothing of them stays.
 *
 * A sweep goes in two steps, at least {@link ANNOUNCEMENT_MS} apart. First the head's `horizon` is raised to the highest
 * position that will go: from then on readers refuse cursors that are behind it. Only then, when every page that was begun
 * before has ended, they are taken away. So no reader can pass a tombstone that has just vanished.
 */
import type { Collection, Db } from 'mongodb'
import { createAccessEvents } from './access-events.js'
import { MAX_TIME_MS } from './connection.js'
import type { FeedHeadDocument } from './feed-positions.js'
import { productsCollection, type ProductDocument } from './product-documents.js'

/** Longer than any page takes from reading the head to reading its last row; see `MAX_PAGE_MS` of the feed's readers. */
const ANNOUNCEMENT_MS = 60_000

/** Tombstones or events per database command. */
const CHUNK = 1_000

export interface Sweep { announced: number, removed: number }

export type TombstoneSweep = ReturnType<typeof createTombstoneSweep>

export function createTombstoneSweep (db: Db) {
  const heads: Collection<FeedHeadDocument> = db.collection<FeedHeadDocument>('feed')
  const products = productsCollection(db)
  const accessEvents = createAccessEvents(db)

  /**
   * Takes the next step: removes what was announced long enough ago, or announces up to 1,000 that were written before
   * `before`. Several processes may do so at once. Returns how many entries were announced and how many removed.
   */
  async function sweep (before: Date): Promise<Sweep> {
    const head = await readHead()
    const isAnnounced = (await tombstones({ $lte: head.horizon })).length > 0 || await accessEvents.hasAny({ after: 0, upTo: head.horizon })
    if (!isAnnounced) return { announced: await announce(before), removed: 0 }
    return { announced: 0, removed: head.isRipe ? await remove(head.horizon) + await accessEvents.removeUpTo(head.horizon) : 0 }
  }

  async function readHead (): Promise<{ horizon: number, isRipe: boolean }> {
    const [head] = await heads.aggregate<{ horizon: number, isRipe: boolean }>([
      { $match: { _id: 'feed' } },
      { $project: { horizon: 1, isRipe: { $lt: ['$horizonAt', { $dateSubtract: { startDate: '$$NOW', unit: 'millisecond', amount: ANNOUNCEMENT_MS } }] } } }
    ], { maxTimeMS: MAX_TIME_MS, readConcern: 'majority' }).toArray()
    if (head === undefined) throw new Error('The feed head is missing: the database was not migrated')
    return head
  }

  /** Raises the horizon over the old entries at the beginning of the feed, up to the first one that is younger. */
  async function announce (before: Date): Promise<number> {
    const [first, events] = await Promise.all([tombstones({ $gt: 0 }), accessEvents.oldest(0, CHUNK)])
    const entries = [
      ...first.map(({ seq, publishedAt }) => ({ position: seq as number, isOld: publishedAt < before })),
      ...events.map(({ position, writtenAt }) => ({ position, isOld: writtenAt < before }))
    ].sort((a, b) => a.position - b.position).slice(0, CHUNK)
    const younger = entries.findIndex(({ isOld }) => !isOld)
    const old = younger === -1 ? entries : entries.slice(0, younger)
    const horizon = old.at(-1)?.position
    if (horizon === undefined) return 0
    await heads.updateOne({ _id: 'feed', horizon: { $lt: horizon } }, [{ $set: { horizon, horizonAt: '$$NOW' } }], { maxTimeMS: MAX_TIME_MS })
    return old.length
  }

  async function remove (horizon: number): Promise<number> {
    let removed = 0
    for (;;) {
      const chunk = await tombstones({ $lte: horizon })
      if (chunk.length === 0) return removed
      // The position tells that it is the same tombstone still and the product has not returned.
      const { modifiedCount } = await products.bulkWrite(chunk.map(({ _id, seq }) => ({
        updateOne: { filter: { _id, seq: seq as number, withdrawn: true }, update: { $unset: { seq: true } } }
      })), { ordered: false, maxTimeMS: MAX_TIME_MS })
      removed += modifiedCount
    }
  }

  async function tombstones (positions: { $gt: number } | { $lte: number }): Promise<ProductDocument[]> {
    return await products.find({ withdrawn: true, seq: positions }, {
      projection: { seq: 1, publishedAt: 1 }, sort: { seq: 1 }, limit: CHUNK, hint: 'tombstones', maxTimeMS: MAX_TIME_MS
    }).toArray()
  }

  return { sweep }
}
