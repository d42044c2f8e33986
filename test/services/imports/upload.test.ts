import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import t from 'tap'
import yazl from 'yazl'
import { commandCaller } from '../../../src/services/command-caller.js'
import { createAuditTrail } from '../../../src/services/audit/audit-trail.js'
import { newEventId } from '../../../src/services/audit/event-ids.js'
import { createImportUploading } from '../../../src/services/imports/upload.js'
import { createAuditRepository } from '../../../src/storage/audit-repository.js'
import { isStorageFull } from '../../../src/storage/connection.js'
import { createImportFiles } from '../../../src/storage/import-files.js'
import { createImportsRepository } from '../../../src/storage/imports-repository.js'
import { createLocalFileStore } from '../../../src/storage/local-file-store.js'
import { openTestDatabase } from '../../support/database.js'
import { failFileCalls } from '../../support/failing-disk.js'

const caller = commandCaller({ id: 'org_a', name: 'A', role: 'vendor', manufacturers: [], createdAt: new Date(0) }, 'test')
const OPTIONS = { format: 'ndjson', mode: 'upsert', dryRun: false, decimalComma: false, encoding: 'identity' } as const
const MIB = 1_048_576

async function openUploading (test: Parameters<typeof openTestDatabase>[0], limits: { free?: (asked: number) => number, maxBytes?: number, directory?: string, now?: () => Date }) {
  const db = await openTestDatabase(test)
  const { directory } = limits
  let asked = 0
  let ids = 0
  return {
    db,
    ...createImportUploading({
      files: createImportFiles(db, directory === undefined ? undefined : { store: createLocalFileStore(directory), takesNew: true }),
      imports: createImportsRepository(db),
      audit: createAuditTrail({ events: createAuditRepository(db), now: () => new Date(), newId: newEventId }),
      limits: { maxBytes: limits.maxBytes ?? 1024 * MIB, maxUnfinished: 2 },
      newId: () => `import-${++ids}`,
      now: limits.now ?? (() => new Date()),
      freeBytes: async () => limits.free?.(++asked),
      isStorageFull,
      onQueued: () => {}
    })
  }
}

async function folder (test: Parameters<typeof openTestDatabase>[0]): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'esg-exchange-upload-'))
  test.teardown(async () => { await rm(directory, { recursive: true, force: true }) })
  return directory
}

function * megabytes (count: number): Generator<Buffer> {
  const piece = Buffer.alloc(MIB, `${'{"a":1}'.padEnd(1023)}\n`)
  for (let index = 0; index < count; index++) yield piece
}

t.test('a disk that fills up during an upload ends it with a clear problem, and nothing stays', async t => {
  const { db, createImport } = await openUploading(t, { free: asked => asked === 1 ? 10_000 * MIB : 400 * MIB })
  await t.rejects(createImport(caller, { ...OPTIONS, body: Readable.from(megabytes(100)) }), { code: 'storage-full', retryAfterSeconds: 600 })
  t.equal(await db.collection('import_pieces').countDocuments(), 0)
  t.equal(await db.collection('import_uploads').countDocuments(), 0)
})

t.test('the size of a file and the number of unfinished imports are bounded', async t => {
  const { db, createImport } = await openUploading(t, { maxBytes: 3 * MIB })
  await t.rejects(createImport(caller, { ...OPTIONS, body: Readable.from(megabytes(4)) }), { code: 'payload-too-large', extra: { maxBytes: 3 * MIB } })
  t.equal(await db.collection('import_pieces').countDocuments(), 0)
  for (let index = 0; index < 2; index++) t.match(await createImport(caller, { ...OPTIONS, body: Readable.from(megabytes(1)) }), { state: 'queued' })
  await t.rejects(createImport(caller, { ...OPTIONS, body: Readable.from(megabytes(1)) }), { code: 'rate-limited' })
})

t.test('a line without an end is refused before it fills the storage', async t => {
  const { db, createImport } = await openUploading(t, {})
  let sent = 0
  async function * endless () {
    const piece = Buffer.alloc(MIB, 'x')
    for (; sent < 1024; sent++) yield piece
  }
  await t.rejects(createImport(caller, { ...OPTIONS, body: Readable.from(endless()) }), { code: 'unusable-file', message: /without a line break/ })
  t.ok(sent < 80, 'a line of 1 GiB is not read to its end')
  t.equal(await db.collection('import_pieces').countDocuments(), 0)
})

t.test('the rows that a workbook unpacks to count like the bytes of any other file', async t => {
  const zip = new yazl.ZipFile()
  zip.addBuffer(Buffer.from('<Types/>'), '[Content_Types].xml')
  zip.addBuffer(Buffer.from('<workbook xmlns:r="r"><sheets><sheet name="a" r:id="r1"/></sheets></workbook>'), 'xl/workbook.xml')
  zip.addBuffer(Buffer.from('<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>'), 'xl/_rels/workbook.xml.rels')
  zip.addBuffer(Buffer.from(`<sst><si><t>${'x'.repeat(MIB / 2)}</t></si></sst>`), 'xl/sharedStrings.xml')
  // One text, shared by two hundred rows.
  zip.addBuffer(Buffer.from(`<worksheet>${'<row><c r="A1" t="s"><v>0</v></c></row>'.repeat(200)}</worksheet>`), 'xl/worksheets/sheet1.xml')
  zip.end()
  const bytes = await buffer(zip.outputStream)
  const small = await openUploading(t, { maxBytes: 3 * MIB })
  await t.rejects(small.createImport(caller, { ...OPTIONS, format: 'xlsx', body: Readable.from([bytes]) }), { code: 'payload-too-large', extra: { maxBytes: 3 * MIB } })
  t.equal(await small.db.collection('import_pieces').countDocuments(), 0)
  const full = await openUploading(t, { free: asked => asked <= 2 ? 10_000 * MIB : 400 * MIB })
  await t.rejects(full.createImport(caller, { ...OPTIONS, format: 'xlsx', body: Readable.from([bytes]) }), { code: 'storage-full' })
  t.equal(await full.db.collection('import_pieces').countDocuments(), 0)
})

t.test('a local disk that is found full while it is written ends the upload with a clear problem, and nothing stays', async t => {
  const directory = await folder(t)
  const { db, createImport } = await openUploading(t, { directory })
  await failFileCalls(t, 'write', 'ENOSPC', call => call > 3)
  await t.rejects(createImport(caller, { ...OPTIONS, body: Readable.from(megabytes(100)) }), { code: 'storage-full', retryAfterSeconds: 600 })
  t.same(await readdir(directory), [])
  t.equal(await db.collection('import_uploads').countDocuments(), 0)
})

t.test('an upload is not accepted before the disk has it', async t => {
  const directory = await folder(t)
  const { db, createImport } = await openUploading(t, { directory })
  await failFileCalls(t, 'datasync', 'EIO', () => true)
  await t.rejects(createImport(caller, { ...OPTIONS, body: Readable.from(megabytes(1)) }), { code: 'EIO' })
  t.same(await readdir(directory), [])
  t.equal(await db.collection('imports').countDocuments(), 0)
})

t.test('an upload that is slow says that it goes on', async t => {
  let minutes = 0
  const { db, createImport } = await openUploading(t, { now: () => new Date(minutes * 60_000) })
  const announced: number[] = []
  async function * slow () {
    for (const piece of megabytes(30)) {
      minutes += 4
      yield piece
      const upload = await db.collection<{ _id: string, touchedAt: Date }>('import_uploads').findOne()
      announced.push(minutes - (upload?.touchedAt.getTime() ?? NaN) / 60_000)
    }
  }
  await createImport(caller, { ...OPTIONS, body: Readable.from(slow()) })
  t.ok(Math.max(...announced) <= 20, `at most ${Math.max(...announced)} minutes ago, of the hour after which it would be swept`)
})

t.test('files on the disk that belong to no import are swept, and only those', async t => {
  const directory = await folder(t)
  const { db, createImport, sweepForgotten } = await openUploading(t, { directory })
  await createImport(caller, { ...OPTIONS, body: Readable.from(megabytes(1)) })
  const uploads = db.collection<{ _id: string, touchedAt: Date }>('import_uploads')
  await uploads.insertMany([{ _id: 'going-on', touchedAt: new Date() }, { _id: 'forgotten', touchedAt: new Date(0) }])
  for (const name of ['going-on', 'going-on-workbook', 'forgotten', 'forgotten-workbook', 'unknown', 'unknown-workbook', 'young']) await writeFile(join(directory, name), 'x')
  for (const name of await readdir(directory)) if (name !== 'young') await utimes(join(directory, name), new Date(1000), new Date(1000))
  t.equal(await sweepForgotten(new Date(Date.now() - 3_600_000)), 1)
  t.same((await readdir(directory)).toSorted(), ['going-on', 'going-on-workbook', 'import-1', 'young'])
})
