/** The audit log: who did what to which resource, when, from where and with which credential. */

/** The kinds of things that operations act on. */
export type AuditedResource = 'products' | 'audience-policy' | 'product-list' | 'group' | 'grant' | 'organization' | 'client' | 'aliases'

export interface AuditActor {
  organizationId: string
  clientId: string
  /** The secret or token that was presented; absent for commands. */
  credentialId?: string
  /** Address of the caller; absent for commands. */
  ip?: string
  requestId?: string
}

/** A change of one product: its versions before (absent: there was none) and after. */
interface AuditedProduct { productId: string, before?: number, after: number }

export interface AuditEvent {
  /** Ascending in time. */
  id: string
  at: Date
  /** Whose resource it is; the actor may be the operator. */
  organizationId: string
  actor: AuditActor
  /** As the API calls it, e.g. `createGrant`. */
  operation: string
  resource: { type: AuditedResource, id?: string }
  /**
   * Written before the change as `pending`, completed after it. One that stays `pending` belongs to a process that ended in
   * between: the change may or may not have been made.
   */
  outcome: 'pending' | 'succeeded' | 'failed'
  /** The resource before and after, without secrets. */
  before?: unknown
  after?: unknown
  /** With `products`: what was written, in one go. */
  products?: readonly AuditedProduct[]
}
