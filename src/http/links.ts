/** The `Link` header (RFC 8288), which may hold several links. */
import type { FastifyReply } from 'fastify'

export function addLink (reply: FastifyReply, link: string): void {
  const present = reply.getHeader('link')
  reply.header('link', present === undefined ? link : `${String(present)}, ${link}`)
}
