/**
 * Who may do what: roles, scopes, and the decisions that follow from them. Pure: the caller has been authenticated
 * before anything here runs.
 */
import { ExchangeError } from './problems.js'

export const ROLES = ['vendor', 'distributor', 'reseller', 'operator'] as const
export type Role = typeof ROLES[number]

/** A role in a sentence, with its article. */
export function aRole (role: Role): string {
  return `${role === 'operator' ? 'an' : 'a'} ${role}`
}

export const SCOPES = [
  'products:read', 'products:write', 'changes:read', 'schemas:read', 'schemas:write',
  'aliases:write', 'grants:manage', 'audit:read', 'org:admin'
] as const
export type Scope = typeof SCOPES[number]

/** The scopes that a client of each role can be given. */
export const SCOPES_OF_ROLE: Readonly<Record<Role, readonly Scope[]>> = {
  vendor: ['products:read', 'products:write', 'changes:read', 'schemas:read', 'schemas:write', 'grants:manage', 'audit:read', 'org:admin'],
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
  /** Which secret or token of the client was presented; absent for commands, which present none. */
  readonly credentialId?: string | undefined
  /** Where the request came from; absent for commands. */
  readonly origin?: Origin
}

/** A request, as far as the audit log names it. */
interface Origin {
  /** The request id. */
  readonly id: string
  /** Address of the caller. */
  readonly ip: string
}

/** The caller of one request. Field by field, because V8 copies a frozen object slowly; the type demands all of them. */
export function callerFrom (origin: Origin, caller: Caller): Caller & { [Field in keyof Required<Caller>]: unknown } {
  return {
    organizationId: caller.organizationId,
    organizationName: caller.organizationName,
    role: caller.role,
    manufacturers: caller.manufacturers,
    manufacturerKeys: caller.manufacturerKeys,
    clientId: caller.clientId,
    scopes: caller.scopes,
    credentialId: caller.credentialId,
    origin
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
