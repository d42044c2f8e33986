/** `audit_events`: appended, completed once, and never changed or removed by the exchange. */
import type { Db, Filter, IndexDescription } from 'mongodb'
import type { AuditEvent } from '../domain/audit.js'
import { MAX_TIME_MS } from './connection.js'

export const AUDIT_EVENTS = 'audit_events'

export const AUDIT_INDEXES: IndexDescription[] = [
  // An organisation's events, newest first. The operator's view of all is served by `_id`, which ascends in time.
  { name: 'organization', key: { organizationId: 1, _id: -1 } },
  // The events of one moment, which is how those of one product are found: its versions say when they were made.
  { name: 'moment', key: { organizationId: 1, at: 1 } }
]

type StoredEvent = Omit<AuditEvent, 'id'> & { _id: string }

export interface AuditFilters {
  /** Absent: of all organisations. */
  organizationId?: string | undefined
  actorOrganizationId?: string | undefined
  clientId?: string | undefined
  operation?: readonly string[] | undefined
  resourceType?: readonly string[] | undefined
  resourceId?: string | undefined
  from?: Date | undefined
  to?: Date | undefined
  /** Events that wrote this product, at one of these moments. */
  product?: { productId: string, moments: readonly Date[] } | undefined
}

const TIMED = { maxTimeMS: MAX_TIME_MS }

export type AuditRepository = ReturnType<typeof createAuditRepository>

export function createAuditRepository (db: Db) {
  const events = db.collection<StoredEvent>(AUDIT_EVENTS)

  return {
    append: async (added: readonly AuditEvent[]): Promise<void> => {
      await events.insertMany(added.map(({ id, ...rest }) => ({ _id: id, ...rest })), TIMED)
    },

    /** Completes an event that is pending; another one stays as it is. */
    complete: async (id: string, completion: Pick<AuditEvent, 'outcome' | 'before' | 'after'>): Promise<void> => {
      await events.updateOne({ _id: id, outcome: 'pending' }, { $set: completion }, TIMED)
    },

    /** Newest first, beginning after the event `after`. */
    page: async (filters: AuditFilters, { after, limit }: { after?: string | undefined, limit: number }): Promise<AuditEvent[]> => {
      const query: Filter<StoredEvent> = {}
      if (after !== undefined) query._id = { $lt: after }
      if (filters.organizationId !== undefined) query.organizationId = filters.organizationId
      if (filters.actorOrganizationId !== undefined) query['actor.organizationId'] = filters.actorOrganizationId
      if (filters.clientId !== undefined) query['actor.clientId'] = filters.clientId
      if (filters.operation !== undefined) query.operation = { $in: [...filters.operation] }
      if (filters.resourceType !== undefined) query['resource.type'] = { $in: [...filters.resourceType] } as never
      if (filters.resourceId !== undefined) query['resource.id'] = filters.resourceId
      const times: Array<Filter<StoredEvent>> = []
      if (filters.from !== undefined) times.push({ at: { $gte: filters.from } })
      if (filters.to !== undefined) times.push({ at: { $lt: filters.to } })
      if (filters.product !== undefined) {
        times.push({ at: { $in: [...filters.product.moments] } })
        query['products.productId'] = filters.product.productId
      }
      if (times.length > 0) query.$and = times
      const found = await events.find(query, { sort: { _id: -1 }, limit, ...TIMED }).toArray()
      return found.map(({ _id, ...rest }) => ({ id: _id, ...rest }))
    }
  }
}
