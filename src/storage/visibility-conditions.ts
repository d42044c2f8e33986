import type { Filter } from 'mongodb'
import type { Visibility } from '../domain/access.js'
import type { ProductDocument } from './product-documents.js'

/** What a caller may see as conditions that the database's indexes serve; part of every query that reads many products. */
export function visibilityConditions (visibility: Visibility): Array<Filter<ProductDocument>> {
  switch (visibility.kind) {
    case 'everything': return []
  }
}
