import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Db } from 'mongodb'
import t from 'tap'
import { createFileCopies, type FileCopies } from '../../src/storage/import-file-copies.js'
import { createImportFiles, type ImportFiles } from '../../src/storage/import-files.js'
import { openTestDatabase } from '../support/database.js'

const PIECE_BYTES = 1_048_576

let db: Db
let directory: string

t.before(async () => {
  db = await openTestDatabase(t)
  directory = await mkdtemp(join(tmpdir(), 'esg-exchange-copies-'))
  t.teardown(async () => { await rm(directory, { recursive: true, force: true }) })
})

/** In chunks of odd sizes, as they come from a network. */
async function store (files: ImportFiles, file: string, bytes: Buffer): Promise<number> {
  const sink = files.openSink(file)
  for (let from = 0, step = 1; from < bytes.length; from += step, step = step * 7 % 300_007) await sink.write(bytes.subarray(from, from + step))
  return await sink.finish()
}

async function load (files: ImportFiles, file: string, start = 0, end?: number): Promise<Buffer> {
  return await gather(files.read(file, start, end))
}

async function gather (parts: AsyncIterable<Buffer>): Promise<Buffer> {
  const gathered: Buffer[] = []
  for await (const part of parts) gathered.push(part)
  return Buffer.concat(gathered)
}

async function forgetPieces (): Promise<void> {
  await db.collection('import_pieces').deleteMany({})
}

for (const [name, copiesOf] of [['database', () => undefined], ['copy', () => createFileCopies(directory)]] as Array<[string, () => FileCopies | undefined]>) {
  t.test(`any part of a file of any size is read as it was written, from the ${name}`, async t => {
    for (const size of [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES + 12_345]) {
      const files = createImportFiles(db, copiesOf())
      const bytes = randomBytes(size)
      const file = `${name}-${size}`
      t.equal(await store(files, file, bytes), size)
      if (name === 'copy') await forgetPieces()
      t.ok((await load(files, file)).equals(bytes), `all of ${size}`)
      const read = files.openReader(file)
      for (const [start, end] of [[0, 10], [PIECE_BYTES - 5, PIECE_BYTES + 5], [PIECE_BYTES, 2 * PIECE_BYTES], [size - 3, size]] as Array<[number, number]>) {
        if (start < 0 || start >= size) continue
        const expected = bytes.subarray(start, end)
        t.ok((await load(files, file, start, end)).equals(expected), `${start} to ${end} of ${size}`)
        t.ok((await gather(read(start, end))).equals(expected), `${start} to ${end} of ${size}, by a reader`)
      }
      await files.remove(file)
      t.equal((await load(files, file)).length, 0, 'and nothing when it was removed')
    }
  })
}

t.test('a file is read from the database where there is no copy of it', async t => {
  const bytes = randomBytes(2 * PIECE_BYTES)

  const released = createImportFiles(db, createFileCopies(directory))
  await store(released, 'released', bytes)
  released.release('released')
  t.ok((await load(released, 'released')).equals(bytes), 'the copy was let go of')
  t.ok((await load(createImportFiles(db, createFileCopies(directory)), 'released')).equals(bytes), 'the file came in by another process')

  const missing = createImportFiles(db, createFileCopies(join(directory, 'missing')))
  await store(missing, 'missing', bytes)
  t.ok((await load(missing, 'missing')).equals(bytes), 'the folder cannot be written into')

  const full = createImportFiles(db, createFileCopies(directory, { reservedBytes: Number.MAX_SAFE_INTEGER }))
  await store(full, 'full', bytes)
  t.ok((await load(full, 'full')).equals(bytes), 'the disk has no room')

  const many = createImportFiles(db, createFileCopies(directory))
  for (let n = 0; n < 6; n++) await store(many, `many-${n}`, bytes)
  for (let n = 0; n < 6; n++) t.ok((await load(many, `many-${n}`)).equals(bytes), `${n} of six`)
  await forgetPieces()
  t.same((await Promise.all([0, 1, 2, 3, 4, 5].map(async n => await load(many, `many-${n}`)))).map(read => read.length > 0), [false, false, true, true, true, true], 'only the latest have copies')
})

t.test('a copy that is not whole is not read', async t => {
  const files = createImportFiles(db, createFileCopies(directory))
  const sink = files.openSink('begun')
  await sink.write(randomBytes(2 * PIECE_BYTES))
  await sink.settled()
  await forgetPieces()
  t.equal((await load(files, 'begun')).length, 0)
})

t.test('copies have no names that could stay behind', async t => {
  const files = createImportFiles(db, createFileCopies(directory))
  await store(files, 'nameless', randomBytes(PIECE_BYTES))
  t.same(await readdir(directory), [])
})
