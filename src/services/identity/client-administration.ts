/**
 * Use cases around clients: an organisation administers its own, the operator those of any. Secrets are shown when they are made
 * and never again; whatever takes something away counts in every process when the answer is given.
 */
import { requireScope, SCOPES_OF_ROLE, type Caller, type Scope } from '../../domain/access.js'
import { MAX_SECRETS_PER_CLIENT, secretIdOf, type Client, type ClientSecret } from '../../domain/organization.js'
import { ExchangeError } from '../../domain/problems.js'
import type { ClientsRepository } from '../../storage/clients-repository.js'
import type { OrganizationsRepository } from '../../storage/organizations-repository.js'
import type { AuditTrail } from '../audit/audit-trail.js'
import type { Cursors } from '../cursors.js'
import { pageByCursor, type Page, type PageRequest } from '../pages.js'
import { CLIENT_ID_BYTES, formatApiKey, newClientSecret } from './api-key.js'
import { hashSecret, isEnabled } from './client-secret.js'
import { isBound, isSame, reference, requireBound, requireContent, requireFuture, requireUnchanged } from './client-requirements.js'
import type { IdentityChange } from './identity-change.js'

const MOST_CLIENTS = 100

/** A week: enough to move every deployment over, and few enough that nobody forgets. */
export const DEFAULT_OVERLAP_SECONDS = 7 * 86_400

/** How often a rotation is tried again when somebody else changes the secrets at the same time. */
const ATTEMPTS = 5

export interface ClientView {
  clientId: string
  organizationId: string
  name: string
  scopes: readonly Scope[]
  allowedAddresses: readonly string[]
  disabled: boolean
  createdAt: Date
  expiresAt?: Date
  disabledAt?: Date
  /** To the hour. */
  lastUsedAt?: Date
  secrets: ReadonlyArray<{ secretId: string, createdAt: Date, expiresAt?: Date, lastUsedAt?: Date }>
}

/** A client with the secret that was just made. */
export interface ClientWithSecret extends ClientView {
  clientSecret: string
  /** The same credential in the form of `X-API-Key`. */
  apiKey: string
}

export interface ClientContentBody {
  name: string
  scopes: readonly Scope[]
  /** Empty: from anywhere. */
  allowedAddresses: readonly string[]
  disabled: boolean
  /** Has to be said of a client that has an end, so that it is never lost by leaving it out. */
  expiresAt?: Date | 'never' | undefined
}

export interface NewClientBody extends Partial<Omit<ClientContentBody, 'name' | 'disabled' | 'expiresAt'>> {
  expiresAt?: Date | undefined
  name: string
  /** Default: the caller's. */
  organizationId?: string | undefined
}

export interface RotationBody {
  /** For how long the secrets of today are accepted beside the new one (seconds). */
  overlapSeconds?: number | undefined
  /** End of the new secret; absent: it does not expire. */
  expiresAt?: Date | undefined
}

export type ClientAdministration = ReturnType<typeof createClientAdministration>

/** @param parts.random that many random bytes from a cryptographic source */
export function createClientAdministration (parts: {
  clients: ClientsRepository
  organizations: Pick<OrganizationsRepository, 'findById'>
  change: IdentityChange
  audit: AuditTrail
  cursors: Cursors
  now: () => Date
  random: (bytes: number) => Buffer
}) {
  const { clients, organizations, change, audit, cursors, now, random } = parts

  /** Somebody else's client is not there. */
  async function find (caller: Caller, clientId: string): Promise<Client> {
    requireScope(caller, 'org:admin')
    const client = await clients.findById(clientId)
    if (client === null || !mayAdminister(caller, client.organizationId)) throw noClient(clientId)
    return client
  }

  /** A client may give what it does not have itself, as an administrator does; a token that was narrowed stays narrow. */
  async function requireGivable (caller: Caller, scopes: readonly Scope[]): Promise<void> {
    const missing = scopes.find(scope => !caller.scopes.has(scope))
    if (missing === undefined) return
    const own = await clients.findById(caller.clientId)
    if (own !== null && SCOPES_OF_ROLE[caller.role].every(scope => !own.scopes.includes(scope) || caller.scopes.has(scope))) return
    throw new ExchangeError('insufficient-scope', `The token does not carry the scope ${missing}, so it cannot give it to a client. Ask with a token or an API key that has all scopes of its client.`)
  }

  /**
   * The addresses to which what the caller makes is bound, because the client that it presents is; empty: none. The operator makes clients for
   * other organisations, which are where they are.
   */
  async function bindingOf (caller: Caller, organizationId: string): Promise<readonly string[]> {
    if (organizationId !== caller.organizationId) return []
    return (await clients.findById(caller.clientId))?.allowedAddresses ?? []
  }

  /** @param after null: it is gone */
  async function requireWayIn (caller: Caller, before: Client, after: Client | null): Promise<void> {
    const isWayIn = (client: Client): boolean => client.scopes.includes('org:admin') && isEnabled(client, now()) && client.secrets.some(({ expiresAt }) => expiresAt === undefined || now() < expiresAt)
    if (caller.role !== 'operator' || before.organizationId !== caller.organizationId || !isWayIn(before) || (after !== null && isWayIn(after))) return
    const others = await clients.page(before.organizationId, { limit: MOST_CLIENTS + 1 })
    if (others.some(client => client.id !== before.id && isWayIn(client))) return
    throw new ExchangeError('last-client', `${before.id} is the last client with which the operator can administer the exchange. Make another one first.`)
  }

  function newSecret (expiresAt: Date | undefined): { clientSecret: string, secret: ClientSecret } {
    const clientSecret = newClientSecret(random)
    return { clientSecret, secret: { hash: hashSecret(clientSecret), createdAt: now(), ...(expiresAt !== undefined && { expiresAt }) } }
  }

  /** Changes secrets as `decide` says from those that are alive, however many others do so at the same time. */
  async function changeSecrets (caller: Caller, clientId: string, decide: (alive: readonly ClientSecret[], client: Client) => readonly ClientSecret[]): Promise<Client> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const client = await find(caller, clientId)
      const at = now()
      const secrets = decide(client.secrets.filter(({ expiresAt }) => expiresAt === undefined || at < expiresAt), client)
      if (await change.everywhere(async () => await clients.replaceSecrets(client.organizationId, clientId, client.secrets, secrets))) return { ...client, secrets }
    }
    throw new ExchangeError('identity-conflict', `The secrets of ${clientId} kept changing while this was done. Read the client and try again.`)
  }

  return {
    /** In the order of their ids; the operator sees those of all organisations unless it names one. */
    async list (caller: Caller, { organizationId, ...page }: PageRequest & { organizationId?: string | undefined }): Promise<Page<ClientView>> {
      requireScope(caller, 'org:admin')
      const of = organizationId ?? (caller.role === 'operator' ? undefined : caller.organizationId)
      if (of !== undefined && !mayAdminister(caller, of)) throw noOrganization(of)
      const bound = cursors.bind({ list: 'clients', organizationId: caller.organizationId, query: of ?? null })
      return await pageByCursor(bound, page, ({ clientId }) => clientId, async start => (await clients.page(of, start)).map(viewOf))
    },

    async get (caller: Caller, clientId: string): Promise<ClientView> {
      return viewOf(await find(caller, clientId))
    },

    async create (caller: Caller, body: NewClientBody): Promise<ClientWithSecret> {
      requireScope(caller, 'org:admin')
      const { organizationId = caller.organizationId, name } = body
      const organization = mayAdminister(caller, organizationId) ? await organizations.findById(organizationId) : null
      if (organization === null) {
        throw caller.role === 'operator'
          ? reference('/organizationId', `There is no organisation ${organizationId}.`, 'the id of an organisation, as GET /v1/organizations lists it')
          : reference('/organizationId', `There is no organisation ${organizationId} whose clients you administer.`, 'your organisation id, or nothing')
      }
      const scopes = body.scopes ?? SCOPES_OF_ROLE[organization.role]
      const binding = await bindingOf(caller, organizationId)
      const allowedAddresses = body.allowedAddresses ?? binding
      requireContent({ scopes, allowedAddresses }, SCOPES_OF_ROLE[organization.role])
      requireBound(binding, allowedAddresses)
      await requireGivable(caller, scopes)
      requireFuture('/expiresAt', body.expiresAt, now())
      if (await clients.count(organizationId) >= MOST_CLIENTS) throw new ExchangeError('limit-reached', `${organizationId} has ${MOST_CLIENTS} clients, which is as many as one organisation can have.`)

      const { clientSecret, secret } = newSecret(undefined)
      const client: Client = {
        id: random(CLIENT_ID_BYTES).toString('hex'),
        organizationId,
        name,
        scopes,
        secrets: [secret],
        ...(allowedAddresses.length > 0 && { allowedAddresses }),
        createdAt: now(),
        ...(body.expiresAt !== undefined && { expiresAt: body.expiresAt })
      }
      const view = viewOf(client)
      return await audit.audited(caller, { operation: 'createClient', resource: { type: 'client', id: client.id }, organizationId }, async () => {
        if (!await clients.add(client)) throw new Error('A random client id was taken.')
        return { after: view, result: withSecret(view, clientSecret) }
      })
    },

    /** Writes all that can be changed of a client, apart from its secrets. */
    async replace (caller: Caller, clientId: string, body: ClientContentBody): Promise<ClientView> {
      const before = await find(caller, clientId)
      const organization = await organizations.findById(before.organizationId)
      if (organization === null) throw new Error(`The client ${clientId} belongs to no stored organisation.`)
      requireContent(body, SCOPES_OF_ROLE[organization.role])
      if (clientId === caller.clientId) requireUnchanged(before, body)
      else if (!isSame(before.allowedAddresses ?? [], body.allowedAddresses)) requireBound(await bindingOf(caller, before.organizationId), body.allowedAddresses)
      await requireGivable(caller, body.scopes.filter(scope => !before.scopes.includes(scope)))
      if (before.expiresAt !== undefined && body.expiresAt === undefined) throw reference('/expiresAt', `The client ends at ${before.expiresAt.toISOString()}; say whether it goes on to.`, 'a time, or "never"')
      const { id, organizationId, secrets, createdAt } = before
      const after: Client = {
        id,
        organizationId,
        secrets,
        createdAt,
        name: body.name,
        scopes: body.scopes,
        ...(body.allowedAddresses.length > 0 && { allowedAddresses: body.allowedAddresses }),
        ...(body.expiresAt !== undefined && body.expiresAt !== 'never' && { expiresAt: body.expiresAt }),
        ...(body.disabled && { disabledAt: before.disabledAt ?? now() })
      }
      await requireWayIn(caller, before, after)
      const subject = { operation: 'replaceClient', resource: { type: 'client' as const, id: clientId }, organizationId, before: viewOf(before) }
      return await audit.audited(caller, subject, async () => {
        if (!await change.everywhere(async () => await clients.replace(organizationId, clientId, after))) throw noClient(clientId)
        return { after: viewOf(after), result: viewOf(after) }
      })
    },

    /** Removes a client for good; its tokens end with it. */
    async remove (caller: Caller, clientId: string): Promise<ClientView> {
      const before = await find(caller, clientId)
      await requireWayIn(caller, before, null)
      const view = viewOf(before)
      return await audit.audited(caller, { operation: 'deleteClient', resource: { type: 'client', id: clientId }, organizationId: before.organizationId, before: view }, async () => {
        await change.everywhere(async () => await clients.remove(before.organizationId, clientId))
        return { result: view }
      })
    },

    /**
     * Gives a client a further secret; those of today end when the overlap is over, or earlier if they already had an end.
     *
     * @throws ExchangeError `limit-reached` when it has two that are still accepted
     */
    async rotateSecret (caller: Caller, clientId: string, { overlapSeconds = DEFAULT_OVERLAP_SECONDS, expiresAt }: RotationBody): Promise<ClientWithSecret> {
      const before = await find(caller, clientId)
      await requireGivable(caller, before.scopes)
      const binding = await bindingOf(caller, before.organizationId)
      if (!isBound(binding, before.allowedAddresses ?? [])) {
        throw new ExchangeError('address-not-allowed', `The client ${caller.clientId} is bound to addresses, and ${clientId} can be used from others: a secret of it would free its bearer. Ask with a client that is not bound.`)
      }
      requireFuture('/expiresAt', expiresAt, now())
      const { clientSecret, secret } = newSecret(expiresAt)
      const end = new Date(now().getTime() + overlapSeconds * 1_000)
      const subject = { operation: 'rotateClientSecret', resource: { type: 'client' as const, id: clientId }, organizationId: before.organizationId, before: viewOf(before) }
      return await audit.audited(caller, subject, async () => {
        const after = viewOf(await changeSecrets(caller, clientId, alive => {
          const kept = overlapSeconds === 0 ? [] : alive.map(old => ({ ...old, expiresAt: old.expiresAt !== undefined && old.expiresAt < end ? old.expiresAt : end }))
          if (kept.length >= MAX_SECRETS_PER_CLIENT) {
            throw new ExchangeError('limit-reached', `The client ${clientId} has two secrets that are accepted: ${alive.map(secretIdOf).join(' and ')}. Revoke one of them first.`)
          }
          return [...kept, secret]
        }))
        return { after, result: withSecret(after, clientSecret) }
      })
    },

    /** Ends one secret at once. Tokens that were obtained with it live on until they expire; disable the client to end them too. */
    async revokeSecret (caller: Caller, clientId: string, secretId: string): Promise<ClientView> {
      const before = await find(caller, clientId)
      if (!before.secrets.some(secret => secretIdOf(secret) === secretId)) throw new ExchangeError('not-found', `The client ${clientId} has no secret ${secretId}.`)
      await requireWayIn(caller, before, { ...before, secrets: before.secrets.filter(secret => secretIdOf(secret) !== secretId) })
      const subject = { operation: 'revokeClientSecret', resource: { type: 'client' as const, id: clientId }, organizationId: before.organizationId, before: viewOf(before) }
      return await audit.audited(caller, subject, async () => {
        const after = viewOf(await changeSecrets(caller, clientId, alive => alive.filter(secret => secretIdOf(secret) !== secretId)))
        return { after, result: after }
      })
    }
  }
}

function mayAdminister (caller: Caller, organizationId: string): boolean {
  return caller.role === 'operator' || caller.organizationId === organizationId
}

function viewOf ({ id, organizationId, name, scopes, allowedAddresses = [], secrets, createdAt, expiresAt, disabledAt }: Client): ClientView {
  const uses = secrets.flatMap(({ lastUsedAt }) => lastUsedAt === undefined ? [] : [lastUsedAt.getTime()])
  return {
    clientId: id,
    organizationId,
    name,
    scopes,
    allowedAddresses,
    disabled: disabledAt !== undefined,
    createdAt,
    ...(expiresAt !== undefined && { expiresAt }),
    ...(disabledAt !== undefined && { disabledAt }),
    ...(uses.length > 0 && { lastUsedAt: new Date(Math.max(...uses)) }),
    secrets: secrets.map(({ hash, ...secret }) => ({ secretId: secretIdOf({ hash }), ...secret }))
  }
}

function withSecret (view: ClientView, clientSecret: string): ClientWithSecret {
  return { ...view, clientSecret, apiKey: formatApiKey({ clientId: view.clientId, clientSecret }) }
}

function noClient (clientId: string): ExchangeError {
  return new ExchangeError('not-found', `There is no client ${clientId}.`)
}

function noOrganization (organizationId: string): ExchangeError {
  return new ExchangeError('not-found', `There is no organisation ${organizationId}.`)
}
