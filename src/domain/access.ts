/**
 * Who may do what: roles, scopes, and the decisions that follow from them. Pure: the caller has been authenticated
 * before anything here runs.
 */
import { ExchangeError } from './problems.js'

export const ROLES = ['vendor', 'distributor', 'reseller', 'operator'] as const
export type Role = typeof ROLES[number]

export const SCOPES = [
  'products:read', 'products:write', 'changes:read', 'schemas:read', 'schemas:write',
  'aliases:write', 'grants:manage', 'audit:read', 'org:admin'
] as const
export type Scope = typeof SCOPES[number]

/** The scopes that a client of each role can be given. */
export const SCOPES_OF_ROLE: Readonly<Record<Role, readonly Scope[]>> = {
  vendor: ['products:read', 'products:write', 'changes:read', 'schemas:read', 'grants:manage', 'audit:read', 'org:admin'],
  distributor: ['products:read', 'changes:read', 'schemas:read', 'aliases:write', 'audit:read', 'org:admin'],
  reseller: ['products:read', 'changes:read', 'schemas:read', 'aliases:write', 'audit:read', 'org:admin'],
  operator: [...SCOPES].filter(scope => scope !== 'products:write')
}

/** The organisation and client behind a request; the tenant comes from the credential and from nowhere else. */
export interface Caller {
  readonly organizationId: string
  readonly organizationName: string
  readonly role: Role
  /** Display names of the manufacturers whose records this organisation publishes; empty unless a vendor. */
  readonly manufacturers: readonly string[]
  /** The same names as {@link normalizeManufacturerName} gives them. */
  readonly manufacturerKeys: ReadonlySet<string>
  readonly clientId: string
  readonly scopes: ReadonlySet<Scope>
}

/**
 * What a caller may see, as every read takes it. Today a vendor's audience is every member of the exchange, so the only
 * value is `everything`; grants (per organisation, category, product list, period) become further kinds of it, and
 * because it is a required argument of every read no query can forget it.
 */
export type Visibility = { readonly kind: 'everything' }

export function visibilityOf (_caller: Caller): Visibility {
  return { kind: 'everything' }
}

/** What a visibility is decided by. */
export interface VisibilityScope { vendor: string, category: string }

/** The same decision as the index predicate of the storage makes, for a product that is in memory. */
export function isVisible (visibility: Visibility, _scope: VisibilityScope): boolean {
  switch (visibility.kind) {
    case 'everything': return true
  }
}

export function requireScope (caller: Caller, scope: Scope): void {
  if (caller.scopes.has(scope)) return
  throw new ExchangeError('insufficient-scope', `This operation needs the scope ${scope}; the client ${caller.clientId} does not have it.`)
}

/** True when the caller may publish records of this manufacturer (given in normalised form). */
export function mayPublish (caller: Caller, manufacturerKey: string): boolean {
  return caller.role === 'vendor' && caller.manufacturerKeys.has(manufacturerKey)
}
