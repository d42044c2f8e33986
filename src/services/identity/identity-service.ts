/** Who is calling: API keys, access tokens, and the token endpoint. */
import { ExchangeError } from '../../domain/problems.js'
import { SCOPES, type Caller, type Role, type Scope } from '../../domain/access.js'
import { callerOf, type Client, type ClientSecret, type Organization } from '../../domain/organization.js'
import type { ClientsRepository } from '../../storage/clients-repository.js'
import type { OrganizationsRepository } from '../../storage/organizations-repository.js'
import type { SigningKeysRepository } from '../../storage/signing-keys-repository.js'
import { signAccessToken, TOKEN_SECONDS, verifyAccessToken, type TokenClaims } from './access-token.js'
import { parseApiKey, parseCredential, type ClientCredential } from './api-key.js'
import { createCallerCache } from './caller-cache.js'
import { isEnabled, matchSecret } from './client-secret.js'
import { createKeyRing, type PublicJwk } from './key-ring.js'
import { OAuthError } from './oauth-error.js'
import { shareInFlight } from './share-in-flight.js'

/** The last use of a secret is noted to this precision (milliseconds), so that it costs one write an hour, not one a request. */
const LAST_USE_PRECISION_MS = 3_600_000

export interface IdentityOptions {
  organizations: OrganizationsRepository
  clients: ClientsRepository
  signingKeys: SigningKeysRepository
  /** Milliseconds since 1970. */
  now: () => number
  /** That many random bytes from a cryptographic source. */
  random: (bytes: number) => Buffer
  /**
   * The public base URL of the exchange, which its tokens name as issuer and must name to be accepted. Undefined when none
   * is configured: one exchange then answers at several addresses (localhost, a host name, several ports), tokens name
   * the one where they were asked for, and it is not compared, because the signature alone proves that they are ours.
   */
  issuer: string | undefined
  /** Limits that `me` tells clients, by name. */
  limits: Readonly<Record<string, number>>
}

export interface TokenRequest {
  grantType: string | undefined
  clientId: string | undefined
  clientSecret: string | undefined
  /** Space-separated scopes; undefined or empty asks for all that the client has. */
  scope?: string | undefined
}

export interface TokenResponse {
  access_token: string
  token_type: 'Bearer'
  /** Seconds. */
  expires_in: number
  scope: string
}

export interface Me {
  organization: { id: string, name: string, role: Role, manufacturers: readonly string[] }
  client: { id: string, scopes: readonly Scope[] }
  limits: Readonly<Record<string, number>>
}

interface Account {
  client: Client
  organization: Organization
}

export type IdentityService = ReturnType<typeof createIdentityService>

export function createIdentityService (options: IdentityOptions) {
  const { organizations, clients, signingKeys, now, random, issuer, limits } = options
  const keys = createKeyRing({ signingKeys, now })
  // One for each kind, so that neither is ever accepted in the place of the other.
  const apiKeyCache = createCallerCache(now)
  const tokenCache = createCallerCache(now)
  const findClient = shareInFlight(clients.findById)
  const findOrganization = shareInFlight(organizations.findById)

  async function accountOf (client: Client): Promise<Account> {
    const organization = await findOrganization(client.organizationId)
    if (organization === null) throw new Error(`The client ${client.id} belongs to no stored organisation.`)
    return { client, organization }
  }

  /** The account behind a client id and secret; null, after the same work, whatever is wrong with them. */
  async function accountOfSecret ({ clientId, clientSecret }: ClientCredential): Promise<Account & { secret: ClientSecret } | null> {
    const client = await findClient(clientId)
    const at = new Date(now())
    const secret = matchSecret(client, clientSecret, at)
    if (client === null || secret === null) return null
    if (secret.lastUsedAt === undefined || at.getTime() - secret.lastUsedAt.getTime() >= LAST_USE_PRECISION_MS) {
      await clients.recordUse(client.organizationId, client.id, secret.hash, at)
    }
    return { ...await accountOf(client), secret }
  }

  /** The account behind a verified token, as it is now: a token does not outlive its client. */
  async function accountOfToken (claims: TokenClaims): Promise<Account | null> {
    const client = await findClient(claims.clientId)
    if (client === null || !isEnabled(client, new Date(now())) || client.organizationId !== claims.organizationId) return null
    return await accountOf(client)
  }

  const readCallerOfApiKey = shareInFlight(async (key): Promise<Caller> => {
    const readAt = now()
    const credential = parseApiKey(key)
    const account = credential === null ? null : await accountOfSecret(credential)
    if (account === null) {
      apiKeyCache.remove(key)
      throw new ExchangeError('unauthenticated', 'The API key is not valid.')
    }
    const caller = callerOf(account.organization, account.client)
    apiKeyCache.set(key, { caller, readAt, expiresAt: account.secret.expiresAt?.getTime() ?? Infinity })
    return caller
  })

  const readCallerOfToken = shareInFlight(async (token): Promise<Caller> => {
    const readAt = now()
    const verified = tokenCache.get(token)?.claims
    const stillValid = verified !== undefined && readAt < verified.expiresAt
    const claims = stillValid ? verified : await verifyAccessToken(token, { keys, issuer, at: readAt })
    const account = claims === null ? null : await accountOfToken(claims)
    if (claims === null || account === null) {
      tokenCache.remove(token)
      throw new ExchangeError('unauthenticated', 'The access token is not valid or has expired.')
    }
    const caller = callerOf(account.organization, account.client, claims.scopes)
    tokenCache.set(token, { caller, readAt, expiresAt: claims.expiresAt, claims })
    return caller
  })

  return {
    /**
     * Answers synchronously for a credential that was accepted less than `MAX_STALENESS_MS` ago.
     *
     * @param key the value of `X-API-Key`
     * @throws ExchangeError `unauthenticated`, the same for every cause (as a rejection)
     */
    authenticateApiKey (key: string): Caller | Promise<Caller> {
      return apiKeyCache.fresh(key) ?? readCallerOfApiKey(key)
    },

    /**
     * Answers synchronously for a token that was accepted less than `MAX_STALENESS_MS` ago.
     *
     * @param token the token of `Authorization: Bearer`
     * @throws ExchangeError `unauthenticated`, the same for every cause (as a rejection)
     */
    authenticateToken (token: string): Caller | Promise<Caller> {
      return tokenCache.fresh(token) ?? readCallerOfToken(token)
    },

    /**
     * The client credentials grant (RFC 6749 section 4.4).
     *
     * @param baseUrl where the token was asked for; its issuer, if none is configured
     * @throws OAuthError
     */
    async issueToken (request: TokenRequest, baseUrl: string): Promise<TokenResponse> {
      const { grantType, clientId, clientSecret, scope } = request
      if (grantType === undefined || grantType === '') throw new OAuthError('invalid_request', 'The parameter grant_type is missing.')
      if (grantType !== 'client_credentials') {
        throw new OAuthError('unsupported_grant_type', 'The only grant type is client_credentials.')
      }
      const credential = parseCredential(clientId ?? '', clientSecret ?? '')
      const account = credential === null ? null : await accountOfSecret(credential)
      if (account === null) throw new OAuthError('invalid_client', 'Client authentication failed.')

      const caller = callerOf(account.organization, account.client)
      const scopes = narrowScopes(caller.scopes, scope)
      const accessToken = await signAccessToken({
        keys,
        issuer: issuer ?? baseUrl,
        clientId: caller.clientId,
        organizationId: caller.organizationId,
        role: caller.role,
        scopes,
        tokenId: random(16).toString('base64url'),
        at: now()
      })
      return { access_token: accessToken, token_type: 'Bearer', expires_in: TOKEN_SECONDS, scope: scopes.join(' ') }
    },

    /** The public keys of access tokens, for anybody (RFC 7517). */
    async jwks (): Promise<{ keys: PublicJwk[] }> {
      return await keys.publicKeys()
    },

    /**
     * Where and how tokens are obtained (RFC 8414).
     *
     * @param baseUrl where it was asked for; used if no issuer is configured
     */
    authorizationServerMetadata (baseUrl: string) {
      const base = issuer ?? baseUrl
      return {
        issuer: base,
        token_endpoint: `${base}/oauth/token`,
        jwks_uri: `${base}/.well-known/jwks.json`,
        scopes_supported: [...SCOPES],
        // Required by the RFC; empty, because there is no authorization endpoint.
        response_types_supported: [],
        grant_types_supported: ['client_credentials'],
        token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
        service_documentation: `${base}/docs`
      }
    },

    /** What a caller is and may do. */
    me (caller: Caller): Me {
      return {
        organization: {
          id: caller.organizationId,
          name: caller.organizationName,
          role: caller.role,
          manufacturers: caller.manufacturers
        },
        client: { id: caller.clientId, scopes: [...caller.scopes] },
        limits
      }
    }
  }
}

/** The scopes of a token: those asked for, if the client has every one of them; all of the client's if none was asked for. */
function narrowScopes (granted: ReadonlySet<Scope>, requested: string | undefined): Scope[] {
  if (requested === undefined || requested === '') return [...granted]
  const words = new Set(requested.split(' '))
  const scopes = [...granted].filter(scope => words.has(scope))
  if (scopes.length < words.size) {
    throw new OAuthError('invalid_scope', `The scope asked for is malformed, unknown or more than the client has: ${[...granted].join(' ')}`)
  }
  return scopes
}
