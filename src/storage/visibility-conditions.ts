import type { Filter } from 'mongodb'
import type { PartialVisibility, Visibility } from '../domain/visibility.js'
import type { ProductDocument } from './product-documents.js'

/**
 * What a caller may see as a condition of reads that find their products by something else. It is a negation, which no
 * index is ever chosen for, and safe against audiences that are not known yet.
 */
export function visibilityConditions (visibility: Visibility): Array<Filter<ProductDocument>> {
  return visibility.kind === 'everything' ? [] : [hiddenPassedOver(visibility)]
}

export function hiddenPassedOver (visibility: PartialVisibility): Filter<ProductDocument> {
  return { $nor: [hiddenOnly(visibility)] }
}

/** What the caller may not see. */
export function hiddenOnly ({ restrictedVendors, grantedAudiences }: PartialVisibility): Filter<ProductDocument> {
  return { vendor: { $in: [...restrictedVendors] }, audience: { $nin: [...grantedAudiences] } }
}

/**
 * Audiences per read that merges them in the order of births or positions. The engine merges the audiences' ranges of the index up to
 * about 200 of them; beyond that it would read everything and sort.
 */
export const MAX_MERGED_AUDIENCES = 150
