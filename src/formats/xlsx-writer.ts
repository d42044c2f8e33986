/**
 * Writes workbooks (ECMA-376) row by row, in bounded memory: text in columns formatted as text, so that a spreadsheet leaves
 * identifiers and dates alone, and drop-down lists for closed lists of values.
 */
import { Readable } from 'node:stream'
import yazl from 'yazl'
import type { Cell } from './cells.js'

interface SheetColumn {
  header: string
  /** Formatted as text: what is typed stays what it is. */
  text: boolean
  /** Offered as a drop-down list. */
  allowed?: readonly string[]
}

export interface Sheet {
  name: string
  columns: readonly SheetColumn[]
  rows: AsyncIterable<readonly Cell[]> | Iterable<readonly Cell[]>
}

/** Rows below the header that drop-down lists are offered in. */
const MAX_ROWS = 1_048_576

const LISTS_SHEET = 'Values'
const HEADER = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const RELATIONSHIPS = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006'
const TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml'

/** A fixed date in the archive: the same content gives the same bytes. */
const ARCHIVE_DATE = new Date(Date.UTC(2000, 0, 1, 12))

/** Text is flushed to the archive in pieces of about this many characters. */
const PIECE = 65_536

/** The bytes of a workbook. The first sheet is the one that is shown, and the one that an import reads. */
export function writeWorkbook (sheets: readonly Sheet[]): Readable {
  const lists = [...new Set(sheets.flatMap(({ columns }) => columns.flatMap(({ allowed }) => allowed === undefined ? [] : [allowed.join('\n')])))]
  const all = lists.length === 0 ? sheets : [...sheets, listsSheet(lists)]
  const zip = new yazl.ZipFile()
  const options = { mtime: ARCHIVE_DATE, compress: true }
  const add = (name: string, xml: string) => { zip.addBuffer(Buffer.from(HEADER + xml), name, options) }
  add('[Content_Types].xml', contentTypes(all.length))
  add('_rels/.rels', relationships([['rId1', `${RELATIONSHIPS}/officeDocument`, 'xl/workbook.xml']]))
  add('xl/workbook.xml', workbook(all, lists.length > 0))
  add('xl/_rels/workbook.xml.rels', relationships([
    ...all.map((_, index): [string, string, string] => [`rId${index + 1}`, `${RELATIONSHIPS}/worksheet`, `worksheets/sheet${index + 1}.xml`]),
    ['rIdStyles', `${RELATIONSHIPS}/styles`, 'styles.xml']
  ]))
  add('xl/styles.xml', STYLES)
  for (const [index, sheet] of all.entries()) {
    zip.addReadStreamLazy(`xl/worksheets/sheet${index + 1}.xml`, options, done => { done(null, Readable.from(sheetXml(sheet, lists), { objectMode: false })) })
  }
  zip.end()
  zip.on('error', error => { (zip.outputStream as Readable).destroy(error) })
  return zip.outputStream as Readable
}

function listsSheet (lists: readonly string[]): Sheet {
  const columns = lists.map(list => list.split('\n'))
  const height = Math.max(...columns.map(({ length }) => length))
  const rows = Array.from({ length: height - 1 }, (_, row) => columns.map(values => values[row + 1]))
  return { name: LISTS_SHEET, columns: columns.map(values => ({ header: values[0] ?? '', text: true })), rows }
}

const CELL_GENERAL = 0
const CELL_TEXT = 1
const CELL_HEADER = 2

const STYLES = `<styleSheet xmlns="${MAIN}">` +
  '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>' +
  '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>' +
  '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>' +
  '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>' +
  '<cellXfs count="3">' +
  '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>' +
  '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>' +
  '<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/>' +
  '</cellXfs></styleSheet>'

function contentTypes (sheets: number): string {
  const parts = [
    ['/xl/workbook.xml', `${TYPE}.sheet.main+xml`],
    ['/xl/styles.xml', `${TYPE}.styles+xml`],
    ...Array.from({ length: sheets }, (_, index) => [`/xl/worksheets/sheet${index + 1}.xml`, `${TYPE}.worksheet+xml`])
  ]
  return `<Types xmlns="${PACKAGE}/content-types">` +
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
    '<Default Extension="xml" ContentType="application/xml"/>' +
    parts.map(([name, type]) => `<Override PartName="${name}" ContentType="${type}"/>`).join('') + '</Types>'
}

function relationships (entries: ReadonlyArray<[string, string, string]>): string {
  return `<Relationships xmlns="${PACKAGE}/relationships">` +
    entries.map(([id, type, target]) => `<Relationship Id="${id}" Type="${type}" Target="${target}"/>`).join('') + '</Relationships>'
}

function workbook (sheets: readonly Sheet[], withLists: boolean): string {
  return `<workbook xmlns="${MAIN}" xmlns:r="${RELATIONSHIPS}"><sheets>` +
    sheets.map(({ name }, index) => {
      const hidden = withLists && index === sheets.length - 1 ? ' state="hidden"' : ''
      return `<sheet name="${escapeXml(name)}" sheetId="${index + 1}"${hidden} r:id="rId${index + 1}"/>`
    }).join('') + '</sheets></workbook>'
}

async function * sheetXml ({ columns, rows }: Sheet, lists: readonly string[]): AsyncGenerator<Buffer> {
  const widths = columns.map(({ header, text }, index) =>
    `<col min="${index + 1}" max="${index + 1}" width="${Math.min(Math.max(header.length + 2, 12), 60)}" style="${text ? CELL_TEXT : CELL_GENERAL}" customWidth="1"/>`)
  const frozen = '<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
  let xml = `${HEADER}<worksheet xmlns="${MAIN}">${frozen}${widths.length === 0 ? '' : `<cols>${widths.join('')}</cols>`}<sheetData>` +
    rowXml(1, columns.map(({ header }) => header), () => CELL_HEADER)
  const style = (index: number) => columns[index]?.text === true ? CELL_TEXT : CELL_GENERAL
  let row = 1
  for await (const cells of rows) {
    xml += rowXml(++row, cells, style)
    if (xml.length < PIECE) continue
    yield Buffer.from(xml)
    xml = ''
  }
  yield Buffer.from(`${xml}</sheetData>${validations(columns, lists)}</worksheet>`)
}

function rowXml (row: number, cells: readonly Cell[], style: (index: number) => number): string {
  return `<row r="${row}">${cells.map((cell, index) => cellXml(`${columnLetters(index)}${row}`, cell, style(index))).join('')}</row>`
}

function cellXml (reference: string, cell: Cell, style: number): string {
  const place = `<c r="${reference}"${style === CELL_GENERAL ? '' : ` s="${style}"`}`
  if (cell === undefined || cell === '') return ''
  switch (typeof cell) {
    case 'number': return `${place}><v>${cell}</v></c>`
    case 'boolean': return `${place} t="b"><v>${cell ? 1 : 0}</v></c>`
    case 'string': return `${place} t="inlineStr"><is><t xml:space="preserve">${escapeXml(cell)}</t></is></c>`
    // Only read from workbooks, and given back as what was stored.
    case 'object': return 'error' in cell ? `${place} t="e"><v>${escapeXml(cell.error)}</v></c>` : `${place}><v>${cell.number}</v></c>`
  }
}

function validations (columns: readonly SheetColumn[], lists: readonly string[]): string {
  const rules = columns.flatMap(({ allowed }, index) => {
    if (allowed === undefined) return []
    const column = columnLetters(index)
    const list = columnLetters(lists.indexOf(allowed.join('\n')))
    return [`<dataValidation type="list" allowBlank="1" showErrorMessage="1" sqref="${column}2:${column}${MAX_ROWS}">` +
      `<formula1>${LISTS_SHEET}!$${list}$1:$${list}$${allowed.length}</formula1></dataValidation>`]
  })
  return rules.length === 0 ? '' : `<dataValidations count="${rules.length}">${rules.join('')}</dataValidations>`
}

/** Column 27 is `AB`. */
function columnLetters (index: number): string {
  let letters = ''
  for (let rest = index + 1; rest > 0; rest = Math.floor((rest - 1) / 26)) letters = String.fromCharCode(65 + (rest - 1) % 26) + letters
  return letters
}

/** XML text; what XML cannot hold, and what looks like its replacement, is written as `_xHHHH_` (ECMA-376 Part 1, 22.9.2.19). */
function escapeXml (text: string): string {
  return text
    .replaceAll(/_(?=x[0-9A-Fa-f]{4}_)/g, '_x005F_')
    // eslint-disable-next-line no-control-regex -- these are the characters that must not occur
    .replaceAll(/[\u0000-\u0008\u000B-\u001F\uFFFE\uFFFF]/g, character => `_x${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`)
    .replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
