/**
 * The JSON of changes, as pages and streams of the feed carry it. Records are copied as stored bytes into one buffer per
 * page; only the small members around them are written as text.
 */
import type { Delivery, FeedStreamPart, StoredChange } from '../domain/change.js'
import { productHead, productTail } from './product-json.js'

interface Piece { head: string, record: Buffer | null, tail: string }

/** `{"items":[...]` and then the given members. */
export function changePageJson (deliveries: readonly Delivery[], envelope: Readonly<Record<string, unknown>>): Buffer {
  const pieces = deliveries.map(delivery => pieceOf(delivery, ''))
  return joined('{"items":[', pieces, { between: ',', behindLast: '' }, `],${JSON.stringify(envelope).slice(1)}`)
}

/** NDJSON: one line per change, and a last one with `nextCursor` and `asOf`. Chunks of many lines. */
export async function * changeStreamJson (parts: AsyncIterable<FeedStreamPart>): AsyncGenerator<Buffer> {
  for await (const part of parts) {
    yield 'deliveries' in part ? changeLines(part.deliveries, part.cursors) : Buffer.from(`${JSON.stringify(part)}\n`)
  }
}

/** One line per change, each with the cursor that continues behind it. */
function changeLines (deliveries: readonly Delivery[], cursors: readonly string[]): Buffer {
  const pieces = deliveries.map((delivery, index) => pieceOf(delivery, `"cursor":"${cursors[index]}",`))
  return joined('', pieces, { between: '\n', behindLast: '\n' }, '')
}

function pieceOf (delivery: Delivery, members: string): Piece {
  const { change } = delivery
  const head = `{${members}"op":"${delivery.op}","productId":"${change.productId}","version":${change.version},` +
    `"changedAt":"${change.changedAt.toISOString()}","identifiers":${identifiersJson(change)}`
  if (delivery.op === 'delete') {
    const versions = delivery.reason === 'not-representable'
      ? `,"schemaVersion":"${delivery.schemaVersion}","available":${JSON.stringify(delivery.available)}`
      : ''
    return { head: `${head},"reason":"${delivery.reason}"${versions}}`, record: null, tail: '' }
  }
  const { product } = delivery
  return { head: `${head},"product":${productHead(product)}`, record: product.record, tail: `${productTail(product)}}` }
}

/** The identifiers as a look-up takes them; the product id stands beside them. */
function identifiersJson (change: StoredChange): string {
  let json = `[{"scheme":"mpn","value":${JSON.stringify(change.manufacturerPartNumber)},"issuer":${JSON.stringify(change.manufacturerName)}}`
  for (const gtin of change.gtins) json += `,{"scheme":"gtin","value":"${gtin}"}`
  for (const id of change.externalIds) {
    const colon = id.indexOf(':')
    json += `,{"scheme":${JSON.stringify(id.slice(0, colon))},"value":${JSON.stringify(id.slice(colon + 1))}}`
  }
  return `${json}]`
}

function joined (start: string, pieces: readonly Piece[], separators: { between: string, behindLast: string }, end: string): Buffer {
  let size = Buffer.byteLength(start) + Buffer.byteLength(end)
  for (const { head, record, tail } of pieces) size += Buffer.byteLength(head) + (record?.length ?? 0) + Buffer.byteLength(tail) + 1
  const buffer = Buffer.allocUnsafe(size)
  let at = buffer.write(start)
  pieces.forEach(({ head, record, tail }, index) => {
    at += buffer.write(head, at)
    if (record !== null) at += record.copy(buffer, at)
    at += buffer.write(tail, at)
    at += buffer.write(index < pieces.length - 1 ? separators.between : separators.behindLast, at)
  })
  at += buffer.write(end, at)
  return buffer.subarray(0, at)
}
