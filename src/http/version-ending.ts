/**
 * Answers in a schema version that is on its way out say since when (RFC 9745), until when (RFC 8594), and what takes its place.
 *
 * An answer is in a version when it holds one record of it, or when `schema` named the version. Answers of many records as they were submitted
 * are in no version: there each record says its own.
 */
import type { FastifyReply } from 'fastify'
import type { EndingVersion } from '../services/schemas.js'
import { addLink } from './links.js'

/** Does nothing for a version that is not ending. */
export function announceEnding (reply: FastifyReply, ending: EndingVersion | undefined): void {
  if (ending === undefined) return
  const { schema, deprecatedOn, sunsetOn, successor } = ending
  reply.header('deprecation', `@${Date.parse(`${deprecatedOn}T00:00:00Z`) / 1000}`)
  if (sunsetOn !== undefined) reply.header('sunset', new Date(`${sunsetOn}T00:00:00Z`).toUTCString())
  addLink(reply, `</v1/schemas/${schema}/${successor}>; rel="successor-version"`)
}
