import { normalizeGtin } from '../../identity/gtin.js'
import { normalizeManufacturerName, normalizePartNumber } from '../../identity/product-key.js'
import type { PromotedFields } from '../../product.js'
import { ATTRIBUTE_GROUPS, type ProductRecord } from './schema.js'

/** What filters and look-ups need of a record that passed its schema and rules. */
export function promote (record: ProductRecord): PromotedFields {
  const { product, carbonFootprint, recycledContent, packaging, refurbishment } = record
  const groups = ATTRIBUTE_GROUPS.filter(group => record[group] !== undefined)
  return {
    manufacturerKey: normalizeManufacturerName(product.manufacturerName),
    partNumberKey: normalizePartNumber(product.manufacturerPartNumber),
    manufacturerName: product.manufacturerName,
    manufacturerPartNumber: product.manufacturerPartNumber,
    gtins: (product.gtins ?? []).map(gtin => normalizeGtin(gtin)!),
    externalIds: (product.externalIds ?? []).map(({ scheme, value }) => `${scheme}:${value}`),
    category: product.category,
    groups,
    assuranceLevels: [...new Set(groups.map(group => record[group]!.provenance.assuranceLevel))],
    ...(refurbishment !== undefined && { condition: refurbishment.condition }),
    ...(carbonFootprint !== undefined && { totalKgCo2e: carbonFootprint.totalKgCo2e }),
    ...(recycledContent?.productRecycledPercent !== undefined && { productRecycledPercent: recycledContent.productRecycledPercent }),
    ...(packaging?.plasticFree !== undefined && { plasticFreePackaging: packaging.plasticFree })
  }
}
