import { normalizeGtin } from './identity/gtin.js'
import { normalizeManufacturerName, normalizePartNumber } from './identity/product-key.js'
import type { PromotedFields } from './product.js'

/** The fixed set of filters that lists, the feed and exports share. Values of one filter are alternatives, filters combine. */
export interface ProductFilters {
  /** Manufacturer names, compared in normalised form. */
  manufacturer?: readonly string[]
  /** Manufacturer part numbers, compared in normalised form. */
  mpn?: readonly string[]
  /** GTINs in any of their lengths. */
  gtin?: readonly string[]
  category?: readonly string[]
  condition?: readonly string[]
  /** Organisation ids of publishers. */
  vendor?: readonly string[]
  /** Upper bound of the declared total, in kgCO2e. Records without a footprint never match. */
  maxTotalKgCo2e?: number
  /** Lower bound of `recycledContent.productRecycledPercent`. Records that do not declare it never match. */
  minRecycledPercent?: number
  /** Attribute groups that the record declares. */
  hasGroup?: readonly string[]
  plasticFreePackaging?: boolean
  assuranceLevel?: readonly string[]
  /** RFC 3339; products published at or after it. For people, not for synchronisation: that is what the feed is for. */
  updatedSince?: string
}

/** What the filters look at; a tombstone still carries it, from the record that was withdrawn. */
export type FilteredFields = Omit<PromotedFields, 'manufacturerName' | 'manufacturerPartNumber' | 'externalIds'> & { vendor: string, publishedAt: Date }

/**
 * The filters as a predicate, for the feed, which has to tell followers when a product stops matching. It means the same
 * as the query that the list makes of the filters.
 */
export function filterPredicate (filters: ProductFilters): (product: FilteredFields) => boolean {
  const tests: Array<(product: FilteredFields) => boolean> = []
  const oneOf = (values: readonly string[] | undefined, field: (product: FilteredFields) => string | undefined): void => {
    if (values === undefined) return
    const wanted = new Set<string | undefined>(values)
    tests.push(product => wanted.has(field(product)))
  }
  const anyOf = (values: readonly string[] | undefined, field: (product: FilteredFields) => readonly string[]): void => {
    if (values === undefined) return
    const wanted = new Set(values)
    tests.push(product => field(product).some(value => wanted.has(value)))
  }
  oneOf(filters.manufacturer?.map(normalizeManufacturerName), product => product.manufacturerKey)
  oneOf(filters.mpn?.map(normalizePartNumber), product => product.partNumberKey)
  anyOf(filters.gtin?.flatMap(value => normalizeGtin(value) ?? []), product => product.gtins)
  oneOf(filters.category, product => product.category)
  oneOf(filters.condition, product => product.condition)
  oneOf(filters.vendor, product => product.vendor)
  anyOf(filters.hasGroup, product => product.groups)
  anyOf(filters.assuranceLevel, product => product.assuranceLevels)
  const { maxTotalKgCo2e, minRecycledPercent, plasticFreePackaging, updatedSince } = filters
  if (maxTotalKgCo2e !== undefined) tests.push(({ totalKgCo2e }) => totalKgCo2e !== undefined && totalKgCo2e <= maxTotalKgCo2e)
  if (minRecycledPercent !== undefined) {
    tests.push(({ productRecycledPercent }) => productRecycledPercent !== undefined && productRecycledPercent >= minRecycledPercent)
  }
  if (plasticFreePackaging !== undefined) tests.push(product => product.plasticFreePackaging === plasticFreePackaging)
  if (updatedSince !== undefined) {
    const since = Date.parse(updatedSince)
    tests.push(({ publishedAt }) => publishedAt.getTime() >= since)
  }
  return product => tests.every(test => test(product))
}
