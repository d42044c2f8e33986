/** What keeps the feed in order when nobody reads it: closing reservations of dead writers, and taking old withdrawals out. */
import type { FeedPositions } from '../../storage/feed-positions.js'
import type { TombstoneSweep } from '../../storage/tombstone-sweep.js'

const DAY_MS = 24 * 60 * 60 * 1_000

/** A tombstone can get a new position up to a day after it was written, and is kept for the whole time from then on. */
const RESEQUENCING_DAYS = 1

export type FeedUpkeep = ReturnType<typeof createFeedUpkeep>

export function createFeedUpkeep (parts: {
  feed: Pick<FeedPositions, 'reapExpired' | 'collectStragglers'>
  sweep: TombstoneSweep
  now: () => Date
  retentionDays: number
}) {
  /** To be called about every half minute, by any number of processes. Returns what there was to do. */
  async function run (): Promise<{ reaped: number, stragglers: number, announced: number, removed: number }> {
    const reaped = await parts.feed.reapExpired()
    const stragglers = await parts.feed.collectStragglers()
    const before = new Date(parts.now().getTime() - (parts.retentionDays + RESEQUENCING_DAYS) * DAY_MS)
    return { reaped, stragglers, ...await parts.sweep.sweep(before) }
  }

  return { run }
}
