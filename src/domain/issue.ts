/**
 * One finding about a submitted document. Schema errors and cross-field rules share this shape, so that a vendor
 * reads one format everywhere: HTTP answers, batch items, import reports and commands.
 */
export interface Issue {
  /** UPPER_SNAKE_CASE, stable, documented at `/errors/{code}`. */
  code: string
  /** An `error` rejects the record; a `warning` is stored with it. */
  severity: Severity
  /** RFC 6901 JSON Pointer that resolves in the submitted document; a missing field points to the object that lacks it. */
  pointer: string
  /** One sentence for a person: what is wrong and what would be right. */
  detail: string
  /** What would have been accepted, where it can be said shortly. */
  expected?: string
  /** What was received, cut at 128 characters. */
  received?: string
}

export type Severity = 'error' | 'warning'

/** At most this many issues are reported for one document. */
export const MAX_ISSUES_PER_DOCUMENT = 50

/** `received` is cut at this many characters. */
export const MAX_RECEIVED_LENGTH = 128

/**
 * Renders any received value for {@link Issue.received}: text as it is, everything else as JSON. Reads no more of the value
 * than it shows, so that a huge or deeply nested one costs nothing.
 */
export function renderReceived (value: unknown): string {
  return cut(typeof value === 'string' ? value.slice(0, MAX_RECEIVED_LENGTH + 1) : renderJson(value, MAX_RECEIVED_LENGTH + 1))
}

/** Cuts at {@link MAX_RECEIVED_LENGTH}, never through the middle of a character. */
function cut (text: string): string {
  if (text.length <= MAX_RECEIVED_LENGTH) return text
  return `${text.slice(0, MAX_RECEIVED_LENGTH - 1).replace(/[\uD800-\uDBFF]$/, '')}…`
}

/** JSON of the value, abandoned once it is longer than `room` characters: every level adds one, so `room` bounds the depth too. */
function renderJson (value: unknown, room: number): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, Math.max(room, 0)))
  if (typeof value !== 'object' || value === null) return String(value)
  const isList = Array.isArray(value)
  let text = isList ? '[' : '{'
  let first = true
  for (const key in value) {
    if (text.length > room) return text
    if (!first) text += ','
    first = false
    if (!isList) text += `${JSON.stringify(key.slice(0, room))}:`
    text += renderJson((value as Record<string, unknown>)[key], room - text.length)
  }
  return text + (isList ? ']' : '}')
}

/** A JSON Pointer (RFC 6901) one step further down. */
export function appendToPointer (pointer: string, token: string | number): string {
  return `${pointer}/${typeof token === 'number' ? token : token.replaceAll('~', '~0').replaceAll('/', '~1')}`
}

/** The value at a JSON Pointer of the document, or undefined where there is none; looks at own fields only. */
export function valueAtPointer (document: unknown, pointer: string): unknown {
  let value = document
  for (const token of pointer.split('/').slice(1)) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Record<string, unknown>)[key]
  }
  return value
}
