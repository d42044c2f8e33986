/**
 * Requests that carry an Idempotency-Key, with the answer that they got. One document per key; `_id` makes the first insert
 * win. While a request is being worked on its document has no answer and belongs to its `owner` until `lockedUntil`.
 */
import type { Binary, Db, IndexDescription } from 'mongodb'
import { isDuplicateKey, MAX_TIME_MS } from './connection.js'

export const IDEMPOTENCY_KEYS = 'idempotency_keys'

export const IDEMPOTENCY_INDEXES: IndexDescription[] = [
  // Serves `removeExpired`.
  { name: 'expiry', key: { expiresAt: 1 } }
]

/** An answer as it can be given again. */
export interface KeptAnswer {
  status: number
  headers: Readonly<Record<string, string>>
  body: Buffer
}

/** What is known under a key: being worked on until a moment, or answered. */
export interface KnownRequest {
  fingerprint: string
  lockedUntil: Date
  answer?: KeptAnswer
}

interface StoredRequest {
  _id: string
  /** Hash of what was asked. */
  fingerprint: string
  owner: string
  lockedUntil: Date
  expiresAt: Date
  answer?: { status: number, headers: Record<string, string>, body: Binary | Buffer }
}

export interface Claim { id: string, fingerprint: string, owner: string, now: Date, lockedUntil: Date, expiresAt: Date }

const TIMED = { maxTimeMS: MAX_TIME_MS }

export type IdempotencyRepository = ReturnType<typeof createIdempotencyRepository>

export function createIdempotencyRepository (db: Db) {
  const requests = db.collection<StoredRequest>(IDEMPOTENCY_KEYS)

  return {
    /**
     * Takes the key for this request; null when it has been taken, otherwise what is known under it. A key that expired, or
     * whose owner for the same request did not finish in time, is taken over; of several who try, one succeeds.
     */
    async claim ({ id, fingerprint, owner, now, lockedUntil, expiresAt }: Claim): Promise<KnownRequest | null> {
      try {
        await requests.insertOne({ _id: id, fingerprint, owner, lockedUntil, expiresAt }, TIMED)
        return null
      } catch (error) {
        if (!isDuplicateKey(error)) throw error
      }
      const abandoned = { fingerprint, answer: { $exists: false }, lockedUntil: { $lte: now } }
      const { modifiedCount } = await requests.replaceOne(
        { _id: id, $or: [{ expiresAt: { $lte: now } }, abandoned] }, { fingerprint, owner, lockedUntil, expiresAt }, TIMED
      )
      if (modifiedCount === 1) return null
      const known = await requests.findOne({ _id: id }, { ...TIMED, promoteBuffers: true })
      // It ended without an answer at this very moment: as if it were still under way, so that the client asks again.
      if (known === null) return { fingerprint, lockedUntil: now }
      const { answer } = known
      return { fingerprint: known.fingerprint, lockedUntil: known.lockedUntil, ...(answer !== undefined && { answer: { ...answer, body: answer.body as Buffer } }) }
    },

    /** Keeps the answer, unless the key has passed to another owner. */
    async keep (id: string, owner: string, answer: KeptAnswer): Promise<void> {
      await requests.updateOne({ _id: id, owner }, { $set: { answer: { ...answer, headers: { ...answer.headers } } } }, TIMED)
    },

    /** Gives the key back: the same request may be tried again. */
    async release (id: string, owner: string): Promise<void> {
      await requests.deleteOne({ _id: id, owner }, TIMED)
    },

    /** Removes what expired; several processes may do so at once. Returns how many there were. */
    async removeExpired (now: Date): Promise<number> {
      const { deletedCount } = await requests.deleteMany({ expiresAt: { $lte: now } }, TIMED)
      return deletedCount
    }
  }
}
