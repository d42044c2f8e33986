/** Access tokens: JWTs by the profile of RFC 9068. */
import { errors, jwtVerify, SignJWT, type JWTHeaderParameters, type JWTPayload } from 'jose'
import { SCOPES, type Scope } from '../../domain/access.js'
import type { KeyRing } from './key-ring.js'

/** Lifetime of a token (seconds). */
export const TOKEN_SECONDS = 900

/** The resource that tokens are for (`aud`): the API of the exchange, wherever it is deployed. */
export const AUDIENCE = 'urn:product-esg-exchange:api'

/** No token of ours is nearly as long; longer ones are refused before any work is done (characters). */
const MAX_TOKEN_LENGTH = 4_096

/** What a verified token says. */
export interface TokenClaims {
  clientId: string
  organizationId: string
  scopes: readonly Scope[]
  /** Milliseconds since 1970. */
  expiresAt: number
  /** Names the token in the audit log. */
  tokenId: string
  /** Of an external issuer: the client is not one of ours. */
  isExternal: boolean
}

interface SignOptions {
  keys: KeyRing
  issuer: string
  clientId: string
  organizationId: string
  role: string
  scopes: readonly Scope[]
  /** Unique among all tokens. */
  tokenId: string
  /** Milliseconds since 1970. */
  at: number
}

export async function signAccessToken ({ keys, issuer, clientId, organizationId, role, scopes, tokenId, at }: SignOptions): Promise<string> {
  const { kid, privateKey } = await keys.signingKey()
  const issuedAt = Math.floor(at / 1_000)
  return await new SignJWT({ client_id: clientId, scope: scopes.join(' '), organization_id: organizationId, roles: [role] })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid })
    .setIssuer(issuer)
    .setSubject(clientId)
    .setAudience(AUDIENCE)
    .setJti(tokenId)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + TOKEN_SECONDS)
    .sign(privateKey)
}

interface VerifyOptions {
  keys: KeyRing
  /** The issuer that tokens must name; undefined: any (see `IdentityOptions.issuer`). */
  issuer: string | undefined
  /** Milliseconds since 1970. */
  at: number
}

/**
 * Checks signature, algorithm, type, audience, issuer and times (RFC 9068 section 4).
 *
 * @returns null for any token that is not acceptable; rejects only when the keys cannot be read
 */
export async function verifyAccessToken (token: string, { keys, issuer, at }: VerifyOptions): Promise<TokenClaims | null> {
  if (token.length > MAX_TOKEN_LENGTH) return null

  async function keyOf ({ kid }: JWTHeaderParameters | { kid?: string }) {
    const key = kid === undefined ? null : await keys.verificationKey(kid)
    if (key === null) throw new errors.JWKSNoMatchingKey()
    return key
  }

  try {
    const { payload } = await jwtVerify(token, keyOf, {
      // The one algorithm of our keys: "none", and HMAC with a public key as its secret, never come into question.
      algorithms: ['ES256'],
      typ: 'at+jwt',
      audience: AUDIENCE,
      requiredClaims: ['iss', 'sub', 'exp', 'iat', 'jti', 'client_id', 'scope', 'organization_id'],
      currentDate: new Date(at),
      ...(issuer === undefined ? {} : { issuer })
    })
    return claimsOf(payload)
  } catch (error) {
    if (error instanceof errors.JOSEError) return null
    throw error
  }
}

/** Where the signature of a JWT begins: the part that only the issuer can make, and without which the rest is no credential. */
export function signatureStart (token: string): number {
  return token.lastIndexOf('.') + 1
}

function claimsOf ({ client_id: clientId, organization_id: organizationId, scope, exp, jti }: JWTPayload): TokenClaims | null {
  if (typeof clientId !== 'string' || typeof organizationId !== 'string' || typeof scope !== 'string' || exp === undefined || typeof jti !== 'string') return null
  const words = new Set(scope.split(' '))
  return { clientId, organizationId, scopes: SCOPES.filter(known => words.has(known)), expiresAt: exp * 1_000, tokenId: jti, isExternal: false }
}
