/** The texts of a document that deserve a closer look, found in one walk. */
import { appendToPointer } from './issue.js'

export interface LocatedText { readonly pointer: string, readonly text: string }

/** Printable ASCII without white space at the ends: nothing can be wrong with it, and nearly every text is of this kind. */
const PLAIN = /^(?:[!-~](?:[ -~]*[!-~])?)?$/

const NONE: readonly LocatedText[] = []

/** Every text that is not plain, with its pointer. The document has passed its schema, so it is not deeper than that. */
export function unusualTextsOf (document: unknown): readonly LocatedText[] {
  return isPlainThroughout(document) ? NONE : [...textsThatAreNotPlain(document, '')]
}

function isPlainThroughout (value: unknown): boolean {
  if (typeof value === 'string') return PLAIN.test(value)
  if (typeof value !== 'object' || value === null) return true
  for (const key in value) {
    if (!isPlainThroughout((value as Record<string, unknown>)[key])) return false
  }
  return true
}

function * textsThatAreNotPlain (value: unknown, pointer: string): Generator<LocatedText> {
  if (typeof value === 'string' && !PLAIN.test(value)) yield { pointer, text: value }
  if (typeof value !== 'object' || value === null) return
  for (const key in value) yield * textsThatAreNotPlain((value as Record<string, unknown>)[key], appendToPointer(pointer, key))
}
