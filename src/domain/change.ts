/** The feed's view of a product: its latest change. */
import { filterPredicate, type FilteredFields, type ProductFilters } from './product-filters.js'
import type { StoredProduct } from './product.js'

export interface StoredChange {
  /** Where the change stands in the feed. Only the order of positions means anything. */
  position: number
  productId: string
  version: number
  changedAt: Date
  manufacturerName: string
  manufacturerPartNumber: string
  /** 14 digits each. */
  gtins: readonly string[]
  /** As `scheme:value`. */
  externalIds: readonly string[]
  /** null when the product is withdrawn. */
  product: StoredProduct | null
  /** Only where filters need them. */
  fields?: FilteredFields
  /** The follower may have seen the product and may not see it any more. */
  isRevoked?: true
  /** Where in a change of access it stands, when it is told because of one: the position of that, which of its audiences, and where the product was born. */
  told?: { position: number, audience: number, born: number }
}

/** Why a follower has to remove a product from its copy. */
type DeletionReason = 'withdrawn' | 'no-longer-matching' | 'access-revoked'

/** A change as one follower gets it. */
export type Delivery =
  | { op: 'upsert', change: StoredChange, product: StoredProduct }
  | { op: 'delete', change: StoredChange, reason: DeletionReason }
  /** There is a product, and no place for it in the schema version that the follower reads. */
  | { op: 'delete', change: StoredChange, reason: 'not-representable', schemaVersion: string, available: readonly string[] }

/** A part of a stream of changes. Each change has a cursor of its own; the last part carries the one to follow on with. */
export type FeedStreamPart =
  | { deliveries: Delivery[], cursors: readonly string[] }
  | { nextCursor: string, asOf: Date }

/**
 * What a follower with these filters gets of a change; null when it can not hold the product and gets nothing.
 * `startedAt` is the position of the feed's head when the follower began: what lies at or below it has not changed since,
 * so a product there that does not match was never delivered to it.
 */
export function deliveryFor (filters: ProductFilters): (change: StoredChange, startedAt: number) => Delivery | null {
  const meets = filterPredicate(filters)
  const matches = Object.keys(filters).length === 0 ? () => true : ({ fields }: StoredChange) => meets(fields as FilteredFields)
  return (change, startedAt) => {
    const { product } = change
    if (matches(change)) {
      if (change.isRevoked) return { op: 'delete', change, reason: 'access-revoked' }
      return product === null ? { op: 'delete', change, reason: 'withdrawn' } : { op: 'upsert', change, product }
    }
    // An earlier version may have matched. A tombstone has the fields of the version before it; of a revoked product it is not known whether it is one.
    const earlierVersions = change.version - (product === null && !change.isRevoked ? 2 : 1)
    if (change.position <= startedAt || earlierVersions === 0) return null
    return { op: 'delete', change, reason: change.isRevoked ? 'access-revoked' : product === null ? 'withdrawn' : 'no-longer-matching' }
  }
}
