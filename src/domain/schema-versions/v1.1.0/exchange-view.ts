import type { PromotedFields } from '../../product.js'
import { assuranceLevelsOf, promotedFields, promotedIdentity, type ExchangeView } from '../exchange-view.js'
import { exchangeView as earlier } from '../v1.0.0/exchange-view.js'
import { ATTRIBUTE_GROUPS, SOURCED_GROUPS, type ProductRecord } from './schema.js'

function promote (record: ProductRecord): PromotedFields {
  const { product, carbonFootprint, recycledContent, packaging, refurbishment, energy } = record
  const { gtins, externalIds = [] } = product
  const registered = energy?.eprelId === undefined ? [] : [{ scheme: 'eprel', value: energy.eprelId }]
  return promotedFields(promotedIdentity(product, { ...(gtins && { gtins }), externalIds: [...externalIds, ...registered] }), {
    category: product.category,
    condition: refurbishment?.condition,
    groups: ATTRIBUTE_GROUPS.filter(group => record[group] !== undefined),
    totalKgCo2e: carbonFootprint?.totalKgCo2e,
    productRecycledPercent: recycledContent?.productRecycledPercent,
    plasticFreePackaging: packaging?.plasticFree,
    assuranceLevels: assuranceLevelsOf(SOURCED_GROUPS.map(group => record[group]?.provenance))
  })
}

export const exchangeView = { ...earlier, promote } satisfies ExchangeView<ProductRecord>
