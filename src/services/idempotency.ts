/**
 * Requests that are executed once however often they arrive, told apart by the client's Idempotency-Key. A key belongs to the
 * organisation, the client and the operation, and is remembered for 24 hours.
 */
import { hash } from 'node:crypto'
import type { Caller } from '../domain/access.js'
import { ExchangeError } from '../domain/problems.js'
import type { IdempotencyRepository, KeptAnswer } from '../storage/idempotency-repository.js'

const REMEMBERED_MS = 24 * 60 * 60 * 1_000

/** Longer than any request takes that the key is for; a process that died in the middle blocks its key for no longer. */
const LOCK_MS = 60_000

/** Answers above this are not kept (bytes): the request is executed anew, which for records is a no-op. */
const MAX_ANSWER_BYTES = 1_048_576

export interface IdempotentRequest {
  key: string
  /** Name of the operation. */
  operation: string
  /** Hash over everything that the request asks for. */
  fingerprint: string
}

/** The right, and the duty, to execute a request. */
export interface Execution { id: string, owner: string }

export type Idempotency = ReturnType<typeof createIdempotency>

export function createIdempotency (parts: { requests: IdempotencyRepository, now: () => Date, newId: () => string }) {
  return {
    /**
     * Either the execution is the caller's, or there is an answer already.
     *
     * @throws ExchangeError `idempotency-in-progress` while the first request has no answer yet, `idempotency-key-reused` when
     * the key was used for another request
     */
    async begin (caller: Caller, { key, operation, fingerprint }: IdempotentRequest): Promise<Execution | KeptAnswer> {
      const now = parts.now()
      // The parts have no line feed, so that no two of them can be joined to the same text; the key is kept as a hash only.
      const id = hash('sha256', [caller.organizationId, caller.clientId, operation, key].join('\n'), 'base64url')
      const execution = { id, owner: parts.newId() }
      const known = await parts.requests.claim({
        ...execution, fingerprint, now, lockedUntil: new Date(now.getTime() + LOCK_MS), expiresAt: new Date(now.getTime() + REMEMBERED_MS)
      })
      if (known === null) return execution
      if (known.fingerprint !== fingerprint) {
        throw new ExchangeError('idempotency-key-reused', 'This Idempotency-Key was used in the last 24 hours for a request with another target, body or condition.')
      }
      if (known.answer !== undefined) return known.answer
      throw new ExchangeError('idempotency-in-progress', 'The first request with this Idempotency-Key has no answer yet.', { retryAfterSeconds: 1 })
    },

    /** Keeps the answer for those who ask again; failures of the exchange and what is worth a retry are not kept. */
    async end ({ id, owner }: Execution, answer: KeptAnswer, isFinal: boolean): Promise<void> {
      if (isFinal && answer.status < 500 && answer.body.length <= MAX_ANSWER_BYTES) await parts.requests.keep(id, owner, answer)
      else await parts.requests.release(id, owner)
    },

    /** Removes what is older than 24 hours. */
    async sweep (): Promise<number> {
      return await parts.requests.removeExpired(parts.now())
    }
  }
}
