/** Ids of requests: the caller's own, or 128 random bits as 32 hexadecimal digits, as W3C Trace Context names traces. */
import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { holdsCredential } from './url-credentials.js'

const REQUEST_ID = /^[A-Za-z0-9._~:+/=-]{1,128}$/

/** The caller's `X-Request-Id` when it is harmless in a log, otherwise a new one. */
export function requestId (request: IncomingMessage): string {
  const sent = request.headers['x-request-id']
  return typeof sent === 'string' && REQUEST_ID.test(sent) && !holdsCredential(sent) ? sent : newRequestId()
}

const DIGITS = 32
const DRAWN_AT_ONCE = 256

let drawn = ''
let next = 0

/** Cut from one long text: a UUID is joined from many pieces, for every request, and joined once more when it becomes a header. */
export function newRequestId (): string {
  if (next === drawn.length) {
    drawn = randomBytes(DRAWN_AT_ONCE * DIGITS / 2).toString('hex')
    next = 0
  }
  next += DIGITS
  return drawn.slice(next - DIGITS, next)
}
