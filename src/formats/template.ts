/** An empty file to fill in, made from the schema: its columns, units and allowed values, and a dictionary of all fields. */
import { Readable } from 'node:stream'
import { writeCsvRows } from './csv.js'
import { templateEntries, type Column, type ColumnScheme } from './columns.js'
import { writeWorkbook } from './xlsx-writer.js'

export const TEMPLATE_FORMATS = ['csv', 'xlsx'] as const
export type TemplateFormat = typeof TEMPLATE_FORMATS[number]

/** The bytes of the template. A name in the header is followed by its unit in square brackets, which imports ignore. */
export function writeTemplate (scheme: ColumnScheme, format: TemplateFormat): Readable {
  const columns = scheme.columns(templateEntries)
  switch (format) {
    // With a byte order mark, because spreadsheets take a CSV file without one for an older encoding.
    case 'csv': return Readable.from([Buffer.from('\uFEFF' + writeCsvRows([columns.map(headerOf)]))], { objectMode: false })
    case 'xlsx': return writeWorkbook([
      { name: 'Products', columns: columns.map(sheetColumn), rows: [] },
      { name: 'Fields', columns: DICTIONARY.map(({ header }) => ({ header, text: true })), rows: dictionaryRows(scheme) }
    ])
  }
}

export function headerOf ({ name, unit }: Column): string {
  return unit === undefined ? name : `${name} [${unit}]`
}

/** How a column of records lies in a workbook. */
export function sheetColumn (column: Column): { header: string, text: boolean, allowed?: readonly string[] } {
  return {
    header: headerOf(column),
    text: column.kind === 'text' || column.kind === 'json',
    ...(column.allowed !== undefined && { allowed: column.allowed })
  }
}

const DICTIONARY: ReadonlyArray<{ header: string, value: (column: Column) => string }> = [
  { header: 'Column', value: ({ name }) => name },
  { header: 'Name', value: ({ title }) => title },
  { header: 'Meaning', value: ({ description }) => description },
  { header: 'Required', value: ({ required }) => required ? 'yes, where its group is given' : 'no' },
  { header: 'Kind', value: ({ kind, content }) => content === 'date' ? 'date as text, YYYY-MM-DD' : KINDS[kind] },
  { header: 'Unit', value: ({ unit }) => unit ?? '' },
  { header: 'Allowed values', value: ({ allowed }) => allowed?.join(', ') ?? '' },
  { header: 'Example', value: ({ example }) => example === undefined ? '' : typeof example === 'string' ? example : JSON.stringify(example) },
  { header: 'Source', value: ({ source }) => source ?? '' }
]

const KINDS: Readonly<Record<Column['kind'], string>> = { text: 'text', number: 'number', boolean: 'true or false', json: 'JSON' }

/** One row a field; the entries of a list are described once, by the first. */
function dictionaryRows (scheme: ColumnScheme): string[][] {
  return scheme.columns(() => 1).map(column => DICTIONARY.map(({ value }) => value(column)))
}
