/**
 * The JSON of products, built by joining stored bytes: the record leaves the exchange exactly as it is stored, without
 * being parsed, and at a tenth of the cost.
 */
import type { StoredProduct } from '../domain/product.js'

const NO_WARNINGS = Buffer.from(',"warnings":[]}')

/** `{"productId", "version", "vendor", "publishedAt", "schemaVersion", "record", "warnings"}` in UTF-8. */
export function productBody (product: StoredProduct): Buffer {
  const { record } = product
  const head = headOf(product)
  const tail = tailOf(product)
  const headLength = Buffer.byteLength(head)
  const body = Buffer.allocUnsafe(headLength + record.length + tail.length)
  body.write(head, 0)
  record.copy(body, headLength)
  tail.copy(body, headLength + record.length)
  return body
}

/** A product's JSON with further members in front, given as `"name":value` pairs ending with a comma. */
export function productBodyWith (members: string, product: StoredProduct): Buffer {
  return Buffer.concat([Buffer.from(`{${members}${headOf(product).slice(1)}`), product.record, tailOf(product)])
}

function headOf ({ productId, version, vendor, publishedAt, schemaVersion }: StoredProduct): string {
  return `{"productId":${JSON.stringify(productId)},"version":${version},"vendor":${JSON.stringify(vendor)},` +
    `"publishedAt":"${publishedAt.toISOString()}","schemaVersion":${JSON.stringify(schemaVersion)},"record":`
}

function tailOf ({ warnings }: StoredProduct): Buffer {
  return warnings.length === 0 ? NO_WARNINGS : Buffer.from(`,"warnings":${JSON.stringify(warnings)}}`)
}

/** `{"items":[...]` and then the given members of the envelope, e.g. `{ nextCursor, hasMore }`. */
export function listBody (items: readonly Buffer[], envelope: Readonly<Record<string, unknown>>): Buffer {
  const parts: Buffer[] = [Buffer.from('{"items":[')]
  items.forEach((item, index) => {
    if (index > 0) parts.push(COMMA)
    parts.push(item)
  })
  const rest = JSON.stringify(envelope).slice(1)
  parts.push(Buffer.from(rest === '}' ? ']}' : `],${rest}`))
  return Buffer.concat(parts)
}

const COMMA = Buffer.from(',')
