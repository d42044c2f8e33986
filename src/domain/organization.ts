/** Organisations and the clients (machine credentials) that act for them. */
import { SCOPES_OF_ROLE, type Caller, type Role, type Scope } from './access.js'

export interface Organization {
  /** Stable, see {@link organizationIdOf}. */
  readonly id: string
  readonly name: string
  readonly role: Role
  readonly manufacturers: readonly Manufacturer[]
  /** Countries in which it is active (ISO 3166-1 alpha-2); absent: none is known. */
  readonly markets?: readonly string[]
  readonly createdAt: Date
  /** From this moment on all its credentials are refused. */
  readonly disabledAt?: Date
}

/** A manufacturer whose records an organisation publishes. It belongs to at most one organisation. */
export interface Manufacturer {
  /** The normalised name: what identifies the manufacturer. */
  readonly key: string
  /** The one display form that the exchange keeps: the one it was given first. */
  readonly name: string
}

export interface Client {
  readonly id: string
  readonly organizationId: string
  readonly name: string
  readonly scopes: readonly Scope[]
  /** At most {@link MAX_SECRETS_PER_CLIENT}. */
  readonly secrets: readonly ClientSecret[]
  /** IP addresses and CIDR ranges from which it may be used; absent or empty: from anywhere. */
  readonly allowedAddresses?: readonly string[]
  readonly createdAt: Date
  /** From this moment on the client and all its secrets are refused; absent: it does not expire. */
  readonly expiresAt?: Date
  /** From this moment on the client is refused. */
  readonly disabledAt?: Date
}

export interface ClientSecret {
  /** SHA-256 of the secret. */
  readonly hash: Buffer
  readonly createdAt: Date
  /** From this moment on the secret is refused; absent: it does not expire. */
  readonly expiresAt?: Date
  /** When it was last used, to the hour. */
  readonly lastUsedAt?: Date
}

/** Names a secret in lists and in the audit log: a few digits of its hash, which tell nothing about the secret. */
export function secretIdOf ({ hash }: Pick<ClientSecret, 'hash'>): string {
  return `sec_${hash.toString('hex', 0, 6)}`
}

/** Two, so that a secret is replaced without a gap: add the new one, move every user over, remove the old one. */
export const MAX_SECRETS_PER_CLIENT = 2

/**
 * The id of an organisation that is created under this name: `org_` and the name in lower-case ASCII words, for example
 * `org_example-devices`. Readable, because every member sees it (as the `vendor` of a product, in filters and logs) and
 * seeds and commands must find the same organisation again; it need not be unguessable, because no decision rests on
 * knowing it. It is chosen once: renaming an organisation does not change it.
 *
 * @returns null for a name without any letter or digit that has an ASCII form: it needs an id of its own.
 */
export function organizationIdOf (name: string): string | null {
  const slug = name.normalize('NFKD').replaceAll(/\p{Mark}/gu, '').toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-').slice(0, 60).replaceAll(/^-+|-+$/g, '')
  return slug === '' ? null : `org_${slug}`
}

/** What a valid `id` of an organisation looks like. */
export const ORGANIZATION_ID = /^org_[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?$/

/** The caller that a client is, with some of its scopes; never more than its role allows today. */
export function callerOf (
  organization: Organization, client: Pick<Client, 'id' | 'scopes'>, { scopes = client.scopes, credentialId }: { scopes?: readonly Scope[], credentialId?: string } = {}
): Caller {
  const allowed = scopesWithin(scopes, client.scopes).filter(scope => SCOPES_OF_ROLE[organization.role].includes(scope))
  return Object.freeze({
    organizationId: organization.id,
    organizationName: organization.name,
    role: organization.role,
    manufacturers: Object.freeze(organization.manufacturers.map(manufacturer => manufacturer.name)),
    manufacturerKeys: new Set(organization.manufacturers.map(manufacturer => manufacturer.key)),
    clientId: client.id,
    scopes: new Set(allowed),
    ...(credentialId !== undefined && { credentialId })
  })
}

function scopesWithin (scopes: readonly Scope[], outer: readonly Scope[]): Scope[] {
  return scopes.filter(scope => outer.includes(scope))
}
