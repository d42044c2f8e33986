/** Reads Boavizta's CSV as a stream of rows; a file that is not that CSV is refused before its first row. */
import { createReadStream } from 'node:fs'
import { parse } from 'csv-parse'
import { CommandError } from '../running/command-error.js'
import { BOAVIZTA_COLUMNS, type BoaviztaRow } from './boavizta-mapping.js'

/** A row and where it stands: the header is line 1, so the first row is 2, as a spreadsheet shows it. */
export interface NumberedRow {
  readonly line: number
  readonly row: BoaviztaRow
}

/** @throws CommandError when the file cannot be read, columns are missing or a row is broken */
export async function * readBoaviztaCsv (path: string): AsyncGenerator<NumberedRow> {
  const rows = parse({ bom: true, columns: checkedHeader, info: true, skip_empty_lines: true })
  const file = createReadStream(path)
  file.on('error', error => rows.destroy(error))
  try {
    for await (const { record, info } of file.pipe(rows) as AsyncIterable<{ record: BoaviztaRow, info: { lines: number } }>) {
      yield { line: info.lines, row: record }
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    const what = String(error.code).startsWith('CSV_') ? `${path} cannot be read as CSV` : `${path} cannot be read`
    throw new CommandError(`${what}: ${error.message}`, { cause: error })
  } finally {
    file.destroy()
  }
}

function checkedHeader (header: string[]): string[] {
  if (header.length === 1 && header[0]?.includes(';') === true) {
    throw new CommandError(
      'The columns are separated by semicolons, so this is the edition with decimal commas (boavizta-data-fr.csv); ' +
      'load its twin boavizta-data-us.csv, which holds the same rows.')
  }
  const missing = BOAVIZTA_COLUMNS.filter(column => !header.includes(column))
  if (missing.length > 0) throw new CommandError(`This is not Boavizta's CSV: it has no column ${missing.join(', ')}.`)
  return header
}
