/**
 * `audit_events`: appended, completed once, and never changed or removed by the exchange.
 *
 * What an event says of products lies in it as text, a line each: the cheapest form to write, and readable. Which of these
 * writes were made is said by the products: each version carries the id of its event (`auditId`).
 */
import type { Db, IndexDescription } from 'mongodb'
import type { AdministrationEvent, AuditedWrite, AuditEvent, ProductWritesEvent } from '../domain/audit.js'
import type { VersionOutcome } from '../domain/product.js'
import { MAX_TIME_MS } from './connection.js'

export const AUDIT_EVENTS = 'audit_events'

/** Each with the reads that it serves. Ids ascend in time, so they are the order of every list, and a range of time too. */
export const AUDIT_INDEXES: IndexDescription[] = [
  // The events of an organisation. The operator's view of all is served by `_id`.
  { name: 'organizations', key: { organizations: 1, _id: -1 } },
  // Those of some operations: of an organisation, and of all.
  { name: 'organizations-operation', key: { organizations: 1, operation: 1, _id: -1 } },
  { name: 'operation', key: { operation: 1, _id: -1 } },
  // What one client did. The organisation comes first, so that nobody reads past another's events.
  { name: 'client', key: { 'actor.organizationId': 1, 'actor.clientId': 1, _id: -1 } },
  // What came of one request, one import, or to one resource. Request ids are chosen by clients, so organisations may share one.
  { name: 'request', key: { 'actor.requestId': 1, organizations: 1, _id: -1 } },
  { name: 'resource', key: { 'resource.id': 1, organizations: 1, _id: -1 }, partialFilterExpression: { 'resource.id': { $exists: true } } },
  { name: 'import', key: { importId: 1, organizations: 1, _id: -1 }, partialFilterExpression: { importId: { $exists: true } } }
]

/** As events lie in the database. */
export type StoredAuditEvent = { _id: string, /** Who may read it: owner and actor. */ organizations: readonly string[] } & (
  | Omit<AdministrationEvent, 'id'>
  | Omit<ProductWritesEvent, 'id' | 'products'> & { products: string }
)

const TIMED = { maxTimeMS: MAX_TIME_MS }

export type AuditRepository = ReturnType<typeof createAuditRepository>

export function createAuditRepository (db: Db) {
  const events = db.collection<StoredAuditEvent>(AUDIT_EVENTS)

  return {
    /** Puts events on record. What they are about has to wait until this resolves. */
    append: async (added: readonly AuditEvent[]): Promise<void> => {
      await events.insertMany(added.map(toStored), { ordered: false, ...TIMED })
    },

    /** Completes an event that is pending; another one stays as it is. */
    complete: async (id: string, completion: Pick<AdministrationEvent, 'outcome' | 'before' | 'after' | 'items'>): Promise<void> => {
      await events.updateOne({ _id: id, outcome: 'pending' }, { $set: completion }, TIMED)
    }
  }
}

function toStored (event: AuditEvent): StoredAuditEvent {
  const { id: _id, ...rest } = event
  const organizations = [...new Set([event.organizationId, event.actor.organizationId])]
  return 'products' in rest ? { _id, organizations, ...rest, products: linesOf(rest.products) } : { _id, organizations, ...rest }
}

/** `<productId> <outcome> <version>`, a line each: some 50 bytes, so that a thousand are far from the limit of a document. */
function linesOf (writes: readonly AuditedWrite[]): string {
  let lines = ''
  for (const { productId, outcome, version } of writes) lines += `${productId} ${outcome} ${version}\n`
  return lines
}

export function writesOfLines (lines: string): AuditedWrite[] {
  return lines.split('\n').slice(0, -1).map(line => {
    const [productId = '', outcome, version] = line.split(' ')
    return { productId, outcome: outcome as VersionOutcome, version: Number(version) }
  })
}
