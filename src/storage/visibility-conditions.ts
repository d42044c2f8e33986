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

export function hiddenPassedOver ({ restrictedVendors, grantedAudiences }: PartialVisibility): Filter<ProductDocument> {
  return { $nor: [{ vendor: { $in: [...restrictedVendors] }, audience: { $nin: [...grantedAudiences] } }] }
}
