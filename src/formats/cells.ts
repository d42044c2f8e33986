/**
 * Between the cell of a table and the value of a field. Reading refuses whatever a spreadsheet may have changed, with the
 * reason; it never repairs by guessing.
 */
import { gs1CheckDigit } from '../domain/identity/gtin.js'
import { renderReceived } from '../domain/issue.js'
import type { TableIssueCode } from '../domain/table-issues.js'
import type { Column } from './columns.js'

/**
 * A cell as a file gives it. CSV has only text; a workbook also tells numbers, truth values and errors apart, and whether a number
 * is shown as a date or a percentage. Undefined and empty text: nothing is declared.
 */
export type Cell = string | number | boolean | undefined | { readonly shownAs: 'date' | 'percent', readonly number: number } | { readonly error: string }

export interface CellOptions {
  /** Numbers are written with a decimal comma, throughout the file. */
  decimalComma: boolean
}

interface CellFault {
  code: TableIssueCode
  detail: string
  expected: string
  received: string
}

export type CellReading = { value: unknown } | { fault: CellFault } | undefined

const PLAIN_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d{1,3})?$/
const COMMA_NUMBER = /^-?(?:0|[1-9]\d*)(?:,\d+)?$/
const SHORTENED = /^\d+(?:[.,]\d+)?[eE]\+?\d+$/
const SHORTENED_AS_SPREADSHEETS_DO = /^\d(?:[.,]\d+)?E\+\d+$/

/** The value of a cell; undefined when it is empty. */
export function readCell (column: Column, cell: Cell, options: CellOptions): CellReading {
  if (cell === undefined || cell === '') return undefined
  if (typeof cell === 'object' && 'error' in cell) return fault('CELL_ERROR_VALUE', column, cell.error, 'The cell holds the error of a formula.')
  switch (column.kind) {
    case 'text': return readText(column, cell)
    case 'number': return readNumber(column, cell, options)
    case 'boolean': return readBoolean(column, cell)
    case 'json': return readJson(column, cell)
  }
}

/** The cell of a value, safe to open in a spreadsheet and read back as it was. */
export function writeCell (value: unknown): Exclude<Cell, object> {
  if (value === undefined || typeof value === 'number' || typeof value === 'boolean') return value
  return escapeText(typeof value === 'string' ? value : JSON.stringify(value))
}

/**
 * Where a spreadsheet may see the beginning of a formula (= + - @, plain or full-width, a tab, a carriage return): at the beginning of a text,
 * and behind a semicolon, tab or line break in it, where a spreadsheet that divides rows by semicolons or tabs begins another cell, because
 * quotation marks that begin in the middle of a cell do not hold it together.
 */
const FORMULA = /(?<=^|[;\t\r\n])'*(?=[=+\-@\uFF1D\uFF0B\uFF0D\uFF20\t\r])/g
const ONLY_APOSTROPHES = /^'*$/

/**
 * Where a formula could begin the text gets an apostrophe, and so does what would look as if it had got one; an apostrophe alone is the empty
 * text. {@link unescapeText} gives every text back as it was.
 */
function escapeText (text: string): string {
  return ONLY_APOSTROPHES.test(text) ? `'${text}` : text.replace(FORMULA, "'$&")
}

function unescapeText (text: string): string {
  if (ONLY_APOSTROPHES.test(text)) return text.slice(1)
  return text.replace(FORMULA, apostrophes => apostrophes.slice(1))
}

function readText (column: Column, cell: Exclude<Cell, undefined>): CellReading {
  if (typeof cell === 'object') return cellNotText(column, cell)
  if (typeof cell === 'number') {
    return column.content === 'date'
      ? fault('CELL_DATE_AS_NUMBER', column, cell, 'The spreadsheet has stored this date as a number.')
      : fault('CELL_NUMBER_FOR_TEXT', column, cell, 'The spreadsheet has stored this text as a number; zeros in front and digits at the end may be lost.')
  }
  if (typeof cell === 'boolean') return fault('CELL_NUMBER_FOR_TEXT', column, cell, 'The spreadsheet has stored this text as a truth value.')
  const text = unescapeText(cell)
  return textDamage(column, text) ?? { value: text }
}

function cellNotText (column: Column, cell: Extract<Cell, object>): CellReading {
  if ('error' in cell) return undefined
  return cell.shownAs === 'date'
    ? fault('CELL_DATE_AS_NUMBER', column, cell.number, 'The spreadsheet has stored this cell as a date, which is a number of days.')
    : fault('CELL_NUMBER_FOR_TEXT', column, cell.number, 'The spreadsheet has stored this text as a percentage.')
}

function textDamage (column: Column, text: string): CellReading {
  const isKey = column.content === 'gtin' || column.content === 'gln'
  if (isKey ? SHORTENED.test(text) : column.allowed === undefined && SHORTENED_AS_SPREADSHEETS_DO.test(text)) {
    return fault('CELL_SCIENTIFIC_NOTATION', column, text, 'A spreadsheet has turned this identifier into a rounded number; its last digits are lost.')
  }
  if (isKey && hasLostZeros(column, text)) {
    return fault('CELL_LEADING_ZEROS_LOST', column, text, 'With zeros in front the check digit would be right, so a spreadsheet has probably removed them.')
  }
  if (column.content === 'date' && /^\d{5}(?:[.,]\d+)?$/.test(text)) {
    return fault('CELL_DATE_AS_NUMBER', column, text, 'This looks like a date that a spreadsheet has stored as a number of days.')
  }
  return undefined
}

const LENGTHS = { gtin: [8, 12, 13, 14], gln: [13] } as const

function hasLostZeros (column: Column, digits: string): boolean {
  const lengths: readonly number[] = LENGTHS[column.content as 'gtin' | 'gln']
  if (!/^\d{4,13}$/.test(digits) || lengths.includes(digits.length)) return false
  // Zeros in front do not change the weighted sum, so the check digit can be verified without knowing how many are missing.
  return Number(digits.at(-1)) === gs1CheckDigit(digits.slice(0, -1))
}

function readNumber (column: Column, cell: Exclude<Cell, undefined>, options: CellOptions): CellReading {
  if (typeof cell === 'number') return { value: cell }
  if (typeof cell === 'boolean') return fault('CELL_NUMBER', column, cell, 'A truth value is no number.')
  if (typeof cell === 'object') {
    if ('error' in cell) return undefined
    return cell.shownAs === 'date'
      ? fault('CELL_DATE_AS_NUMBER', column, cell.number, 'The spreadsheet shows this number as a date: it has probably taken a number such as 14.2 for a day.')
      : fault('CELL_PERCENT_FORMAT', column, cell.number, 'The cell is formatted as a percentage, so the spreadsheet stores a hundredth of what it shows.')
  }
  const text = cell.trim()
  if (options.decimalComma) {
    if (COMMA_NUMBER.test(text)) return { value: Number(text.replace(',', '.')) }
    return fault('CELL_NUMBER', column, cell, 'With decimalSeparator=comma a number has digits and at most one comma.', 'a number such as 1234,5')
  }
  if (PLAIN_NUMBER.test(text)) return { value: Number(text) }
  if (/^-?\d+,\d+$/.test(text)) return fault('CELL_DECIMAL_COMMA', column, cell, 'The comma can mark decimals or thousands.')
  return fault('CELL_NUMBER', column, cell, 'The number has more than digits and a decimal point.')
}

function readBoolean (column: Column, cell: Exclude<Cell, undefined>): CellReading {
  if (typeof cell === 'boolean') return { value: cell }
  const word = typeof cell === 'string' ? cell.trim().toLowerCase() : ''
  if (word === 'true' || word === 'false') return { value: word === 'true' }
  return fault('CELL_BOOLEAN', column, typeof cell === 'object' && 'number' in cell ? cell.number : cell, 'The column takes true or false.')
}

function readJson (column: Column, cell: Exclude<Cell, undefined>): CellReading {
  if (typeof cell === 'string') {
    try {
      return { value: JSON.parse(unescapeText(cell)) }
    } catch {
      // Reported below.
    }
  }
  return fault('CELL_JSON', column, typeof cell === 'object' && 'number' in cell ? cell.number : cell, 'The column stands for a list or an object as a whole and takes JSON.')
}

const EXPECTED: Readonly<Record<Column['kind'], string>> = {
  text: 'text', number: 'a number such as 1234.5', boolean: 'true or false', json: 'JSON'
}

function fault (code: TableIssueCode, column: Column, received: unknown, detail: string, expected = expectedOf(column)): { fault: CellFault } {
  return { fault: { code, detail, expected, received: renderReceived(received) } }
}

function expectedOf (column: Column): string {
  switch (column.content) {
    case 'gtin': return '8, 12, 13 or 14 digits, as text'
    case 'gln': return '13 digits, as text'
    case 'date': return 'a date such as 2026-01-31, as text'
    default: return column.kind === 'text' ? 'text, in a cell that is formatted as text' : EXPECTED[column.kind]
  }
}
