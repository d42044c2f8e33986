/** Reading the audit log. Every method takes who may read, so that scoping cannot be forgotten. */
import type { Db, Filter } from 'mongodb'
import type { AuditEvent, AuditedWrite, AuditFilters, ProductWritesEvent } from '../domain/audit.js'
import { AUDIT_EVENTS, toEvent, type StoredAuditEvent } from './audit-repository.js'
import { MAX_TIME_MS } from './connection.js'
import { productsCollection, versionsCollection } from './product-documents.js'

/** Whose events are read: those that this organisation owns or acted in, or everybody's. */
export type AuditReader = { organizationId: string } | 'everybody'

export type EventFilters = Omit<AuditFilters, 'productId' | 'client'> & {
  /** A client with its organisation; a client id alone would lead through other organisations' events. */
  client?: { organizationId: string, clientId: string }
}

/** A version of a product and the event that it was recorded in. */
export interface RecordedVersion extends AuditedWrite { auditId: string | undefined }

/** The first id of a moment: ids begin with the time, so a range of time is a range of ids. */
export type IdAt = (at: Date) => string

const TIMED = { maxTimeMS: MAX_TIME_MS }

export type AuditLog = ReturnType<typeof createAuditLog>

export function createAuditLog (db: Db, parts: { firstIdAt: IdAt }) {
  const events = db.collection<StoredAuditEvent>(AUDIT_EVENTS)
  const products = productsCollection(db)
  const versions = versionsCollection(db)

  /** Events, newest first, beginning with `upTo`. */
  async function read (reader: AuditReader, filters: EventFilters, { upTo, limit }: { upTo?: string | undefined, limit: number }): Promise<AuditEvent[]> {
    const { since, until, client, operation, resourceId, requestId, importId } = filters
    // Of what all events of an import have in common the index has the organisation, without which they would have to be sorted.
    const owner = importId !== undefined && reader === 'everybody' ? await ownerOfImport(importId) : undefined
    const conditions: Array<Filter<StoredAuditEvent>> = [
      ...(requestId === undefined || reader === 'everybody' ? readable(owner ?? reader) : [{ 'actor.organizationId': reader.organizationId }]),
      ...(upTo === undefined ? [] : [{ _id: { $lte: upTo } }]),
      ...(since === undefined ? [] : [{ _id: { $gte: parts.firstIdAt(since) } }]),
      ...(until === undefined ? [] : [{ _id: { $lt: parts.firstIdAt(until) } }]),
      ...(client === undefined ? [] : [{ 'actor.organizationId': client.organizationId, 'actor.clientId': client.clientId }]),
      ...(operation === undefined ? [] : [{ operation: { $in: [...operation] } }]),
      ...(resourceId === undefined ? [] : [{ 'resource.id': resourceId }]),
      ...(requestId === undefined ? [] : [{ 'actor.requestId': requestId }]),
      ...(importId === undefined ? [] : [{ importId }])
    ]
    const found = await events.find(conditions.length === 0 ? {} : { $and: conditions }, { sort: { _id: -1 }, limit, hint: indexFor(reader, filters), ...TIMED }).toArray()
    return found.map(event => toEvent(event))
  }

  async function ownerOfImport (importId: string): Promise<AuditReader | undefined> {
    const event = await events.findOne({ importId }, { projection: { organizationId: 1 }, ...TIMED })
    return event === null ? undefined : { organizationId: event.organizationId }
  }

  /** Which of these writes, all recorded in the event, were made: the versions that carry its id. */
  async function made (eventId: string, writes: readonly AuditedWrite[]): Promise<Set<AuditedWrite>> {
    const options = { projection: { auditId: 1 }, ...TIMED }
    const current = await products.find({ _id: { $in: writes.map(({ productId }) => productId) }, auditId: eventId }, options).toArray()
    const found = new Set(current.map(({ _id }) => _id))
    const others = writes.filter(({ productId }) => !found.has(productId))
    const superseded = others.length === 0
      ? []
      : await versions.find({ _id: { $in: others.map(({ productId, version }) => ({ productId, version })) }, auditId: eventId }, options).toArray()
    for (const { _id } of superseded) found.add(_id.productId)
    return new Set(writes.filter(({ productId }) => found.has(productId)))
  }

  /** The versions of a product, newest first, beginning below `before`, whoever may see them. */
  async function versionsOf (productId: string, { before = Infinity, limit }: { before?: number | undefined, limit: number }): Promise<RecordedVersion[]> {
    const projection = { version: 1, outcome: 1, auditId: 1 }
    const current = await products.findOne({ _id: productId }, { projection, ...TIMED })
    const below = Math.min(current?.version ?? 0, before)
    const older = await versions.find(
      { _id: { $gte: { productId, version: 0 }, $lt: { productId, version: below } } }, { projection, sort: { _id: -1 }, limit, ...TIMED }
    ).toArray()
    const all = current === null || current.version >= before ? older : [current, ...older]
    return all.slice(0, limit).map(({ version, outcome, auditId }) => ({ productId, version, outcome, auditId }))
  }

  /** Those of these events that the reader may read, by id, with the write of this product only. */
  async function writesOf (productId: string, reader: AuditReader, ids: readonly string[]): Promise<Map<string, ProductWritesEvent>> {
    const found = await events.find({ $and: [{ _id: { $in: [...ids] } }, ...readable(reader)] }, TIMED).toArray()
    return new Map(found.map(event => toEvent(event, productId)).flatMap(event => 'products' in event ? [[event.id, event]] : []))
  }

  return { read, made, versionsOf, writesOf }
}

function readable (reader: AuditReader): Array<Filter<StoredAuditEvent>> {
  return reader === 'everybody' ? [] : [{ organizations: reader.organizationId }]
}

/** Named rather than left to the planner, which might try others first. */
function indexFor (reader: AuditReader, { client, operation, resourceId, requestId, importId }: EventFilters): string {
  if (client !== undefined) return 'client'
  if (requestId !== undefined) return 'request'
  if (resourceId !== undefined) return 'resource'
  if (importId !== undefined) return 'import'
  if (operation !== undefined) return reader === 'everybody' ? 'operation' : 'organizations-operation'
  return reader === 'everybody' ? '_id_' : 'organizations'
}
