/** Recognises by its first bytes what a file really is, where that is not what it was sent as. */
import type { ImportFormat } from '../domain/import.js'

/** Bytes that {@link foreignContent} looks at. */
export const TELLING_BYTES = 4096

const SIGNATURES: ReadonlyArray<[string, string]> = [
  ['%PDF', 'a PDF document'],
  ['PK\x03\x04', 'a ZIP archive or an XLSX workbook'],
  ['PK\x05\x06', 'an empty ZIP archive'],
  ['\xD0\xCF\x11\xE0', 'an old XLS workbook, or a workbook with a password'],
  ['\x1F\x8B', 'compressed with gzip twice'],
  ['BZh', 'compressed with bzip2'],
  ['\x28\xB5\x2F\xFD', 'compressed with Zstandard'],
  ['7z\xBC\xAF', 'a 7z archive'],
  ['Rar!', 'a RAR archive'],
  ['\x89PNG', 'an image'],
  ['\xFF\xD8\xFF', 'an image'],
  ['PAR1', 'a Parquet file'],
  ['\xFF\xFE', 'text in UTF-16; save it as UTF-8'],
  ['\xFE\xFF', 'text in UTF-16; save it as UTF-8']
]

/** What is wrong with a file of that format that begins like this; undefined when nothing is. */
export function foreignContent (format: ImportFormat, beginning: Buffer): string | undefined {
  const head = beginning.subarray(0, 8).toString('latin1')
  if (format === 'xlsx') {
    if (head.startsWith('PK\x03\x04')) return undefined
    return `The file is no XLSX workbook; it looks like ${kindOf(head) ?? 'something else'}.`
  }
  const kind = kindOf(head)
  if (kind !== undefined) return `The file is not ${format === 'csv' ? 'CSV' : 'NDJSON'}; it looks like ${kind}.`
  if (beginning.subarray(0, TELLING_BYTES).includes(0)) return 'The file is not text: it contains zero bytes near its beginning.'
  const text = beginning.subarray(0, TELLING_BYTES).toString('utf8').replace(/^\uFEFF/, '').trimStart()
  if (/^<(?:!doctype|\?xml|html)/i.test(text)) return 'The file is HTML or XML, often an error page that was saved in place of the file.'
  if (format === 'csv' && /^[{[]\s*["{[\]}]/.test(text)) return 'The file is not CSV; it looks like JSON. Records as JSON, one a line, are imported with format=ndjson.'
  if (format === 'ndjson' && isTable(text)) return 'The file is not NDJSON; it looks like a table. A table is imported with format=csv.'
  if (format === 'ndjson' && text.startsWith('[')) return 'The file is one JSON list. NDJSON has one record a line, without brackets around them and commas between them.'
  if (format === 'ndjson' && /^\{\s*\n/.test(text)) return 'The file is JSON spread over several lines. NDJSON has each record on one line.'
  return undefined
}

/** Whether the text begins with names between delimiters, and has no object anywhere: one line that is no JSON is only a bad line. */
function isTable (text: string): boolean {
  return !text.includes('{') && /^(?:sep=[,;\t]\r?\n)?"?[A-Za-z][\w.]*(?: \[[^\]\n]*\])?"?[,;\t]"?[A-Za-z]/.test(text)
}

function kindOf (head: string): string | undefined {
  return SIGNATURES.find(([signature]) => head.startsWith(signature))?.[1]
}
