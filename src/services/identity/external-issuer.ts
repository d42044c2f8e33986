/**
 * Access tokens of one external OpenID issuer, which the operator names in the configuration: found by OpenID Connect Discovery 1.0,
 * verified with the keys that it publishes, and mapped to an organisation of the exchange and to scopes. What the organisation may
 * do is the exchange's own knowledge, as with every credential.
 */
import { createRemoteJWKSet, decodeJwt, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose'
import { SCOPES } from '../../domain/access.js'
import { ExchangeError } from '../../domain/problems.js'
import type { TokenClaims } from './access-token.js'

export interface ExternalIssuerSettings {
  /** Exactly as tokens name it in `iss`. */
  issuer: string
  /** What tokens must have in `aud`: the name of this exchange at the issuer. */
  audience: string
  /** Asymmetric algorithms only. */
  algorithms: readonly string[]
  /** What tokens must have as `typ`, so that an ID token is never taken for an access token. */
  tokenType: string
  organizationClaim: string
  scopeClaim: string
  clientClaim: string
}

export type ExternalIssuer = ReturnType<typeof createExternalIssuer>

/** What the issuer published is asked for again after this time (milliseconds). */
const KEYS_MAX_AGE_MS = 10 * 60_000
const DISCOVERY_MAX_AGE_MS = 3_600_000

/** An issuer that did not answer is left alone for this long (milliseconds). */
const PAUSE_MS = 5_000

const TIMEOUT_MS = 3_000

/** By how much the clock of the issuer may differ, and the age from which on a token is refused whatever it says (seconds). */
const CLOCK_TOLERANCE_S = 30
const MAX_AGE_S = 86_400

/** Longer tokens are refused before any work is done (characters). */
const MAX_TOKEN_LENGTH = 12_288

/** Words that no client id of ours begins with. */
const CLIENT_PREFIX = 'oidc:'

interface Discovered { at: number, keys: Promise<JWTVerifyGetKey>, failed: boolean }

/**
 * @param options.cooldownMs how often an unknown key id may make us ask the issuer again
 * @param options.monotonicMs a clock that is never set back
 */
export function createExternalIssuer (
  settings: ExternalIssuerSettings, { monotonicMs, cooldownMs = 30_000 }: { monotonicMs: () => number, cooldownMs?: number }
) {
  const { issuer, audience, algorithms, tokenType, organizationClaim, clientClaim, scopeClaim } = settings
  let discovered: Discovered | undefined

  function keysOfIssuer (): Promise<JWTVerifyGetKey> {
    const age = discovered === undefined ? Infinity : monotonicMs() - discovered.at
    if (discovered === undefined || age >= (discovered.failed ? PAUSE_MS : DISCOVERY_MAX_AGE_MS)) {
      const attempt: Discovered = { at: monotonicMs(), keys: discover(issuer, cooldownMs), failed: false }
      attempt.keys.catch(() => { attempt.failed = true })
      discovered = attempt
    }
    return discovered.keys
  }

  const keyOf: JWTVerifyGetKey = async (header, token) => {
    try {
      return await (await keysOfIssuer())(header, token)
    } catch (error) {
      // The token is not acceptable; anything else is trouble between us and the issuer.
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys || error instanceof errors.JOSENotSupported) throw error
      throw new ExchangeError('unavailable', 'The issuer of this access token does not answer, so the token cannot be verified now.', { retryAfterSeconds: PAUSE_MS / 1_000, cause: error })
    }
  }

  function claimsOf (payload: JWTPayload): TokenClaims | null {
    const { [organizationClaim]: organizationId, [clientClaim]: client, [scopeClaim]: scope, exp, jti } = payload
    if (typeof organizationId !== 'string' || typeof client !== 'string' || !/^[\x21-\x7E]{1,200}$/.test(client) || exp === undefined) return null
    const words = new Set(Array.isArray(scope) ? scope : typeof scope === 'string' ? scope.split(' ') : [])
    return {
      clientId: CLIENT_PREFIX + client,
      organizationId,
      scopes: SCOPES.filter(known => words.has(known)),
      expiresAt: (exp + CLOCK_TOLERANCE_S) * 1_000,
      tokenId: typeof jti === 'string' ? jti.slice(0, 128) : CLIENT_PREFIX + client,
      isExternal: true
    }
  }

  return {
    /** Whether the token says that it is of this issuer, which is nothing to rely on: it decides whose keys may verify it, and no others do. */
    isNamedBy (token: string): boolean {
      if (token.length > MAX_TOKEN_LENGTH) return false
      try {
        return decodeJwt(token).iss === issuer
      } catch {
        return false
      }
    },

    /**
     * @param at milliseconds since 1970
     * @returns null for a token that is not acceptable
     * @throws ExchangeError `unavailable` when the issuer's keys cannot be had
     */
    async verify (token: string, at: number): Promise<TokenClaims | null> {
      try {
        const { payload } = await jwtVerify(token, keyOf, {
          issuer,
          audience,
          algorithms: [...algorithms],
          typ: tokenType,
          requiredClaims: ['exp', 'iat', organizationClaim, clientClaim],
          maxTokenAge: MAX_AGE_S,
          clockTolerance: CLOCK_TOLERANCE_S,
          currentDate: new Date(at)
        })
        return claimsOf(payload)
      } catch (error) {
        if (error instanceof errors.JOSEError) return null
        throw error
      }
    }
  }
}

/** OpenID Connect Discovery 1.0 section 4: where the issuer publishes its keys. */
async function discover (issuer: string, cooldownMs: number): Promise<JWTVerifyGetKey> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const answer = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS), headers: { accept: 'application/json' } })
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}`)
  const { issuer: named, jwks_uri: jwksUri } = await answer.json() as { issuer?: unknown, jwks_uri?: unknown }
  // Section 4.3: otherwise somebody could pass another issuer's keys off as this one's.
  if (named !== issuer) throw new Error(`${url} describes another issuer`)
  if (typeof jwksUri !== 'string' || !URL.canParse(jwksUri)) throw new Error(`${url} names no keys`)
  const keys = new URL(jwksUri)
  if (keys.protocol !== 'https:' && keys.protocol !== new URL(issuer).protocol) throw new Error(`${url} names keys that are not transported safely`)
  return createRemoteJWKSet(keys, { timeoutDuration: TIMEOUT_MS, cooldownDuration: cooldownMs, cacheMaxAge: KEYS_MAX_AGE_MS })
}
