import type { PromotedFields } from '../../product.js'
import { assuranceLevelsOf, namedProduct, promotedFields, promotedIdentity, type ComparableRecord, type ExchangeView } from '../exchange-view.js'
import { categoryOf } from './category.js'
import { percentOf } from './earlier-form.js'
import { EVIDENCED_GROUPS, type ProductRecord } from './schema.js'

/** The groups under the names that filters know them by. */
export const FILTERED_GROUPS: Readonly<Record<'carbonFootprints' | typeof EVIDENCED_GROUPS[number] | 'certifications', string>> = {
  carbonFootprints: 'carbonFootprint',
  recycledContent: 'recycledContent',
  packaging: 'packaging',
  secondLife: 'refurbishment',
  energy: 'energy',
  circularity: 'circularity',
  substances: 'substances',
  responsibleMinerals: 'responsibleMinerals',
  certifications: 'certifications'
}

type Judged = Omit<ProductRecord, 'schemaVersion'>

function promote (record: Judged): PromotedFields {
  const { product, evidence = [], carbonFootprints, recycledContent, packaging, energy } = record
  const { gtins, externalIds = [], manufacturer: { name: manufacturerName }, manufacturerPartNumber, condition } = product
  const registered = energy?.eprelId === undefined ? [] : [{ scheme: 'eprel', value: energy.eprelId }]
  const cited = new Set([...carbonFootprints ?? [], ...EVIDENCED_GROUPS.flatMap(group => record[group] ?? [])].flatMap(({ evidenceIds }) => evidenceIds))
  const groups = (Object.keys(FILTERED_GROUPS) as (keyof typeof FILTERED_GROUPS)[]).filter(group => record[group] !== undefined)
  const { wholeProduct } = recycledContent ?? {}
  return promotedFields(promotedIdentity({ manufacturerName, manufacturerPartNumber }, { ...(gtins && { gtins }), externalIds: [...externalIds, ...registered] }), {
    category: categoryOf(product) ?? 'other',
    condition,
    groups: groups.map(group => FILTERED_GROUPS[group]),
    // Whoever asks for at most so much must not get a product that declares more for some place or configuration.
    totalKgCo2e: carbonFootprints === undefined ? undefined : Math.max(...carbonFootprints.map(({ totalKgCo2e }) => totalKgCo2e)),
    productRecycledPercent: wholeProduct && percentOf(wholeProduct.recycledMassG, wholeProduct.baseMassG),
    plasticFreePackaging: packaging?.plasticFree,
    assuranceLevels: assuranceLevelsOf(evidence.filter(({ id }) => cited.has(id)))
  })
}

function comparable ({ product: { condition }, secondLife, evidence = [], carbonFootprints = [] }: Judged): ComparableRecord {
  const base = secondLife?.basedOnManufacturerPartNumber
  return {
    ...(condition !== undefined && { condition }),
    ...(base !== undefined && { basedOnManufacturerPartNumber: base }),
    footprints: carbonFootprints.map(({ totalKgCo2e, evidenceIds }, index) => ({
      pointer: `/carbonFootprints/${index}/totalKgCo2e`, totalKgCo2e, sources: evidence.filter(({ id }) => evidenceIds.includes(id))
    }))
  }
}

export const exchangeView = {
  manufacturerPointer: '/product/manufacturer/name',
  promote,
  identify (document) {
    const product = (document as { product?: { manufacturer?: { name?: unknown }, manufacturerPartNumber?: unknown } } | null | undefined)?.product
    return namedProduct(product?.manufacturer?.name, product?.manufacturerPartNumber)
  },
  comparable
} satisfies ExchangeView<Judged>
