/** Pages of lists, with cursors that say where the next one begins. */
import type { BoundCursors } from './cursors.js'

export interface Page<T> {
  items: T[]
  nextCursor?: string
  hasMore: boolean
}

export interface PageRequest { cursor?: string | undefined, limit: number }

/**
 * One page of a list in the order of its items' positions.
 *
 * @param read reads the first `limit` items after the position `after`, on the first page from the beginning
 */
export async function pageByCursor<T, Position extends string | number> (
  cursors: BoundCursors, { cursor, limit }: PageRequest, positionOf: (item: T) => Position, read: (start: { after?: Position, limit: number }) => Promise<readonly T[]>
): Promise<Page<T>> {
  // One more than the page holds tells whether another follows.
  const found = await read({ ...(cursor !== undefined && { after: cursors.decode(cursor) as Position }), limit: limit + 1 })
  return pageOf(found, limit, last => cursors.encode(positionOf(last)))
}

/** Cuts a list that was read with one item more than the page holds. */
export function pageOf<T> (found: readonly T[], limit: number, cursorAfter: (last: T) => string): Page<T> {
  const items = found.slice(0, limit)
  const last = items.at(-1)
  const hasMore = found.length > limit
  return { items, hasMore, ...(hasMore && last !== undefined && { nextCursor: cursorAfter(last) }) }
}
