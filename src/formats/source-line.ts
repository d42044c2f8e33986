/** What every import format is read into: lines with their place in the file, so that reading can stop and go on anywhere. */
import { hash } from 'node:crypto'
import type { Issue } from '../domain/issue.js'
import type { RecordContent } from '../domain/record-content.js'

/** Longest line of an NDJSON file, and longest row of a table, in bytes. */
export const MAX_LINE_BYTES = 1_048_576

export interface SourceLine {
  /** 1-based, as an editor or a spreadsheet shows it. */
  readonly line: number
  /** Its last line: a row of a CSV file may span several. */
  readonly lastLine: number
  /** Where the line begins in the file, in bytes, and how long it is with its line break. */
  readonly offset: number
  readonly length: number
  /** The line as it lies in the file, where nothing but these bytes decides which record it is: not for rows of tables. */
  readonly bytes?: Buffer
  /** Reads the line as a record. Deferred, so that the reader of the file can bound its work between two turns. */
  readonly parse: () => ParsedLine
}

export type ParsedLine =
  /** `content` where the text of the line tells it. */
  | { readonly document: unknown, readonly content?: RecordContent, readonly columnOf?: (pointer: string) => string }
  /** `document` as far as it could be read, to tell which product the line is about. */
  | { readonly issues: readonly Issue[], readonly document?: unknown, readonly columnOf?: (pointer: string) => string }

/** Where to go on: the offset of the next line, and how many lines lie before it. */
export interface SourcePosition {
  readonly offset: number
  readonly line: number
}

/** SHA-256 in base64 of a line whose bytes decide which record it is; undefined for others. */
export function lineHashOf ({ bytes }: Pick<SourceLine, 'bytes'>): string | undefined {
  return bytes === undefined ? undefined : hash('sha256', bytes, 'base64')
}

export const START: SourcePosition = { offset: 0, line: 0 }

export function lineIssue (code: 'LINE_NOT_JSON' | 'LINE_NOT_UTF8' | 'LINE_TOO_LONG' | 'ROW_MALFORMED', detail: string): Issue {
  return { code, severity: 'error', pointer: '', detail }
}
