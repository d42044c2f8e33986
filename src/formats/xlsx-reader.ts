/** Reads the rows of a workbook's first visible sheet, one after the other, in bounded memory. */
import type { Cell } from './cells.js'
import { openWorkbookPackage, unusable, type RandomAccessFile, type WorkbookPackage, type XmlHandlers } from './xlsx-package.js'
import { MAX_LINE_BYTES } from './source-line.js'

export interface WorkbookRow {
  /** 1-based, as the spreadsheet shows it; ascending. */
  row: number
  /** By column, counted from 0; a column without content is left out. Undefined when the row is too long to be read. */
  cells: ReadonlyMap<number, Cell> | undefined
}

/** A sheet has at most this many columns and rows. */
const MAX_COLUMNS = 16_384
const MAX_ROWS = 1_048_576

/** Texts that occur in several cells are stored once, in a table that has to be in memory. */
const MAX_SHARED_STRING_BYTES = 64 * 1_048_576
const MAX_SHEET_BYTES = 4 * 1_073_741_824
const MAX_SMALL_PART_BYTES = 16 * 1_048_576

/** Rows come in groups, one for each unpacked piece. */
export async function * readWorkbookRows (file: RandomAccessFile): AsyncGenerator<WorkbookRow[]> {
  const workbook = await openWorkbookPackage(file)
  const sheet = await firstSheet(workbook)
  const strings = await sharedStrings(workbook)
  const formats = await cellFormats(workbook)
  let gathered: WorkbookRow[] = []
  const handlers = createSheetHandlers(strings, formats, row => { gathered.push(row) })
  const take = (): WorkbookRow[] => {
    const rows = gathered
    gathered = []
    return rows
  }
  yield * workbook.readXml(sheet, MAX_SHEET_BYTES, handlers, take)
}

/** The part of the first sheet that is not hidden. */
async function firstSheet (workbook: WorkbookPackage): Promise<string> {
  let id: string | undefined
  await readAll(workbook, 'xl/workbook.xml', MAX_SMALL_PART_BYTES, {
    open: (name, attributes) => {
      if (name === 'sheet' && (attributes['state'] ?? 'visible') === 'visible') id ??= Object.entries(attributes).find(([key]) => key.endsWith(':id'))?.[1]
    }
  })
  let target: string | undefined
  await readAll(workbook, 'xl/_rels/workbook.xml.rels', MAX_SMALL_PART_BYTES, {
    open: (name, attributes) => { if (name === 'Relationship' && attributes['Id'] === id) target = attributes['Target'] }
  })
  if (target === undefined) throw unusable('The workbook has no visible sheet.')
  return target.startsWith('/') ? target.slice(1) : `xl/${target}`
}

async function sharedStrings (workbook: WorkbookPackage): Promise<string[]> {
  const part = 'xl/sharedStrings.xml'
  const strings: string[] = []
  if (!workbook.parts.has(part)) return strings
  let text = ''
  let inText = false
  let inPhonetic = false
  await readAll(workbook, part, MAX_SHARED_STRING_BYTES, {
    open: name => {
      if (name === 'si') text = ''
      else if (name === 'rPh') inPhonetic = true
      else if (name === 't') inText = !inPhonetic
    },
    text: piece => { if (inText) text += piece },
    close: name => {
      if (name === 'si') strings.push(decodeEscapes(text))
      else if (name === 'rPh') inPhonetic = false
      else if (name === 't') inText = false
    }
  })
  return strings
}

type NumberFormat = 'date' | 'percent' | undefined

/** For each cell format, whether it shows numbers as dates or percentages. */
async function cellFormats (workbook: WorkbookPackage): Promise<NumberFormat[]> {
  const part = 'xl/styles.xml'
  const formats: NumberFormat[] = []
  if (!workbook.parts.has(part)) return formats
  const own = new Map<number, NumberFormat>()
  let inCellFormats = false
  await readAll(workbook, part, MAX_SMALL_PART_BYTES, {
    open: (name, attributes) => {
      if (name === 'numFmt') own.set(Number(attributes['numFmtId']), meaningOf(attributes['formatCode'] ?? ''))
      else if (name === 'cellXfs') inCellFormats = true
      else if (name === 'xf' && inCellFormats) {
        const id = Number(attributes['numFmtId'] ?? 0)
        formats.push(own.has(id) ? own.get(id) : meaningOfBuiltIn(id))
      }
    },
    close: name => { if (name === 'cellXfs') inCellFormats = false }
  })
  return formats
}

/** ECMA-376 Part 1, 18.8.30: the numbers of formats that need not be written down. */
function meaningOfBuiltIn (id: number): NumberFormat {
  if (id === 9 || id === 10) return 'percent'
  return (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 45 && id <= 47) || (id >= 50 && id <= 58) ? 'date' : undefined
}

function meaningOf (formatCode: string): NumberFormat {
  const bare = formatCode.replaceAll(/"[^"]*"|\\.|\[(?!h|m|s)[^\]]*\]/gi, '')
  if (bare.includes('%')) return 'percent'
  return /[dmyhs]/i.test(bare) && !/general/i.test(bare) ? 'date' : undefined
}

function createSheetHandlers (strings: readonly string[], formats: readonly NumberFormat[], emit: (row: WorkbookRow) => void) {
  let row = 0
  let cells = new Map<number, Cell>()
  let size = 0
  let inRow = false
  let column = -1
  let type = 'n'
  let format: NumberFormat
  let content = ''
  let collecting = false
  let inPhonetic = false

  function valueOf (): Cell {
    if (content === '') return undefined
    switch (type) {
      case 's': return strings[Number(content)]
      case 'b': return content === '1'
      case 'e': return { error: content.slice(0, 128) }
      case 'n': {
        const number = Number(content)
        if (!Number.isFinite(number)) return content
        return format === undefined ? number : { shownAs: format, number }
      }
      default: return decodeEscapes(content)
    }
  }

  return {
    open (name: string, attributes: Readonly<Record<string, string>>) {
      switch (name) {
        case 'row':
          row = rowNumber(attributes['r'], row)
          cells = new Map()
          size = 0
          column = -1
          inRow = true
          break
        case 'c':
          column = attributes['r'] === undefined ? column + 1 : columnIndex(attributes['r'])
          if (column < 0 || column >= MAX_COLUMNS) throw unusable(`A cell in row ${row} of the workbook is in no column that a sheet has (A to XFD).`)
          type = attributes['t'] ?? 'n'
          format = formats[Number(attributes['s'] ?? 0)]
          content = ''
          break
        case 'rPh': inPhonetic = true; break
        case 'v':
        case 't': collecting = inRow && !inPhonetic; break
      }
    },
    text (piece: string) {
      if (!collecting) return
      size += piece.length
      if (size <= MAX_LINE_BYTES) content += piece
    },
    close (name: string) {
      switch (name) {
        case 'v':
        case 't': collecting = false; break
        case 'rPh': inPhonetic = false; break
        case 'c': {
          const cell = valueOf()
          if (cell === undefined || !inRow) break
          if (type === 's' && typeof cell === 'string') size += cell.length
          cells.set(column, cell)
          break
        }
        case 'row':
          inRow = false
          if (cells.size > 0 || size > MAX_LINE_BYTES) emit({ row, cells: size > MAX_LINE_BYTES ? undefined : cells })
          break
      }
    }
  }
}

/** The number of a row, which may be left out, behind the one before. */
function rowNumber (given: string | undefined, last: number): number {
  const row = given === undefined ? last + 1 : /^\d{1,7}$/.test(given.trim()) ? Number(given) : 0
  if (row < 1 || row > MAX_ROWS) throw unusable(`The workbook gives a row the number ${(given ?? String(row)).slice(0, 20)}; rows have whole numbers from 1 to ${MAX_ROWS}.`)
  if (row <= last) throw unusable(`The rows of the workbook are not in order: ${row} follows ${last}.`)
  return row
}

/** `AB12` is column 27. */
function columnIndex (reference: string): number {
  let index = 0
  for (const letter of reference) {
    const code = letter.charCodeAt(0)
    if (code < 65 || code > 90) break
    index = index * 26 + code - 64
  }
  return index - 1
}

/** ECMA-376 Part 1, 22.9.2.19: characters that XML cannot hold are written as `_xHHHH_`. */
function decodeEscapes (text: string): string {
  return text.includes('_x') ? text.replaceAll(/_x([0-9A-Fa-f]{4})_/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16))) : text
}

/** Reads a part to its end; the handlers gather what is needed. */
async function readAll (workbook: WorkbookPackage, part: string, maxBytes: number, handlers: XmlHandlers): Promise<void> {
  const pieces = workbook.readXml(part, maxBytes, handlers, () => undefined)
  while ((await pieces.next()).done !== true) continue
}
