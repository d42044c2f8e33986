/** New rows of products, as many as one write has. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Db } from 'mongodb'
import { MAX_TIME_MS } from './connection.js'
import { insertRows } from './insert-rows.js'
import { productsCollection, type ProductDocument } from './product-documents.js'

/** Rows are made into bytes and sent until their records and warnings fill this many; in between, the process attends to everything else. */
const BYTES_AT_ONCE = 1_048_576

export function createProductInserts (db: Db) {
  const products = productsCollection(db)

  /**
   * Inserts the rows. While the database works on a piece of them, the next is made into bytes.
   *
   * @param assertFresh throws when nothing may be written any more; asked before every command
   * @returns offsets of the rows whose products somebody else created meanwhile
   */
  async function insert (rows: readonly ProductDocument[], assertFresh: () => void): Promise<number[]> {
    const pieces: Array<Promise<number[]>> = []
    let failure: unknown
    try {
      for (const { start, end } of piecesOf(rows)) {
        assertFresh()
        const piece = insertPiece(rows.slice(start, end), assertFresh).then(offsets => offsets.map(offset => start + offset))
        piece.catch(() => {}) // Met below.
        pieces.push(piece)
        await pieces.at(-2)
        await nextTurn()
      }
    } catch (error) {
      failure = error
    }
    // Nothing may arrive in a range that has been given back. That it is too late says that nothing does, so it is said last.
    await Promise.allSettled(pieces)
    const taken = (await Promise.all(pieces)).flat()
    if (failure !== undefined) throw failure
    return taken
  }

  async function insertPiece (rows: readonly ProductDocument[], assertFresh: () => void): Promise<number[]> {
    const { taken, isRepeated } = await insertRows(db, products, rows, () => isInTime(assertFresh))
    return isRepeated && taken.length > 0 ? await thoseOfOthers(rows, taken) : taken
  }

  /** The positions tell which of the rows in the store are those that were sent the first time. */
  async function thoseOfOthers (rows: readonly ProductDocument[], offsets: readonly number[]): Promise<number[]> {
    const ids = offsets.map(offset => (rows[offset] as ProductDocument)._id)
    const stored = await products.find({ _id: { $in: ids } }, { projection: { seq: 1 }, maxTimeMS: MAX_TIME_MS }).toArray()
    const seqOf = new Map(stored.map(({ _id, seq }) => [_id, seq]))
    return offsets.filter(offset => {
      const { _id, seq } = rows[offset] as ProductDocument
      return seqOf.get(_id) !== seq
    })
  }

  return { insert }
}

function * piecesOf (rows: readonly ProductDocument[]): Generator<{ start: number, end: number }> {
  let start = 0
  let bytes = 0
  for (const [end, { record, warnings }] of rows.entries()) {
    const length = (record?.length ?? 0) + (warnings?.length ?? 0)
    if (end > start && bytes + length > BYTES_AT_ONCE) {
      yield { start, end }
      start = end
      bytes = 0
    }
    bytes += length
  }
  yield { start, end: rows.length }
}

function isInTime (assertFresh: () => void): boolean {
  try {
    assertFresh()
    return true
  } catch {
    return false
  }
}
