/**
 * Copies of uploaded files on the local disk, for the worker of the process that took them in: it would otherwise read from the
 * database what has just been written there. Nothing depends on a copy: where there is none, the file is read from the database.
 *
 * A copy has no name, so it is gone with its process, however that ends.
 */
import { randomUUID } from 'node:crypto'
import { open, statfs, unlink, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'

/** Room on the disk that copies leave to everything else (bytes). */
const RESERVED_BYTES = 2 * 1_073_741_824

/** How often that is asked (bytes of one copy). */
const CHECKED_EVERY_BYTES = 64 * 1_048_576

/** Copies that are kept; the oldest gives way. */
const MOST_COPIES = 4

interface Copy { handle: Promise<FileHandle>, checkedAt: number, isWhole: boolean }

export type FileCopies = ReturnType<typeof createFileCopies>

export function createFileCopies (directory: string, { reservedBytes = RESERVED_BYTES }: { reservedBytes?: number } = {}) {
  const copies = new Map<string, Copy>()

  /** Writes a part of the file into its copy. Never rejects: what cannot be copied has no copy. */
  async function write (file: string, position: number, bytes: Buffer): Promise<void> {
    const copy = position === 0 ? begin(file) : copies.get(file)
    if (copy === undefined) return
    try {
      const handle = await copy.handle
      if (position >= copy.checkedAt + CHECKED_EVERY_BYTES) {
        copy.checkedAt = position
        await assertRoom()
      }
      for (let done = 0; done < bytes.length;) done += (await handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten
    } catch {
      drop(file, copy)
    }
  }

  function begin (file: string): Copy {
    const [oldest] = copies.keys()
    if (copies.size >= MOST_COPIES && oldest !== undefined) drop(oldest)
    const copy: Copy = { handle: openNameless(), checkedAt: 0, isWhole: false }
    copies.set(file, copy)
    return copy
  }

  /** Everything has been written. */
  function complete (file: string): void {
    const copy = copies.get(file)
    if (copy !== undefined) copy.isWhole = true
  }

  /** A part of the file, less of it at its end; undefined when there is no copy. */
  async function read (file: string, position: number, length: number): Promise<Buffer | undefined> {
    const copy = copies.get(file)
    if (copy === undefined || !copy.isWhole) return undefined
    try {
      const handle = await copy.handle
      const bytes = Buffer.allocUnsafeSlow(length)
      let done = 0
      for (let read = 1; read > 0 && done < length; done += read) read = (await handle.read(bytes, done, length - done, position + done)).bytesRead
      return bytes.subarray(0, done)
    } catch {
      drop(file, copy)
      return undefined
    }
  }

  /** Frees the room of the copy, unless another one has taken its place. */
  function drop (file: string, known = copies.get(file)): void {
    if (known === undefined) return
    if (copies.get(file) === known) copies.delete(file)
    known.handle.then(async handle => { await handle.close() }).catch(() => {})
  }

  async function openNameless (): Promise<FileHandle> {
    await assertRoom()
    const path = join(directory, `import-${randomUUID()}.tmp`)
    const handle = await open(path, 'wx+', 0o600)
    await unlink(path)
    return handle
  }

  async function assertRoom (): Promise<void> {
    const { bavail, bsize } = await statfs(directory)
    if (bavail * bsize < reservedBytes) throw new Error('The disk has no room for copies')
  }

  return { write, complete, read, drop }
}
