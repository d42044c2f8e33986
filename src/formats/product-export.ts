/**
 * Products as a file for people: one row or line a record, in the columns that imports read, so that a file can be corrected
 * and sent back.
 *
 * How to add a format: a line in `EXPORT_FORMATS`.
 */
import { OWN_SKUS_COLUMN, SKU_SEPARATOR } from '../domain/alias.js'
import type { ExportedProduct, UnrepresentableProduct } from '../domain/product.js'
import { writeCsvRows } from './csv.js'
import { templateEntries, type ColumnScheme } from './columns.js'
import { writeCell, type Cell } from './cells.js'
import { createRowWriter } from './rows.js'
import { headerOf, sheetColumn } from './template.js'
import { writeWorkbook } from './xlsx-writer.js'

interface ExportOptions {
  /** Whether the reader's own SKUs come first, in a column that imports pass over. */
  ownSkus: boolean
  /** What was left out because it has no place in the schema version asked for; complete once the products have been read. */
  leftOut?: { count: number, products: readonly UnrepresentableProduct[] } | undefined
}

type ExportWriter = (products: AsyncIterable<ExportedProduct[]>, scheme: ColumnScheme, options: ExportOptions) => AsyncIterable<Buffer>

/** Rows that a worksheet has below its header. */
const MOST_SHEET_ROWS = 1_048_575

export const EXPORT_FORMATS = {
  csv: { mediaType: 'text/csv; charset=utf-8', write: writeCsv },
  xlsx: { mediaType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', write: writeXlsx },
  ndjson: { mediaType: 'application/x-ndjson; charset=utf-8', write: writeNdjson }
} as const satisfies Record<string, { mediaType: string, write: ExportWriter }>

export type ExportFormat = keyof typeof EXPORT_FORMATS

async function * writeNdjson (products: AsyncIterable<ExportedProduct[]>): AsyncGenerator<Buffer> {
  const newline = Buffer.from('\n')
  for await (const chunk of products) yield Buffer.concat(chunk.flatMap(({ record }) => [record, newline]))
}

async function * writeCsv (products: AsyncIterable<ExportedProduct[]>, scheme: ColumnScheme, { ownSkus }: ExportOptions): AsyncGenerator<Buffer> {
  const columns = scheme.columns(templateEntries, { json: true })
  // With a byte order mark, because spreadsheets take a CSV file without one for an older encoding.
  yield Buffer.from('\uFEFF' + writeCsvRows([[...(ownSkus ? [OWN_SKUS_COLUMN] : []), ...columns.map(headerOf)]]))
  const toRow = rowsOf(scheme, ownSkus)
  for await (const chunk of products) yield Buffer.from(writeCsvRows(chunk.map(toRow)))
}

/** With a second sheet for what was left out, which an import does not read. The other formats have no place for it: every row or line is a record. */
function writeXlsx (products: AsyncIterable<ExportedProduct[]>, scheme: ColumnScheme, { ownSkus, leftOut }: ExportOptions): AsyncIterable<Buffer> {
  const columns = [...(ownSkus ? [{ header: OWN_SKUS_COLUMN, text: true }] : []), ...scheme.columns(templateEntries, { json: true }).map(sheetColumn)]
  return writeWorkbook([
    { name: 'Products', columns, rows: sheetRows(products, rowsOf(scheme, ownSkus)) },
    ...(leftOut === undefined ? [] : [{ name: 'Left out', columns: LEFT_OUT_COLUMNS, rows: leftOutRows(leftOut) }])
  ])
}

const LEFT_OUT_COLUMNS = [{ header: 'productId', text: true }, { header: 'version', text: false }, { header: 'schemaVersion', text: true }, { header: 'available', text: true }]

/** Written after the sheet of products, when it is known. */
function * leftOutRows ({ count, products }: NonNullable<ExportOptions['leftOut']>): Generator<readonly Cell[]> {
  for (const { productId, version, schemaVersion, available } of products) yield [productId, version, schemaVersion, available.join(', ')].map(writeCell)
  if (count > products.length) yield [writeCell(`and ${count - products.length} more`)]
}

async function * sheetRows (products: AsyncIterable<ExportedProduct[]>, toRow: (product: ExportedProduct) => readonly Cell[]): AsyncGenerator<readonly Cell[]> {
  let rows = 0
  for await (const chunk of products) {
    for (const product of chunk) {
      if (++rows > MOST_SHEET_ROWS) throw new Error(`A worksheet has no more than ${MOST_SHEET_ROWS} rows`)
      yield toRow(product)
    }
  }
}

function rowsOf (scheme: ColumnScheme, withSkus: boolean): (product: ExportedProduct) => readonly Cell[] {
  const writeRow = createRowWriter(scheme.columns(templateEntries, { json: true }))
  return ({ productId, record, ownSkus = [] }) => {
    const row = writeRow(JSON.parse(record.toString()))
    if (row === undefined) throw new Error(`The columns have no room for the record of product ${productId}`)
    return withSkus ? [writeCell(ownSkus.length === 0 ? undefined : ownSkus.join(SKU_SEPARATOR)), ...row] : row
  }
}
