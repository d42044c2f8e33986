/** Organisations: one document each, with the manufacturers that belong to it. */
import type { Db, IndexDescription } from 'mongodb'
import type { Role } from '../domain/access.js'
import type { Manufacturer, Organization } from '../domain/organization.js'
import { isDuplicateKey, MAX_TIME_MS } from './connection.js'

export const ORGANIZATIONS = 'organizations'

export const ORGANIZATION_INDEXES: IndexDescription[] = [
  // Makes `addManufacturer` safe: a manufacturer belongs to at most one organisation, whoever asks at the same time.
  // Serves `findByManufacturer`. Partial, because otherwise all organisations without manufacturers would share one key.
  {
    name: 'manufacturer',
    key: { 'manufacturers.key': 1 },
    unique: true,
    partialFilterExpression: { 'manufacturers.key': { $type: 'string' } }
  }
]

interface StoredOrganization {
  _id: string
  name: string
  role: Role
  manufacturers: Manufacturer[]
  markets?: string[]
  createdAt: Date
  disabledAt?: Date
}

/** What of an organisation can be changed. */
export type OrganizationContent = Pick<Organization, 'name' | 'role' | 'manufacturers' | 'markets' | 'disabledAt'>

const TIMED = { maxTimeMS: MAX_TIME_MS }

export type OrganizationsRepository = ReturnType<typeof createOrganizationsRepository>

export function createOrganizationsRepository (db: Db) {
  const organizations = db.collection<StoredOrganization>(ORGANIZATIONS)

  /** Adds an organisation. Concurrency: the unique id and the unique index of manufacturers decide; nothing is stored unless `added`. */
  async function add ({ id, name, role, manufacturers, markets, createdAt }: Organization): Promise<'added' | 'id-taken' | 'manufacturer-taken'> {
    try {
      await organizations.insertOne({ _id: id, name, role, manufacturers: [...manufacturers], ...(markets && { markets: [...markets] }), createdAt }, TIMED)
      return 'added'
    } catch (error) {
      if (!isDuplicateKey(error)) throw error
      return await organizations.countDocuments({ _id: id }, { limit: 1, ...TIMED }) === 1 ? 'id-taken' : 'manufacturer-taken'
    }
  }

  return {
    add,

    /** In the order of their ids, beginning after the id `after`. */
    async page (filters: { ids?: readonly string[], roles?: readonly Role[] | undefined, onlyEnabled: boolean }, { after, limit }: { after?: string | undefined, limit: number }): Promise<Organization[]> {
      const { ids, roles, onlyEnabled } = filters
      const found = await organizations.find({
        _id: { ...(ids !== undefined && { $in: [...ids] }), $gt: after ?? '' },
        ...(roles !== undefined && { role: { $in: [...roles] } }),
        ...(onlyEnabled && { disabledAt: { $exists: false } })
      }, { ...TIMED, sort: { _id: 1 }, limit }).toArray()
      return found.map(toOrganization)
    },

    /**
     * Writes all that can be changed. Concurrency: the last writer wins; the unique index keeps a manufacturer with one organisation.
     *
     * @returns `taken` when one of the manufacturers belongs to another organisation; nothing is changed then
     */
    async replace (id: string, { name, role, manufacturers, markets, disabledAt }: OrganizationContent): Promise<'replaced' | 'taken' | 'unknown-organization'> {
      const unset = { ...(markets === undefined && { markets: '' as const }), ...(disabledAt === undefined && { disabledAt: '' as const }) }
      try {
        const { matchedCount } = await organizations.updateOne({ _id: id }, {
          $set: { name, role, manufacturers: [...manufacturers], ...(markets && { markets: [...markets] }), ...(disabledAt && { disabledAt }) },
          ...(Object.keys(unset).length > 0 && { $unset: unset })
        }, TIMED)
        return matchedCount === 1 ? 'replaced' : 'unknown-organization'
      } catch (error) {
        if (isDuplicateKey(error)) return 'taken'
        throw error
      }
    },

    async findById (id: string): Promise<Organization | null> {
      const stored = await organizations.findOne({ _id: id }, TIMED)
      return stored === null ? null : toOrganization(stored)
    },

    /** Those of the ids that are organisations and not disabled, with their names: for others a disabled one is not there. */
    async findActiveNames (ids: readonly string[]): Promise<Map<string, string>> {
      if (ids.length === 0) return new Map()
      const found = await organizations.find({ _id: { $in: [...ids] }, disabledAt: { $exists: false } }, { ...TIMED, projection: { name: 1 } }).toArray()
      return new Map(found.map(({ _id, name }) => [_id, name]))
    },

    async hasAny (): Promise<boolean> {
      return await organizations.findOne({}, { ...TIMED, projection: { _id: 1 } }) !== null
    },

    /** @param manufacturerKey normalised name */
    async findByManufacturer (manufacturerKey: string): Promise<Organization | null> {
      const stored = await organizations.findOne({ 'manufacturers.key': manufacturerKey }, TIMED)
      return stored === null ? null : toOrganization(stored)
    },

    /** Adds the organisation unless its id is taken, and returns what is stored under that id. The first writer wins. */
    async addOrFind (organization: Organization): Promise<Organization> {
      if (await add(organization) === 'added') return organization
      const { id } = organization
      const stored = await organizations.findOne({ _id: id }, TIMED)
      if (stored === null) throw new Error(`The organisation ${id} could be neither added nor found.`)
      return toOrganization(stored)
    },

    /**
     * Gives a manufacturer to an organisation. Repeating it changes nothing. Concurrency: the filter makes it happen at
     * most once within the organisation, the unique index at most once across organisations.
     *
     * @returns `taken` when the manufacturer belongs to another organisation, `unknown-organization` when there is none
     * with that id.
     */
    async addManufacturer (organizationId: string, manufacturer: Manufacturer): Promise<'added' | 'present' | 'taken' | 'unknown-organization'> {
      try {
        const { modifiedCount } = await organizations.updateOne(
          { _id: organizationId, 'manufacturers.key': { $ne: manufacturer.key } },
          { $push: { manufacturers: { key: manufacturer.key, name: manufacturer.name } } },
          TIMED
        )
        if (modifiedCount === 1) return 'added'
      } catch (error) {
        if (isDuplicateKey(error)) return 'taken'
        throw error
      }
      const exists = await organizations.countDocuments({ _id: organizationId }, { limit: 1, ...TIMED })
      return exists === 1 ? 'present' : 'unknown-organization'
    }
  }
}

function toOrganization ({ _id, ...rest }: StoredOrganization): Organization {
  return { id: _id, ...rest }
}
