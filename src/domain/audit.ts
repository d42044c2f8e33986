/**
 * The audit log: who did what to which resource, when, from where and with which credential. One format for everything:
 * administration is an event each, writes of products an event for each group that one request or import wrote in one go.
 */
import type { Caller } from './access.js'
import type { VersionOutcome } from './product.js'

/** The kinds of things that operations act on, apart from products. */
export type AuditedResource = 'audience-policy' | 'product-list' | 'group' | 'grant' | 'organization' | 'client' | 'alias' | 'import'

export interface AuditActor {
  organizationId: string
  clientId: string
  /** The secret or token that was presented; absent for commands. */
  credentialId?: string
  /** Address of the caller; absent for commands. */
  ip?: string
  requestId?: string
}

/** What every event says. */
interface AuditedOccurrence {
  /** Ascending in time. */
  id: string
  at: Date
  /** Whose resource it is; the actor may be the operator. */
  organizationId: string
  actor: AuditActor
  /** As the API calls it, e.g. `createGrant`. */
  operation: string
  /** The import that it is about or part of. */
  importId?: string
}

/** An act of administration. */
export interface AdministrationEvent extends AuditedOccurrence {
  resource: { type: AuditedResource, id?: string }
  /**
   * Written before the change as `pending`, completed after it. One that stays `pending` belongs to a process that ended in
   * between: the change may or may not have been made.
   */
  outcome: 'pending' | 'succeeded' | 'failed'
  /** The resource before and after, without secrets. */
  before?: unknown
  after?: unknown
  /** Instead, where one act is about several resources of the type: each of them. */
  items?: readonly AuditedItem[]
}

export interface AuditedItem { id: string, before?: unknown, after?: unknown }

/** A version of one product that is about to be written; the version before it, if any, is the number below. */
export interface AuditedWrite {
  productId: string
  outcome: VersionOutcome
  version: number
  /** The request that asked for it. */
  requestId?: string
}

/**
 * Writes of products in one go by one credential at one address, recorded before they are made: those of a batch or of a step of an
 * import, or single writes that came at the same time. A write was made if, and only if, the version carries the id of this
 * event: what lost a race, or whose process ended in between, left none.
 */
export interface ProductWritesEvent extends Omit<AuditedOccurrence, 'actor'> {
  actor: Omit<AuditActor, 'requestId'>
  products: readonly AuditedWrite[]
}

export type AuditEvent = AdministrationEvent | ProductWritesEvent

/**
 * What the audit log tells of one resource: an act of administration, or the write of one product, whose states before and after
 * are its versions.
 */
export interface AuditEntry extends Omit<AuditedOccurrence, 'actor'> {
  actor: Pick<AuditActor, 'organizationId'> & Partial<AuditActor>
  resource: { type: AuditedResource | 'product', id?: string }
  /** `pending`: it may still be on its way, or belongs to a process that ended in between. */
  outcome: AdministrationEvent['outcome']
  before?: unknown
  after?: unknown
}

/** Which entries are asked for; times are those of the events. At most one of the others at a time, because each is an index. */
export interface AuditFilters {
  /** At or after. */
  since?: Date
  /** Before. */
  until?: Date
  client?: string
  operation?: readonly string[]
  productId?: string
  resourceId?: string
  importId?: string
  requestId?: string
}

/** Who asks for writes of products: one object for all that one request or import writes, because they are recorded together. */
export interface WriteAuthor {
  actor: AuditActor
  /** As the API calls it, e.g. `writeProductBatch`. */
  operation: string
  importId?: string
}

/** The entries of an act: one, or one for each resource that it was about. */
export function entriesOfAct ({ items, ...act }: AdministrationEvent): AuditEntry[] {
  return items === undefined ? [act] : items.map(({ id, ...states }) => ({ ...act, resource: { type: act.resource.type, id }, ...states }))
}

/** The entry for one written product. */
export function entryOfWrite (occurrence: Omit<ProductWritesEvent, 'products'>, write: AuditedWrite, outcome: AuditEntry['outcome']): AuditEntry {
  const { productId, version, requestId } = write
  return {
    ...occurrence,
    actor: { ...occurrence.actor, ...(requestId !== undefined && { requestId }) },
    resource: { type: 'product', id: productId },
    outcome,
    ...(version > 1 && { before: { version: version - 1 } }),
    after: { version, outcome: write.outcome }
  }
}

/**
 * What an organisation gets to read of an entry: all of its own acts; of somebody else's act on its resources (the operator's)
 * not the credential and the address.
 */
export function entryFor (organizationId: string, entry: AuditEntry): AuditEntry {
  return entry.actor.organizationId === organizationId ? entry : { ...entry, actor: { organizationId: entry.actor.organizationId } }
}

export function actorOf ({ organizationId, clientId, credentialId, origin }: Caller): AuditActor {
  return {
    organizationId,
    clientId,
    ...(credentialId !== undefined && { credentialId }),
    ...(origin !== undefined && { ip: origin.ip, requestId: origin.id })
  }
}
