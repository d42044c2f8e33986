/**
 * Products in memory, with their JSON built, in front of reads by id. Bounded in bytes; the least recently read go first.
 *
 * It answers only while it knows that nothing older than {@link MAX_STALENESS_MS} is in it: whoever follows the feed tells it
 * which products changed and up to when that is known ({@link ProductCache.confirm}). Otherwise every read goes to the database.
 */
import { LRUCache } from 'lru-cache'
import type { ProductSnapshot, StoredProduct } from '../../domain/product.js'
import { sees, type Visibility } from '../../domain/visibility.js'
import { withBuiltBody } from '../../formats/product-json.js'

/** A change by another process may go unseen for this long, and no longer. */
export const MAX_STALENESS_MS = 1_000

/** What an entry takes besides its JSON: keys, objects, the table of the cache. */
const ENTRY_BYTES = 600

/** A read on its way to the database; what it brings is kept only if it is at least of this version, and in this audience. */
interface Load { minVersion: number, audience?: string | undefined }

export type ProductCache = ReturnType<typeof createProductCache>

export function createProductCache (parts: {
  /** Reads a product, whoever may see it; undefined when there is none. */
  load: (productId: string) => Promise<ProductSnapshot | undefined>
  maxBytes: number
  monotonicMs: () => number
}) {
  const entries = new LRUCache<string, ProductSnapshot>({ maxSize: parts.maxBytes })
  const loads = new Map<string, Set<Load>>()
  let confirmedAt = -Infinity

  /**
   * The product as it stands, at most {@link MAX_STALENESS_MS} ago; null when there is none that may be seen. That is never answered from
   * memory: what is hidden must take the way to the database that what does not exist takes. What is in memory is answered synchronously.
   */
  function find (productId: string, visibility: Visibility): StoredProduct | Promise<StoredProduct | null> {
    const known = parts.monotonicMs() - confirmedAt <= MAX_STALENESS_MS ? entries.get(productId) : undefined
    return known !== undefined && sees(visibility, known.scope) ? known.product : load(productId, visibility)
  }

  async function load (productId: string, visibility: Visibility): Promise<StoredProduct | null> {
    const load: Load = { minVersion: 0 }
    const others = loads.get(productId)
    if (others === undefined) loads.set(productId, new Set([load]))
    else others.add(load)
    try {
      const found = await parts.load(productId)
      if (found === undefined || !sees(visibility, found.scope)) return null
      const { product, bytes } = withBuiltBody(found.product)
      const snapshot = { ...found, product }
      // A change that became known while this was on its way must not be overwritten with what it replaced.
      const isCurrent = product.version >= load.minVersion && (load.audience ?? found.scope.audience) === found.scope.audience
      if (isCurrent) entries.set(productId, snapshot, { size: bytes + ENTRY_BYTES })
      return product
    } finally {
      const all = loads.get(productId)
      all?.delete(load)
      if (all?.size === 0) loads.delete(productId)
    }
  }

  /** The product is at this version now, or later, and in this audience; without a version anything may have happened to it. */
  function invalidate (productId: string, version = Infinity, audience?: string): void {
    const entry = entries.peek(productId)
    if (entry !== undefined && (entry.product.version < version || (audience ?? entry.scope.audience) !== entry.scope.audience)) entries.delete(productId)
    for (const load of loads.get(productId) ?? []) {
      load.minVersion = Math.max(load.minVersion, version)
      load.audience = audience ?? load.audience
    }
  }

  /** Anything may have happened to any product. */
  function clear (): void {
    entries.clear()
    for (const all of loads.values()) for (const load of all) load.minVersion = Infinity
  }

  return {
    find,
    invalidate,
    clear,
    /** All changes that were made before this moment (monotonic milliseconds) have been told. */
    confirm: (moment: number): void => { confirmedAt = moment },
    /** True when there is nothing that could become stale. */
    isEmpty: (): boolean => entries.size === 0 && loads.size === 0,
    /** Bytes held, about. */
    bytes: (): number => entries.calculatedSize
  }
}
