/** Long polling: how long a client is ready to wait (RFC 7240), and whether it is still there. */
import type { FastifyReply, FastifyRequest } from 'fastify'

/** Below the idle time after which common proxies give a request up. */
const MAX_WAIT_SECONDS = 30

const WAIT = /(?:^|[,;])\s*wait\s*=\s*"?(\d{1,9})"?\s*(?=$|[,;])/i

/** The wait of the `Prefer` header in milliseconds, cut to what is allowed and confirmed in the answer; 0 without one. */
export function appliedWait (request: FastifyRequest, reply: FastifyReply): number {
  const { prefer } = request.headers
  const asked = typeof prefer === 'string' ? WAIT.exec(prefer)?.[1] : undefined
  if (asked === undefined) return 0
  const seconds = Math.min(Number(asked), MAX_WAIT_SECONDS)
  reply.header('preference-applied', `wait=${seconds}`)
  return seconds * 1_000
}

/** Aborted when the client goes away before it has its answer. */
export function untilGone (reply: FastifyReply): AbortSignal {
  const gone = new AbortController()
  reply.raw.once('close', () => { gone.abort() })
  return gone.signal
}
