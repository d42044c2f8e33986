import type { PromotedFields } from '../../product.js'
import { assuranceLevelsOf, namedProduct, promotedFields, promotedIdentity, type ComparableRecord, type ExchangeView } from '../exchange-view.js'
import { ATTRIBUTE_GROUPS, type ProductRecord } from './schema.js'

function promote (record: ProductRecord): PromotedFields {
  const { product, carbonFootprint, recycledContent, packaging, refurbishment } = record
  const groups = ATTRIBUTE_GROUPS.filter(group => record[group] !== undefined)
  return promotedFields(promotedIdentity(product, product), {
    category: product.category,
    condition: refurbishment?.condition,
    groups,
    totalKgCo2e: carbonFootprint?.totalKgCo2e,
    productRecycledPercent: recycledContent?.productRecycledPercent,
    plasticFreePackaging: packaging?.plasticFree,
    assuranceLevels: assuranceLevelsOf(groups.map(group => record[group]?.provenance))
  })
}

function comparable ({ carbonFootprint, refurbishment }: Pick<ProductRecord, 'carbonFootprint' | 'refurbishment'>): ComparableRecord {
  const base = refurbishment?.basedOnManufacturerPartNumber
  return {
    ...(refurbishment !== undefined && { condition: refurbishment.condition }),
    ...(base !== undefined && { basedOnManufacturerPartNumber: base }),
    footprints: carbonFootprint === undefined
      ? []
      : [{ pointer: '/carbonFootprint/totalKgCo2e', totalKgCo2e: carbonFootprint.totalKgCo2e, sources: [carbonFootprint.provenance] }]
  }
}

export const exchangeView = {
  manufacturerPointer: '/product/manufacturerName',
  promote,
  identify (document) {
    const product = (document as { product?: { manufacturerName?: unknown, manufacturerPartNumber?: unknown } } | null | undefined)?.product
    return namedProduct(product?.manufacturerName, product?.manufacturerPartNumber)
  },
  comparable
} satisfies ExchangeView<ProductRecord>
