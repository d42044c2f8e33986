/** Who is calling: API keys and access tokens, from memory where that is safe and from the database otherwise. */
import type { Caller } from '../../domain/access.js'
import { ExchangeError } from '../../domain/problems.js'
import { callerOf, secretIdOf, type Client, type ClientSecret, type Organization } from '../../domain/organization.js'
import type { ClientsRepository } from '../../storage/clients-repository.js'
import type { OrganizationsRepository } from '../../storage/organizations-repository.js'
import { signatureStart, type TokenClaims } from './access-token.js'
import { compileAddressList } from './address-list.js'
import { apiKeySecretStart, formatApiKey, parseApiKey, type ClientCredential } from './api-key.js'
import { createCallerCache, type CachedCaller } from './caller-cache.js'
import { isEnabled, matchSecret } from './client-secret.js'
import type { FailedAttempts } from './failed-attempts.js'
import type { IdentityFreshness } from './identity-freshness.js'
import { shareInFlight } from './share-in-flight.js'

/** The last use of a secret is noted to this precision (milliseconds), so that it costs one write an hour, not one a request. */
const LAST_USE_PRECISION_MS = 3_600_000

interface Account {
  client: Client
  organization: Organization
}

/**
 * @param parts.now milliseconds since 1970
 * @param parts.random that many random bytes from a cryptographic source
 * @param parts.verifyToken null for a token that is not acceptable
 */
export function createAuthentication (parts: {
  organizations: Pick<OrganizationsRepository, 'findById'>
  clients: Pick<ClientsRepository, 'findById' | 'recordUse'>
  freshness: IdentityFreshness
  attempts: FailedAttempts
  verifyToken: (token: string, at: number) => Promise<TokenClaims | null>
  now: () => number
  random: (bytes: number) => Buffer
}) {
  const { clients, freshness, attempts, verifyToken, now } = parts
  // One for each kind, so that neither is ever accepted in the place of the other.
  const apiKeyCache = createCallerCache({ secretStart: apiKeySecretStart, now, random: parts.random })
  const tokenCache = createCallerCache({ secretStart: signatureStart, now, random: parts.random })
  const findClient = shareInFlight(clients.findById)
  const findOrganization = shareInFlight(parts.organizations.findById)

  async function accountOf (client: Client): Promise<Account | null> {
    const organization = await findOrganization(client.organizationId)
    if (organization === null) throw new Error(`The client ${client.id} belongs to no stored organisation.`)
    return organization.disabledAt === undefined ? { client, organization } : null
  }

  /** The account behind a client id and secret; null, after the same work, whatever is wrong with them. */
  async function accountOfSecret ({ clientId, clientSecret }: ClientCredential): Promise<Account & { secret: ClientSecret } | null> {
    const client = await findClient(clientId)
    const at = new Date(now())
    const secret = matchSecret(client, clientSecret, at)
    const account = client === null || secret === null ? null : await accountOf(client)
    if (account === null || client === null || secret === null) return null
    if (secret.lastUsedAt === undefined || at.getTime() - secret.lastUsedAt.getTime() >= LAST_USE_PRECISION_MS) {
      await clients.recordUse(client.organizationId, client.id, secret.hash, at)
    }
    return { ...account, secret }
  }

  async function readApiKey (key: string, credential: ClientCredential, version: number): Promise<CachedCaller | null> {
    const readAt = now()
    const account = await accountOfSecret(credential)
    if (account === null) {
      apiKeyCache.remove(key)
      return null
    }
    const { client, organization, secret } = account
    const entry: CachedCaller = {
      caller: callerOf(organization, client, { credentialId: secretIdOf(secret) }),
      version,
      readAt,
      expiresAt: Math.min(secret.expiresAt?.getTime() ?? Infinity, client.expiresAt?.getTime() ?? Infinity),
      isAllowedFrom: compileAddressList(client.allowedAddresses ?? [])
    }
    apiKeyCache.set(key, entry)
    return entry
  }

  /** The account behind a verified token, as it is now: a token does not outlive its client. */
  async function readToken (claims: TokenClaims, version: number): Promise<CachedCaller | null> {
    const readAt = now()
    const { clientId, organizationId, scopes, tokenId: credentialId, expiresAt } = claims
    if (claims.isExternal) {
      const organization = await findOrganization(organizationId)
      if (organization === null || organization.disabledAt !== undefined) return null
      return { caller: callerOf(organization, { id: clientId, scopes }, { credentialId }), version, readAt, expiresAt, isAllowedFrom: () => true, claims }
    }
    const client = await findClient(clientId)
    if (client === null || !isEnabled(client, new Date(readAt)) || client.organizationId !== organizationId) return null
    const account = await accountOf(client)
    return account === null
      ? null
      : {
          caller: callerOf(account.organization, client, { scopes, credentialId }),
          version,
          readAt,
          expiresAt: Math.min(expiresAt, client.expiresAt?.getTime() ?? Infinity),
          isAllowedFrom: compileAddressList(client.allowedAddresses ?? []),
          claims
        }
  }

  /**
   * The caller of an API key. One that was accepted before is not held up by what strangers try with other secrets.
   *
   * @returns null when it is not acceptable
   */
  const askForApiKey = shareInFlight(async (request: string): Promise<CachedCaller | null> => {
    const space = request.indexOf(' ')
    const address = request.slice(0, space)
    const key = request.slice(space + 1)
    const credential = parseApiKey(key)
    if (credential === null) return null
    const version = freshness.current() ?? await freshness.confirm()
    const known = apiKeyCache.fresh(key, version)
    if (known !== undefined) return known
    if (apiKeyCache.get(key) !== undefined) return await readApiKey(key, credential, version)
    return await attempts.guard({ clientId: credential.clientId, address }, async () => await readApiKey(key, credential, version))
  })

  const askForToken = shareInFlight(async (token: string): Promise<CachedCaller | null> => {
    const version = freshness.current() ?? await freshness.confirm()
    const known = tokenCache.fresh(token, version)
    if (known !== undefined) return known
    const at = now()
    const verified = tokenCache.get(token)?.claims
    const claims = verified !== undefined && at < verified.expiresAt ? verified : await verifyToken(token, at)
    const entry = claims === null ? null : await readToken(claims, version)
    if (entry === null) tokenCache.remove(token)
    else tokenCache.set(token, entry)
    return entry
  })

  function remembered (cache: typeof apiKeyCache, credential: string): CachedCaller | undefined {
    const version = freshness.current()
    return version === undefined ? undefined : cache.fresh(credential, version)
  }

  return {
    /**
     * Answers synchronously for a credential that was accepted before, while that is known to be true still.
     *
     * @param key the value of `X-API-Key`
     * @param address where it was presented
     * @throws ExchangeError `unauthenticated`, the same for every cause; `address-not-allowed`; `too-many-failures`
     */
    authenticateApiKey (key: string, address: string): Caller | Promise<Caller> {
      const known = remembered(apiKeyCache, key)
      if (known !== undefined) return admit(known, address)
      return askForApiKey(`${address} ${key}`).then(entry => {
        if (entry === null) throw new ExchangeError('unauthenticated', 'The API key is not valid.')
        return admit(entry, address)
      })
    },

    /**
     * As {@link authenticateApiKey}, for the token of `Authorization: Bearer`.
     *
     * @throws ExchangeError also `unavailable`, when the keys of an external issuer cannot be had
     */
    authenticateToken (token: string, address: string): Caller | Promise<Caller> {
      const known = remembered(tokenCache, token)
      if (known !== undefined) return admit(known, address)
      return askForToken(token).then(entry => {
        if (entry === null) throw new ExchangeError('unauthenticated', 'The access token is not valid or has expired.')
        return admit(entry, address)
      })
    },

    /** The caller of a client id and secret; null when they are not acceptable, also from this address. */
    async authenticateSecret (credential: ClientCredential, address: string): Promise<Caller | null> {
      const entry = await askForApiKey(`${address} ${formatApiKey(credential)}`)
      return entry?.isAllowedFrom(address) === true ? entry.caller : null
    }
  }
}

function admit ({ caller, isAllowedFrom }: CachedCaller, address: string): Caller {
  if (isAllowedFrom(address)) return caller
  throw new ExchangeError('address-not-allowed', `The client ${caller.clientId} may not be used from the address ${address}.`)
}
