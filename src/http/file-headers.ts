/** What the headers of an uploaded file say about it. */
import type { ImportFormat } from '../domain/import.js'
import { ExchangeError } from '../domain/problems.js'

/** For a file of any format; what is meant when no media type is given (RFC 9110 section 8.3). */
const ANY_FILE = 'application/octet-stream'

const MEDIA_TYPES: Readonly<Record<ImportFormat, readonly string[]>> = {
  ndjson: ['application/x-ndjson', 'application/ndjson'],
  csv: ['text/csv'],
  xlsx: ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet']
}

/** All of them, that for any file first: tools that know only one take the first. */
export const FILE_TYPES: readonly string[] = [ANY_FILE, ...Object.values(MEDIA_TYPES).flat()]

/** @throws `unsupported-media-type` when the body is announced as something else than a file of that format. */
export function checkFileType (header: string | undefined, format: ImportFormat): void {
  const [type = '', ...parameters] = (header ?? ANY_FILE).split(';').map(part => part.trim().toLowerCase())
  if (type !== ANY_FILE && !MEDIA_TYPES[format].includes(type)) {
    const detail = `The body is the file itself, sent as ${ANY_FILE} or, with format=${format}, as ${MEDIA_TYPES[format][0]}; ${type.slice(0, 100)} was given. ` +
      `With curl: -H 'Content-Type: ${ANY_FILE}' --data-binary @file, not -F and not -d.`
    throw new ExchangeError('unsupported-media-type', detail, {
      issues: [{ header: 'Content-Type', code: 'MEDIA_TYPE', detail: 'Send the bytes of the file as the body, without a form around them.', expected: ANY_FILE, received: type.slice(0, 128) }]
    })
  }
  const charset = parameters.find(parameter => parameter.startsWith('charset='))
  if (charset !== undefined && charset.replaceAll('"', '') !== 'charset=utf-8') {
    throw new ExchangeError('unsupported-media-type', `Files are read as UTF-8; ${charset.slice(0, 60)} is not supported.`, {
      issues: [{ header: 'Content-Type', code: 'MEDIA_TYPE', detail: 'Send UTF-8.', expected: 'charset=utf-8', received: charset.slice(0, 128) }]
    })
  }
}

export function encodingOf (header: string | undefined): 'identity' | 'gzip' {
  const encoding = (header ?? 'identity').trim().toLowerCase()
  if (encoding === 'identity') return 'identity'
  if (encoding === 'gzip' || encoding === 'x-gzip') return 'gzip'
  throw new ExchangeError('unsupported-media-type', `A file may be sent plain or with Content-Encoding: gzip; ${encoding.slice(0, 60)} is not supported.`, {
    issues: [{ header: 'Content-Encoding', code: 'CONTENT_ENCODING', detail: 'Send the file plain or as gzip.', expected: 'gzip', received: encoding.slice(0, 128) }]
  })
}
