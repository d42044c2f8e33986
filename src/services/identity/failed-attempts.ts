/**
 * Slows the guessing of secrets without shutting anybody out: wrong ones are counted by client and network, and by network, and
 * after the first few each costs a longer wait. While somebody waits, nothing that is sent is tested, so guesses gain nothing.
 *
 * Others do not notice: another client, and the same client from elsewhere, has counters of its own. A credential that was
 * accepted a moment ago is answered from memory and does not come here; a client that has succeeded from a network is not made
 * to wait for what strangers do there. Counters lie in the memory of each process.
 */
import type { LRUCache } from 'lru-cache'
import { ExchangeError } from '../../domain/problems.js'
import { createRecentlyUsed } from '../recently-used.js'
import { networkOf } from './address-list.js'

/** Wrong secrets for one client from one network that cost nothing: people mistype, and deployments are wired wrongly. */
export const FREE_ATTEMPTS = 10

/** Wrong secrets for any clients from one network that cost nothing. */
export const FREE_ATTEMPTS_OF_NETWORK = 100

const MOST_WAIT_MS = 60_000

/** Without a further attempt for this long everything is forgotten. */
const MEMORY_MS = 15 * 60_000

/** A hundred bytes each. An attacker with more networks than this meets no wait, and 256 random bits all the same. */
const MOST_COUNTERS = 50_000

interface Counter {
  failures: number
  /** Nothing is tested before this moment (monotonic milliseconds). */
  waitUntil: number
  lastAt: number
}

export interface RepeatedFailure {
  /** Absent: of several clients. */
  clientId?: string
  network: string
  failures: number
  waitSeconds: number
}

export type FailedAttempts = ReturnType<typeof createFailedAttempts>

/** @param options.onRepeated told of each failure beyond the free ones, which are few because of the waits */
export function createFailedAttempts ({ monotonicMs, onRepeated }: { monotonicMs: () => number, onRepeated: (failure: RepeatedFailure) => void }) {
  const byClient = createRecentlyUsed<Counter>(MOST_COUNTERS)
  const byNetwork = createRecentlyUsed<Counter>(MOST_COUNTERS)
  /** Clients that succeeded from a network. */
  const trusted = createRecentlyUsed<true>(MOST_COUNTERS)

  function counterOf (counters: LRUCache<string, Counter>, key: string): Counter {
    const at = monotonicMs()
    const known = counters.get(key)
    if (known !== undefined && at - known.lastAt < MEMORY_MS) return known
    const counter = { failures: 0, waitUntil: -Infinity, lastAt: at }
    counters.set(key, counter)
    return counter
  }

  function requireNoWait ({ waitUntil }: Counter, whose: string): void {
    const left = waitUntil - monotonicMs()
    if (left <= 0) return
    throw new ExchangeError('too-many-failures', `Too many wrong credentials came ${whose}; until the wait is over none is looked at.`, {
      retryAfterSeconds: Math.ceil(left / 1_000)
    })
  }

  /** Counts at once, so that guesses that are sent together are not all tested before the first has failed. */
  function count (counter: Counter, free: number): number {
    counter.failures += 1
    counter.lastAt = monotonicMs()
    if (counter.failures < free) return 0
    const waitMs = Math.min(MOST_WAIT_MS, 1_000 * 2 ** Math.min(counter.failures - free, 10))
    counter.waitUntil = counter.lastAt + waitMs
    return waitMs / 1_000
  }

  return {
    /**
     * Tests a secret, unless there is a wait. What `test` answers null to has failed; when it rejects nothing is known.
     *
     * @throws ExchangeError `too-many-failures` with the seconds to wait
     */
    async guard<T> ({ clientId, address }: { clientId: string, address: string }, test: () => Promise<T | null>): Promise<T | null> {
      const network = networkOf(address)
      const pair = `${clientId} ${network}`
      const ofClient = counterOf(byClient, pair)
      const ofNetwork = counterOf(byNetwork, network)
      requireNoWait(ofClient, 'for this client from this network')
      if (!trusted.has(pair)) requireNoWait(ofNetwork, 'from this network')

      const before = [{ ...ofClient }, { ...ofNetwork }] as const
      const wait = count(ofClient, FREE_ATTEMPTS)
      const waitOfNetwork = count(ofNetwork, FREE_ATTEMPTS_OF_NETWORK)
      try {
        const answer = await test()
        if (answer === null) {
          if (wait > 0) onRepeated({ clientId, network, failures: ofClient.failures, waitSeconds: wait })
          if (waitOfNetwork > 0) onRepeated({ network, failures: ofNetwork.failures, waitSeconds: waitOfNetwork })
          return null
        }
        byClient.delete(pair)
        trusted.set(pair, true)
        takeBack(ofNetwork, before[1])
        return answer
      } catch (error) {
        takeBack(ofClient, before[0])
        takeBack(ofNetwork, before[1])
        throw error
      }
    }
  }
}

/** What was counted in advance and was no failure; others may have counted meanwhile. */
function takeBack (counter: Counter, before: Counter): void {
  counter.failures -= 1
  counter.waitUntil = counter.failures === before.failures ? before.waitUntil : counter.waitUntil
}
