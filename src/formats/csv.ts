/**
 * CSV as spreadsheets and scripts write it (RFC 4180, UTF-8): comma, semicolon or tab, with or without a byte order mark and the
 * line `sep=;`. The first row names the columns.
 *
 * The file is cut into rows here, because their exact places are needed to go on after a crash and to give rejected rows
 * back; what a row consists of is csv-parse's business.
 */
import { parse } from 'csv-parse/sync'
import { stringify } from 'csv-stringify/sync'
import type { Cell, CellOptions } from './cells.js'
import type { ColumnScheme } from './columns.js'
import { readHeader, readRow, type Header, type HeaderFault } from './rows.js'
import { lineIssue, MAX_LINE_BYTES, START, type ParsedLine, type SourceLine, type SourcePosition } from './source-line.js'

export type Delimiter = ',' | ';' | '\t'

const DELIMITERS: readonly Delimiter[] = [',', ';', '\t']
const QUOTE = 0x22
const NEWLINE = 0x0A
const CARRIAGE_RETURN = 0x0D

/** What the first row of a file says. */
export interface CsvLayout {
  delimiter: Delimiter
  header: Header
  /** Where the rows of data begin; what lies before goes back with the rejected rows. */
  dataStart: SourcePosition
}

/** The first row that is not blank, as one delimiter divides it. */
export interface CsvFirstRow {
  delimiter: Delimiter
  cells: readonly string[]
  dataStart: SourcePosition
}

/** Reads the first row of a file, given as far as it fits into {@link MAX_LINE_BYTES}, with each delimiter that the file may use. */
export function readFirstRows (beginning: Buffer): CsvFirstRow[] {
  const afterMark = beginning.subarray(0, 3).equals(Buffer.from([0xEF, 0xBB, 0xBF])) ? 3 : 0
  const announced = /^sep=([,;\t])\r?\n/i.exec(beginning.subarray(afterMark, afterMark + 10).toString('latin1'))
  const start = announced === null ? { offset: afterMark, line: 0 } : { offset: afterMark + announced[0].length, line: 1 }
  return (announced === null ? DELIMITERS : [announced[1] as Delimiter]).flatMap(delimiter => {
    const row = firstRow(createRowSplitter(delimiter, start), beginning.subarray(start.offset))
    const cells = row?.bytes === undefined ? undefined : cellsOf(row.bytes.toString('utf8'), delimiter)
    if (row === undefined || cells === undefined) return []
    return [{ delimiter, cells, dataStart: { offset: row.offset + row.length, line: row.line + row.lines - 1 } }]
  })
}

function firstRow (splitter: ReturnType<typeof createRowSplitter>, bytes: Buffer): RawRow | undefined {
  const isFirst = ({ bytes }: RawRow) => bytes !== undefined && !isBlank(bytes)
  for (const row of splitter.push(bytes)) if (isFirst(row)) return row
  for (const row of splitter.end()) if (isFirst(row)) return row
  return undefined
}

/** Tells which delimiter a file uses: the one with which its first row names the most columns. */
export function readCsvLayout (scheme: ColumnScheme, firstRows: readonly CsvFirstRow[]): CsvLayout | { faults: HeaderFault[] } {
  let best: { layout: CsvLayout | { faults: HeaderFault[] }, known: number } | undefined
  for (const { delimiter, cells, dataStart } of firstRows) {
    const reading = readHeader(scheme, cells)
    const named = cells.filter(cell => cell.trim() !== '').length
    const known = 'header' in reading ? named : named - reading.faults.length
    if (best !== undefined && known <= best.known) continue
    best = { known, layout: 'header' in reading ? { delimiter, header: reading.header, dataStart } : reading }
  }
  return best?.layout ?? { faults: [{ position: 1, name: '', detail: 'The first row cannot be read; it must name the columns.' }] }
}

/** Reads rows of data from the bytes at `start`, in groups, one for each piece of the file. */
export async function * readCsv (
  chunks: AsyncIterable<Buffer>, start: SourcePosition, layout: CsvLayout, options: CellOptions
): AsyncGenerator<SourceLine[]> {
  const splitter = createRowSplitter(layout.delimiter, start)
  const toLines = (rows: Iterable<RawRow>) => {
    const lines: SourceLine[] = []
    for (const { bytes, line, lines: span, offset, length } of rows) {
      if (bytes !== undefined && isBlank(bytes)) continue
      lines.push({ line, lastLine: line + span - 1, offset, length, parse: () => parseRow(bytes, length, layout, options) })
    }
    return lines
  }
  for await (const chunk of chunks) {
    const lines = toLines(splitter.push(chunk))
    if (lines.length > 0) yield lines
  }
  const last = toLines(splitter.end())
  if (last.length > 0) yield last
}

/** Rows as CSV text with CRLF (RFC 4180). */
export function writeCsvRows (rows: ReadonlyArray<readonly Cell[]>, delimiter: Delimiter = ','): string {
  // A single line break of either kind ends a row for most readers, and some divide by another delimiter than the file's.
  return stringify(rows.map(row => [...row]), { delimiter, record_delimiter: '\r\n', quoted_match: /[\r\n,;\t]/, cast: { boolean: String } })
}

function parseRow (bytes: Buffer | undefined, length: number, { delimiter, header }: CsvLayout, options: CellOptions): ParsedLine {
  if (bytes === undefined) return { issues: [lineIssue('LINE_TOO_LONG', `The row has ${length} bytes; at most ${MAX_LINE_BYTES} are read.`)] }
  const text = bytes.toString('utf8')
  if (text.includes('\uFFFD')) return { issues: [lineIssue('LINE_NOT_UTF8', 'The row has bytes that are not UTF-8.')] }
  const cells = cellsOf(text, delimiter)
  if (cells === undefined) return { issues: [lineIssue('ROW_MALFORMED', 'A quotation mark in this row is not closed, or stands where none can be.')] }
  const { document, issues, columnOf } = readRow(header, cells, options)
  return issues.length > 0 ? { issues, document, columnOf } : { document, columnOf }
}

/** The cells of one row; undefined when its quotation marks are wrong. */
function cellsOf (text: string, delimiter: Delimiter): string[] | undefined {
  const content = text.replace(/\r?\n$/, '')
  if (!content.includes('"')) return content.split(delimiter)
  try {
    return parse(content, { delimiter, record_delimiter: ['\r\n', '\n'], relax_column_count: true })[0]
  } catch {
    return undefined
  }
}

function isBlank (bytes: Buffer): boolean {
  return bytes.every(byte => byte === NEWLINE || byte === CARRIAGE_RETURN || byte === 0x20)
}

interface RawRow {
  /** Undefined when the row is too long to be kept. */
  bytes: Buffer | undefined
  offset: number
  length: number
  /** 1-based number of its first line, and how many lines it spans. */
  line: number
  lines: number
}

/**
 * Cuts bytes into rows: a line break inside a quoted cell does not end a row. When a quoted cell is not closed within
 * {@link MAX_LINE_BYTES}, its first line is a row of its own, and the rest is read on from the next line: one
 * stray quotation mark does not swallow the file.
 */
function createRowSplitter (delimiter: Delimiter, start: SourcePosition = START) {
  const separator = delimiter.charCodeAt(0)
  let { offset, line } = start
  let pending: Buffer = Buffer.alloc(0)
  /** How far `pending` was searched, and in which state. */
  let searched = 0
  let quoted = false
  let atCellStart = true
  /** Bytes of an unquoted line that is too long: they are only counted. */
  let skipped = 0

  function take (end: number): RawRow {
    const bytes = pending.subarray(0, end)
    let lines = 0
    for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) lines++
    const length = skipped + end
    const tooLong = length > MAX_LINE_BYTES + 2
    const row = { bytes: tooLong ? undefined : bytes, offset, length, line: line + 1, lines: Math.max(lines, 1) }
    offset += length
    line += row.lines
    pending = pending.subarray(end)
    searched = 0
    skipped = 0
    quoted = false
    atCellStart = true
    return row
  }

  /** The end of the first row in `pending`; -1 when it is not complete. */
  function findEnd (): number {
    for (; searched < pending.length; searched++) {
      const byte = pending[searched]
      if (quoted) {
        // A doubled quotation mark closes and opens again.
        if (byte === QUOTE) quoted = false
      } else if (byte === NEWLINE) {
        return searched + 1
      } else if (byte === QUOTE) {
        quoted = atCellStart || pending[searched - 1] === QUOTE
        atCellStart = false
      } else {
        atCellStart = byte === separator
      }
    }
    return -1
  }

  function * rows (): Generator<RawRow> {
    for (;;) {
      const end = findEnd()
      if (end !== -1) {
        yield take(end)
      } else if (skipped + pending.length > MAX_LINE_BYTES + 2) {
        const firstBreak = quoted ? pending.indexOf(NEWLINE) : -1
        if (firstBreak === -1) {
          skipped += pending.length
          pending = Buffer.alloc(0)
          searched = 0
          quoted = false
          return
        }
        yield take(firstBreak + 1)
      } else {
        return
      }
    }
  }

  return {
    * push (chunk: Buffer): Generator<RawRow> {
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
      yield * rows()
    },

    * end (): Generator<RawRow> {
      while (pending.length + skipped > 0) {
        const firstBreak = quoted && skipped === 0 ? pending.indexOf(NEWLINE) : -1
        yield take(firstBreak === -1 ? pending.length : firstBreak + 1)
        yield * rows()
      }
    }
  }
}
