/**
 * What everybody may see, as one process knows it: a copy of all policies, groups and grants, asked at most once a second
 * whether it is still current. So a decision costs one look into a map, and a change made in another process is noticed
 * within {@link MAX_STALENESS_MS}; one made in this process at once. When the database cannot be asked nothing is decided.
 */
import { decideBy, type AccessDecisions, type AccessFacts } from '../../domain/access-policy.js'
import type { Visibility, VisibilityOf } from '../../domain/visibility.js'
import type { AccessRepository } from '../../storage/access-repository.js'

/** Milliseconds. */
const MAX_STALENESS_MS = 1_000

interface Copy {
  facts: AccessFacts
  decisions: AccessDecisions
  /** When the asking began, on the monotonic clock. */
  askedAt: number
  /** By organisation; replaced as a whole with the facts. */
  visibilities: Map<string, { visibility: Visibility, from: number, until: number }>
}

export type AccessView = ReturnType<typeof createAccessView>

/**
 * @param parts.now milliseconds since 1970
 * @param parts.monotonicMs a clock that is never set back
 */
export function createAccessView (parts: { access: Pick<AccessRepository, 'loadFacts' | 'readVersion'>, now: () => number, monotonicMs: () => number }) {
  let copy: Copy | undefined
  let isStale = true
  let refreshing: Promise<Copy> | undefined
  let next: Promise<Copy> | undefined

  async function ask (): Promise<Copy> {
    const askedAt = parts.monotonicMs()
    isStale = false
    try {
      const known = copy
      if (known !== undefined && await parts.access.readVersion() === known.facts.version) {
        known.askedAt = askedAt
        return known
      }
      const facts = await parts.access.loadFacts()
      copy = { facts, decisions: decideBy(facts), askedAt, visibilities: new Map() }
      return copy
    } catch (error) {
      isStale = true
      throw error
    }
  }

  /** A copy that was asked for no earlier than now; everybody who comes while one is under way shares the one after it. */
  async function refresh (): Promise<Copy> {
    if (refreshing === undefined) {
      refreshing = ask().finally(() => { refreshing = undefined })
      return await refreshing
    }
    next ??= refreshing.catch(() => {}).then(async () => {
      next = undefined
      return await refresh()
    })
    return await next
  }

  function decide (current: Copy, organizationId: string, at: number): Visibility {
    const cached = current.visibilities.get(organizationId)
    if (cached !== undefined && at >= cached.from && at < cached.until) return cached.visibility
    const { visibility, until } = current.decisions.visibilityOf(organizationId, at)
    current.visibilities.set(organizationId, { visibility, from: at, until })
    return visibility
  }

  function fresh (): Copy | undefined {
    return copy !== undefined && !isStale && parts.monotonicMs() - copy.askedAt < MAX_STALENESS_MS ? copy : undefined
  }

  /** A clock that is behind what followers of the feed were told already does not count. */
  const time = ({ facts }: Copy): number => Math.max(parts.now(), facts.toldUntil)

  const visibilityOf: VisibilityOf = ({ organizationId }, { upToDate = false } = {}) => {
    const current = upToDate ? undefined : fresh()
    if (current !== undefined) return decide(current, organizationId, time(current))
    return refresh().then(refreshed => decide(refreshed, organizationId, time(refreshed)))
  }

  return {
    visibilityOf,
    /** What the organisation saw when the feed was last told of a change of access: without what began or ended by itself since. */
    toldVisibilityOf: async (organizationId: string): Promise<Visibility> => {
      const current = await refresh()
      return decide(current, organizationId, current.facts.toldUntil)
    },
    /** The facts as they are now. */
    currentFacts: async (): Promise<AccessFacts> => (await refresh()).facts,
    /** This process changed something: the next question goes to the database. */
    markStale: (): void => { isStale = true }
  }
}
