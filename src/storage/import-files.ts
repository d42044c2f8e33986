/**
 * Uploaded files. The disk beside an embedded database takes them where one process does everything; else the database does, so
 * that any process can read them.
 */
import type { Db } from 'mongodb'
import { MAX_TIME_MS } from './connection.js'
import { createDatabaseFileStore } from './database-file-store.js'
import { PIECE_BYTES, type FileSink } from './file-store.js'
import type { LocalFileStore } from './local-file-store.js'
import { createPieceRecycling, type PieceRecycling } from './piece-recycling.js'

interface UploadDocument { _id: string, touchedAt: Date }

/** The file, or a part of it, is not there any more. */
class FileGone extends Error {
  constructor (file: string) {
    super(`The file ${file} is not stored, or not as a whole`)
    this.name = 'FileGone'
  }
}

export function isFileGone (error: unknown): boolean {
  return error instanceof FileGone
}

export type ImportFiles = ReturnType<typeof createImportFiles>

/**
 * @param local files on the disk of this process, for those that are there, and for new ones if it takes them; a file that is
 * not there is looked for in the database
 */
export function createImportFiles (db: Db, local?: { store: LocalFileStore, takesNew: boolean }) {
  const uploads = db.collection<UploadDocument>('import_uploads')
  const database = createDatabaseFileStore(db)

  /** Announces an upload, and that it still goes on: what is announced and then forgotten is swept. */
  async function announce (file: string, at: Date): Promise<void> {
    await uploads.updateOne({ _id: file }, { $set: { touchedAt: at } }, { upsert: true, maxTimeMS: MAX_TIME_MS })
  }

  /** The upload has become an import, or is gone. */
  async function settle (file: string): Promise<void> {
    await uploads.deleteOne({ _id: file }, { maxTimeMS: MAX_TIME_MS })
  }

  async function isAnnounced (file: string): Promise<boolean> {
    return await uploads.countDocuments({ _id: file }, { limit: 1, maxTimeMS: MAX_TIME_MS }) > 0
  }

  async function findForgotten (before: Date): Promise<string[]> {
    const found = await uploads.find({ touchedAt: { $lt: before } }, { limit: 100, maxTimeMS: MAX_TIME_MS }).toArray()
    return found.map(({ _id }) => _id)
  }

  /** Files on the local disk that nothing was added to since; whether an import needs them is not known here. */
  async function findUntouched (before: Date): Promise<string[]> {
    return await local?.store.findUntouched(before) ?? []
  }

  function openSink (file: string): FileSink {
    return (local?.takesNew === true ? local.store : database).openSink(file)
  }

  /** A piece of which the bytes before `end` are needed; throws when they are not there. */
  async function readPiece (file: string, n: number, end: number, room?: Buffer): Promise<Buffer> {
    const from = n * PIECE_BYTES
    const bytes = await local?.store.readPiece(file, n, room) ?? await database.readPiece(file, n)
    if (bytes === undefined || bytes.length < Math.min(PIECE_BYTES, end - from)) throw new FileGone(file)
    return bytes
  }

  /**
   * The bytes from `start` up to, not including, `end`, piece by piece; the next piece is fetched meanwhile. Throws when the
   * file ends before: see {@link isFileGone}.
   *
   * @param recycling memory of pieces that nobody looks at any more
   */
  async function * read (file: string, start: number, end: number, recycling?: PieceRecycling): AsyncGenerator<Buffer> {
    const first = Math.floor(start / PIECE_BYTES)
    const load = async (n: number): Promise<Buffer | undefined> => {
      if (n * PIECE_BYTES >= end) return undefined
      const piece = await readPiece(file, n, end, recycling?.room())
      recycling?.lend(n, piece)
      return piece
    }
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
        const from = n * PIECE_BYTES
        if (latest?.n !== n) latest = { n, bytes: await readPiece(file, n, end) }
        yield latest.bytes.subarray(Math.max(start - from, 0), end - from)
      }
    }
  }

  /** False when the file is gone, or was cut off before its last of so many bytes. */
  async function isWhole (file: string, size: number): Promise<boolean> {
    try {
      await readPiece(file, Math.floor(Math.max(size - 1, 0) / PIECE_BYTES), size)
      return true
    } catch (error) {
      if (isFileGone(error)) return false
      throw error
    }
  }

  async function remove (file: string): Promise<void> {
    await local?.store.remove(file)
    await database.remove(file)
  }

  return {
    /** Whether files that were stored on the disk by this or an earlier process can be read. */
    readsLocal: local !== undefined,
    /** Whether new files are stored there. */
    storesLocally: local?.takesNew === true,
    announce,
    settle,
    isAnnounced,
    findForgotten,
    findUntouched,
    openSink,
    read,
    newRecycling: createPieceRecycling,
    openReader,
    isWhole,
    remove
  }
}
