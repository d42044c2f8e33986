/**
 * The keys that sign access tokens, shared by all processes of one exchange.
 *
 * The private key is stored as it is. What protects it is what protects the database: its authentication, TLS, and
 * encryption at rest; for the embedded engine the file permissions of its data directory. Whoever can read this
 * collection can mint tokens, so backups of it deserve the same care as a password store. It leaves this repository for
 * the signing code alone; what the exchange publishes is built from the public half, which is stored beside it.
 */
import type { Db } from 'mongodb'
import { isDuplicateKey, MAX_TIME_MS } from './connection.js'

export const SIGNING_KEYS = 'signing_keys'

export interface SigningKey {
  /** 1 for the first key of the exchange, then ascending without holes. */
  readonly number: number
  /** RFC 7638 thumbprint of the public key; the `kid` of tokens. */
  readonly kid: string
  readonly algorithm: 'ES256'
  /** RFC 7517, EC P-256. */
  readonly publicJwk: Readonly<Record<string, string>>
  readonly privateJwk: Readonly<Record<string, string>>
  readonly createdAt: Date
  /** It is published from its creation on, and signs from here on; absent: from its creation on. */
  readonly signsFrom?: Date
}

interface StoredSigningKey extends Omit<SigningKey, 'number'> {
  _id: number
}

const TIMED = { maxTimeMS: MAX_TIME_MS }
const MOST_KEYS = 10

export type SigningKeysRepository = ReturnType<typeof createSigningKeysRepository>

export function createSigningKeysRepository (db: Db) {
  const keys = db.collection<StoredSigningKey>(SIGNING_KEYS)

  return {
    /** The newest keys, newest first, at most ten: more than can have unexpired tokens. */
    async listNewest (): Promise<SigningKey[]> {
      const stored = await keys.find({}, TIMED).sort({ _id: -1 }).limit(MOST_KEYS).toArray()
      return stored.map(({ _id, ...rest }) => ({ number: _id, ...rest }))
    },

    /** Removes the keys below this number, private halves and all. Repeating it changes nothing. */
    async removeBelow (number: number): Promise<void> {
      await keys.deleteMany({ _id: { $lt: number } }, TIMED)
    },

    /**
     * Adds a key under its number. Concurrency: the number is the document's `_id`, so of several processes that create
     * the same next key exactly one wins; the others are told and read the winner's.
     *
     * @returns false when the number is taken
     */
    async add ({ number, ...rest }: SigningKey): Promise<boolean> {
      try {
        await keys.insertOne({ _id: number, ...rest }, TIMED)
        return true
      } catch (error) {
        if (isDuplicateKey(error)) return false
        throw error
      }
    }
  }
}
