/** Pages of lists, with cursors that say where the next one begins. */

export interface Page<T> {
  items: T[]
  nextCursor?: string
  hasMore: boolean
}

export interface PageRequest { cursor?: string | undefined, limit: number }

/** Cuts a list that was read with one item more than the page holds. */
export function pageOf<T> (found: readonly T[], limit: number, cursorAfter: (last: T) => string): Page<T> {
  const items = found.slice(0, limit)
  const last = items.at(-1)
  const hasMore = found.length > limit
  return { items, hasMore, ...(hasMore && last !== undefined && { nextCursor: cursorAfter(last) }) }
}
