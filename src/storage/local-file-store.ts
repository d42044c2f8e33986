/**
 * Files on the local disk, one named file each, for a process whose database lies beside them: the disk keeps the one as well as
 * the other, and spares the database what nobody ever asks it for.
 */
import { mkdir, open, readdir, rm, stat, type FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { PIECE_BYTES, type FileSink, type FileStore } from './file-store.js'

/** Bytes written at once. */
const WRITTEN_AT_ONCE = 1_048_576

/** The disk is told this often to keep what was written (bytes of one file), so that little is left to wait for at the end. */
const SYNCED_EVERY_BYTES = 32 * 1_048_576

const FILE_NAME = /^[a-zA-Z0-9-]+$/

export interface LocalFileStore extends FileStore {
  /** Files that were last written to before that time. */
  findUntouched: (before: Date) => Promise<string[]>
}

/** @param directory made when the first file comes in; only this user can read what is in it */
export function createLocalFileStore (directory: string): LocalFileStore {
  /** One at a time, whichever file it is for: it holds one of the few threads that all files, compression and cryptography share. */
  let isSyncing = false

  function pathOf (file: string): string {
    if (!FILE_NAME.test(file)) throw new Error(`${file} cannot be the name of a file`)
    return join(directory, file)
  }

  async function openNew (file: string): Promise<FileHandle> {
    const path = pathOf(file)
    if (await mkdir(directory, { recursive: true, mode: 0o700 }) !== undefined) await syncDirectory(dirname(directory))
    return await open(path, 'wx', 0o600)
  }

  function openSink (file: string): FileSink {
    const opened = handled(openNew(file))
    let filling: Buffer = Buffer.allocUnsafeSlow(WRITTEN_AT_ONCE)
    let filled = 0
    /** What is being written; filled again afterwards. */
    let other: Buffer | undefined
    let position = 0
    let syncedTo = 0
    // Both stay rejected once they are, so a failure ends whatever is tried next.
    let written = Promise.resolve()
    let synced = Promise.resolve()

    async function writeFilled (): Promise<void> {
      await written
      written = handled(writeAll(filling.subarray(0, filled), position))
      position += filled
      filled = 0
      const free = other ?? Buffer.allocUnsafeSlow(WRITTEN_AT_ONCE)
      other = filling
      filling = free
    }

    async function writeAll (bytes: Buffer, at: number): Promise<void> {
      const handle = await opened
      for (let done = 0; done < bytes.length;) done += (await handle.write(bytes, done, bytes.length - done, at + done)).bytesWritten
      if (isSyncing || at + bytes.length - syncedTo < SYNCED_EVERY_BYTES) return
      syncedTo = at + bytes.length
      synced = handled(syncMeanwhile(handle, synced))
    }

    return {
      async write (bytes) {
        for (let done = 0; done < bytes.length;) {
          const copied = bytes.copy(filling, filled, done)
          filled += copied
          done += copied
          if (filled === WRITTEN_AT_ONCE) await writeFilled()
        }
      },
      async finish () {
        if (filled > 0) await writeFilled()
        await written
        await synced
        const handle = await opened
        await handle.datasync()
        await syncDirectory(directory)
        return position
      },
      async close () {
        await Promise.allSettled([written, synced])
        await opened.then(async handle => { await handle.close() }, () => {})
      }
    }
  }

  /** The disk tells of a failure once, so it is kept with what came before. */
  async function syncMeanwhile (handle: FileHandle, before: Promise<void>): Promise<void> {
    isSyncing = true
    try {
      await before
      await handle.datasync()
    } finally {
      isSyncing = false
    }
  }

  /** Opened for each piece, so that no reader that stops early leaves the file open. */
  async function readPiece (file: string, n: number, room?: Buffer): Promise<Buffer | undefined> {
    const handle = await ifThere(open(pathOf(file), 'r'))
    if (handle === undefined) return undefined
    try {
      const bytes = room ?? Buffer.allocUnsafeSlow(PIECE_BYTES)
      let done = 0
      for (let read = 1; read > 0 && done < PIECE_BYTES; done += read) read = (await handle.read(bytes, done, PIECE_BYTES - done, n * PIECE_BYTES + done)).bytesRead
      return done === 0 ? undefined : bytes.subarray(0, done)
    } finally {
      await handle.close()
    }
  }

  async function remove (file: string): Promise<void> {
    await rm(pathOf(file), { force: true })
  }

  async function findUntouched (before: Date): Promise<string[]> {
    const untouched: string[] = []
    for (const name of await ifThere(readdir(directory)) ?? []) {
      if (!FILE_NAME.test(name)) continue
      const stats = await ifThere(stat(join(directory, name)))
      if (stats?.isFile() === true && stats.mtime < before) untouched.push(name)
    }
    return untouched
  }

  return { openSink, readPiece, remove, findUntouched }
}

/** A file is only found again after a loss of power when the folder that names it is on disk as well. */
async function syncDirectory (directory: string): Promise<void> {
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function ifThere<T> (asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Awaited where its turn comes. */
function handled<T> (promise: Promise<T>): Promise<T> {
  promise.catch(() => {})
  return promise
}
