/** The bytes of a record as they are stored, and what follows from them. */
import { hash } from 'node:crypto'
import { canonicalForm, type CanonicalForm } from './canonical-json.js'
import { canonicalFormOfText } from './canonical-text.js'
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
  return withHash(canonicalForm(record))
}

/** The same of a document that nobody has judged; undefined where a number has to be rounded, so that the record will be another one. */
export function contentOfDocument (document: unknown): RecordContent | undefined {
  return roundNumbers(document) === document ? contentOf(document) : undefined
}

/**
 * That of a document from its text, with less work. Undefined for texts that take more than that, and for all documents of which a number
 * has to be rounded, that nest deeper than any record or have a field called `__proto__`.
 *
 * @param text valid JSON in UTF-8, without a byte order mark
 */
export function contentOfText (text: Uint8Array): RecordContent | undefined {
  const form = canonicalFormOfText(text)
  return form === undefined ? undefined : withHash(form)
}

function withHash ({ bytes, isPlain }: CanonicalForm): RecordContent {
  return { bytes, hash: hash('sha256', bytes, 'buffer'), isPlain }
}
