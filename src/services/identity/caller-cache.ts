/** Callers that were authenticated before, by the hash of the credential that they presented. */
import { hash } from 'node:crypto'
import type { Caller } from '../../domain/access.js'
import { createRecentlyUsed } from '../recently-used.js'
import type { TokenClaims } from './access-token.js'
import { createKnownHashes } from './known-hashes.js'

/**
 * How long an answer is repeated at most, whatever the version counter says (milliseconds): should a process end between changing
 * a client and saying so, others notice by this time.
 */
export const MAX_AGE_MS = 30_000

/** About a kilobyte each. Only credentials that were accepted get in, so an attacker cannot fill it. */
const MOST_CALLERS = 10_000

export interface CachedCaller {
  readonly caller: Caller
  /** Version of the identities that the database had when it was asked, or an older one. */
  readonly version: number
  /** When the database was asked (milliseconds since 1970). */
  readonly readAt: number
  /** The credential itself ends here (milliseconds since 1970); `Infinity` if it does not. */
  readonly expiresAt: number
  /** Whether it may be used from this address. */
  readonly isAllowedFrom: (address: string) => boolean
  /** For a token: what its signature vouches for, so that it is verified once only. */
  readonly claims?: TokenClaims
}

/**
 * Entries are found by the hash of the credential, so that no usable one lies in memory and look-up time tells nothing.
 *
 * @param parts.secretStart where in the credential the part begins that nobody can guess
 * @param parts.now milliseconds since 1970
 * @param parts.random that many random bytes from a cryptographic source
 */
export function createCallerCache (parts: { secretStart: (credential: string) => number, now: () => number, random: (bytes: number) => Buffer }) {
  const callers = createRecentlyUsed<CachedCaller>(MOST_CALLERS)
  const hashes = createKnownHashes(parts)

  return {
    /** The caller, if it was read at this version; a clock that was set back makes entries stale, never immortal. */
    fresh (credential: string, version: number): CachedCaller | undefined {
      const known = hashes.find(credential)
      const key = known ?? keyOf(credential)
      const entry = callers.get(key)
      if (entry === undefined || entry.version !== version) return undefined
      const at = parts.now()
      if (at < entry.readAt || at - entry.readAt >= MAX_AGE_MS || at >= entry.expiresAt) return undefined
      if (known === undefined) hashes.remember(credential, key)
      return entry
    },

    /** The entry, however old. */
    get (credential: string): CachedCaller | undefined {
      return callers.get(keyOf(credential))
    },

    set (credential: string, entry: CachedCaller): void {
      callers.set(keyOf(credential), entry)
    },

    remove (credential: string): void {
      callers.delete(keyOf(credential))
    }
  }
}

function keyOf (credential: string): string {
  return hash('sha256', credential, 'base64url')
}
