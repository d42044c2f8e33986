/** An organisation's own SKU for a product: many may lead to one product, each leads to exactly one. */
export interface Alias {
  sku: string
  productId: string
  updatedAt: Date
}

/** Where a SKU leads, before and after; undefined: nowhere. */
export interface AliasChange {
  sku: string
  before: string | undefined
  after: string | undefined
}

/** One form for texts that look the same; case matters, because a SKU is whatever its organisation says it is. */
export function normalizeSku (sku: string): string {
  return sku.normalize('NFC').trim()
}

/** Heads the column of the reader's own SKUs in an exported file; imports pass it over. */
export const OWN_SKUS_COLUMN = 'ownSkus'

/** What joins several SKUs in one cell of a file; no SKU contains it. */
export const SKU_SEPARATOR = '|'
