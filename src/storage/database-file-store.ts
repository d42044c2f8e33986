/**
 * Files in the database, where every process can read them: in pieces of 1 MiB keyed by file and number. (GridFS would store the
 * same, one piece at a time and with two more indexes.)
 */
import type { Db } from 'mongodb'
import { MAX_TIME_MS } from './connection.js'
import { PIECE_BYTES, type FileSink, type FileStore } from './file-store.js'

interface PieceDocument { _id: { file: string, n: number }, bytes: Buffer }

/** Pieces that are on their way to the database at the same time. */
const IN_FLIGHT = 4

/** Pieces removed with one command, so that it ends within the time limit. */
const REMOVED_AT_ONCE = 256

export function createDatabaseFileStore (db: Db): FileStore {
  const pieces = db.collection<PieceDocument>('import_pieces')

  function openSink (file: string): FileSink {
    let piece: Buffer = Buffer.allocUnsafeSlow(PIECE_BYTES)
    let filled = 0
    let n = 0
    let failure: { error: unknown } | undefined
    const inFlight = new Set<Promise<void>>()
    /** Those that are stored are filled again. */
    const free: Buffer[] = []

    async function send (bytes: Buffer): Promise<void> {
      try {
        await pieces.insertOne({ _id: { file, n: n++ }, bytes }, { maxTimeMS: MAX_TIME_MS })
      } catch (error) {
        failure ??= { error }
      }
    }

    async function sendPiece (): Promise<void> {
      while (inFlight.size >= IN_FLIGHT) await Promise.race(inFlight)
      throwFailure()
      const full = piece
      const sent = send(full.subarray(0, filled)).finally(() => {
        inFlight.delete(sent)
        free.push(full)
      })
      inFlight.add(sent)
      piece = free.pop() ?? Buffer.allocUnsafeSlow(PIECE_BYTES)
      filled = 0
    }

    function throwFailure (): void {
      if (failure !== undefined) throw failure.error
    }

    return {
      async write (bytes) {
        for (let done = 0; done < bytes.length;) {
          const copied = bytes.copy(piece, filled, done)
          filled += copied
          done += copied
          if (filled === PIECE_BYTES) await sendPiece()
        }
      },
      async finish () {
        const size = n * PIECE_BYTES + filled
        if (filled > 0) await sendPiece()
        await Promise.all(inFlight)
        throwFailure()
        return size
      },
      async close () { await Promise.allSettled(inFlight) }
    }
  }

  async function readPiece (file: string, n: number): Promise<Buffer | undefined> {
    return (await pieces.findOne({ _id: { file, n } }, { maxTimeMS: MAX_TIME_MS }))?.bytes
  }

  async function remove (file: string): Promise<void> {
    const newest = await pieces.findOne(
      { _id: { $gte: { file, n: 0 }, $lte: { file, n: Infinity } } }, { projection: { _id: 1 }, sort: { _id: -1 }, maxTimeMS: MAX_TIME_MS }
    )
    // From the end, so that a removal that is cut short leaves what the next one finds.
    for (let end = newest?._id.n ?? -1; end >= 0; end -= REMOVED_AT_ONCE) {
      await pieces.deleteMany({ _id: { $gte: { file, n: Math.max(0, end - REMOVED_AT_ONCE + 1) }, $lte: { file, n: end } } }, { maxTimeMS: MAX_TIME_MS })
    }
  }

  return { openSink, readPiece, remove }
}
