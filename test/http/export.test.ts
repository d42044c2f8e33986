import { Readable } from 'node:stream'
import { gunzipSync } from 'node:zlib'
import t from 'tap'
import { NEWEST_SCHEMA_VERSION } from '../../src/domain/schema-versions/registry.js'
import { createColumnScheme } from '../../src/formats/columns.js'
import { readCsv, readCsvLayout } from '../../src/formats/csv.js'
import { readWorkbookRows } from '../../src/formats/xlsx-reader.js'
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
  const layout = readCsvLayout(createColumnScheme(NEWEST_SCHEMA_VERSION), answer.rawPayload)
  if ('faults' in layout) throw new Error(JSON.stringify(layout.faults))
  const read: unknown[] = []
  const rest = (async function * () { yield answer.rawPayload.subarray(layout.dataStart.offset) })()
  for await (const lines of readCsv(rest, layout.dataStart, layout, { decimalComma: false })) {
    for (const line of lines) {
      const parsed = line.parse()
      t.notOk('issues' in parsed)
      read.push(parsed.document)
    }
  }
  t.same(byPartNumber(read), records)
})

t.test('XLSX keeps part numbers as text', async t => {
  const { exchange } = await openCatalogue(t)
  const answer = await exported(exchange, '?format=xlsx', { 'accept-encoding': 'gzip' })
  t.equal(answer.headers['content-encoding'], undefined, 'it is compressed already')
  const bytes = answer.rawPayload
  const rows = []
  for await (const part of readWorkbookRows({ size: bytes.length, read: (start, end) => Readable.from([bytes.subarray(start, end)]) })) rows.push(...part)
  t.equal(rows.length, 301)
  const column = rows[0]?.cells?.indexOf('product.manufacturerPartNumber') ?? -1
  t.ok(rows.slice(1).every(({ cells }) => typeof cells?.[column] === 'string'))
  t.ok(rows.some(({ cells }) => cells?.[column] === '007'))
})

t.test('an unknown format or filter is refused', async t => {
  const exchange = await openTestExchange(t)
  for (const query of ['?format=pdf', '?kategory=laptop', '?cursor=x']) {
    t.equal((await exchange.app.inject({ url: `/v1/products/export${query}`, headers: exchange.reseller.headers })).statusCode, 400)
  }
})
