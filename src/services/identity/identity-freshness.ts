/**
 * Whether what a process remembers of organisations and clients is still true. A counter in the database says so; it is asked
 * several times a second while anybody calls, beside the requests and not for each of them. What is remembered counts only while
 * the last answer was asked for less than {@link MAX_STALENESS_MS} ago, also when the database does not answer.
 */

/** The longest time for which a change made by another process can go unnoticed (milliseconds). */
export const MAX_STALENESS_MS = 500

/** From this age on the counter is asked again, while requests are still answered (milliseconds). */
const RENEW_MS = 250

export type IdentityFreshness = ReturnType<typeof createIdentityFreshness>

/** @param options.monotonicMs a clock that is never set back */
export function createIdentityFreshness ({ readVersion, monotonicMs }: { readVersion: () => Promise<number>, monotonicMs: () => number }) {
  let version = -1
  /** When the asking began. */
  let askedAt = -Infinity
  /** Changes made by this process; an answer that was asked for before one of them says nothing. */
  let changes = 0
  let asking: Promise<number> | undefined
  let next: Promise<number> | undefined

  async function ask (): Promise<number> {
    const beganAt = monotonicMs()
    const changesBefore = changes
    const answer = await readVersion()
    version = answer
    if (changes === changesBefore) askedAt = beganAt
    return answer
  }

  /** The counter as it was at some moment from now on; everybody who comes while it is being asked shares the answer after that. */
  async function confirm (): Promise<number> {
    if (asking === undefined) {
      asking = ask().finally(() => { asking = undefined })
      return await asking
    }
    next ??= asking.catch(() => {}).then(async () => {
      next = undefined
      return await confirm()
    })
    return await next
  }

  return {
    confirm,

    /** The version that what is remembered must have; undefined when it must be asked for first. */
    current (): number | undefined {
      const age = monotonicMs() - askedAt
      if (age >= MAX_STALENESS_MS) return undefined
      // Whoever comes after the bound meets the error itself.
      if (age >= RENEW_MS && asking === undefined) confirm().catch(() => {})
      return version
    },

    /** This process changed something: the next request asks first. */
    markStale (): void {
      changes += 1
      askedAt = -Infinity
    }
  }
}
