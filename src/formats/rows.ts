/** Between the rows of a table and records, by the columns that the header names. */
import { OWN_SKUS_COLUMN } from '../domain/alias.js'
import { appendToPointer, type Issue } from '../domain/issue.js'
import { readCell, writeCell, type Cell, type CellOptions } from './cells.js'
import { nameOf, type Column, type ColumnScheme } from './columns.js'

/** A header that can be used: the column of each position; undefined where the header is empty. */
export interface Header {
  readonly columns: ReadonlyArray<Column | undefined>
}

/** What is wrong with a header, one entry for each faulty position. */
export interface HeaderFault {
  /** 1-based. */
  position: number
  name: string
  detail: string
  expected?: string
}

export interface RowReading {
  /** The record as far as its cells could be read. */
  document: Record<string, unknown>
  /** Faults of cells; with any of them the record must not be used. */
  issues: Issue[]
  /** The column, or the group of columns, that a pointer into `document` came from. */
  columnOf: (pointer: string) => string
}

const UNIT = /\s*\[[^\]]*\]$/
const UNKNOWN_NAME = 'No field of the schema has this name.'

/** A name with its unit is never longer (characters). */
const MAX_HEADER_CELL = 256

/** Columns that a table may have, as many as a worksheet. */
const MAX_COLUMNS = 16_384

/** Unknown names of a header for which a similar one is looked up. */
const MAX_SUGGESTIONS = 10

/** Matches the cells of a header row with columns. A unit in square brackets behind a name is for people and ignored, as are the SKUs that an export can have. */
export function readHeader (scheme: ColumnScheme, cells: readonly Cell[]): { header: Header } | { faults: HeaderFault[] } {
  if (cells.length > MAX_COLUMNS) {
    return { faults: [{ position: MAX_COLUMNS + 1, name: '', detail: `The header has ${cells.length} columns; at most ${MAX_COLUMNS} are read.` }] }
  }
  const faults: HeaderFault[] = []
  const seen = new Set<string>()
  const columns = cells.map((cell, index) => {
    const text = String(cell ?? '').trim()
    // A long text is no name, and looking for a unit in it could take long.
    const name = text.length > MAX_HEADER_CELL ? text : text.replace(UNIT, '')
    if (name === '' || name === OWN_SKUS_COLUMN) return undefined
    const column = scheme.find(name)
    if (column === undefined) {
      faults.push({ position: index + 1, name: name.slice(0, 128), detail: UNKNOWN_NAME })
      return undefined
    }
    if (seen.has(name)) faults.push({ position: index + 1, name, detail: 'The header names this column twice.' })
    seen.add(name)
    return column
  })
  if (faults.length > 0) return { faults }
  return { header: { columns } }
}

/** Adds similar names to the first few unknown ones. Apart from reading, because comparing names is slow and most readings are only tried. */
export function withSuggestions (scheme: ColumnScheme, faults: readonly HeaderFault[]): HeaderFault[] {
  let left = MAX_SUGGESTIONS
  return faults.map(fault => {
    if (fault.detail !== UNKNOWN_NAME || left-- <= 0) return fault
    const similar = scheme.suggest(fault.name)
    return similar === undefined ? fault : { ...fault, detail: `No field of the schema has this name; did you mean ${similar}?`, expected: similar }
  })
}

/** The record that a row stands for. Empty cells are fields that are not declared; entries of lists close up. */
export function readRow (header: Header, cells: readonly Cell[], options: CellOptions): RowReading {
  const root = new Map<string | number, unknown>()
  const faults: Array<{ column: Column, issue: Omit<Issue, 'pointer'> }> = []
  for (const [index, cell] of cells.entries()) {
    const column = header.columns[index]
    if (column === undefined) {
      if (index >= header.columns.length && cell !== undefined && cell !== '') {
        return surplus(cells.length, header.columns.length)
      }
      continue
    }
    const reading = readCell(column, cell, options)
    if (reading === undefined) continue
    if ('fault' in reading) {
      faults.push({ column, issue: { severity: 'error', ...reading.fault } })
      // Its place is kept, so that the entries of a list keep their positions in pointers.
      place(root, column.path, undefined)
    } else if (!place(root, column.path, reading.value)) {
      const detail = 'The row gives this field both as a whole and in parts.'
      faults.push({ column, issue: { code: 'CELL_CONFLICT', severity: 'error', detail } })
    }
  }
  const names = new Map<string, string>()
  const document = close(root, '', [], names) as Record<string, unknown>
  const pointers = new Map([...names].map(([pointer, name]) => [name, pointer]))
  return {
    document,
    issues: faults.map(({ column, issue }) => ({ ...issue, pointer: pointers.get(column.name) ?? pointerOf(column.path) })),
    columnOf: pointer => names.get(pointer) ?? nameOf(pointer.split('/').slice(1).map(step => /^\d+$/.test(step) ? Number(step) : step))
  }
}

/** Puts a value at a path; false when something that does not go with it is there already. */
function place (root: Map<string | number, unknown>, path: ReadonlyArray<string | number>, value: unknown): boolean {
  let parent = root
  for (const step of path.slice(0, -1)) {
    let next = parent.get(step)
    if (next === undefined) {
      next = new Map<string | number, unknown>()
      parent.set(step, next)
    }
    if (!(next instanceof Map)) return false
    parent = next as Map<string | number, unknown>
  }
  const last = path.at(-1) as string | number
  if (parent.has(last)) return false
  parent.set(last, value)
  return true
}

/** Turns the gathered fields into objects and lists, and notes which column each pointer came from. */
function close (node: unknown, pointer: string, path: ReadonlyArray<string | number>, names: Map<string, string>): unknown {
  if (path.length > 0) names.set(pointer, nameOf(path))
  if (!(node instanceof Map)) return node
  const members = [...node as Map<string | number, unknown>]
  if (typeof members[0]?.[0] !== 'number') {
    const object: Record<string, unknown> = {}
    for (const [name, member] of members) {
      const value = close(member, appendToPointer(pointer, name), [...path, name], names)
      if (value !== undefined) object[name as string] = value
    }
    return object
  }
  members.sort(([left], [right]) => Number(left) - Number(right))
  return members.map(([index, member], position) => close(member, appendToPointer(pointer, position), [...path, index], names))
}

function surplus (received: number, expected: number): RowReading {
  const detail = `The row has ${received} cells and the header only ${expected}.`
  return {
    document: {},
    issues: [{ code: 'ROW_TOO_MANY_CELLS', severity: 'error', pointer: '', detail, expected: `at most ${expected} cells`, received: String(received) }],
    columnOf: () => ''
  }
}

function pointerOf (path: ReadonlyArray<string | number>): string {
  return path.reduce<string>((pointer, step) => appendToPointer(pointer, step), '')
}

/**
 * Writes records as rows of these columns. Lists with more entries than there are numbered columns, and empty lists and
 * objects, go into the column of the whole, if there is one; undefined when the columns have no room for some part of a record.
 */
export function createRowWriter (columns: readonly Column[]): (record: unknown) => Array<Exclude<Cell, object>> | undefined {
  const width = new Map<string, number>()
  for (const { path } of columns) {
    for (const [depth, step] of path.entries()) {
      if (typeof step !== 'number') continue
      const list = nameOf(path.slice(0, depth))
      width.set(list, Math.max(width.get(list) ?? 0, step + 1))
    }
  }
  const fits = (list: string, length: number) => length > 0 && length <= (width.get(list) ?? 0)
  return record => {
    const values = new Map<string, unknown>()
    spread(record, [], values, fits)
    const cells = columns.map(({ name }) => {
      const value = values.get(name)
      values.delete(name)
      return writeCell(value)
    })
    return values.size === 0 ? cells : undefined
  }
}

function spread (value: unknown, path: ReadonlyArray<string | number>, into: Map<string, unknown>, fits: (list: string, length: number) => boolean): void {
  const isList = Array.isArray(value)
  const entries = isList ? [...value.entries()] : typeof value === 'object' && value !== null ? Object.entries(value) : undefined
  if (entries === undefined || (path.length > 0 && (isList ? !fits(nameOf(path), value.length) : entries.length === 0))) {
    into.set(nameOf(path), value)
    return
  }
  for (const [step, member] of entries) spread(member, [...path, step], into, fits)
}
