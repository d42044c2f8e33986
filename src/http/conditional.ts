/** Conditional requests (RFC 9110 section 13) over the integer version of a product. */
import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyReply } from 'fastify'
import { ExchangeError } from '../domain/problems.js'
import type { Precondition } from '../domain/write-decision.js'
import { refundCharge } from './quotas.js'
import type { RequestIssueCode } from './request-issues.js'

/** The strong entity tag of a version; the same for every projection of the product. */
export function entityTag (version: number): string {
  return `"v${version}"`
}

/**
 * Reads the precondition of a write from `If-Match` and `If-None-Match`; nothing when neither is sent.
 *
 * @throws ExchangeError `invalid-parameter` when a header is not a list of entity tags
 */
export function writePrecondition (headers: IncomingHttpHeaders): { precondition?: Precondition } {
  const ifMatch = headers['if-match']
  const ifNoneMatch = headers['if-none-match']
  if (ifMatch === undefined && ifNoneMatch === undefined) return {}
  const precondition: Precondition = {}
  if (ifMatch !== undefined) {
    const tags = parseTags('If-Match', ifMatch)
    if (tags === 'any') precondition.ifPresent = true
    else precondition.ifVersion = tags.map(versionOf).filter(version => version !== undefined)
  }
  if (ifNoneMatch !== undefined) {
    if (parseTags('If-None-Match', ifNoneMatch) !== 'any') {
      throw headerProblem('If-None-Match', ifNoneMatch, '* (create only); to change a known version use If-Match')
    }
    precondition.ifAbsent = true
  }
  return { precondition }
}

/** True when a read can be answered with 304: the caller already has this version. */
export function isNotModified (ifNoneMatch: string | undefined, version: number): boolean {
  if (ifNoneMatch === undefined) return false
  if (ifNoneMatch === entityTag(version)) return true
  const tags = parseTags('If-None-Match', ifNoneMatch)
  return tags === 'any' || tags.some(tag => versionOf(tag) === version)
}

/** The answer to a caller that has the current representation. */
export function sendNotModified (reply: FastifyReply): FastifyReply {
  refundCharge(reply)
  return reply.code(304).send()
}

// An entity tag: optionally weak, then characters other than the quote, in quotes.
const TAG_LIST = /^\s*(?:W\/)?"[^"]*"\s*(?:,\s*(?:W\/)?"[^"]*"\s*)*$/
const TAG = /"([^"]*)"/g

function parseTags (name: string, value: string): 'any' | string[] {
  if (value.trim() === '*') return 'any'
  if (!TAG_LIST.test(value)) throw headerProblem(name, value, 'entity tags such as "v17", in double quotes, separated by commas; or *')
  return Array.from(value.matchAll(TAG), match => match[1] ?? '')
}

// Proxies that compress an answer weaken its tag or append the encoding to it; it still names the same version.
const VERSION_TAG = /^v([1-9]\d{0,14})(?:-(?:gzip|br|deflate|zstd))?$/

function versionOf (tag: string): number | undefined {
  const digits = VERSION_TAG.exec(tag)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

function headerProblem (header: string, received: string, expected: string): ExchangeError {
  return new ExchangeError('invalid-parameter', `The header ${header} is not understood.`, {
    issues: [{ header, code: 'HEADER_FORMAT' satisfies RequestIssueCode, detail: `${header} must be ${expected}.`, expected, received: received.slice(0, 128) }]
  })
}
