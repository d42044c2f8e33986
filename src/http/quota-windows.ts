/**
 * Counts units per key in windows of one minute. A window begins with the first request after the one before has ended, so
 * that what is left and when it starts afresh can be told exactly. Counting is synchronous and in memory: it stands in the way
 * of every request, and the limits are there to share a process fairly, not to bill.
 */
import { createRecentlyUsed } from '../services/recently-used.js'

/** Length of a window (seconds). */
export const WINDOW_SECONDS = 60

/** A hundred bytes each. Keys are organisations and credentials that were accepted, so an attacker cannot fill it. */
const MOST_KEYS = 20_000

export interface QuotaWindow {
  key: string
  used: number
  /** Monotonic milliseconds. */
  endsAt: number
}

export type QuotaWindows = ReturnType<typeof createQuotaWindows>

export function createQuotaWindows (monotonicMs: () => number) {
  const windows = createRecentlyUsed<QuotaWindow>(MOST_KEYS)

  function open (key: string): QuotaWindow {
    const now = monotonicMs()
    const known = windows.get(key)
    if (known !== undefined && now < known.endsAt) return known
    const window = { key, used: 0, endsAt: now + WINDOW_SECONDS * 1_000 }
    windows.set(key, window)
    return window
  }

  return {
    /** The window that is open for this key. */
    open,

    /** The window that is open now for the key of one that was: itself until it ends. */
    current: (window: QuotaWindow): QuotaWindow => monotonicMs() < window.endsAt ? window : open(window.key),

    /** Whole seconds until the window ends, at least one. */
    secondsLeft ({ endsAt }: QuotaWindow): number {
      return Math.max(1, Math.ceil((endsAt - monotonicMs()) / 1_000))
    }
  }
}
