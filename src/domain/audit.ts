/**
 * The audit log: who did what to which resource, when, from where and with which credential. One format for everything:
 * administration is an event each, writes of products an event for each group that one request or import wrote in one go.
 */
import type { Caller } from './access.js'
import type { VersionOutcome } from './product.js'

/** The kinds of things that operations act on, apart from products. */
export type AuditedResource = 'audience-policy' | 'product-list' | 'group' | 'grant' | 'organization' | 'client' | 'aliases' | 'import'

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
}

/** A version of one product that is about to be written; the version before it, if any, is the number below. */
export interface AuditedWrite {
  productId: string
  outcome: VersionOutcome
  version: number
}

/**
 * Writes of products, recorded before they are made. A write was made if, and only if, the version carries the id of this
 * event: what lost a race, or whose process ended in between, left none.
 */
export interface ProductWritesEvent extends AuditedOccurrence {
  /** The import that the writes are part of. */
  importId?: string
  products: readonly AuditedWrite[]
}

export type AuditEvent = AdministrationEvent | ProductWritesEvent

/** Who asks for writes of products: one object for all that one request or import writes, because they are recorded together. */
export interface WriteAuthor {
  actor: AuditActor
  /** As the API calls it, e.g. `writeProductBatch`. */
  operation: string
  importId?: string
}

export function actorOf ({ organizationId, clientId, credentialId, origin }: Caller): AuditActor {
  return {
    organizationId,
    clientId,
    ...(credentialId !== undefined && { credentialId }),
    ...(origin !== undefined && { ip: origin.ip, requestId: origin.id })
  }
}
