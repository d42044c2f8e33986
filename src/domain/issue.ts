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

/** Renders any received value for {@link Issue.received}. */
export function renderReceived (value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
  return text.length > MAX_RECEIVED_LENGTH ? `${text.slice(0, MAX_RECEIVED_LENGTH - 1)}…` : text
}
