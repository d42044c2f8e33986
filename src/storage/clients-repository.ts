/** Clients: the credentials with which organisations call the exchange. Secrets are stored as hashes only. Every operation names its client by `_id`. */
import type { Db, IndexDescription } from 'mongodb'
import type { Client, ClientSecret } from '../domain/organization.js'
import { isDuplicateKey, MAX_TIME_MS } from './connection.js'

export const CLIENTS = 'clients'

export const CLIENT_INDEXES: IndexDescription[] = [
  // An organisation's clients in the order of their ids.
  { name: 'organization', key: { organizationId: 1, _id: 1 } }
]

type StoredClient = Omit<Client, 'id'> & { _id: string }

/** What of a client can be changed; what is absent is removed. */
export type ClientContent = Pick<Client, 'name' | 'scopes' | 'allowedAddresses' | 'expiresAt' | 'disabledAt'>

const TIMED = { maxTimeMS: MAX_TIME_MS }

export type ClientsRepository = ReturnType<typeof createClientsRepository>

export function createClientsRepository (db: Db) {
  const clients = db.collection<StoredClient>(CLIENTS)

  return {
    /** The one operation without an organisation: it is how the organisation of a presented credential is found. */
    async findById (id: string): Promise<Client | null> {
      const stored = await clients.findOne({ _id: id }, TIMED)
      return stored === null ? null : toClient(stored)
    },

    /** Of one organisation, or of all, in the order of their ids, beginning after the id `after`. */
    async page (organizationId: string | undefined, { after, limit }: { after?: string | undefined, limit: number }): Promise<Client[]> {
      const found = await clients.find({ ...(organizationId !== undefined && { organizationId }), _id: { $gt: after ?? '' } }, { ...TIMED, sort: { _id: 1 }, limit }).toArray()
      return found.map(toClient)
    },

    count: async (organizationId: string): Promise<number> => await clients.countDocuments({ organizationId }, TIMED),

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

    /** Concurrency: the last writer wins; secrets are not touched. @returns false when the organisation has no such client */
    async replace (organizationId: string, id: string, { name, scopes, allowedAddresses, expiresAt, disabledAt }: ClientContent): Promise<boolean> {
      const optional = { allowedAddresses, expiresAt, disabledAt }
      const absent = Object.entries(optional).filter(([, value]) => value === undefined).map(([member]) => [member, ''])
      const { matchedCount } = await clients.updateOne({ _id: id, organizationId }, {
        $set: { name, scopes, ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)) },
        ...(absent.length > 0 && { $unset: Object.fromEntries(absent) })
      }, TIMED)
      return matchedCount === 1
    },

    /**
     * Replaces the secrets of a client. Concurrency: only when they are those that were read (`known`).
     *
     * @returns false when the client is gone or its secrets are others by now
     */
    async replaceSecrets (organizationId: string, id: string, known: readonly ClientSecret[], secrets: readonly ClientSecret[]): Promise<boolean> {
      const { matchedCount } = await clients.updateOne(
        { _id: id, organizationId, secrets: { $size: known.length }, ...(known.length > 0 && { 'secrets.hash': { $all: known.map(({ hash }) => hash) } }) },
        { $set: { secrets } },
        TIMED
      )
      return matchedCount === 1
    },

    /** @returns false when the organisation has no such client */
    async remove (organizationId: string, id: string): Promise<boolean> {
      const { deletedCount } = await clients.deleteOne({ _id: id, organizationId }, TIMED)
      return deletedCount === 1
    }
  }
}

function toClient ({ _id, ...rest }: StoredClient): Client {
  return { id: _id, ...rest }
}
