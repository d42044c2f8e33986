/** How products leave the exchange: entity tag, caching rules, stored bytes. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { StoredProduct } from '../domain/product.js'
import { productBody, productBodyWith } from '../formats/product-json.js'
import { entityTag, isNotModified, sendNotModified } from './conditional.js'

const JSON_TYPE = 'application/json; charset=utf-8'

/** Data of one tenant's view: caches may keep it but must ask again before they use it, and never across credentials. */
export function markPrivate (reply: FastifyReply): FastifyReply {
  return reply.header('cache-control', 'private, no-cache').header('vary', 'Authorization, X-API-Key, Accept-Encoding')
}

/** A product, or 304 when the caller already has this version. */
export function sendProduct (request: FastifyRequest, reply: FastifyReply, product: StoredProduct): FastifyReply {
  markPrivate(reply).header('etag', entityTag(product.version))
  if (isNotModified(request.headers['if-none-match'], product.version)) return sendNotModified(reply)
  return reply.header('content-type', JSON_TYPE).send(productBody(product))
}

/** JSON that was built from bytes. */
export function sendBytes (reply: FastifyReply, body: Buffer): FastifyReply {
  return markPrivate(reply).header('content-type', JSON_TYPE).send(body)
}

/** The answer of a write: 201 for a product that is new, 200 otherwise. */
export function sendWritten (
  reply: FastifyReply, written: { outcome: 'created' | 'updated' | 'unchanged', product: StoredProduct }
): FastifyReply {
  const { outcome, product } = written
  return markPrivate(reply)
    .code(outcome === 'created' ? 201 : 200)
    .header('etag', entityTag(product.version))
    .header('location', `/v1/products/${product.productId}`)
    .header('content-type', JSON_TYPE)
    .send(productBodyWith(`"outcome":"${outcome}",`, product))
}

/** The answer of a withdrawal. */
export function sendWithdrawn (reply: FastifyReply, productId: string, { version }: { version: number }): FastifyReply {
  return markPrivate(reply).header('etag', entityTag(version)).send({ outcome: 'withdrawn', productId, version })
}
