/**
 * Keeps the cache of a process fresh by following the head of the feed. Unlike readers of the feed it does not wait for
 * slow writers: besides the new positions it looks again into every range that is still open, so that a change is seen as
 * soon as it is stored.
 */
import type { ChangesRepository } from '../../storage/changes-repository.js'
import type { FeedPositions, Watermark } from '../../storage/feed-positions.js'
import type { ProductCache } from './product-cache.js'

/** A quarter of the staleness that the cache promises, so that one slow answer of the database costs nothing. */
const POLL_MS = 250

/** With more changes than this at a time, forgetting everything is cheaper than being told. */
const MOST_TOLD = 5_000

export function createCacheFollower (parts: {
  cache: ProductCache
  feed: Pick<FeedPositions, 'watermark'>
  changes: Pick<ChangesRepository, 'changedIn'>
  monotonicMs: () => number
}) {
  let seen: Watermark | undefined
  let timer: NodeJS.Timeout | undefined
  let started = false
  let stopped = false

  /** Tells the cache what changed since the last turn. */
  async function turn (): Promise<void> {
    const moment = parts.monotonicMs()
    const head = await parts.feed.watermark()
    if (seen === undefined || parts.cache.isEmpty()) {
      parts.cache.clear()
    } else {
      const ranges = [...seen.unsettled]
      if (head.reserved > seen.reserved) ranges.push({ after: seen.reserved, upTo: head.reserved })
      const changed = ranges.length === 0 ? [] : await parts.changes.changedIn(ranges, MOST_TOLD + 1)
      if (changed.length > MOST_TOLD) parts.cache.clear()
      else for (const { productId, version, audience } of changed) parts.cache.invalidate(productId, version, audience)
    }
    seen = head
    parts.cache.confirm(moment)
  }

  async function follow (): Promise<void> {
    try {
      await turn()
    } catch {
      // The cache is not confirmed meanwhile and answers nothing; the next turn begins where the last one that succeeded ended.
    }
    if (!stopped) timer = setTimeout(() => { void follow() }, POLL_MS).unref()
  }

  return {
    turn,
    /** Does nothing when it runs already, or was stopped. */
    start: (): void => {
      if (started || stopped) return
      started = true
      void follow()
    },
    stop: (): void => {
      stopped = true
      clearTimeout(timer)
    }
  }
}
