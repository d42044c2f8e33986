/** Who is calling: API keys, access tokens, and the token endpoint. */
import { SCOPES, type Caller, type Role, type Scope } from '../../domain/access.js'
import type { ClientsRepository } from '../../storage/clients-repository.js'
import type { OrganizationsRepository } from '../../storage/organizations-repository.js'
import type { SigningKeysRepository } from '../../storage/signing-keys-repository.js'
import { signAccessToken, TOKEN_SECONDS, verifyAccessToken } from './access-token.js'
import { parseCredential } from './api-key.js'
import { createAuthentication } from './authentication.js'
import type { ExternalIssuer } from './external-issuer.js'
import type { FailedAttempts } from './failed-attempts.js'
import type { IdentityFreshness } from './identity-freshness.js'
import { createKeyRing, type PublicJwk } from './key-ring.js'
import { OAuthError } from './oauth-error.js'

export interface IdentityOptions {
  organizations: OrganizationsRepository
  clients: ClientsRepository
  /** Shared with whoever changes organisations and clients. */
  freshness: IdentityFreshness
  attempts: FailedAttempts
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
  /** Whose tokens are accepted besides our own. */
  externalIssuer?: ExternalIssuer | undefined
  /** For how long a signing key signs (milliseconds). */
  rotationMs: number
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

export type IdentityService = ReturnType<typeof createIdentityService>

export function createIdentityService (options: IdentityOptions) {
  const { organizations, clients, freshness, attempts, signingKeys, now, random, issuer, rotationMs, externalIssuer, limits } = options
  const keys = createKeyRing({ signingKeys, now, rotationMs })
  const { authenticateSecret, ...authentication } = createAuthentication({
    organizations,
    clients,
    freshness,
    attempts,
    // Whose token it says it is decides whose keys may verify it; no key of one issuer ever vouches for the other.
    verifyToken: async (token, at) => externalIssuer?.isNamedBy(token) === true ? await externalIssuer.verify(token, at) : await verifyAccessToken(token, { keys, issuer, at }),
    now,
    random
  })

  return {
    ...authentication,

    /**
     * The client credentials grant (RFC 6749 section 4.4).
     *
     * @param from where the token was asked for: the base URL, which is its issuer if none is configured, and the caller's address
     * @throws OAuthError; ExchangeError `too-many-failures`
     */
    async issueToken (request: TokenRequest, { baseUrl, address }: { baseUrl: string, address: string }): Promise<TokenResponse> {
      const { grantType, clientId, clientSecret, scope } = request
      if (grantType === undefined || grantType === '') throw new OAuthError('invalid_request', 'The parameter grant_type is missing.')
      if (grantType !== 'client_credentials') {
        throw new OAuthError('unsupported_grant_type', 'The only grant type is client_credentials.')
      }
      const credential = parseCredential(clientId ?? '', clientSecret ?? '')
      const caller = credential === null ? null : await authenticateSecret(credential, address)
      if (caller === null) throw new OAuthError('invalid_client', 'Client authentication failed.')

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
