import type { PromotedFields } from '../../product.js'
import { promotedIdentity, type ExchangeView } from '../exchange-view.js'
import { exchangeView as earlier } from '../v1.0.0/exchange-view.js'
import { ATTRIBUTE_GROUPS, SOURCED_GROUPS, type ProductRecord } from './schema.js'

function promote (record: ProductRecord): PromotedFields {
  const { product, carbonFootprint, recycledContent, packaging, refurbishment, energy } = record
  const { gtins, externalIds = [] } = product
  const registered = energy?.eprelId === undefined ? [] : [{ scheme: 'eprel', value: energy.eprelId }]
  const provenances = SOURCED_GROUPS.flatMap(group => record[group]?.provenance ?? [])
  return {
    ...promotedIdentity(product, { ...(gtins && { gtins }), externalIds: [...externalIds, ...registered] }),
    category: product.category,
    groups: ATTRIBUTE_GROUPS.filter(group => record[group] !== undefined),
    assuranceLevels: [...new Set(provenances.map(({ assuranceLevel }) => assuranceLevel))],
    ...(refurbishment !== undefined && { condition: refurbishment.condition }),
    ...(carbonFootprint !== undefined && { totalKgCo2e: carbonFootprint.totalKgCo2e }),
    ...(recycledContent?.productRecycledPercent !== undefined && { productRecycledPercent: recycledContent.productRecycledPercent }),
    ...(packaging?.plasticFree !== undefined && { plasticFreePackaging: packaging.plasticFree })
  }
}

export const exchangeView = { ...earlier, promote } satisfies ExchangeView<ProductRecord>
