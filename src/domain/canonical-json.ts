/**
 * Canonical JSON of a record (RFC 8785): one text per content, so that equal hashes mean equal content.
 *
 * JSON.stringify already writes numbers and strings as the RFC wants; what remains is the order of the fields. Only for
 * records that passed their schema: they have no fields named like array indices, which JavaScript would move to the front.
 */
export function canonicalJson (record: unknown): string {
  return JSON.stringify(inCanonicalOrder(record))
}

function inCanonicalOrder (value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(inCanonicalOrder)
  const ordered: Record<string, unknown> = {}
  for (const key of Object.keys(value).sort()) ordered[key] = inCanonicalOrder((value as Record<string, unknown>)[key])
  return ordered
}
