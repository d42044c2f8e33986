/** Clients: the credentials with which organisations call the exchange. Secrets are stored as hashes only. Every operation names its client by `_id`. */
import type { Db } from 'mongodb'
import type { Scope } from '../domain/access.js'
import type { Client, ClientSecret } from '../domain/organization.js'
import { isDuplicateKey, MAX_TIME_MS } from './connection.js'

export const CLIENTS = 'clients'

interface StoredClient {
  _id: string
  organizationId: string
  name: string
  scopes: readonly Scope[]
  secrets: readonly ClientSecret[]
  createdAt: Date
  disabledAt?: Date
}

const TIMED = { maxTimeMS: MAX_TIME_MS }

export type ClientsRepository = ReturnType<typeof createClientsRepository>

export function createClientsRepository (db: Db) {
  const clients = db.collection<StoredClient>(CLIENTS)

  return {
    /** The one operation without an organisation: it is how the organisation of a presented credential is found. */
    async findById (id: string): Promise<Client | null> {
      const stored = await clients.findOne({ _id: id }, TIMED)
      if (stored === null) return null
      const { _id, ...rest } = stored
      return { id: _id, ...rest }
    },

    /** @returns false when the id is taken; nothing is changed then. */
    async add ({ id, ...rest }: Client): Promise<boolean> {
      try {
        await clients.insertOne({ _id: id, ...rest }, TIMED)
        return true
      } catch (error) {
        if (isDuplicateKey(error)) return false
        throw error
      }
    },

    /** Notes the use of one secret. Concurrency: the latest time stands, whichever write comes last. */
    async recordUse (organizationId: string, id: string, secretHash: Buffer, at: Date): Promise<void> {
      const filter = { _id: id, organizationId, 'secrets.hash': secretHash }
      await clients.updateOne(filter, { $max: { 'secrets.$.lastUsedAt': at } }, TIMED)
    },

    /**
     * Refuses the client from `at` on. Repeating it keeps the first time.
     *
     * @returns false when the organisation has no such client
     */
    async disable (organizationId: string, id: string, at: Date): Promise<boolean> {
      const { matchedCount } = await clients.updateOne({ _id: id, organizationId }, { $min: { disabledAt: at } }, TIMED)
      return matchedCount === 1
    }
  }
}
