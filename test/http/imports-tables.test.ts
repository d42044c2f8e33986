import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import t from 'tap'
import yazl from 'yazl'
import { findSchemaVersion } from '../../src/domain/schema-versions/registry.js'
import type { Cell } from '../../src/formats/cells.js'
import { createColumnScheme, templateEntries } from '../../src/formats/columns.js'
import { writeCsvRows } from '../../src/formats/csv.js'
import { createRowWriter } from '../../src/formats/rows.js'
import { sheetColumn } from '../../src/formats/template.js'
import { readWorkbookRows } from '../../src/formats/xlsx-reader.js'
import { writeWorkbook } from '../../src/formats/xlsx-writer.js'
import { openTestExchange } from '../support/exchange.js'
import { catalogueRecord, importing } from '../support/imports.js'

const columns = createColumnScheme(findSchemaVersion('1.0.0')!).columns(templateEntries)
const names = columns.map(({ name }) => name)
const row = createRowWriter(columns) as (record: unknown) => Cell[]
const GTIN = names.indexOf('product.gtins.1')
const MASS = names.indexOf('product.massKg')

function workbook (rows: readonly Cell[][]): Promise<Buffer> {
  return buffer(writeWorkbook([{ name: 'Products', columns: columns.map(sheetColumn), rows }]))
}

function changed (cells: Cell[], at: number, cell: Cell): Cell[] {
  return cells.map((old, index) => index === at ? cell : old)
}

async function rowsOf (bytes: Buffer) {
  const rows = []
  for await (const some of readWorkbookRows({ size: bytes.length, read: (start, end) => Readable.from([bytes.subarray(start, end)], { objectMode: false }) })) rows.push(...some)
  return rows
}

const good = row(catalogueRecord(1))
const damaged = changed(row(catalogueRecord(2)), GTIN, '4.00638E+12')

t.test('a CSV file is imported; errors name line and column; rejected rows come back with their header', async t => {
  const exchange = await openTestExchange(t)
  const { run, results, rejected } = importing(exchange, exchange.vendor)
  const comma = changed(row(catalogueRecord(3)), MASS, '1,4')
  const file = '\uFEFF' + writeCsvRows([names, good, damaged, comma], ';')
  const view = await run('format=csv', file)
  t.match(view, { state: 'completed_with_errors', counts: { lines: 3, created: 1, rejected: 2 } })
  t.match(await results(view.importId, '&outcome=rejected'), [
    { line: 3, issues: [{ code: 'CELL_SCIENTIFIC_NOTATION', pointer: '/product/gtins/0', column: 'product.gtins.1' }] },
    { line: 4, issues: [{ code: 'CELL_DECIMAL_COMMA', column: 'product.massKg' }] }
  ])
  t.match(view.errorBreakdown.map(({ pointer }) => pointer), ['/product/gtins/*', '/product/massKg'])
  t.equal((await rejected(view.importId)).toString(), '\uFEFF' + writeCsvRows([names, damaged, comma], ';'), 'verbatim, with the header')
  t.match(await run('format=csv&decimalSeparator=comma', writeCsvRows([names, changed(good, MASS, '1,36'), comma], ';')), { counts: { unchanged: 1, created: 1 } })
})

t.test('a row with a cell that cannot be read is told what else is wrong with it', async t => {
  const exchange = await openTestExchange(t)
  const { run, results } = importing(exchange, exchange.vendor)
  const column = (name: string) => names.indexOf(name)
  const rows = [
    // The part number is missing besides, and the category is none.
    changed(changed(changed(row(catalogueRecord(1)), MASS, '1,4'), column('product.manufacturerPartNumber'), ''), column('product.category'), 'toaster'),
    // A field that has to be there and cannot be read is not said to be missing.
    changed(changed(row(catalogueRecord(2)), column('validFrom'), '45000'), MASS, '-1'),
    changed(row(catalogueRecord(3)), GTIN, '4.00638E+12'),
    // Without the version nothing is known about the rest.
    changed(changed(row(catalogueRecord(4)), column('schemaVersion'), ''), MASS, '1,4')
  ]
  const view = await run('format=csv', writeCsvRows([names, ...rows], ';'))
  const found = (await results(view.importId)).map(({ line, issues }) => [line, (issues as Array<{ code: string, column?: string }>).map(({ code, column }) => `${code} ${column ?? ''}`)])
  t.same(found, [
    [2, ['CELL_DECIMAL_COMMA product.massKg', 'SCHEMA_REQUIRED product', 'SCHEMA_ENUM product.category']],
    [3, ['CELL_DATE_AS_NUMBER validFrom', 'SCHEMA_RANGE product.massKg']],
    [4, ['CELL_SCIENTIFIC_NOTATION product.gtins.1']],
    [5, ['CELL_DECIMAL_COMMA product.massKg', 'SCHEMA_VERSION_REQUIRED ']]
  ])
})

t.test('a workbook is imported; rejected rows come back as a workbook', async t => {
  const exchange = await openTestExchange(t)
  const { run, results, rejected } = importing(exchange, exchange.vendor)
  const asNumber = changed(row(catalogueRecord(3)), GTIN, 4006381333931)
  const view = await run('format=xlsx', await workbook([good, damaged, asNumber]))
  t.match(view, { state: 'completed_with_errors', counts: { lines: 3, created: 1, rejected: 2 } })
  t.match(await results(view.importId), [
    { line: 2, outcome: 'created' },
    { line: 3, issues: [{ code: 'CELL_SCIENTIFIC_NOTATION', column: 'product.gtins.1' }] },
    { line: 4, issues: [{ code: 'CELL_NUMBER_FOR_TEXT', column: 'product.gtins.1' }] }
  ])
  const back = await rejected(view.importId)
  t.same((await rowsOf(back)).slice(1).map(({ cells }) => cells?.get(GTIN)), ['4.00638E+12', 4006381333931])
  t.match(await run('format=xlsx', back), { counts: { lines: 2, rejected: 2 } }, 'it can be sent again')
  t.match(await run('format=xlsx', await workbook([good])), { counts: { unchanged: 1 } })
})

t.test('a file of another format than announced is recognised, and a queued table has made no progress', async t => {
  const exchange = await openTestExchange(t)
  const { upload } = importing(exchange, exchange.vendor)
  const record = JSON.stringify(catalogueRecord(1))
  for (const [format, text, detail] of [
    ['csv', `${record}\n`, /looks like JSON.*format=ndjson/], ['csv', `[${record}]`, /looks like JSON/], ['csv', '\uFEFF{\n"a":1}', /looks like JSON/],
    ['ndjson', writeCsvRows([names, good]), /looks like a table.*format=csv/], ['ndjson', 'sep=;\nvalidFrom;product.massKg [kg]\n', /looks like a table/]
  ] as const) t.match((await upload(`format=${format}`, text)).json(), { status: 422, code: 'unusable-file', detail }, text.slice(0, 30))
  t.equal((await upload('format=ndjson', `some, words\n${record}\n`)).statusCode, 202, 'one bad line at the beginning')
  t.match((await upload('format=csv', writeCsvRows([names, good]))).json(), { state: 'queued', progress: 0 })
})

/** The workbook with one more part in its archive. */
async function withPart (name: string, content: Buffer): Promise<Buffer> {
  const zip = new yazl.ZipFile()
  for (const part of ['[Content_Types].xml', 'xl/workbook.xml', name]) zip.addBuffer(part === name ? content : Buffer.from('<x/>'), part)
  zip.end()
  return await buffer(zip.outputStream)
}

t.test('workbooks with macros, links or bombs are refused', async t => {
  const exchange = await openTestExchange(t)
  const { upload } = importing(exchange, exchange.vendor)
  const bomb = Buffer.alloc(100 * 1_048_576, '<si><t>a</t></si>')
  const refused: Array<[Buffer, RegExp]> = [
    [await withPart('xl/vbaProject.bin', Buffer.from('x')), /macros/],
    [await withPart('xl/externalLinks/externalLink1.xml', Buffer.from('<x/>')), /links to other files/],
    [await withPart('xl/connections.xml', Buffer.from('<x/>')), /links to other files/],
    [await withPart('word/document.xml', Buffer.from('<x/>')), /no visible sheet|lacks its part|damaged/],
    [(await workbook([good])).subarray(0, -40), /cut short/]
  ]
  for (const [bytes, detail] of refused) t.match((await upload('format=xlsx', bytes)).json(), { status: 422, code: 'unusable-file', detail })
  const zip = new yazl.ZipFile()
  zip.addBuffer(Buffer.from('<Types/>'), '[Content_Types].xml')
  zip.addBuffer(Buffer.from('<workbook xmlns:r="r"><sheets><sheet name="a" r:id="r1"/></sheets></workbook>'), 'xl/workbook.xml')
  zip.addBuffer(Buffer.from('<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>'), 'xl/_rels/workbook.xml.rels')
  zip.addBuffer(Buffer.concat([Buffer.from('<sst>'), bomb, Buffer.from('</sst>')]), 'xl/sharedStrings.xml')
  zip.addBuffer(Buffer.from('<worksheet/>'), 'xl/worksheets/sheet1.xml')
  zip.end()
  t.match((await upload('format=xlsx', await buffer(zip.outputStream))).json(), { status: 422, detail: /unpacks to far more/ })
  t.equal(await exchange.connection.db.collection('import_pieces').countDocuments(), 0)
})

/** A workbook whose only sheet has these rows, written as XML. */
async function sheet (rows: string): Promise<Buffer> {
  const zip = new yazl.ZipFile()
  zip.addBuffer(Buffer.from('<Types/>'), '[Content_Types].xml')
  zip.addBuffer(Buffer.from('<workbook xmlns:r="r"><sheets><sheet name="a" r:id="r1"/></sheets></workbook>'), 'xl/workbook.xml')
  zip.addBuffer(Buffer.from('<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>'), 'xl/_rels/workbook.xml.rels')
  zip.addBuffer(Buffer.from(`<sst><si><t>${'x'.repeat(500_000)}</t></si></sst>`), 'xl/sharedStrings.xml')
  zip.addBuffer(Buffer.from(`<worksheet><sheetData>${rows}</sheetData></worksheet>`), 'xl/worksheets/sheet1.xml')
  zip.end()
  return await buffer(zip.outputStream)
}

const cell = (reference: string, text: string) => `<c r="${reference}" t="inlineStr"><is><t>${text}</t></is></c>`
const head = `<row r="1">${cell('A1', 'product.modelName')}</row>`

t.test('rows and columns that no sheet has are refused', async t => {
  const exchange = await openTestExchange(t)
  const { upload } = importing(exchange, exchange.vendor)
  const refused: Array<[string, RegExp]> = [
    ...['400000000', '1048577', '1e999', '10000000000', 'abc', '-3', '0', '2.5', ''].map((number): [string, RegExp] =>
      [`${head}<row r="${number}">${cell('A2', 'x')}</row>`, /whole numbers from 1 to 1048576/]),
    [`${head}<row r="3"/><row r="3">${cell('A3', 'x')}</row>`, /not in order: 3 follows 3/],
    [`${head}<row r="1048576"/><row>${cell('A2', 'x')}</row>`, /whole numbers from 1 to 1048576/],
    [`${head}<row r="2">${cell('XFE2', 'x')}</row>`, /in no column/],
    [`${head}<row r="2">${cell('2', 'x')}</row>`, /in no column/],
    [`<row r="1048576">${cell('A1', 'x')}</row>`, /first row/]
  ]
  for (const [rows, detail] of refused) t.match((await upload('format=xlsx', await sheet(rows))).json(), { status: 422, code: 'unusable-file', detail }, rows)
  t.equal(await exchange.connection.db.collection('import_pieces').countDocuments(), 0)
})

t.test('the number of a row is right behind a gap, and a cell far to the right takes little room', async t => {
  const exchange = await openTestExchange(t)
  const { run, results, rejected } = importing(exchange, exchange.vendor)
  const rows = [...Array(60).keys()].map(index => `<row r="${index + 2}">${cell(`XFD${index + 2}`, 'x')}</row>`)
  const view = await run('format=xlsx', await sheet(`${head}${rows.join('')}<row r="900000">${cell('A900000', 'y')}</row>`))
  t.match(view, { state: 'completed_with_errors', counts: { lines: 61, rejected: 61 } })
  const found = await results(view.importId)
  t.match(found[0], { line: 2, issues: [{ code: 'ROW_TOO_MANY_CELLS', received: '16384' }] })
  t.match(found.at(-1), { line: 900_000 })
  const pieces = await exchange.connection.db.collection('import_pieces').aggregate([{ $group: { _id: null, bytes: { $sum: { $bsonSize: '$$ROOT' } } } }]).toArray()
  t.ok(Number(pieces[0]?.['bytes']) < 1_000_000, `${pieces[0]?.['bytes']} bytes are stored`)
  t.equal((await rowsOf(await rejected(view.importId)))[1]?.cells?.get(16_383), 'x')
})

t.test('the template has every column of the schema and can be filled in', async t => {
  const exchange = await openTestExchange(t)
  const { run } = importing(exchange, exchange.vendor)
  const url = '/v1/schemas/product-sustainability-attributes/1.0.0/template'
  const csv = await exchange.app.inject({ url: `${url}?format=csv` })
  t.match(csv.payload, /product\.massKg \[kg\]/)
  t.match(await run('format=csv', csv.payload.trimEnd() + '\r\n' + writeCsvRows([good])), { counts: { created: 1 } })
  const xlsx = await exchange.app.inject({ url: `${url}?format=xlsx` })
  const [header, ...rest] = await rowsOf(xlsx.rawPayload)
  t.equal(rest.length, 0)
  t.ok([...header?.cells?.values() ?? []].includes('product.gtins.3'))
  t.equal((await exchange.app.inject({ url: `${url}?format=ods` })).statusCode, 400)
  t.match(await run('format=xlsx', xlsx.rawPayload), { state: 'failed', note: { code: 'NO_RECORDS' } })
})
