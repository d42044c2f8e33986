import { valueAtPointer } from '../../issue.js'
import type { Finding, Rule } from '../../rule.js'
import { carbonBreakdownRules, carbonFootprintRules } from '../../rules/carbon-footprint.js'
import { certificationRules } from '../../rules/certifications.js'
import { circularityRules } from '../../rules/circularity.js'
import { classifiedProductRules } from '../../rules/classified-product.js'
import { energyRules } from '../../rules/energy.js'
import { evidenceRules } from '../../rules/evidence.js'
import { footprintListRules } from '../../rules/footprints.js'
import { packagingRules, recyclabilityRules } from '../../rules/packaging.js'
import { productRules } from '../../rules/product.js'
import { provenanceRules } from '../../rules/provenance.js'
import { biobasedRules, recycledContentRules, recycledMassRules } from '../../rules/recycled-content.js'
import { refurbishmentDetailRules, refurbishmentRules } from '../../rules/refurbishment.js'
import { responsibleMineralsRules } from '../../rules/responsible-minerals.js'
import { substanceRules } from '../../rules/substances.js'
import { textRules } from '../../rules/text.js'
import { categoryOf } from './category.js'
import { earlierFootprint, earlierRecycledContent } from './earlier-form.js'
import type { ProductRecord } from './schema.js'

/** Any record of this version or of a later minor one. */
type Judged = Omit<ProductRecord, 'schemaVersion'>

/** A record, or one footprint of it, in the form that the rules of 1.x look at, and where its fields are in the record itself. */
interface EarlierForm<Slice> {
  readonly slice: Slice
  readonly relocate: (pointer: string) => string
}

/** Judges earlier forms of the record; findings point into the record as it was submitted. */
function judging<Slice> (formsOf: (record: Judged) => readonly EarlierForm<Slice>[], rules: readonly Rule<Slice>[]): Rule<Judged>[] {
  return rules.map(rule => ({
    ...rule,
    check: (record, context) => formsOf(record).flatMap(({ slice, relocate }) => [...rule.check(slice, context) ?? []].map(finding => relocated(finding, record, relocate(finding.pointer))))
  }))
}

function relocated (finding: Finding, record: Judged, pointer: string): Finding {
  const found = nearest(record, pointer)
  const submitted = valueAtPointer(record, found)
  const isComputed = typeof finding.received === 'number' && typeof submitted === 'number' && finding.received !== submitted
  if (!isComputed) return { ...finding, pointer: found }
  // The rule speaks of percentages, which are computed from the masses of the record.
  return { ...finding, pointer: found, received: submitted, ...(finding.expected !== undefined && { expected: `${finding.expected} % of the base` }) }
}

/** The pointer, or the closest one above it that resolves. */
function nearest (record: Judged, pointer: string): string {
  return pointer === '' || valueAtPointer(record, pointer) !== undefined ? pointer : nearest(record, pointer.slice(0, pointer.lastIndexOf('/')))
}

/** Computes the forms of a record once, for all of its rules, which are asked one after another. */
function remembered<Form> (make: (record: Judged) => Form): (record: Judged) => Form {
  let latest: { record: Judged, form: Form } | undefined
  return record => {
    if (latest?.record !== record) latest = { record, form: make(record) }
    return latest.form
  }
}

const PLACES: ReadonlyArray<readonly [earlier: RegExp, place: string]> = [
  [/^\/product\/manufacturerGln$/, '/product/manufacturer/gln'],
  [/^\/refurbishment\/condition$/, '/product/condition'],
  [/^\/refurbishment/, '/secondLife'],
  [/^\/recycledContent\/productRecycledPercent$/, '/recycledContent/wholeProduct/recycledMassG'],
  [/^(\/recycledContent\/materials\/\d+)\/basisMassG$/, '$1/baseMassG'],
  [/^(\/recycledContent\/materials\/\d+)\/totalRecycledPercent$/, '$1/recycledMassG'],
  [/^(\/recycledContent\/materials\/\d+\/\w+)Percent$/, '$1MassG']
]

const wholeRecord = remembered(record => {
  const { recycledContent, ...others } = record
  const { product, secondLife } = others
  const { manufacturer: { name: manufacturerName, gln: manufacturerGln } } = product
  const { condition } = product
  return [{
    slice: {
      ...others,
      product: { ...product, manufacturerName, ...(manufacturerGln !== undefined && { manufacturerGln }), category: categoryOf(product) ?? '' },
      ...(recycledContent && { recycledContent: { ...earlierRecycledContent(recycledContent), evidenceIds: recycledContent.evidenceIds } }),
      ...(secondLife && condition !== undefined && { refurbishment: { ...secondLife, condition } })
    },
    relocate: (pointer: string) => PLACES.reduce((current, [earlier, place]) => current.replace(earlier, place), pointer)
  }]
})

const eachFootprint = remembered(({ product, carbonFootprints = [] }) => carbonFootprints.map((footprint, index) => ({
  slice: { product: { category: categoryOf(product) ?? '' }, carbonFootprint: earlierFootprint(footprint) },
  relocate (pointer: string) {
    const at = `/carbonFootprints/${index}`
    switch (pointer) {
      case '/carbonFootprint/systemBoundary': return `${at}/boundary`
      case '/carbonFootprint/stages/manufacturingKgCo2e': return `${at}/cradleToGateKgCo2e`
      case '/carbonFootprint/usePhase': return footprint.usePhase === undefined ? `${at}/useLocation` : `${at}/usePhase`
      default: return pointer.replace('/carbonFootprint', at)
    }
  }
})))

/** In 2.0.0 a whole life has a length. */
const footprintRules = carbonFootprintRules.map(rule => rule.code === 'LIFETIME_REQUIRED' ? { ...rule, severity: 'error' as const } : rule)

/** RECYCLED_SUM follows from the masses: no part may be heavier than the base, and the parts have to fit their total. */
const percentageRules = recycledContentRules.filter(({ code }) => code !== 'RECYCLED_SUM')

/**
 * Every cross-field rule of version 2.0.0, in the order in which its findings are reported. What means the same as in 1.x is judged by the
 * rules of 1.x.
 */
export const rules: readonly Rule<Judged>[] = [
  ...textRules,
  ...judging(wholeRecord, productRules),
  ...classifiedProductRules,
  ...evidenceRules,
  ...judging(wholeRecord, provenanceRules),
  ...footprintListRules,
  ...judging(eachFootprint, [...footprintRules, ...carbonBreakdownRules]),
  ...recycledMassRules,
  ...judging(wholeRecord, [...percentageRules, ...biobasedRules]),
  ...judging(wholeRecord, [...packagingRules, ...recyclabilityRules]),
  ...judging(wholeRecord, [...refurbishmentRules, ...refurbishmentDetailRules]),
  ...judging(wholeRecord, [...energyRules, ...circularityRules]),
  ...certificationRules,
  ...substanceRules,
  ...responsibleMineralsRules
]
