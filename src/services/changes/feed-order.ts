/**
 * The order of the feed: changes of products, and between them changes of access, which are expanded into the products of their
 * audiences while they are read. What an entry says is decided by what the follower may see now; a change of access only says where
 * to look again.
 */
import { CLOCK_TOLERANCE_MS, sawDuring } from '../../domain/access-history.js'
import type { StoredChange } from '../../domain/change.js'
import { audienceOfToken, sees, type Visibility } from '../../domain/visibility.js'
import type { AccessEvent, AccessEvents } from '../../storage/access-events.js'
import type { AudienceRead, ChangesRepository, MovedChange } from '../../storage/changes-repository.js'
import type { Watermark } from '../../storage/feed-positions.js'
import { standpointBehind, type Standpoint } from './feed-cursor.js'

/** A part of the feed. Rows are decoded when they are asked for. */
export interface Chunk {
  size: number
  rows: (from: number, to: number) => StoredChange[]
  /** Changes that were looked at, those among them that the follower is not told of. */
  considered: number
  /** Where the follower stands behind the chunk. */
  end: Standpoint
  /** Nothing is left up to the head. */
  isLast: boolean
  /** Since when it could have been read, when its rows do not say. */
  since?: Date
}

export interface FeedReader {
  organizationId: string
  /** Asked for after the head was read. */
  visibility: Visibility
}

/** What of a change of access is still so, as reads of its audiences. */
interface Part { only: AudienceRead['only'], audiences: readonly string[], after?: number }

/** Products that moved to where they are hidden, per database read. */
const MOVED = 500

/** Changes of access that are counted one by one. */
const MOST_EVENTS = 200

export type FeedOrder = ReturnType<typeof createFeedOrder>

export function createFeedOrder (parts: {
  changes: ChangesRepository
  events: Pick<AccessEvents, 'first' | 'within' | 'about'>
  toldVisibilityOf: (organizationId: string) => Promise<Visibility>
}) {
  /**
   * What follows a standpoint, at most `limit` entries. Costs no more than the read of the products for whom nothing is hidden and whose
   * access has not changed since.
   */
  async function read (standpoint: Standpoint, head: Watermark, reader: FeedReader, { limit, isFiltered }: { limit: number, isFiltered: boolean }): Promise<Chunk> {
    const range = { after: standpoint.position, upTo: head.position }
    // What happened to access before the follower began, it never held otherwise.
    const unknown = { after: Math.max(standpoint.position, standpoint.startedAt), upTo: head.position }
    const { visibility, organizationId } = reader
    const mayBeTold = unknown.after < Math.min(head.accessAt, head.position)
    if (standpoint.inside !== undefined && mayBeTold) {
      const event = await parts.events.first(organizationId, unknown)
      if (event?.position === standpoint.position + 1) return await expand(event, standpoint, head, reader, limit)
    }
    const [found, moved, event] = await Promise.all([
      parts.changes.read(range, visibility, { limit: limit + 1, withFields: isFiltered }),
      visibility.kind === 'partial' && unknown.after < unknown.upTo ? parts.changes.readMoved(unknown, visibility, MOVED) : [],
      mayBeTold ? parts.events.first(organizationId, unknown) : null
    ])
    const { startedAt } = standpoint
    const isFull = found.size > limit
    if (moved.length === 0 && event === null) {
      const position = isFull ? found.positionOf(limit - 1) : found.upTo
      return { size: Math.min(found.size, limit), rows: found.decode, considered: found.size, end: { position: Math.max(standpoint.position, position), startedAt }, isLast: !isFull && found.upTo >= head.position }
    }
    const left = await whoseLeavingIsTold(moved, reader, startedAt)
    const nextEvent = event === null ? head.position : event.position - 1
    // As far as all that was read is complete.
    const end = Math.max(standpoint.position, Math.min(nextEvent, isFull ? Infinity : found.upTo, moved.length === MOVED ? (moved.at(-1) as MovedChange).change.position : Infinity))
    const entries = [...found.decode(0, found.size), ...left].sort((a, b) => a.position - b.position).filter(({ position }) => position <= end)
    if (entries.length === 0 && event !== null && end === nextEvent) return await expand(event, { position: end, startedAt }, head, reader, limit)
    const rows = entries.slice(0, limit)
    const isWhole = entries.length <= limit
    return {
      size: rows.length,
      rows: (from, to) => rows.slice(from, to),
      considered: found.size + moved.length,
      end: { position: isWhole ? end : (rows.at(-1) as StoredChange).position, startedAt },
      isLast: isWhole && end >= head.position
    }
  }

  /** Those of the hidden products that the reader may have seen where they were before. */
  async function whoseLeavingIsTold (moved: readonly MovedChange[], { organizationId, visibility }: FeedReader, startedAt: number): Promise<StoredChange[]> {
    if (moved.length === 0) return []
    // In this order: whatever the visibility does not show any more has its event.
    const present = [visibility, await parts.toldVisibilityOf(organizationId)]
    const history = await parts.events.about(organizationId, [...new Set(moved.flatMap(({ stays }) => stays.map(({ audience }) => audience)))])
    return moved.flatMap(({ change, stays }) => {
      const seen = stays.findLast(stay => sawDuring({ ...stay, since: Math.max(stay.since, startedAt) }, history, present))
      return seen === undefined ? [] : asSeenUntil(change, seen.untilAt === undefined || change.changedAt >= seen.untilAt)
    })
  }

  /** The products of the audiences of a change of access, behind a standpoint in it or before it. */
  async function expand (event: AccessEvent, standpoint: Standpoint, head: Watermark, reader: FeedReader, limit: number): Promise<Chunk> {
    const audiences = [...event.lost, ...event.gained]
    const rows: StoredChange[] = []
    for (const part of partsOf(event, standpoint, reader.visibility)) {
      for (const { audience, born, change } of await parts.changes.readAudiences({ ...part, limit: limit + 1 - rows.length })) {
        const told = { position: event.position, audience: audiences.indexOf(audience), born }
        const isLater = change.position > event.position || change.changedAt > event.at
        rows.push(change.isRevoked ? { ...asSeenUntil(change, isLater), told, changedAt: event.at } : { ...change, told })
      }
      if (rows.length > limit) break
    }
    const taken = rows.slice(0, limit)
    const last = taken.at(-1)
    const { startedAt } = standpoint
    const isWhole = rows.length <= limit || last === undefined
    return {
      size: taken.length,
      rows: (from, to) => taken.slice(from, to),
      considered: taken.length,
      end: isWhole ? { position: event.position, startedAt } : standpointBehind(last, startedAt),
      isLast: isWhole && event.position >= head.position,
      since: event.at
    }
  }

  /** How much is pending behind a standpoint, up to the head; counting ends at about `most`. */
  async function count (standpoint: Standpoint, head: Watermark, { organizationId, visibility }: FeedReader, most: number): Promise<number> {
    let pending = await parts.changes.count({ after: standpoint.position, upTo: head.position }, visibility, most)
    const unknown = { after: Math.max(standpoint.position, standpoint.startedAt), upTo: head.position }
    const events = unknown.after < Math.min(head.accessAt, head.position) ? await parts.events.within(organizationId, unknown, MOST_EVENTS) : []
    for (const event of events) {
      for (const part of partsOf(event, standpoint, visibility)) pending += await parts.changes.countInAudiences(part, most - pending)
    }
    return pending
  }

  return { read, count }
}

/** A product that changed when it was hidden already may have identifiers that are not for the reader; its part number is what it always was. */
function asSeenUntil (change: StoredChange, hasChangedSince: boolean): StoredChange {
  return hasChangedSince ? { ...change, gtins: [], externalIds: [] } : change
}

/** First what is to be removed, then what is to be added. What is neither lost nor gained any more is the matter of a later change. */
function partsOf (event: AccessEvent, standpoint: Standpoint, visibility: Visibility): Part[] {
  const isSeen = (audience: string): boolean => sees(visibility, { vendor: audienceOfToken(audience).vendor, audience })
  const lost = event.lost.map(audience => ({ audience, isTold: !isSeen(audience) }))
  const gained = event.gained.map(audience => ({ audience, isTold: isSeen(audience) }))
  const inside = standpoint.position === event.position - 1 ? standpoint.inside : undefined
  const partOf = (all: typeof lost, offset: number, only: Part['only']): Part[] => {
    const begun = inside === undefined ? -1 : inside.audience - offset
    const audiences = all.filter(({ isTold }, index) => isTold && index >= begun).map(({ audience }) => audience)
    if (audiences.length === 0) return []
    const isBegun = begun >= 0 && audiences[0] === all[begun]?.audience
    return [{ only, audiences, ...(isBegun && inside !== undefined && { after: inside.born }) }]
  }
  const placedAt = event.isByClock ? new Date(event.at.getTime() + CLOCK_TOLERANCE_MS) : undefined
  return [...partOf(lost, 0, { placed: event.position, ...(placedAt && { placedAt }) }), ...partOf(gained, lost.length, { settled: event.position })]
}
