/** Turns at something scarce: first come, first served, but no organisation has more than one turn and one place in the queue. */

export interface TurnLimits {
  /** Turns at one time, of all organisations together. */
  atOnce: number
  /** Organisations that wait. */
  waiting: number
  /** For how long one waits (milliseconds). */
  waitMs: number
}

/** Ends the turn. */
export type EndTurn = () => void

export function createFairTurns ({ atOnce, waiting: mostWaiting, waitMs }: TurnLimits) {
  const taken = new Set<string>()
  /** In the order in which they came. */
  const waiting = new Map<string, (end: EndTurn) => void>()

  function begin (organizationId: string): EndTurn {
    taken.add(organizationId)
    let hasEnded = false
    return () => {
      if (hasEnded) return
      hasEnded = true
      taken.delete(organizationId)
      for (const [next, resume] of waiting) {
        if (taken.size >= atOnce) return
        if (!taken.has(next)) resume(begin(next))
      }
    }
  }

  /** Resolves to null when no turn came in time, or the organisation waits for one already. */
  async function turnOf (organizationId: string): Promise<EndTurn | null> {
    if (taken.size < atOnce && !taken.has(organizationId)) return begin(organizationId)
    if (waiting.has(organizationId) || waiting.size >= mostWaiting) return null
    return await new Promise(resolve => {
      const settle = (end: EndTurn | null): void => {
        clearTimeout(timer)
        waiting.delete(organizationId)
        resolve(end)
      }
      const timer = setTimeout(settle, waitMs, null)
      waiting.set(organizationId, settle)
    })
  }

  return { turnOf }
}
