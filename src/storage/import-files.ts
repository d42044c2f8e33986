/**
 * The bytes of uploaded files, in pieces of 1 MiB keyed by file and number, so that any place of a file is read without what
 * lies before it. (GridFS would store the same, one piece at a time and with two more indexes.)
 */
import type { Db } from 'mongodb'
import { MAX_TIME_MS } from './connection.js'
import type { FileCopies } from './import-file-copies.js'

interface PieceDocument { _id: { file: string, n: number }, bytes: Buffer }
interface UploadDocument { _id: string, touchedAt: Date }

const PIECE_BYTES = 1_048_576

/** Pieces that are on their way to the database at the same time. */
const IN_FLIGHT = 4

/** Pieces removed with one command, so that it ends within the time limit. */
const REMOVED_AT_ONCE = 256

export interface FileSink {
  /** Resolves when more may be written; rejects when the database has refused an earlier piece. */
  write: (bytes: Buffer) => Promise<void>
  /** Resolves with the size when everything is on disk. */
  finish: () => Promise<number>
  /** Resolves when nothing is on its way any more, whatever became of it: only then can the file be removed. */
  settled: () => Promise<void>
}

export type ImportFiles = ReturnType<typeof createImportFiles>

/** @param copies where files are read rather than from the database, if they are there */
export function createImportFiles (db: Db, copies?: FileCopies) {
  const pieces = db.collection<PieceDocument>('import_pieces')
  const uploads = db.collection<UploadDocument>('import_uploads')

  /** Announces an upload, and that it still goes on: what is announced and then forgotten is swept. */
  async function announce (file: string, at: Date): Promise<void> {
    await uploads.updateOne({ _id: file }, { $set: { touchedAt: at } }, { upsert: true, maxTimeMS: MAX_TIME_MS })
  }

  /** The upload has become an import, or is gone. */
  async function settle (file: string): Promise<void> {
    await uploads.deleteOne({ _id: file }, { maxTimeMS: MAX_TIME_MS })
  }

  async function findForgotten (before: Date): Promise<string[]> {
    const found = await uploads.find({ touchedAt: { $lt: before } }, { limit: 100, maxTimeMS: MAX_TIME_MS }).toArray()
    return found.map(({ _id }) => _id)
  }

  function openSink (file: string): FileSink {
    let piece: Buffer = Buffer.allocUnsafeSlow(PIECE_BYTES)
    let filled = 0
    let n = 0
    let failure: { error: unknown } | undefined
    const inFlight = new Set<Promise<void>>()
    /** Those that are stored are filled again. */
    const free: Buffer[] = []

    async function send (bytes: Buffer): Promise<void> {
      const copied = copies?.write(file, n * PIECE_BYTES, bytes)
      try {
        await pieces.insertOne({ _id: { file, n: n++ }, bytes }, { maxTimeMS: MAX_TIME_MS })
      } catch (error) {
        failure ??= { error }
      }
      await copied
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
        copies?.complete(file)
        return size
      },
      async settled () { await Promise.allSettled(inFlight) }
    }
  }

  /** Undefined behind the end of the file. */
  async function readPiece (file: string, n: number): Promise<Buffer | undefined> {
    const copied = await copies?.read(file, n * PIECE_BYTES, PIECE_BYTES)
    if (copied !== undefined) return copied.length === 0 ? undefined : copied
    return (await pieces.findOne({ _id: { file, n } }, { maxTimeMS: MAX_TIME_MS }))?.bytes
  }

  /** The bytes from `start` up to, not including, `end`, piece by piece; the next piece is fetched meanwhile. */
  async function * read (file: string, start: number, end = Infinity): AsyncGenerator<Buffer> {
    const first = Math.floor(start / PIECE_BYTES)
    const load = async (n: number) => n * PIECE_BYTES >= end ? undefined : await readPiece(file, n)
    let next = load(first)
    // A failure is met when the piece is awaited; one that nobody waits for any more concerns nobody.
    next.catch(() => {})
    for (let n = first; ; n++) {
      const piece = await next
      if (piece === undefined) return
      next = load(n + 1)
      next.catch(() => {})
      const from = n * PIECE_BYTES
      const bytes = piece.subarray(Math.max(start - from, 0), Math.min(end - from, piece.length))
      if (bytes.length > 0) yield bytes
    }
  }

  /** Reads many places of a file, one after the other: a piece that several of them lie in is fetched once. */
  function openReader (file: string): (start: number, end: number) => AsyncGenerator<Buffer> {
    let latest: { n: number, bytes: Buffer } | undefined
    return async function * (start, end) {
      for (let n = Math.floor(start / PIECE_BYTES); n * PIECE_BYTES < end; n++) {
        if (latest?.n !== n) {
          const bytes = await readPiece(file, n)
          if (bytes === undefined) return
          latest = { n, bytes }
        }
        const from = n * PIECE_BYTES
        yield latest.bytes.subarray(Math.max(start - from, 0), end - from)
      }
    }
  }

  /** Nobody is going to read much of it any more. */
  function release (file: string): void {
    copies?.drop(file)
  }

  async function remove (file: string): Promise<void> {
    release(file)
    const newest = await pieces.findOne(
      { _id: { $gte: { file, n: 0 }, $lte: { file, n: Infinity } } }, { projection: { _id: 1 }, sort: { _id: -1 }, maxTimeMS: MAX_TIME_MS }
    )
    // From the end, so that a removal that is cut short leaves what the next one finds.
    for (let end = newest?._id.n ?? -1; end >= 0; end -= REMOVED_AT_ONCE) {
      await pieces.deleteMany({ _id: { $gte: { file, n: Math.max(0, end - REMOVED_AT_ONCE + 1) }, $lte: { file, n: end } } }, { maxTimeMS: MAX_TIME_MS })
    }
  }

  return { announce, settle, findForgotten, openSink, read, openReader, release, remove }
}
