import { randomBytes } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readdir, readlink, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Db } from 'mongodb'
import t from 'tap'
import { isStorageFull } from '../../src/storage/connection.js'
import { createImportFiles, isFileGone, type ImportFiles } from '../../src/storage/import-files.js'
import { createLocalFileStore } from '../../src/storage/local-file-store.js'
import { createPieceRecycling } from '../../src/storage/piece-recycling.js'
import { openTestDatabase } from '../support/database.js'
import { failFileCalls } from '../support/failing-disk.js'

const PIECE_BYTES = 1_048_576

let db: Db
let directory: string

t.before(async () => {
  db = await openTestDatabase(t)
  directory = await mkdtemp(join(tmpdir(), 'esg-exchange-files-'))
  t.teardown(async () => { await rm(directory, { recursive: true, force: true }) })
})

function inDatabase (): ImportFiles {
  return createImportFiles(db)
}

function onDisk (folder: string): ImportFiles {
  return createImportFiles(db, { store: createLocalFileStore(join(directory, folder)), takesNew: true })
}

/** In chunks of odd sizes, as they come from a network, in memory that is used again. */
async function store (files: ImportFiles, file: string, bytes: Buffer): Promise<number> {
  const sink = files.openSink(file)
  const received = Buffer.alloc(300_007)
  try {
    for (let from = 0, step = 1; from < bytes.length; from += step, step = step * 7 % 300_007) {
      const length = bytes.copy(received, 0, from, from + step)
      await sink.write(received.subarray(0, length))
    }
    return await sink.finish()
  } finally {
    await sink.close()
  }
}

async function load (files: ImportFiles, file: string, start: number, end: number): Promise<Buffer> {
  return await gather(files.read(file, start, end))
}

async function gather (parts: AsyncIterable<Buffer>): Promise<Buffer> {
  const gathered: Buffer[] = []
  for await (const part of parts) gathered.push(part)
  return Buffer.concat(gathered)
}

/** What it rejects with. */
async function failureOf (work: Promise<unknown>): Promise<unknown> {
  return await work.then(() => { throw new Error('It did not fail') }, error => error)
}

async function removePieces (file: string, from: number): Promise<void> {
  await db.collection<{ _id: { file: string, n: number } }>('import_pieces').deleteMany({ _id: { $gte: { file, n: from }, $lte: { file, n: Infinity } } })
}

/** Files of this test that the process has open. */
async function openFiles (): Promise<string[]> {
  const opened = await Promise.all((await readdir('/proc/self/fd')).map(async fd => await readlink(`/proc/self/fd/${fd}`).catch(() => '')))
  return opened.filter(path => path.startsWith(directory))
}

const stores: Array<{ name: string, open: () => ImportFiles, cut: (file: string, size: number) => Promise<void> }> = [
  { name: 'the database', open: inDatabase, cut: async (file, size) => { await removePieces(file, Math.ceil(size / PIECE_BYTES)) } },
  { name: 'the disk', open: () => onDisk('contract'), cut: async (file, size) => { await truncate(join(directory, 'contract', file), size) } }
]

for (const { name, open: openFilesThere, cut } of stores) {
  t.test(`any part of a file of any size is read as it was written, from ${name}`, async t => {
    for (const size of [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES + 12_345]) {
      const files = openFilesThere()
      const bytes = randomBytes(size)
      const file = `file-${size}`
      t.equal(await store(files, file, bytes), size)
      t.ok((await load(files, file, 0, size)).equals(bytes), `all of ${size}`)
      const read = files.openReader(file)
      for (const [start, end] of [[0, 10], [PIECE_BYTES - 5, PIECE_BYTES + 5], [PIECE_BYTES, 2 * PIECE_BYTES], [size - 3, size]] as Array<[number, number]>) {
        if (start < 0 || end > size) continue
        const expected = bytes.subarray(start, end)
        t.ok((await load(files, file, start, end)).equals(expected), `${start} to ${end} of ${size}`)
        t.ok((await gather(read(start, end))).equals(expected), `${start} to ${end} of ${size}, by a reader`)
      }
      if (size > 0) t.equal(await files.isWhole(file, size), true)
      await files.remove(file)
      await files.remove(file)
      if (size === 0) continue
      t.equal(await files.isWhole(file, size), false)
      t.ok(isFileGone(await failureOf(load(files, file, 0, size))), 'a file that was removed')
      t.ok(isFileGone(await failureOf(gather(files.openReader(file)(size - 1, size)))), 'by a reader as well')
    }
  })

  t.test(`of a file in ${name} that lost its end, what is there is read, and then it is said`, async t => {
    const files = openFilesThere()
    const bytes = randomBytes(3 * PIECE_BYTES + 7)
    await store(files, 'cut', bytes)
    await cut('cut', 2 * PIECE_BYTES)
    t.equal(await files.isWhole('cut', bytes.length), false)
    t.ok((await load(files, 'cut', 5, 2 * PIECE_BYTES)).equals(bytes.subarray(5, 2 * PIECE_BYTES)))
    const parts: Buffer[] = []
    const readOn = async (): Promise<void> => { for await (const part of files.read('cut', 0, bytes.length)) parts.push(part) }
    t.ok(isFileGone(await failureOf(readOn())))
    t.ok(Buffer.concat(parts).equals(bytes.subarray(0, 2 * PIECE_BYTES)), 'nothing is left out before')
    await files.remove('cut')
  })

  t.test(`a reader that stops early leaves nothing open, in ${name}`, { skip: process.platform !== 'linux' && 'asks Linux' }, async t => {
    const files = openFilesThere()
    const size = 4 * PIECE_BYTES
    await store(files, 'left', randomBytes(size))
    for await (const part of files.read('left', 0, size)) if (part.length > 0) break
    const abandoned = files.read('left', 0, size)
    await abandoned.next()
    await gather(files.read('left', 0, size))
    while ((await openFiles()).length > 0) await new Promise(setImmediate)
    t.same(await openFiles(), [])
    await files.remove('left')
  })
}

t.test('a file on the disk is readable by its owner only, and its name is one that the exchange made', async t => {
  const files = onDisk('private')
  await store(files, 'import-1', Buffer.from('secret'))
  t.equal((await stat(join(directory, 'private'))).mode & 0o777, 0o700)
  t.equal((await stat(join(directory, 'private', 'import-1'))).mode & 0o777, 0o600)
  for (const name of ['../import-1', 'a/b', '.', '', 'import-1\0', 'a.b']) {
    await t.rejects(store(files, name, Buffer.from('x')), /cannot be the name of a file/, name)
    await t.rejects(load(files, name, 0, 1), /cannot be the name of a file/, name)
    await t.rejects(files.remove(name), /cannot be the name of a file/, name)
  }
  await t.rejects(store(files, 'import-1', Buffer.from('other')), { code: 'EEXIST' }, 'nothing is written over')
})

t.test('a process with a disk of its own reads from the database what is not there, and one without does not miss it', async t => {
  const bytes = randomBytes(PIECE_BYTES + 5)
  const files = onDisk('both')
  t.match(files, { readsLocal: true, storesLocally: true })
  t.match(inDatabase(), { readsLocal: false, storesLocally: false })
  await store(inDatabase(), 'older', bytes)
  t.ok((await load(files, 'older', 0, bytes.length)).equals(bytes))
  t.equal(await files.isWhole('older', bytes.length), true)
  await files.remove('older')
  t.equal(await inDatabase().isWhole('older', bytes.length), false)

  const api = createImportFiles(db, { store: createLocalFileStore(join(directory, 'both')), takesNew: false })
  t.match(api, { readsLocal: true, storesLocally: false })
  await store(api, 'shared', bytes)
  t.equal(await inDatabase().isWhole('shared', bytes.length), true, 'where others work on imports, the database takes the files')
  await store(files, 'local', bytes)
  t.equal(await api.isWhole('local', bytes.length), true, 'and those that came in before are read')
  t.equal(await inDatabase().isWhole('local', bytes.length), false)
})

t.test('a disk that is full is told of as such, at once, and what was begun can be removed', async t => {
  const files = onDisk('full')
  await failFileCalls(t, 'write', 'ENOSPC', call => call > 2)
  const sink = files.openSink('too-large')
  let written = 0
  const writeOn = async (): Promise<void> => { for (; written < 100; written++) await sink.write(Buffer.alloc(PIECE_BYTES)) }
  t.ok(isStorageFull(await failureOf(writeOn())))
  t.ok(written < 5, `${written} MiB were taken in`)
  t.ok(isStorageFull(await failureOf(sink.finish())), 'and again')
  await sink.close()
  await files.remove('too-large')
  t.same(await readdir(join(directory, 'full')), [])
  if (process.platform === 'linux') t.same(await openFiles(), [])
})

t.test('what the disk could not keep is not taken for stored', async t => {
  const files = onDisk('unsynced')
  const calls = await failFileCalls(t, 'datasync', 'EIO', () => true)
  await t.rejects(store(files, 'small', Buffer.from('x')), { code: 'EIO' })
  t.equal(calls(), 1, 'a small file is synced at its end')
  t.notOk(isStorageFull(Object.assign(new Error('EIO'), { code: 'EIO' })))
})

t.test('a large file is synced while it is written, and a failure of that is not forgotten', async t => {
  const files = onDisk('large')
  const sink = files.openSink('large')
  const piece = Buffer.alloc(PIECE_BYTES)
  // The system tells of it once; what is synced afterwards may succeed.
  await failFileCalls(t, 'datasync', 'EIO', call => call === 1)
  for (let n = 0; n < 40; n++) await sink.write(piece)
  t.teardown(async () => { await sink.close() })
  await t.rejects(sink.finish(), { code: 'EIO' })
})

t.test('a folder that cannot be made is told of', async t => {
  await writeFile(join(directory, 'occupied'), '')
  await t.rejects(store(onDisk('occupied'), 'any', Buffer.from('x')), { code: 'EEXIST' })
  await mkdir(join(directory, 'locked'), { mode: 0o500 })
  t.teardown(async () => { await chmod(join(directory, 'locked'), 0o700) })
  if (process.getuid?.() !== 0) await t.rejects(store(onDisk('locked'), 'any', Buffer.from('x')), { code: 'EACCES' })
})

t.test('files are found by when they were last written to', async t => {
  const files = onDisk('old')
  t.same(await files.findUntouched(new Date()), [], 'also before there is a folder')
  t.same(await inDatabase().findUntouched(new Date()), [])
  await store(files, 'new', Buffer.from('x'))
  await store(files, 'old', Buffer.from('x'))
  await writeFile(join(directory, 'old', 'not.ours'), '')
  await utimes(join(directory, 'old', 'old'), new Date(1000), new Date(1000))
  await utimes(join(directory, 'old', 'not.ours'), new Date(1000), new Date(1000))
  t.same(await files.findUntouched(new Date(2000)), ['old'])
})

t.test('pieces that are done with are read into again, and no others', async t => {
  const bytes = randomBytes(7 * PIECE_BYTES + 1_000)
  for (const [name, files] of Object.entries({ database: inDatabase(), disk: onDisk('recycled') })) {
    await store(files, 'recycled', bytes)
    const recycling = createPieceRecycling()
    const kept: Array<{ at: number, piece: Buffer }> = []
    const places = new Set<ArrayBufferLike>()
    let at = 0
    for await (const piece of files.read('recycled', 0, bytes.length, recycling)) {
      places.add(piece.buffer)
      kept.push({ at, piece })
      at += piece.length
      // The latest piece is still needed, and that before it from its last byte on.
      const needed = Math.max(at - piece.length - 1, 0)
      recycling.takeBack(needed)
      for (const { at, piece } of kept.filter(({ at, piece }) => at + piece.length > needed)) t.ok(piece.equals(bytes.subarray(at, at + piece.length)), name)
    }
    t.equal(at, bytes.length)
    if (name === 'disk') t.ok(places.size <= 5, `8 pieces in ${places.size} places`)
  }
})

t.test('no more than a few pieces are remembered, whether they are taken back or not', async t => {
  const recycling = createPieceRecycling()
  for (let n = 0; n < 100; n++) recycling.lend(n, Buffer.allocUnsafeSlow(PIECE_BYTES))
  recycling.takeBack(100 * PIECE_BYTES)
  let rooms = 0
  while (recycling.room() !== undefined) rooms++
  t.equal(rooms, 16)
})
