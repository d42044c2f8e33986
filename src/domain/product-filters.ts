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
