/** Callers that were authenticated a moment ago, by the hash of the credential that they presented. */
import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Caller } from '../../domain/access.js'
import type { TokenClaims } from './access-token.js'

/**
 * How long an answer may be repeated without asking the database (milliseconds): the longest time for which a disabled
 * client, an expired secret or a changed organisation can go unnoticed. Two seconds make a busy client cost half a
 * database read per second instead of one per request.
 */
export const MAX_STALENESS_MS = 2_000

/** About a kilobyte each. Only credentials that were accepted get in, so an attacker cannot fill it. */
const MOST_CALLERS = 10_000

export interface CachedCaller {
  readonly caller: Caller
  /** When the database was asked (milliseconds since 1970). */
  readonly readAt: number
  /** The credential itself ends here (milliseconds since 1970); `Infinity` if it does not. */
  readonly expiresAt: number
  /** For a token: what its signature vouches for, so that a later refresh need not verify it again. */
  readonly claims?: TokenClaims
}

/**
 * Entries are found by the hash of the credential, so that no usable one lies in memory and look-up time tells nothing.
 *
 * @param now milliseconds since 1970
 */
export function createCallerCache (now: () => number) {
  const callers = new LRUCache<string, CachedCaller>({ max: MOST_CALLERS })

  return {
    /** The caller, if the database was asked recently enough; a clock that was set back makes entries stale, never immortal. */
    fresh (credential: string): Caller | undefined {
      const entry = callers.get(keyOf(credential))
      if (entry === undefined) return undefined
      const at = now()
      return at >= entry.readAt && at - entry.readAt < MAX_STALENESS_MS && at < entry.expiresAt ? entry.caller : undefined
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
