/**
 * How every decision about access takes effect, and how followers of the feed are told: an event in the feed that names who gained
 * and lost which audiences. It is stored before the decision is, under a position that readers do not pass until both are, so
 * nobody can read past a change without being told. What begins or ends by the clock gets its event from `keepTime`.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { AccessFacts } from '../../domain/access-policy.js'
import { nextBoundary, shiftsBetween, vendorsByMarket, type AccessMoment } from '../../domain/access-shift.js'
import { ExchangeError } from '../../domain/problems.js'
import type { AccessEvents } from '../../storage/access-events.js'
import type { AccessRepository } from '../../storage/access-repository.js'
import type { FeedPositions, Reservation } from '../../storage/feed-positions.js'
import type { AccessView } from './access-view.js'

/** A decision, as a change of the facts and as what stores it. */
export interface AccessDecision {
  /** Vendors whose audiences it is about. */
  vendors: (facts: AccessFacts) => readonly string[]
  /** The facts as they are once it is stored. */
  decided: (facts: AccessFacts) => AccessFacts
  store: () => Promise<void>
}

/** Makes a decision take effect: in this process when it resolves, in others within the view's staleness. */
export type AccessChange = (decision: AccessDecision) => Promise<void>

/** Changes of access happen one at a time; who has waited this long for the others is told to come back (milliseconds). */
const MAX_WAIT_MS = 40_000

/** Between two attempts, at most (milliseconds). */
const MAX_PAUSE_MS = 40

export function createAccessChanges (parts: {
  access: Pick<AccessRepository, 'loadFacts' | 'raiseVersion' | 'tellUntil'>
  events: Pick<AccessEvents, 'add' | 'remove'>
  feed: Pick<FeedPositions, 'reserveForAccess' | 'release' | 'reapExpired' | 'watermark'>
  view: Pick<AccessView, 'currentFacts' | 'markStale'>
  /** Called when something may have come into the feed. */
  onTold: () => void
  /** The error of a reservation under which it is too late to write. */
  isTooLate: (error: unknown) => boolean
  now: () => Date
  monotonicMs: () => number
  random: () => number
  newId: () => string
}) {
  const { access, events, feed, view } = parts

  /** Makes the decision; `unavailable` when others hold changes of access up for too long. */
  async function change (decision: AccessDecision): Promise<void> {
    while (!await turn(decision));
  }

  /**
   * Tells followers of every grant that has begun or ended by itself and was not told of yet. To be called about once a second, by any
   * number of processes; late is no harm: whoever reads is judged by the clock. Returns how many moments there were.
   */
  async function keepTime (): Promise<number> {
    const facts = await view.currentFacts()
    if (nextBoundary(facts, facts.toldUntil, parts.now().getTime()) === undefined) return 0
    let moments = 0
    while (!await turn(null)) moments++
    return moments
  }

  /**
   * Tells of the next moment that has come, or makes the decision if there is none. Returns whether there was none. Moments come first, so
   * that each event says what was true up to it.
   */
  async function turn (decision: AccessDecision | null): Promise<boolean> {
    const reservation = await reserve()
    try {
      const facts = await access.loadFacts()
      const at = Math.max(parts.now().getTime(), facts.toldUntil)
      const moment = nextBoundary(facts, facts.toldUntil, at)
      if (moment !== undefined) {
        await tell(reservation, { vendors: moment.vendors, isByClock: true, before: { facts, at: moment.at - 1 }, after: { facts, at: moment.at } })
        reservation.assertFresh()
        await access.tellUntil(new Date(moment.at))
        return false
      }
      await access.tellUntil(new Date(at))
      if (decision === null) return true
      await tell(reservation, { vendors: decision.vendors(facts), isByClock: false, before: { facts, at }, after: { facts: decision.decided(facts), at } })
      reservation.assertFresh()
      await decision.store()
      return true
    } catch (error) {
      if (!parts.isTooLate(error)) throw error
      // Nothing was changed, so there is nothing to tell.
      await events.remove(reservation.first)
      return false
    } finally {
      // Also when the database did not answer: the decision may have been stored.
      await access.raiseVersion().finally(view.markStale)
      await feed.release(reservation)
      parts.onTold()
    }
  }

  async function tell (
    { first: position, unsettled, assertFresh }: Reservation,
    { vendors, isByClock, before, after }: { vendors: readonly string[], isByClock: boolean, before: AccessMoment, after: AccessMoment }
  ): Promise<void> {
    const shifts = vendors.flatMap(vendor => shiftsBetween(before, after, vendor))
    assertFresh()
    await events.add(shifts, { position, unsettled, isByClock, at: new Date(after.at), writtenAt: parts.now(), newId: parts.newId })
  }

  async function reserve (): Promise<Reservation> {
    const deadline = parts.monotonicMs() + MAX_WAIT_MS
    for (;;) {
      const reservation = await feed.reserveForAccess()
      if (reservation !== null) return reservation
      if (parts.monotonicMs() > deadline) throw new ExchangeError('unavailable', 'Other changes of access are being made. Send the request again.', { retryAfterSeconds: 5 })
      if ((await feed.watermark()).overdue) await feed.reapExpired()
      await sleep(parts.random() * MAX_PAUSE_MS)
    }
  }

  return { change, keepTime }
}

/** A decision of one vendor about its own products. */
export function decisionOf (vendor: string, decided: AccessDecision['decided'], store: () => Promise<void>): AccessDecision {
  return { vendors: () => [vendor], decided, store }
}

/** The operator's decision where an organisation is active, which grants of any vendor may depend on. */
export function decisionOnMarkets ({ organizationId, markets, store }: { organizationId: string, markets: readonly string[], store: () => Promise<void> }): AccessDecision {
  return { vendors: vendorsByMarket, decided: facts => ({ ...facts, markets: new Map(facts.markets).set(organizationId, markets) }), store }
}
