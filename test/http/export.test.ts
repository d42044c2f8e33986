import { Readable } from 'node:stream'
import { gunzipSync } from 'node:zlib'
import t from 'tap'
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
