/** Pages of lists: the envelope and the link to the next one. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { addLink } from './links.js'
import { markPrivate, sendBytes } from './product-answers.js'
import { listBody } from '../formats/product-json.js'

interface PageEnvelope {
  nextCursor?: string
  hasMore: boolean
}

/** `Link: <...>; rel="next"` (RFC 8288), with all parameters of the request. */
export function linkNext (request: FastifyRequest, reply: FastifyReply, { nextCursor }: PageEnvelope): void {
  if (nextCursor === undefined) return
  const url = new URL(request.url, 'http://exchange')
  url.searchParams.delete('from')
  url.searchParams.set('cursor', nextCursor)
  addLink(reply, `<${url.pathname}${url.search}>; rel="next"`)
}

/** A page whose items are JSON bytes already. */
export function sendPageOfBytes (request: FastifyRequest, reply: FastifyReply, items: readonly Buffer[], page: PageEnvelope & { unrepresentable?: readonly object[] }): FastifyReply {
  linkNext(request, reply, page)
  const { nextCursor, hasMore, unrepresentable } = page
  return sendBytes(reply, listBody(items, { ...(unrepresentable !== undefined && { unrepresentable }), ...(nextCursor !== undefined && { nextCursor }), hasMore }))
}

/** A page of plain values. */
export function sendPage (request: FastifyRequest, reply: FastifyReply, page: PageEnvelope & { items: readonly unknown[] }): FastifyReply {
  linkNext(request, reply, page)
  return markPrivate(reply).send(page)
}
