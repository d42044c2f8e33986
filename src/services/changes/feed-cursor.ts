/** Where a follower of the feed stands, and the cursor that says so. */
import { canonicalJson } from '../../domain/canonical-json.js'
import { ExchangeError } from '../../domain/problems.js'
import type { ProductFilters } from '../../domain/product-filters.js'
import type { Watermark } from '../../storage/feed-positions.js'
import type { BoundCursors, Cursors } from '../cursors.js'

export interface Standpoint {
  /** Everything at or below this position has been delivered. */
  position: number
  /** The head of the feed when the follower began. What was withdrawn before that it never held. */
  startedAt: number
}

/** A cursor that goes on, or where to begin: at the beginning unless said otherwise. */
export interface FeedStart {
  cursor?: string
  from?: 'beginning' | 'now'
}

export interface FeedCursors {
  encode: (standpoint: Standpoint) => string
  /** Throws `invalid-cursor`, or `cursor-expired` when withdrawals behind the cursor may have left the feed. */
  standpointOf: (start: FeedStart, head: Watermark) => Standpoint
}

/** Cursors of one organisation and one set of filters; the order in which filters are given does not matter. */
export function feedCursors (cursors: Cursors, organizationId: string, filters: ProductFilters): FeedCursors {
  const query = canonicalJson(Object.fromEntries(Object.entries(filters).map(([name, value]) => [name, Array.isArray(value) ? [...value].sort() : value])))
  const bound: BoundCursors = cursors.bind({ list: 'changes', organizationId, query })
  return {
    encode: ({ position, startedAt }) => bound.encode([position, startedAt]),
    standpointOf: ({ cursor, from }, head) => {
      if (cursor === undefined) return { position: from === 'now' ? head.position : 0, startedAt: head.position }
      if (from !== undefined) throw eitherCursorOrFrom()
      const [position, startedAt] = bound.decode(cursor) as [number, number]
      requireUnexpired({ position, startedAt }, head)
      return { position, startedAt }
    }
  }
}

/**
 * A tombstone that left the feed is missed by a follower that has not come as far, unless the product was withdrawn before
 * the follower began.
 */
export function requireUnexpired ({ position, startedAt }: Standpoint, { horizon }: Watermark): void {
  if (horizon <= Math.max(position, startedAt)) return
  throw new ExchangeError('cursor-expired', 'Withdrawals that follow this cursor have left the feed. Start again with from=beginning and the same filters.', {
    extra: { startAgain: 'from=beginning' }
  })
}

function eitherCursorOrFrom (): ExchangeError {
  return new ExchangeError('invalid-parameter', 'Give either cursor or from.', {
    issues: [{ parameter: 'from', code: 'PARAMETER_VALUE', detail: '`from` says where to begin, `cursor` where to go on; give one of them.' }]
  })
}
