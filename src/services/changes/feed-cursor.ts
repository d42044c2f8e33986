/** Where a follower of the feed stands, and the cursor that says so. */
import { canonicalJson } from '../../domain/canonical-json.js'
import type { StoredChange } from '../../domain/change.js'
import { ExchangeError } from '../../domain/problems.js'
import type { ProductFilters } from '../../domain/product-filters.js'
import type { Watermark } from '../../storage/feed-positions.js'
import type { BoundCursors, Cursors } from '../cursors.js'

export interface Standpoint {
  /** Everything at or below this position has been delivered. */
  position: number
  /** The head of the feed when the follower began. What was withdrawn before that it never held. */
  startedAt: number
  /** The next position is a change of access, and has been delivered up to the product of one of its audiences that was born here. */
  inside?: { audience: number, born: number }
}

/** Where a follower stands that has taken the change and all before it. */
export function standpointBehind ({ position, told }: StoredChange, startedAt: number): Standpoint {
  if (told === undefined) return { position, startedAt }
  return { position: told.position - 1, startedAt, inside: { audience: told.audience, born: told.born } }
}

/** A cursor that goes on, or where to begin: at the beginning unless said otherwise. */
export interface FeedStart {
  cursor?: string
  from?: 'beginning' | 'now'
}

export interface FeedCursors {
  encode: (standpoint: Standpoint) => string
  /** One for each change, behind it. */
  encodeBehind: (changes: readonly StoredChange[], startedAt: number) => string[]
  /** Throws `invalid-cursor`, or `cursor-expired` when withdrawals behind the cursor may have left the feed. */
  standpointOf: (start: FeedStart, head: Watermark) => Standpoint
}

/**
 * Cursors of one organisation, one set of filters and one schema version; the order in which filters are given does not matter. A cursor
 * of another version would pass over the products that had no place in that one.
 *
 * @param schemaVersion that records are answered in; undefined: as submitted
 */
export function feedCursors (cursors: Cursors, organizationId: string, { filters, schemaVersion }: { filters: ProductFilters, schemaVersion: string | undefined }): FeedCursors {
  const sorted = canonicalJson(Object.fromEntries(Object.entries(filters).map(([name, value]) => [name, Array.isArray(value) ? [...value].sort() : value])))
  const bound: BoundCursors = cursors.bind({ list: 'changes', organizationId, query: [sorted, schemaVersion ?? null] })
  const encode = ({ position, startedAt, inside }: Standpoint): string =>
    bound.encode(inside === undefined ? [position, startedAt] : [position, startedAt, inside.audience, inside.born])
  return {
    encode,
    encodeBehind: (changes, startedAt) => changes.some(({ told }) => told !== undefined)
      ? changes.map(change => encode(standpointBehind(change, startedAt)))
      : bound.encodeEach(changes.map(({ position }) => position), [startedAt]),
    standpointOf: ({ cursor, from }, head) => {
      if (cursor === undefined) return { position: from === 'now' ? head.position : 0, startedAt: head.position }
      if (from !== undefined) throw eitherCursorOrFrom()
      const [position, startedAt, audience, born] = bound.decode(cursor) as [number, number, number?, (number | string)?]
      requireUnexpired({ position, startedAt }, head)
      // Older cursors name a product instead, in another order: there the change of access is delivered from its beginning again.
      return { position, startedAt, ...(audience !== undefined && typeof born === 'number' && { inside: { audience, born } }) }
    }
  }
}

/**
 * A tombstone or a change of access that left the feed is missed by a follower that has not come as far, unless it happened before
 * the follower began.
 */
export function requireUnexpired ({ position, startedAt }: Standpoint, { horizon }: Watermark): void {
  if (horizon <= Math.max(position, startedAt)) return
  throw new ExchangeError('cursor-expired', 'Withdrawals or changes of access that follow this cursor have left the feed. Start again with from=beginning and the same filters.', {
    extra: { startAgain: 'from=beginning' }
  })
}

function eitherCursorOrFrom (): ExchangeError {
  return new ExchangeError('invalid-parameter', 'Give either cursor or from.', {
    issues: [{ parameter: 'from', code: 'PARAMETER_VALUE', detail: '`from` says where to begin, `cursor` where to go on; give one of them.' }]
  })
}
