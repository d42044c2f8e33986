import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import fc from 'fast-check'
import t from 'tap'
import { NEWEST_SCHEMA_VERSION, requireSchemaVersion } from '../../src/domain/schema-versions/registry.js'
import { writeCell, type Cell } from '../../src/formats/cells.js'
import { createColumnScheme, templateEntries } from '../../src/formats/columns.js'
import { readCsv, readCsvLayout, readFirstRows, writeCsvRows } from '../../src/formats/csv.js'
import { cellsOfStoredRow, openImportSource, storedRow } from '../../src/formats/import-source.js'
import { createRowWriter, readHeader, readRow, withSuggestions, type Header } from '../../src/formats/rows.js'
import type { ParsedLine, SourceLine } from '../../src/formats/source-line.js'
import { sheetColumn } from '../../src/formats/template.js'
import { readWorkbookRows } from '../../src/formats/xlsx-reader.js'
import { writeWorkbook } from '../../src/formats/xlsx-writer.js'
import { arbitraryRecord } from './arbitrary-record.js'

const scheme = createColumnScheme(NEWEST_SCHEMA_VERSION)
/** A version with fields of every kind under the names that the tests below use. */
const named = createColumnScheme(requireSchemaVersion('1.1.0'))
const columns = scheme.columns(templateEntries, { json: true })
const writeRow = createRowWriter(columns)
const names = columns.map(({ name }) => name)
const POINT = { decimalComma: false }

export async function parsedCsv (text: string | Buffer, options = POINT, pieces = 7): Promise<Array<{ line: number, raw: string } & ParsedLine>> {
  const bytes = Buffer.from(text)
  const layout = readCsvLayout(scheme, readFirstRows(bytes))
  if ('faults' in layout) throw new Error(JSON.stringify(layout.faults))
  const found: SourceLine[] = []
  for await (const lines of readCsv(cut(bytes.subarray(layout.dataStart.offset), pieces), layout.dataStart, layout, options)) for (const line of lines) found.push(line)
  return found.map(line => ({ line: line.line, raw: bytes.subarray(line.offset, line.offset + line.length).toString(), ...line.parse() }))
}

/** The same bytes in pieces of `size`, so that every boundary falls somewhere inside a row. */
async function * cut (bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

t.test('every record survives the way into a row and back, in CSV and in XLSX', async t => {
  await fc.assert(fc.asyncProperty(arbitraryRecord, fc.constantFrom(',', ';', '\t'), async (record, delimiter) => {
    const row = writeRow(record)
    if (row === undefined) throw new Error('The columns have no room for the record')
    const [read] = await parsedCsv(writeCsvRows([names, row], delimiter as ','), POINT, 101)
    t.equal(JSON.stringify(sorted((read as { document?: unknown }).document)), JSON.stringify(sorted(record)))
    t.notOk((read as { issues?: unknown }).issues)
  }), { numRuns: 150 })
  const records = fc.sample(arbitraryRecord, 60)
  const rows = await workbookRows(await buffer(writeWorkbook([{ name: 'Products', columns: columns.map(sheetColumn), rows: records.map(record => writeRow(record) as Cell[]) }])))
  const { header } = readHeader(scheme, listOf(rows[0]?.cells)) as { header: Header }
  for (const [index, record] of records.entries()) {
    const { document, issues } = readRow(header, listOf(rows[index + 1]?.cells), POINT)
    t.same(issues, [])
    t.equal(JSON.stringify(sorted(document)), JSON.stringify(sorted(record)))
  }
})

function sorted (value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(sorted)
  return Object.fromEntries(Object.entries(value).sort(([left], [right]) => left < right ? -1 : 1).map(([name, member]) => [name, sorted(member)]))
}

function listOf (cells: ReadonlyMap<number, Cell> | undefined): Cell[] {
  return cellsOfStoredRow(JSON.parse(storedRow(cells))) ?? []
}

async function workbookRows (bytes: Buffer) {
  const found = []
  for await (const rows of readWorkbookRows({ size: bytes.length, read: (start, end) => Readable.from([bytes.subarray(start, end)], { objectMode: false }) })) found.push(...rows)
  return found
}

const GTIN = 'product.gtins.1'
const MASS = 'product.massKg'

t.test('empty columns of a workbook take no room, and every cell keeps its column', t => {
  const far = new Map<number, Cell>([[16_383, 'x'], [1, true], [4, { shownAs: 'date', number: 1 }]])
  t.equal(storedRow(far), '[null,true,null,null,{"shownAs":"date","number":1},{"skip":16378},"x"]')
  const cells = cellsOfStoredRow(JSON.parse(storedRow(far))) ?? []
  t.equal(cells.length, 16_384)
  t.same([cells[0], cells[1], cells[4], cells[5], cells[16_383]], [undefined, true, { shownAs: 'date', number: 1 }, undefined, 'x'])
  t.end()
})

/** The fault of one cell. */
function faultOf (name: string, cell: Cell, options = POINT) {
  const { header } = readHeader(named, [name]) as { header: Header }
  return readRow(header, [cell], options).issues[0]
}

t.test('what a spreadsheet has damaged is refused, with the reason and the column', async t => {
  t.match(faultOf(GTIN, '4.00638E+12'), { code: 'CELL_SCIENTIFIC_NOTATION', pointer: '/product/gtins/0', received: '4.00638E+12' })
  t.match(faultOf(GTIN, '4,00638E+12'), { code: 'CELL_SCIENTIFIC_NOTATION' })
  t.match(faultOf(GTIN, 4006381333931), { code: 'CELL_NUMBER_FOR_TEXT' })
  t.match(faultOf(GTIN, '36000291452'), { code: 'CELL_LEADING_ZEROS_LOST' })
  t.match(faultOf('product.manufacturerGln', '12345000059'), undefined, 'no valid check digit with zeros in front either')
  t.match(faultOf('product.manufacturerPartNumber', '1.00E+10'), { code: 'CELL_SCIENTIFIC_NOTATION' })
  t.equal(faultOf('product.manufacturerPartNumber', '1E10'), undefined, 'an honest part number')
  t.match(faultOf('validFrom', '46023'), { code: 'CELL_DATE_AS_NUMBER' })
  t.match(faultOf('validFrom', 46023), { code: 'CELL_DATE_AS_NUMBER' })
  t.match(faultOf('validFrom', { shownAs: 'date', number: 46023 }), { code: 'CELL_DATE_AS_NUMBER' })
  t.match(faultOf(MASS, { shownAs: 'date', number: 46023 }), { code: 'CELL_DATE_AS_NUMBER' })
  t.match(faultOf('recycledContent.productRecycledPercent', { shownAs: 'percent', number: 0.3 }), { code: 'CELL_PERCENT_FORMAT' })
  t.match(faultOf(MASS, '1,234.5'), { code: 'CELL_NUMBER' })
  t.match(faultOf(MASS, '1.234,5'), { code: 'CELL_NUMBER' })
  t.match(faultOf(MASS, '1,5'), { code: 'CELL_DECIMAL_COMMA', expected: 'a number such as 1234.5' })
  t.equal(faultOf(MASS, '1,5', { decimalComma: true }), undefined)
  t.match(faultOf(MASS, '1.5', { decimalComma: true }), { code: 'CELL_NUMBER' }, 'a point could mark thousands then')
  t.match(faultOf(MASS, '1.5 kg'), { code: 'CELL_NUMBER' })
  t.match(faultOf('packaging.plasticFree', 'ja'), { code: 'CELL_BOOLEAN', received: 'ja' })
  t.match(faultOf('packaging.plasticFree', 'WAHR'), { code: 'CELL_BOOLEAN' })
  t.equal(faultOf('packaging.plasticFree', 'TRUE'), undefined)
  t.match(faultOf('product.modelName', { error: '#N/A' }), { code: 'CELL_ERROR_VALUE', received: '#N/A' })
  t.match(faultOf('product.gtins', 'x'), { code: 'CELL_JSON' })
})

t.test('text that a spreadsheet would run is made harmless, and comes back as it was', async t => {
  for (const text of ['=HYPERLINK("http://x")', '+1', '-1', '@x', '\tx', '\rx', "'=x", "'", '']) {
    const cell = writeRow({ product: { modelName: text } })?.[names.indexOf('product.modelName')]
    t.ok(String(cell).startsWith("'"), JSON.stringify(text))
    const { header } = readHeader(named, ['product.modelName']) as { header: Header }
    t.same(readRow(header, [cell], POINT).document, { product: { modelName: text } })
  }
})

function explained (cells: readonly Cell[]) {
  const reading = readHeader(named, cells)
  return 'faults' in reading ? { faults: withSuggestions(named, reading.faults) } : reading
}

t.test('no text begins a formula in a spreadsheet that divides rows by another delimiter', async t => {
  for (const text of ['a;=1+1;b', 'a;\t=1', 'a\n@x', 'a\r\n-1', '\uFF1D1', 'a;\uFF0B1', "a;'=1", "x;''@", ';-', '1;2', 'a,=1', "don't;+1", "'", "'a"]) {
    const row = writeRow({ product: { modelName: text } })
    const csv = writeCsvRows([['product.modelName'], [row?.[names.indexOf('product.modelName')]]])
    const cells = csv.split(/[;\t\r\n]+/)
    t.notOk(cells.some(cell => /^[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]/.test(cell)), JSON.stringify(csv))
    t.match(await parsedCsv(csv), [{ document: { product: { modelName: text } } }])
  }
  t.equal(writeCsvRows([['a;b', 'a\tb', 'c']]), '"a;b","a\tb",c\r\n')
  await fc.assert(fc.asyncProperty(fc.string({ unit: fc.constantFrom("'", ';', '=', '\t', '\r', '\n', '\uFF0B', 'a', ',', '"') }), async text => {
    const cell = writeCell(text)
    const { header } = readHeader(named, ['product.modelName']) as { header: Header }
    t.same(readRow(header, [cell], POINT).document, { product: { modelName: text } })
  }), { numRuns: 300 })
})

t.test('a first row that is no header costs little', t => {
  t.ok(columns.every(({ name }) => name.length < 100), 'far from the length up to which names are looked up')
  const started = process.cpuUsage()
  for (const text of ['x'.repeat(100_000), '['.repeat(100_000), 'product.'.repeat(12_500), 'product.masKg,'.repeat(7_000), 'a,'.repeat(500_000), ' '.repeat(100_000) + 'x']) {
    const source = openImportSource('csv', Buffer.from(`${text}\n1\n`), POINT)
    t.ok('faults' in source, text.slice(0, 20))
    if ('faults' in source) t.ok(source.faults.filter(({ expected }) => expected !== undefined).length <= 10)
  }
  const { user } = process.cpuUsage(started)
  t.ok(user < 5_000_000, `${user} µs of CPU`)
  t.match(openImportSource('csv', Buffer.from('a,'.repeat(500_000)), POINT), { faults: [{ detail: /at most 16384/ }] })
  t.end()
})

t.test('the header names fields; a unit in brackets is ignored, a wrong name is explained', async t => {
  t.match(readHeader(named, ['product.massKg [kg]', '', ' validFrom ']), { header: { columns: [{ name: 'product.massKg' }, undefined, { name: 'validFrom' }] } })
  t.match(explained(['product.masKg', 'validFrom', 'validFrom', 'recycledContent.materials.2.matrial', 'product.gtins.21', 'product.gtins.0', 'constructor']), {
    faults: [
      { position: 1, expected: 'product.massKg' },
      { position: 3, detail: /twice/ },
      { position: 4, expected: 'recycledContent.materials.2.material' },
      { position: 5 }, { position: 6 }, { position: 7 }
    ]
  })
})

t.test('entries of a list close up, and pointers lead back to their columns', async t => {
  const { header } = readHeader(named, ['recycledContent.materials.3.material', 'recycledContent.materials.3.basisMassG', 'product.gtins.2']) as { header: Header }
  const { document, columnOf } = readRow(header, ['plastic', '12.50', '4006381333931'], POINT)
  t.same(document, { recycledContent: { materials: [{ material: 'plastic', basisMassG: 12.5 }] }, product: { gtins: ['4006381333931'] } })
  t.equal(columnOf('/recycledContent/materials/0/material'), 'recycledContent.materials.3.material')
  t.equal(columnOf('/recycledContent/materials/0'), 'recycledContent.materials.3')
  t.equal(columnOf('/product/gtins/0'), 'product.gtins.2')
  t.equal(columnOf('/carbonFootprint/totalKgCo2e'), 'carbonFootprint.totalKgCo2e')
  t.match(readRow(header, ['a', '', '', 'x'], POINT).issues, [{ code: 'ROW_TOO_MANY_CELLS' }])
  const { header: both } = readHeader(named, ['product.gtins', 'product.gtins.1']) as { header: Header }
  t.match(readRow(both, ['["4006381333931"]', '4006381333931'], POINT).issues, [{ code: 'CELL_CONFLICT' }])
})

t.test('CSV: delimiter, byte order mark, separator line, CRLF, quoted line breaks and blank rows', async t => {
  const rows = 'product.modelName;product.massKg\r\n"a ""b"";\r\nc";1.5\r\n\r\nx;2'
  for (const text of [rows, '\uFEFF' + rows, 'sep=;\r\n' + rows, rows.replaceAll(';', '\t').replace('b"";', 'b"";'), rows.replaceAll('\r\n', '\n')]) {
    const found = await parsedCsv(text)
    t.match(found, [{ document: { product: { massKg: 1.5 } } }, { document: { product: { modelName: 'x', massKg: 2 } } }])
    const first = text.startsWith('sep') ? 3 : 2
    t.same(found.map(({ line }) => line), [first, first + 3], 'a row is numbered by its first line')
    t.equal(found.map(({ raw }) => raw).join(''), text.slice(text.indexOf('"a')).replace(/\r?\n\r?\n/, end => end.slice(0, end.length / 2)), 'verbatim')
  }
})

t.test('CSV: one bad row never stops the rest', async t => {
  const found = await parsedCsv('product.modelName,product.massKg\n"a"b,1\n14" wide,1\nx,1,2\n"open,1\ny,2\nz,3\n')
  t.match(found, [
    { line: 2, issues: [{ code: 'ROW_MALFORMED' }] },
    { line: 3, issues: [{ code: 'ROW_MALFORMED' }] },
    { line: 4, issues: [{ code: 'ROW_TOO_MANY_CELLS' }] },
    { line: 5, issues: [{ code: 'ROW_MALFORMED' }], raw: '"open,1\n' },
    { line: 6, document: { product: { modelName: 'y' } } },
    { line: 7, document: { product: { modelName: 'z' } } }
  ])
  t.match(await parsedCsv(Buffer.from('product.modelName\nM\xFCller\nok\n', 'latin1')), [{ issues: [{ code: 'LINE_NOT_UTF8' }] }, { document: { product: { modelName: 'ok' } } }])
  const long = await parsedCsv(`product.modelName\n${'x'.repeat(1_100_000)}\nok\n"${`${'y'.repeat(99)}\n`.repeat(12_000)}`, POINT, 65_536)
  t.match(long[0], { line: 2, issues: [{ code: 'LINE_TOO_LONG' }] })
  t.match(long[1], { line: 3, document: { product: { modelName: 'ok' } } })
  t.match(long[2], { line: 4, issues: [{ code: 'ROW_MALFORMED' }] })
  t.equal(long.length, 12_002)
})
