/** NDJSON: one JSON document a line. A byte order mark, CRLF and blank lines are tolerated. */
import { isAscii, isUtf8 } from 'node:buffer'
import { contentOfText } from '../domain/record-content.js'
import { lineIssue, MAX_LINE_BYTES, type ParsedLine, type SourceLine, type SourcePosition } from './source-line.js'

const NEWLINE = 0x0A
const BYTE_ORDER_MARK = Buffer.from([0xEF, 0xBB, 0xBF])

/** No record nests deeper than ten levels; beyond this it is an attack on recursive code, or a mistake. */
const MAX_DEPTH = 64

/**
 * Reads lines from the bytes at `start`. They come in groups, one for each piece of the file, and never hold more than one
 * line and one piece in memory: of a line that is too long, only the place is kept.
 */
export async function * readNdjson (chunks: AsyncIterable<Buffer>, start: SourcePosition): AsyncGenerator<SourceLine[]> {
  let { offset, line } = start
  /** Pieces of the line that has begun; undefined once it is too long to be kept. */
  let begun: Buffer[] | undefined = []
  let begunLength = 0

  function endLine (rest: Buffer, lines: SourceLine[]): void {
    const length = begunLength + rest.length
    const tooLong = begun === undefined || length > MAX_LINE_BYTES + 1
    const bytes = tooLong ? undefined : begun !== undefined && begun.length > 0 ? Buffer.concat([...begun, rest], length) : rest
    line += 1
    if (bytes === undefined) lines.push({ line, lastLine: line, offset, length, parse: () => tooLongLine(length) })
    else if (!isBlank(bytes)) lines.push({ line, lastLine: line, offset, length, bytes, parse: () => parseLine(bytes) })
    offset += length
    begun = []
    begunLength = 0
  }

  for await (const chunk of chunks) {
    const lines: SourceLine[] = []
    let from = 0
    for (let to = chunk.indexOf(NEWLINE); to !== -1; to = chunk.indexOf(NEWLINE, from)) {
      endLine(chunk.subarray(from, to + 1), lines)
      from = to + 1
    }
    const rest = chunk.subarray(from)
    begunLength += rest.length
    if (begunLength > MAX_LINE_BYTES) begun = undefined
    else if (rest.length > 0) begun?.push(rest)
    if (lines.length > 0) yield lines
  }
  const last: SourceLine[] = []
  if (begunLength > 0) endLine(Buffer.alloc(0), last)
  if (last.length > 0) yield last
}

function isBlank (bytes: Buffer): boolean {
  for (const byte of bytes) if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0D && byte !== NEWLINE) return bytes.equals(BYTE_ORDER_MARK)
  return true
}

function tooLongLine (length: number): ParsedLine {
  return { issues: [lineIssue('LINE_TOO_LONG', `The line has ${length} bytes; at most ${MAX_LINE_BYTES} are read.`)] }
}

/** Reads a line as a record. */
export function parseLine (bytes: Buffer): ParsedLine {
  const text = bytes.subarray(0, 3).equals(BYTE_ORDER_MARK) ? bytes.subarray(3) : bytes
  const isPlain = isAscii(text)
  if (!isPlain && !isUtf8(text)) return { issues: [lineIssue('LINE_NOT_UTF8', 'The line has bytes that are not UTF-8.')] }
  let document: unknown
  try {
    // Of ASCII, Latin-1 makes the same text with less work.
    document = JSON.parse(text.toString(isPlain ? 'latin1' : 'utf8'))
  } catch (error) {
    return { issues: [lineIssue('LINE_NOT_JSON', `The line is not a JSON document: ${describe(error)}.`)] }
  }
  const content = contentOfText(text)
  if (content !== undefined) return { document, content }
  const reason = hostilityOfPart(document, 0)
  return reason === undefined ? { document } : { issues: [lineIssue('LINE_NOT_JSON', reason)] }
}

function describe (error: unknown): string {
  return (error as Error).message.slice(0, 200).replace(/\s+/g, ' ').replace(/\.$/, '')
}

/** What no record contains but recursive code stumbles over. Only what can hold something is descended into. */
function hostility (value: object, depth: number): string | undefined {
  if (depth > MAX_DEPTH) return `Records may be nested at most ${MAX_DEPTH} levels deep.`
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const reason = hostilityOfPart(value[index], depth)
      if (reason !== undefined) return reason
    }
    return undefined
  }
  for (const name in value) {
    if (name === '__proto__') return 'A member called __proto__ is not allowed.'
    const reason = hostilityOfPart((value as Record<string, unknown>)[name], depth)
    if (reason !== undefined) return reason
  }
  return undefined
}

function hostilityOfPart (part: unknown, depth: number): string | undefined {
  return typeof part === 'object' && part !== null ? hostility(part, depth + 1) : undefined
}
