import { normalizeGtin } from '../../identity/gtin.js'
import { normalizeManufacturerName, normalizePartNumber } from '../../identity/product-key.js'
import type { PromotedFields } from '../../product.js'
import { ATTRIBUTE_GROUPS, SOURCED_GROUPS, type ProductRecord } from './schema.js'

/** What filters and look-ups need of a record that passed its schema and rules. */
export function promote (record: ProductRecord): PromotedFields {
  const { product, carbonFootprint, recycledContent, packaging, refurbishment, energy } = record
  const externalIds = (product.externalIds ?? []).map(({ scheme, value }) => `${scheme}:${value}`)
  if (energy?.eprelId !== undefined) externalIds.push(`eprel:${energy.eprelId}`)
  const provenances = SOURCED_GROUPS.flatMap(group => record[group]?.provenance ?? [])
  return {
    manufacturerKey: normalizeManufacturerName(product.manufacturerName),
    partNumberKey: normalizePartNumber(product.manufacturerPartNumber),
    manufacturerName: product.manufacturerName,
    manufacturerPartNumber: product.manufacturerPartNumber,
    gtins: (product.gtins ?? []).map(gtin => normalizeGtin(gtin)!),
    externalIds: [...new Set(externalIds)],
    category: product.category,
    groups: ATTRIBUTE_GROUPS.filter(group => record[group] !== undefined),
    assuranceLevels: [...new Set(provenances.map(({ assuranceLevel }) => assuranceLevel))],
    ...(refurbishment !== undefined && { condition: refurbishment.condition }),
    ...(carbonFootprint !== undefined && { totalKgCo2e: carbonFootprint.totalKgCo2e }),
    ...(recycledContent?.productRecycledPercent !== undefined && { productRecycledPercent: recycledContent.productRecycledPercent }),
    ...(packaging?.plasticFree !== undefined && { plasticFreePackaging: packaging.plasticFree })
  }
}
