/**
 * One way to read all import formats: from any position of the file as it is kept. NDJSON and CSV are kept as they were sent;
 * of a workbook its rows are kept, one JSON list of cells a line, so that the line is the number of the row.
 */
import type { ImportFormat } from '../domain/import.js'
import { DRAFT_SCHEMA_VERSIONS, SCHEMA_VERSIONS } from '../domain/schema-versions/registry.js'
import type { Cell, CellOptions } from './cells.js'
import { createColumnScheme, joinColumnSchemes, type ColumnScheme } from './columns.js'
import { readCsv, readCsvLayout, readFirstRows } from './csv.js'
import { readNdjson } from './ndjson.js'
import { readHeader, readRow, withSuggestions, type Header, type HeaderFault } from './rows.js'
import { MAX_LINE_BYTES, START, type ParsedLine, type SourceLine, type SourcePosition } from './source-line.js'

export interface ImportSource {
  /** Where the records begin. */
  start: SourcePosition
  read: (chunks: AsyncIterable<Buffer>, from: SourcePosition) => AsyncIterable<SourceLine[]>
  /** The columns of a table. */
  header?: Header
}

/** Bytes of the beginning of a file that {@link openImportSource} needs. */
export const BEGINNING_BYTES = MAX_LINE_BYTES + 1024

/**
 * In the order in which they are tried: a header fits the newest schema version that knows all of its names; else a draft, or all released
 * versions together, as in exports of records of several.
 */
const RELEASED = SCHEMA_VERSIONS.map(createColumnScheme).reverse() as [ColumnScheme, ...ColumnScheme[]]
const SCHEMES: readonly ColumnScheme[] = [...RELEASED, ...DRAFT_SCHEMA_VERSIONS.map(createColumnScheme).reverse(), joinColumnSchemes(RELEASED)]

export function openImportSource (format: ImportFormat, beginning: Buffer, options: CellOptions): ImportSource | { faults: HeaderFault[] } {
  switch (format) {
    case 'ndjson': return { start: START, read: readNdjson }
    case 'csv': return openCsv(beginning, options)
    case 'xlsx': return openRows(beginning, options)
  }
}

/** What reading the header with the first version gives that knows all of its names, or else what is wrong with it. */
function firstFitting<Reading extends object> (read: (scheme: ColumnScheme) => Reading | { faults: HeaderFault[] }): Reading | { faults: HeaderFault[] } {
  let closest: { scheme: ColumnScheme, faults: HeaderFault[] } | undefined
  for (const scheme of SCHEMES) {
    const reading = read(scheme)
    if (!('faults' in reading)) return reading
    // A misspelt header is explained by the version that it comes closest to.
    if (closest === undefined || reading.faults.length < closest.faults.length) closest = { scheme, faults: reading.faults }
  }
  return { faults: closest === undefined ? [] : withSuggestions(closest.scheme, closest.faults) }
}

function openCsv (beginning: Buffer, options: CellOptions): ImportSource | { faults: HeaderFault[] } {
  const firstRows = readFirstRows(beginning)
  const layout = firstFitting(scheme => readCsvLayout(scheme, firstRows))
  if ('faults' in layout) return layout
  return { start: layout.dataStart, header: layout.header, read: (chunks, from) => readCsv(chunks, from, layout, options) }
}

function openRows (beginning: Buffer, options: CellOptions): ImportSource | { faults: HeaderFault[] } {
  let offset = 0
  while (beginning[offset] === 0x0A) offset++
  const end = beginning.indexOf(0x0A, offset)
  if (end === -1) return { faults: [{ position: 1, name: '', detail: 'The first row cannot be read; it must name the columns.' }] }
  const cells = cellsOfStoredRow(JSON.parse(beginning.subarray(offset, end).toString())) ?? []
  const reading = firstFitting(scheme => readHeader(scheme, cells))
  if ('faults' in reading) return reading
  const { header } = reading
  return {
    start: { offset: end + 1, line: offset + 1 },
    header,
    read: async function * (chunks, from) {
      for await (const lines of readNdjson(chunks, from)) yield lines.map(({ bytes: _bytes, ...line }) => ({ ...line, parse: () => parseStoredRow(line.parse(), header, options) }))
    }
  }
}

function parseStoredRow (parsed: ParsedLine, header: Header, options: CellOptions): ParsedLine {
  if ('issues' in parsed) return parsed
  const cells = cellsOfStoredRow(parsed.document)
  if (cells === undefined) return { issues: [{ code: 'LINE_TOO_LONG', severity: 'error', pointer: '', detail: `The row has more than ${MAX_LINE_BYTES} characters.` }] }
  const { document, issues, columnOf } = readRow(header, cells, options)
  return issues.length > 0 ? { issues, document, columnOf } : { document, columnOf }
}

/** From this many empty columns in a row on, they are kept as their number. */
const LONG_GAP = 3

/** A row of a workbook as it is kept: a list of cells, in which `null` is an empty one and `{ "skip": n }` are n of them. */
export function storedRow (cells: ReadonlyMap<number, Cell> | undefined): string {
  if (cells === undefined) return JSON.stringify({ tooLong: true })
  const stored: unknown[] = []
  let next = 0
  for (const [column, cell] of [...cells].sort(([left], [right]) => left - right)) {
    const gap = column - next
    if (gap >= LONG_GAP) stored.push({ skip: gap })
    else for (let index = 0; index < gap; index++) stored.push(null)
    stored.push(cell)
    next = column + 1
  }
  return JSON.stringify(stored)
}

/** The cells of a row as it is kept, from column A on; undefined when it was too long to be kept. */
export function cellsOfStoredRow (row: unknown): Cell[] | undefined {
  if (!Array.isArray(row)) return undefined
  const cells: Cell[] = []
  for (const stored of row as Array<Cell | null | { skip: number }>) {
    if (typeof stored === 'object' && stored !== null && 'skip' in stored) for (let index = 0; index < stored.skip; index++) cells.push(undefined)
    else cells.push(stored ?? undefined)
  }
  return cells
}
