/** What vendors decided about access: policies, product lists, groups and grants. Every method names its vendor. */
import type { Collection, Db, IndexDescription } from 'mongodb'
import type { AccessFacts, AudiencePolicy, Grant, OrganizationGroup, ProductList } from '../domain/access-policy.js'
import type { AccessVersion } from './access-version.js'
import type { AudienceRegistry } from './audience-registry.js'
import { isDuplicateKey, MAX_TIME_MS } from './connection.js'
import { ORGANIZATIONS } from './organizations-repository.js'

type Stored<T extends { id: string }> = Omit<T, 'id'> & { _id: string }
type StoredPolicy = Omit<AudiencePolicy, 'vendor'> & { _id: string }

const PRODUCT_LISTS = 'product_lists'
const ORGANIZATION_GROUPS = 'organization_groups'
const GRANTS = 'grants'

/** A vendor's lists, groups and grants by their ids, which is the order of their pages. */
const BY_VENDOR: IndexDescription[] = [{ name: 'vendor', key: { vendor: 1, _id: 1 } }]

export const ACCESS_INDEXES = { [PRODUCT_LISTS]: BY_VENDOR, [ORGANIZATION_GROUPS]: BY_VENDOR, [GRANTS]: BY_VENDOR }

const TIMED = { maxTimeMS: MAX_TIME_MS }

/** What decides about access is read from a majority: a grant that a fail-over takes back must not have shown anything. */
const SETTLED = { ...TIMED, readConcern: 'majority' } as const

interface PageStart { after?: string | undefined, limit: number }

export type AccessRepository = ReturnType<typeof createAccessRepository>

export function createAccessRepository (db: Db, parts: { version: AccessVersion, audiences: AudienceRegistry }) {
  const policies = db.collection<StoredPolicy>('audience_policies')
  const lists = db.collection<Stored<ProductList>>(PRODUCT_LISTS)
  const groups = db.collection<Stored<OrganizationGroup>>(ORGANIZATION_GROUPS)
  const grants = db.collection<Stored<Grant>>(GRANTS)
  const organizations = db.collection<{ _id: string, markets?: string[] }>(ORGANIZATIONS)

  /** Everything at once. What is stored before a version was raised is in what is read after it. */
  async function loadFacts (): Promise<AccessFacts> {
    const { version, toldUntil } = await parts.version.readState()
    const [storedPolicies, storedLists, storedGroups, storedGrants, audiences, withMarkets] = await Promise.all([
      policies.find({}, SETTLED).toArray(),
      lists.find({}, SETTLED).toArray(),
      groups.find({}, SETTLED).toArray(),
      grants.find({ revokedAt: { $exists: false } }, SETTLED).toArray(),
      parts.audiences.list(),
      organizations.find({ markets: { $exists: true } }, { ...SETTLED, projection: { markets: 1 } }).toArray()
    ])
    return {
      version,
      toldUntil,
      policies: storedPolicies.map(({ _id, ...policy }) => ({ vendor: _id, ...policy })),
      lists: storedLists.map(stored => fromStored<ProductList>(stored)),
      groups: storedGroups.map(stored => fromStored<OrganizationGroup>(stored)),
      grants: storedGrants.map(stored => fromStored<Grant>(stored)),
      audiences,
      markets: new Map(withMarkets.map(({ _id, markets = [] }) => [_id, markets]))
    }
  }

  return {
    loadFacts,
    readVersion: parts.version.read,
    raiseVersion: parts.version.raise,
    tellUntil: parts.version.tellUntil,

    findPolicy: async (vendor: string): Promise<AudiencePolicy | null> => {
      const stored = await policies.findOne({ _id: vendor }, TIMED)
      if (stored === null) return null
      const { _id, ...policy } = stored
      return { vendor, ...policy }
    },

    /** Concurrency: the last writer wins; a policy is always written as a whole. */
    putPolicy: async ({ vendor, ...policy }: AudiencePolicy): Promise<void> => {
      await policies.replaceOne({ _id: vendor }, policy, { upsert: true, ...TIMED })
    },

    lists: ownedCollection<ProductList>(lists),
    groups: ownedCollection<OrganizationGroup>(groups),
    grants: {
      ...ownedCollection<Grant>(grants),
      /** Ends the grant for good; false when the vendor has no such grant that is not revoked yet. */
      revoke: async (vendor: string, id: string, at: Date): Promise<boolean> => {
        const { modifiedCount } = await grants.updateOne({ _id: id, vendor, revokedAt: { $exists: false } }, { $set: { revokedAt: at } }, TIMED)
        return modifiedCount === 1
      }
    }
  }
}

/** Documents that belong to a vendor. */
function ownedCollection<T extends { id: string, vendor: string }> (collection: Collection<Stored<T>>) {
  // The driver's types cannot see through `Omit` of a type parameter.
  const documents = collection as unknown as Collection<{ _id: string, vendor: string }>
  const read = (stored: { _id: string, vendor: string }): T => fromStored(stored as unknown as Stored<T>)
  return {
    find: async (vendor: string, id: string): Promise<T | null> => {
      const stored = await documents.findOne({ _id: id, vendor }, TIMED)
      return stored === null ? null : read(stored)
    },

    page: async (vendor: string, { after, limit }: PageStart): Promise<T[]> => {
      const found = await documents.find({ vendor, ...(after !== undefined && { _id: { $gt: after } }) }, { ...TIMED, sort: { _id: 1 }, limit }).toArray()
      return found.map(read)
    },

    /** Those of the ids that the vendor has. */
    existing: async (vendor: string, ids: readonly string[]): Promise<Set<string>> => {
      if (ids.length === 0) return new Set()
      const found = await documents.find({ _id: { $in: [...ids] }, vendor }, { ...TIMED, projection: { _id: 1 } }).toArray()
      return new Set(found.map(({ _id }) => _id))
    },

    count: async (vendor: string): Promise<number> => await documents.countDocuments({ vendor }, TIMED),

    /** @returns false when the id is taken */
    add: async ({ id, ...rest }: T): Promise<boolean> => {
      try {
        await documents.insertOne({ _id: id, ...rest }, TIMED)
        return true
      } catch (error) {
        if (isDuplicateKey(error)) return false
        throw error
      }
    },

    /** Concurrency: the last writer wins. @returns false when the vendor has no such document */
    replace: async ({ id, ...rest }: T): Promise<boolean> => {
      const { matchedCount } = await documents.replaceOne({ _id: id, vendor: rest.vendor }, rest, TIMED)
      return matchedCount === 1
    },

    remove: async (vendor: string, id: string): Promise<boolean> => {
      const { deletedCount } = await documents.deleteOne({ _id: id, vendor }, TIMED)
      return deletedCount === 1
    }
  }
}

function fromStored<T extends { id: string }> (stored: Stored<T>): T {
  const { _id, ...rest } = stored
  return { id: _id, ...rest } as unknown as T
}
