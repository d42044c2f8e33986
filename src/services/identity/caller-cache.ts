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

export type CallerCache = ReturnType<typeof createCallerCache>

/** @param now milliseconds since 1970 */
export function createCallerCache (now: () => number) {
  const callers = new LRUCache<string, CachedCaller>({ max: MOST_CALLERS })

  return {
    /** Credentials are hashed, so that no usable one lies in memory, and so that look-up time tells nothing about them. */
    keyOf (credential: string): string {
      return hash('sha256', credential, 'base64url')
    },

    get (key: string): CachedCaller | undefined {
      return callers.get(key)
    },

    set (key: string, entry: CachedCaller): void {
      callers.set(key, entry)
    },

    remove (key: string): void {
      callers.delete(key)
    },

    /** True while the entry may be answered as it is. A clock that was set back makes entries stale, never immortal. */
    isFresh ({ readAt, expiresAt }: CachedCaller): boolean {
      const at = now()
      return at >= readAt && at - readAt < MAX_STALENESS_MS && at < expiresAt
    }
  }
}
