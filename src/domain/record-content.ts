/** The bytes of a record as they are stored, and what follows from them. */
import { hash } from 'node:crypto'
import { canonicalForm } from './canonical-json.js'
import { roundNumbers } from './numbers.js'

export interface RecordContent {
  /** Canonical JSON (RFC 8785) in UTF-8. */
  readonly bytes: Buffer
  /** SHA-256 of `bytes`. A document with that of a stored record is this very record, which was judged when it came. */
  readonly hash: Buffer
  /** Every text is printable ASCII without white space at its ends. */
  readonly isPlain: boolean
}

/** Of any JSON that nests no deeper than the stack reaches. */
export function contentOf (record: unknown): RecordContent {
  const { bytes, isPlain } = canonicalForm(record)
  return { bytes, hash: hash('sha256', bytes, 'buffer'), isPlain }
}

/** The same of a document that nobody has judged; undefined where a number has to be rounded, so that the record will be another one. */
export function contentOfDocument (document: unknown): RecordContent | undefined {
  return roundNumbers(document) === document ? contentOf(document) : undefined
}
