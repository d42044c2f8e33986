import { once } from 'node:events'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import t from 'tap'
import yauzl from 'yauzl'
import { openImportSource } from '../../src/formats/import-source.js'
import { readWorkbookRows } from '../../src/formats/xlsx-reader.js'
import { exampleRecord } from '../../src/http/record-examples.js'
import { openTestExchange, type TestExchange } from '../support/exchange.js'
import { recordOf } from '../support/records.js'

async function exported ({ app, distributor }: TestExchange, query: string, headers: Record<string, string> = {}) {
  const answer = await app.inject({ url: `/v1/products/export${query}`, headers: { ...distributor.headers, ...headers } })
  if (answer.statusCode !== 200) throw new Error(answer.body.slice(0, 500))
  return answer
}

/** 300 records, so that a file takes more than one chunk; one has a name that a spreadsheet would take for a formula. */
async function openCatalogue (test: Parameters<typeof openTestExchange>[0]) {
  const exchange = await openTestExchange(test)
  const records = Array.from({ length: 300 }, (_, number) => recordOf({
    manufacturerPartNumber: `00${number}`, modelName: number === 7 ? '=1+1' : 'Fourteen "inch", grey', category: number < 10 ? 'monitor' : 'laptop'
  }))
  const answer = await exchange.app.inject({
    method: 'POST', url: '/v1/products/batch', headers: exchange.vendor.headers, payload: { items: records.map((record, index) => ({ op: 'submit', ref: String(index), record })) }
  })
  if (answer.statusCode !== 200) throw new Error(answer.body.slice(0, 500))
  return { exchange, records }
}

const byPartNumber = (records: unknown[]) => (records as Array<{ product: { manufacturerPartNumber: string } }>)
  .toSorted((a, b) => Number(a.product.manufacturerPartNumber) - Number(b.product.manufacturerPartNumber))

t.test('NDJSON has one record a line', async t => {
  const { exchange, records } = await openCatalogue(t)
  const answer = await exported(exchange, '?format=ndjson')
  t.match(answer.headers, { 'content-type': /^application\/x-ndjson/, 'content-disposition': 'attachment; filename="products.ndjson"', 'cache-control': 'private, no-cache' })
  t.same(byPartNumber(answer.body.trimEnd().split('\n').map(line => JSON.parse(line) as unknown)), records)
  const compressed = await exported(exchange, '?format=ndjson&category=monitor', { 'accept-encoding': 'gzip' })
  t.equal(gunzipSync(compressed.rawPayload).toString().trimEnd().split('\n').length, 10, 'filtered like the list')
  const nothing = await exported(exchange, '?format=ndjson&category=server')
  t.equal(nothing.body, '')
})

t.test('CSV reads back as the same records, and holds no formula', async t => {
  const { exchange, records } = await openCatalogue(t)
  const answer = await exported(exchange, '')
  t.match(answer.headers, { 'content-type': /^text\/csv/ })
  t.match(answer.body, /,'=1\+1,/)
  t.same(byPartNumber(await readBack(answer.rawPayload)), records)
})

/** The records of a CSV file, as an import reads them. */
async function readBack (file: Buffer): Promise<unknown[]> {
  const source = openImportSource('csv', file, { decimalComma: false })
  if ('faults' in source) throw new Error(JSON.stringify(source.faults))
  const read: unknown[] = []
  const rest = (async function * () { yield file.subarray(source.start.offset) })()
  for await (const lines of source.read(rest, source.start)) {
    for (const line of lines) {
      const parsed = line.parse()
      if ('issues' in parsed) throw new Error(JSON.stringify(parsed.issues))
      read.push(parsed.document)
    }
  }
  return read
}

t.test('a table has room for records of every schema version, and for those of one when it is asked for', async t => {
  const exchange = await openTestExchange(t)
  const later = exampleRecord({ version: '2.0.0' }) as { product: object }
  const records = [
    { ...recordOf({ manufacturerPartNumber: '1' }), schemaVersion: '1.0.0' }, recordOf({ manufacturerPartNumber: '2' }), { ...later, product: { ...later.product, manufacturerPartNumber: '3' } }
  ]
  const payload = { items: records.map((record, index) => ({ op: 'submit', ref: String(index), record })) }
  t.equal((await exchange.app.inject({ method: 'POST', url: '/v1/products/batch', headers: exchange.vendor.headers, payload })).statusCode, 200)
  t.same(byPartNumber(await readBack((await exported(exchange, '')).rawPayload)), records)
  const inOne = await readBack((await exported(exchange, '?schema=1.0.0')).rawPayload) as Array<{ schemaVersion: string }>
  t.same(inOne.map(({ schemaVersion }) => schemaVersion), ['1.0.0', '1.0.0', '1.0.0'])
  t.equal((await readBack((await exported(exchange, '?schema=2')).rawPayload)).length, 1, 'the others have no place in 2.0.0')
  t.equal((await exported(exchange, '?format=xlsx')).statusCode, 200)
})

t.test('what has no place in the schema version asked for is told: how many in every format, which in a workbook', async t => {
  const exchange = await openTestExchange(t)
  const { app, vendor, distributor } = exchange
  const later = exampleRecord({ version: '2.0.0' }) as { product: object }
  const records = [
    { ...recordOf({ manufacturerPartNumber: '1' }), schemaVersion: '1.0.0' }, recordOf({ manufacturerPartNumber: '2' }), { ...later, product: { ...later.product, manufacturerPartNumber: '3' } }
  ]
  const payload = { items: records.map((record, index) => ({ op: 'submit', ref: String(index), record })) }
  const submitted = (await app.inject({ method: 'POST', url: '/v1/products/batch', headers: vendor.headers, payload })).json<{ items: Array<{ productId: string }> }>()
  const leftOut = new Set(submitted.items.slice(0, 2).map(({ productId }) => productId))

  for (const format of ['csv', 'xlsx', 'ndjson']) {
    for (const headers of [{}, { 'accept-encoding': 'gzip' }]) {
      const answer = await exported(exchange, `?format=${format}&schema=2`, headers)
      t.equal(answer.headers['trailer'], 'records-left-out', format)
      t.equal(answer.trailers['records-left-out'], '2', format)
    }
    t.equal((await exported(exchange, `?format=${format}&schema=1.1.0`)).trailers['records-left-out'], '0')
    t.notOk('trailer' in (await exported(exchange, `?format=${format}`)).headers, 'as submitted nothing can be left out')
  }
  t.equal((await app.inject({ method: 'HEAD', url: '/v1/products/export?schema=2', headers: distributor.headers })).statusCode, 200)

  const sheets = await sheetsOf((await exported(exchange, '?format=xlsx&schema=2')).rawPayload)
  t.equal(sheets.length, 3, 'products, what is left out, and the values of drop-down lists')
  const [header = '', ...rows] = (sheets[1] ?? '').split('<row').slice(1)
  t.match(header, /productId.*version.*schemaVersion.*available/)
  t.equal(rows.length, 2)
  t.ok([...leftOut].every(id => rows.some(row => row.includes(id))))
  t.match(rows.join(), /1\.0\.0, 1\.1\.0/)
  t.equal(((await sheetsOf((await exported(exchange, '?format=xlsx&schema=1.1.0')).rawPayload))[1] ?? '').split('<row').length, 2, 'a header and nothing else')

  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const raw = await new Promise<string>((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    let text = ''
    socket.on('data', chunk => { text += chunk.toString() }).on('end', () => { resolve(text) }).on('error', reject)
    socket.write(`GET /v1/products/export?schema=2&format=ndjson HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-api-key: ${distributor.apiKey}\r\n\r\n`)
  })
  t.match(raw, /\r\n0\r\nrecords-left-out: 2\r\n\r\n$/i, 'behind the last byte of the file')
})

/** The XML of each sheet of a workbook. */
async function sheetsOf (workbook: Buffer): Promise<string[]> {
  const zip = await promisify<Buffer, yauzl.ZipFile>(yauzl.fromBuffer)(workbook)
  const sheets: string[] = []
  const open = promisify(zip.openReadStream.bind(zip) as (entry: yauzl.Entry, done: (error: Error | null, stream: Readable) => void) => void)
  const entries: yauzl.Entry[] = []
  zip.on('entry', (entry: yauzl.Entry) => { entries.push(entry) })
  await once(zip, 'end')
  for (const entry of entries.filter(({ fileName }) => fileName.startsWith('xl/worksheets/')).sort((a, b) => a.fileName.localeCompare(b.fileName))) {
    sheets.push(await text(await open(entry)))
  }
  return sheets
}

t.test('XLSX keeps part numbers as text', async t => {
  const { exchange } = await openCatalogue(t)
  const answer = await exported(exchange, '?format=xlsx', { 'accept-encoding': 'gzip' })
  t.equal(answer.headers['content-encoding'], undefined, 'it is compressed already')
  const bytes = answer.rawPayload
  const rows = []
  for await (const part of readWorkbookRows({ size: bytes.length, read: (start, end) => Readable.from([bytes.subarray(start, end)]) })) rows.push(...part)
  t.equal(rows.length, 301)
  const column = [...rows[0]?.cells ?? []].find(([, name]) => name === 'product.manufacturerPartNumber')?.[0] ?? -1
  t.ok(rows.slice(1).every(({ cells }) => typeof cells?.get(column) === 'string'))
  t.ok(rows.some(({ cells }) => cells?.get(column) === '007'))
})

t.test('an unknown format or filter is refused', async t => {
  const exchange = await openTestExchange(t)
  for (const query of ['?format=pdf', '?kategory=laptop', '?cursor=x']) {
    t.equal((await exchange.app.inject({ url: `/v1/products/export${query}`, headers: exchange.reseller.headers })).statusCode, 400)
  }
})
