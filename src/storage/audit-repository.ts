/**
 * `audit_events`: appended, completed once, and never changed or removed by the exchange.
 *
 * What an event says of products lies in it as text, a line each: the cheapest form to write, and readable. Which of these
 * writes were made is said by the products: each version carries the id of its event (`auditId`).
 */
import type { Db, IndexDescription } from 'mongodb'
import type { AdministrationEvent, AuditActor, AuditedWrite, AuditEvent, ProductWritesEvent } from '../domain/audit.js'
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
  // What came of one request. Request ids are chosen by clients, so organisations may share one.
  { name: 'request', key: { 'actor.requestId': 1, 'actor.organizationId': 1, _id: -1 } },
  // What one import did, and what was done to one resource.
  { name: 'resource', key: { 'resource.id': 1, organizations: 1, _id: -1 }, partialFilterExpression: { 'resource.id': { $exists: true } } },
  { name: 'import', key: { importId: 1, organizations: 1, _id: -1 }, partialFilterExpression: { importId: { $exists: true } } }
]

/** As events lie in the database. */
export type StoredAuditEvent = { _id: string, /** Who may read it: owner and actor. */ organizations: readonly string[] } & (
  | Omit<AdministrationEvent, 'id'>
  | Omit<ProductWritesEvent, 'id' | 'actor' | 'products'> & {
    /** Several requests that were written in one go; the lines of `products` tell which was whose by its place. */
    actor: Omit<AuditActor, 'requestId'> & { requestId?: string | readonly string[] }
    products: string
  }
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
  if (!('products' in rest)) return { _id, organizations, ...rest }
  const { lines, requestIds } = linesOf(rest.products)
  const [requestId, ...others] = requestIds
  return {
    _id, organizations, ...rest, actor: { ...rest.actor, ...(requestId !== undefined && { requestId: others.length === 0 ? requestId : requestIds }) }, products: lines
  }
}

/** @param productId only this product's write */
export function toEvent ({ _id: id, organizations: _organizations, ...rest }: StoredAuditEvent, productId?: string): AuditEvent {
  if (!('products' in rest)) return { id, ...rest }
  const { requestId, ...actor } = rest.actor
  const lines = productId === undefined ? rest.products : lineOf(rest.products, productId)
  return { id, ...rest, actor, products: writesOf(lines, [requestId ?? []].flat()) }
}

/** The line of a product, which an event names once at most. */
function lineOf (lines: string, productId: string): string {
  const start = lines.indexOf(`${productId} `)
  return start === -1 ? '' : lines.slice(start, lines.indexOf('\n', start) + 1)
}

/**
 * `<productId> <outcome> <version>`, a line each, and the place of its request where there are several: some 50 bytes, so that
 * a thousand are far from the limit of a document.
 */
function linesOf (writes: readonly AuditedWrite[]): { lines: string, requestIds: string[] } {
  const places = new Map<string, number>()
  let lines = ''
  let place = 0
  let last: string | undefined
  for (const { productId, outcome, version, requestId } of writes) {
    if (requestId !== undefined && requestId !== last) {
      place = places.get(requestId) ?? places.size
      places.set(requestId, place)
      last = requestId
    }
    lines += `${productId} ${outcome} ${version}${place === 0 ? '' : ` ${place}`}\n`
  }
  return { lines, requestIds: [...places.keys()] }
}

function writesOf (lines: string, requestIds: readonly string[]): AuditedWrite[] {
  return lines.split('\n').slice(0, -1).map(line => {
    const [productId = '', outcome, version, place = '0'] = line.split(' ')
    const requestId = requestIds[Number(place)]
    return { productId, outcome: outcome as VersionOutcome, version: Number(version), ...(requestId !== undefined && { requestId }) }
  })
}
