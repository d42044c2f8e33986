/** What a follower may have seen, from the changes of access that it was told or is still to be told. Pure. */
import { sees, audienceOfToken, type Visibility } from './visibility.js'

/** A product was in the audience from the feed position `since` to the position `until`. */
export interface Stay {
  audience: string
  since: number
  until: number
  /** The same as times, as far as they are known. */
  sinceAt?: Date
  untilAt?: Date
}

/** A change of access of one organisation: what it lost it saw up to `position`, what it gained it sees from there on. */
export interface PastShift {
  position: number
  /** Positions (above `after`, up to `upTo`) of what was being written when access changed, and so may have come after it. */
  unsettled: ReadonlyArray<{ after: number, upTo: number }>
  at: Date
  /** It came about by itself and was told some time after: then times say more than positions. */
  isByClock: boolean
  gained: readonly string[]
  lost: readonly string[]
}

/** By how much the clocks of processes may differ (milliseconds). What happened within it may have been before or after a moment. */
export const CLOCK_TOLERANCE_MS = 1_000

/**
 * Whether the organisation saw the audience at some time of the stay. Each past change says what was so before it, the present says what
 * is so behind the last one; so nothing depends on when a change took effect by the clock.
 *
 * @param history all changes of its access to this audience, in order, as far back as any cursor reaches
 * @param present what it saw when it was last told, and what it sees now
 */
export function sawDuring (stay: Stay, history: readonly PastShift[], present: readonly Visibility[]): boolean {
  let from = stay.since
  for (const shift of history) {
    if (shift.lost.includes(stay.audience)) {
      if (from < Math.min(stay.until, shift.position) && !beganAfter(stay, shift)) return true
      from = Math.max(from, shift.position)
    } else if (shift.gained.includes(stay.audience)) {
      if (endedBefore(stay, shift)) from = Math.max(from, shift.position)
    }
  }
  const { vendor } = audienceOfToken(stay.audience)
  return from < stay.until && present.some(visibility => sees(visibility, { vendor, audience: stay.audience }))
}

function beganAfter ({ sinceAt }: Stay, { isByClock, at }: PastShift): boolean {
  return isByClock && sinceAt !== undefined && sinceAt.getTime() > at.getTime() + CLOCK_TOLERANCE_MS
}

function endedBefore ({ until, untilAt }: Stay, { position, unsettled, isByClock, at }: PastShift): boolean {
  if (until > position || unsettled.some(({ after, upTo }) => until > after && until <= upTo)) return false
  return !isByClock || (untilAt !== undefined && untilAt.getTime() < at.getTime() - CLOCK_TOLERANCE_MS)
}
