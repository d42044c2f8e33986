import { LRUCache } from 'lru-cache'

/**
 * The entries that were used last, at most so many. Memory is taken for those that there are: bounded by `max` the library would make room for
 * all at the start.
 */
export function createRecentlyUsed<Value extends NonNullable<unknown>> (most: number): LRUCache<string, Value> {
  return new LRUCache({ maxSize: most, sizeCalculation: () => 1 })
}
