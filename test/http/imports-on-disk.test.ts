/** Imports whose files lie beside an embedded database, and what becomes of those whose file is lost. */
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { createServices } from '../../src/composition-root.js'
import { readConfig } from '../../src/config.js'
import { writeWorkbook } from '../../src/formats/xlsx-writer.js'
import { commandCaller } from '../../src/services/command-caller.js'
import { openTestExchange, type TestExchange } from '../support/exchange.js'
import { catalogueRecord, importing, ndjson } from '../support/imports.js'

interface DiskExchange extends TestExchange {
  /** Names of the files that are stored. */
  stored: () => Promise<string[]>
  removeFile: (file: string) => Promise<void>
}

async function openDiskExchange (test: Parameters<typeof openTestExchange>[0]): Promise<DiskExchange> {
  const directory = await mkdtemp(join(tmpdir(), 'esg-exchange-disk-'))
  test.teardown(async () => { await rm(directory, { recursive: true, force: true }) })
  const exchange = await openTestExchange(test, { MONGODB_URI: '', DATA_DIR: directory })
  const folderOf = async () => join(directory, (await readdir(directory)).find(name => name.startsWith('import-files-')) ?? 'none')
  return {
    ...exchange,
    stored: async () => (await readdir(await folderOf()).catch(() => [])).toSorted(),
    removeFile: async file => { await rm(join(await folderOf(), file)) }
  }
}

/** The file lies in the database. */
async function openServerExchange (test: Parameters<typeof openTestExchange>[0]): Promise<DiskExchange> {
  const exchange = await openTestExchange(test)
  const pieces = exchange.connection.db.collection<{ _id: { file: string, n: number } }>('import_pieces')
  return {
    ...exchange,
    stored: async () => await pieces.distinct('_id.file'),
    removeFile: async file => { await pieces.deleteMany({ '_id.file': file }) }
  }
}

const COLUMNS = ['schemaVersion', 'validFrom']
const sheet = async (rows: string[][]): Promise<Buffer> => await buffer(writeWorkbook([{ name: 'Products', columns: COLUMNS.map(header => ({ header, text: true })), rows }]))
const csv = (rows: string[][]): string => [COLUMNS, ...rows].map(cells => `${cells.join(',')}\n`).join('')

/** Each with one rejected line. */
const files: Array<{ format: string, content: () => Promise<Buffer | string> }> = [
  { format: 'ndjson', content: async () => `${JSON.stringify(catalogueRecord(1))}\nnot json\n` },
  { format: 'csv', content: async () => csv([['1.0.0', 'never']]) },
  { format: 'xlsx', content: async () => await sheet([['1.0.0', 'never']]) }
]

t.test('a file beside the database is worked through, gives its rejected lines back, and is kept for as long as they may be asked for', async t => {
  const exchange = await openDiskExchange(t)
  const { run, rejected } = importing(exchange, exchange.vendor)
  const { db } = exchange.connection
  for (const { format, content } of files) {
    const { importId, ...view } = await run(`format=${format}`, await content())
    t.match(view, { state: 'completed_with_errors', counts: { rejected: 1 } }, format)
    t.same(await exchange.stored(), [importId], 'one file, whatever it was made from')
    if (format === 'ndjson') t.equal((await rejected(importId)).toString(), 'not json\n')
    else if (format === 'csv') t.equal((await rejected(importId)).toString(), await content())
    else t.equal((await rejected(importId)).subarray(0, 2).toString(), 'PK')
    t.equal(await exchange.services.importWork.sweepFinished(new Date(Date.now() + 1000)), 1)
    t.same(await exchange.stored(), [])
  }
  t.match(await run('format=ndjson', ndjson([catalogueRecord(1)])), { state: 'completed' })
  t.same(await exchange.stored(), [], 'and not kept when there are none')
  t.equal((await exchange.app.inject({ method: 'POST', url: '/v1/imports?format=xlsx', headers: { ...exchange.vendor.headers, 'content-type': 'application/octet-stream' }, payload: await sheet([]).then(bytes => bytes.subarray(0, -40)) })).statusCode, 422)
  t.same(await exchange.stored(), [], 'nor when it is refused')
  for (const collection of ['import_pieces', 'import_uploads']) t.equal(await db.collection(collection).countDocuments(), 0, collection)
})

t.test('an upload that breaks off leaves nothing on the disk', async t => {
  const exchange = await openDiskExchange(t)
  const url = await exchange.app.listen({ port: 0, host: '127.0.0.1' })
  const line = Buffer.from(`${JSON.stringify(catalogueRecord(1))}\n`)
  const request = httpRequest(`${url}/v1/imports?format=ndjson`, { method: 'POST', headers: { ...exchange.vendor.headers, 'content-type': 'application/octet-stream' } })
  request.on('error', () => {})
  for (let index = 0; index < 3000; index++) request.write(line)
  while ((await exchange.stored()).length === 0) await sleep(10)
  request.destroy()
  while ((await exchange.stored()).length > 0) await sleep(10)
  t.equal(await exchange.connection.db.collection('imports').countDocuments(), 0)
})

t.test('a process that cannot read the disk leaves its imports alone, and says where their rejected lines are', async t => {
  const exchange = await openDiskExchange(t)
  const { upload, work, get } = importing(exchange, exchange.vendor)
  const { connection, uri, vendor } = exchange
  const elsewhere = await createServices(connection, readConfig({ LOG_LEVEL: 'silent', MONGODB_URI: uri, MONGODB_DATABASE: connection.db.databaseName }))
  t.teardown(async () => { elsewhere.close() })
  const caller = commandCaller({ id: vendor.organizationId, name: vendor.name, role: 'vendor', manufacturers: [], createdAt: new Date(0) }, vendor.clientId)
  const onDisk = (await upload('format=ndjson', 'not json\n')).json()
  t.equal(await elsewhere.importWork.workOnNext('elsewhere', () => false), false)
  const inDatabase = await elsewhere.imports.createImport(caller, {
    format: 'ndjson', mode: 'upsert', dryRun: false, decimalComma: false, encoding: 'identity', body: Readable.from([Buffer.from('not json either\n')])
  })
  t.same(await exchange.stored(), [onDisk.importId])
  t.equal(await elsewhere.importWork.workOnNext('elsewhere', () => false), true, 'it works on others')
  t.match(await get(inDatabase.importId), { state: 'completed_with_errors' })
  t.match(await get(onDisk.importId), { state: 'queued' })
  await work()
  t.match(await get(onDisk.importId), { state: 'completed_with_errors' })
  await t.rejects(elsewhere.imports.rejectedLines(caller, onDisk.importId), { code: 'unavailable', message: /on the disk of the process/ })
  const { rejected } = importing(exchange, exchange.vendor)
  t.equal((await rejected(onDisk.importId)).toString(), 'not json\n')
  t.equal((await rejected(inDatabase.importId)).toString(), 'not json either\n', 'what lies in the database is read everywhere')
})

for (const [place, open] of [['disk', openDiskExchange], ['database', openServerExchange]] as const) {
  t.test(`an import whose file is lost from the ${place} fails and says so`, async t => {
    const exchange = await open(t)
    const { upload, work, get } = importing(exchange, exchange.vendor)
    const whole = ndjson(Array.from({ length: 1200 }, (_, index) => catalogueRecord(index)))
    const begun = (await upload('format=ndjson', whole)).json()
    await exchange.services.importWork.workOnNext('worker', () => true)
    t.match(await get(begun.importId), { state: 'running', counts: { lines: 100 } })
    const waiting = await Promise.all(files.map(async ({ format, content }) => (await upload(`format=${format}`, await content())).json()))
    for (const file of await exchange.stored()) await exchange.removeFile(file)
    await work()
    t.match(await get(begun.importId), { state: 'failed', counts: { lines: 100, created: 100 }, note: { code: 'FILE_GONE', detail: /\b100 of its lines/ } })
    for (const { importId, format } of waiting) t.match(await get(importId), { state: 'failed', counts: { lines: 0 }, note: { code: 'FILE_GONE' } }, format)
    t.match(await importing(exchange, exchange.vendor).run('format=ndjson', whole), { state: 'completed', counts: { unchanged: 100, created: 1100 } }, 'sent again, it goes on')
  })

  t.test(`rejected lines whose file is lost from the ${place} are not an empty answer`, async t => {
    const exchange = await open(t)
    const { run } = importing(exchange, exchange.vendor)
    for (const { format, content } of files) {
      const { importId } = await run(`format=${format}`, await content())
      await exchange.removeFile(importId)
      const answer = await exchange.app.inject({ url: `/v1/imports/${importId}/rejected`, headers: exchange.vendor.headers })
      t.match(answer.json(), { status: 410, code: 'file-gone', detail: /not stored any more/ }, format)
    }
  })
}

t.test('every line of a file of many pieces is stored or rejected as it was sent', async t => {
  const exchange = await openDiskExchange(t)
  const { run, rejected } = importing(exchange, exchange.vendor)
  const lines = 9_000
  const wrong = (index: number): string => `{"wrong":"${String(index).repeat(40)}`
  // The second file changes every fifth product and leaves the others as they are, so that lines are compared and judged in turn.
  for (const round of [1, 2]) {
    const massOf = (index: number): number => (index + 10) / 10 + (index % 5 === 0 ? round : 0)
    const sent = Array.from({ length: lines }, (_, index) => index % 1_000 === 999 ? wrong(index) : JSON.stringify(catalogueRecord(index, massOf(index))))
    const { importId, counts } = await run('format=ndjson', Buffer.from(`${sent.join('\n')}\n`))
    t.match(counts, { lines, rejected: 9, [round === 1 ? 'created' : 'updated']: round === 1 ? lines - 9 : lines / 5 })
    t.equal((await rejected(importId)).toString(), sent.filter((_, index) => index % 1_000 === 999).join('\n') + '\n')
    const stored = await exchange.connection.db.collection<{ record: Buffer }>('products').find({}, { projection: { record: 1 } }).toArray()
    const products = stored.map(({ record }) => (JSON.parse(record.toString()) as { product: { manufacturerPartNumber: string, massKg: number } }).product)
    const different = products.filter(({ manufacturerPartNumber, massKg }) => massKg !== massOf(Number(manufacturerPartNumber.slice(3))))
    t.equal(stored.length, lines - 9)
    t.same(different, [])
  }
})
