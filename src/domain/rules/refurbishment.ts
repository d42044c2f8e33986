/** Rules about condition and refurbishment: what may be called refurbished, and what has to be said with it. */
import { normalizePartNumber } from '../identity/product-key.js'
import type { Finding, Rule } from '../rule.js'

interface Refurbishment {
  readonly condition: string
  readonly grade?: string
  readonly r2CosmeticCategory?: string
  readonly r2FunctionalCategory?: string
  readonly programmeName?: string
  readonly refurbisherName?: string
  readonly refurbishedInCountry?: string
  readonly functionalTestPassed?: boolean
  readonly dataSanitised?: boolean
  readonly dataSanitisationStandard?: string
  readonly batteryHealthMinimumPercent?: number
  readonly warrantyMonths?: number
  readonly basedOnManufacturerPartNumber?: string
  readonly avoidedKgCo2e?: number
  readonly baselineRecordId?: string
  readonly refurbishedOn?: string
  readonly partsReplaced?: readonly string[]
}

interface WithRefurbishment {
  readonly product: { readonly manufacturerPartNumber: string, readonly modelName: string }
  readonly refurbishment?: Refurbishment
}

type RefurbishmentCheck = (refurbishment: Refurbishment, record: WithRefurbishment) => Finding[] | undefined

function onRefurbishment (check: RefurbishmentCheck): Rule<WithRefurbishment>['check'] {
  return record => record.refurbishment === undefined ? undefined : check(record.refurbishment, record)
}

const AT = '/refurbishment'
const FRENCH_DECREE = 'French decree 2022-190'

function isRefurbished ({ condition }: Refurbishment): boolean {
  return condition === 'refurbished' || condition === 'remanufactured'
}

const refurbishedGrade: Rule<WithRefurbishment> = {
  code: 'REFURB_GRADE',
  severity: 'error',
  title: 'Refurbished without a grade',
  cause: 'A refurbished or remanufactured article has no cosmetic grade, so a buyer cannot know what to expect.',
  fix: 'Add grade: premium, excellent, good or fair.',
  source: 'Practice of refurbishment programmes',
  check: onRefurbishment(refurbishment => isRefurbished(refurbishment) && refurbishment.grade === undefined
    ? [{ pointer: AT, detail: `A ${refurbishment.condition} article needs a grade.`, expected: 'grade' }]
    : undefined)
}

const refurbishedTested: Rule<WithRefurbishment> = {
  code: 'REFURB_TESTED',
  severity: 'error',
  title: 'Refurbished without a passed test',
  cause: 'An article may be called refurbished only when all of its functions were tested and work.',
  fix: 'Set functionalTestPassed to true when that is so; otherwise the condition is used.',
  source: FRENCH_DECREE,
  check: onRefurbishment(refurbishment => {
    const { functionalTestPassed } = refurbishment
    if (!isRefurbished(refurbishment) || functionalTestPassed === true) return undefined
    const pointer = functionalTestPassed === undefined ? AT : `${AT}/functionalTestPassed`
    return [{ pointer, detail: `A ${refurbishment.condition} article must have passed the test of all functions.`, expected: 'functionalTestPassed: true', received: functionalTestPassed }]
  })
}

const refurbishedData: Rule<WithRefurbishment> = {
  code: 'REFURB_DATA',
  severity: 'error',
  title: 'Refurbished without erased data',
  cause: 'An article may be called refurbished only when all data of previous users were erased.',
  fix: 'Set dataSanitised to true when that is so; for an article that holds no data set dataSanitisationStandard to notApplicable.',
  source: FRENCH_DECREE,
  check: onRefurbishment(refurbishment => {
    const { dataSanitised, dataSanitisationStandard } = refurbishment
    if (!isRefurbished(refurbishment) || dataSanitised === true || dataSanitisationStandard === 'notApplicable') return undefined
    const pointer = dataSanitised === undefined ? AT : `${AT}/dataSanitised`
    return [{ pointer, detail: `On a ${refurbishment.condition} article all data must have been erased.`, expected: 'dataSanitised: true, or dataSanitisationStandard: notApplicable', received: dataSanitised }]
  })
}

const refurbishedWarranty: Rule<WithRefurbishment> = {
  code: 'REFURB_WARRANTY',
  severity: 'error',
  title: 'Refurbished without a warranty statement',
  cause: 'A refurbished or remanufactured article does not say for how long it is warranted.',
  fix: 'Add warrantyMonths; 0 declares that there is no warranty.',
  source: 'Practice of refurbishment programmes',
  check: onRefurbishment(refurbishment => isRefurbished(refurbishment) && refurbishment.warrantyMonths === undefined
    ? [{ pointer: AT, detail: `A ${refurbishment.condition} article needs its warranty.`, expected: 'warrantyMonths' }]
    : undefined)
}

/** Cosmetic categories of R2v3 that a grade stands for; C0 to C2 and F1 to F4 are not sold as refurbished. */
const COSMETIC_OF_GRADE: Readonly<Record<string, readonly string[]>> = {
  premium: ['C7', 'C8', 'C9'],
  excellent: ['C6'],
  good: ['C4', 'C5'],
  fair: ['C3']
}
const SELLABLE_COSMETIC = Object.values(COSMETIC_OF_GRADE).flat().sort()
const SELLABLE_FUNCTIONAL = ['F5', 'F6']

const r2Match: Rule<WithRefurbishment> = {
  code: 'REFURB_R2_MATCH',
  severity: 'error',
  title: 'R2 category and grade disagree',
  cause: 'The R2 categories stand for another grade, or for equipment that is not sold as refurbished (C0 to C2, F1 to F4).',
  fix: 'premium is C7 to C9, excellent C6, good C4 or C5, fair C3; refurbished articles are F5 or F6.',
  source: 'R2v3 equipment categorization (REC)',
  check: onRefurbishment(refurbishment => {
    const { grade, r2CosmeticCategory: cosmetic, r2FunctionalCategory: functional } = refurbishment
    const findings: Finding[] = []
    const cosmeticAllowed = grade !== undefined ? COSMETIC_OF_GRADE[grade] : isRefurbished(refurbishment) ? SELLABLE_COSMETIC : undefined
    if (cosmetic !== undefined && cosmeticAllowed !== undefined && !cosmeticAllowed.includes(cosmetic)) {
      const detail = grade === undefined ? 'This category is not sold as refurbished.' : `This category is not of the grade ${grade}.`
      findings.push({ pointer: `${AT}/r2CosmeticCategory`, detail, expected: cosmeticAllowed.join(', '), received: cosmetic })
    }
    if (functional !== undefined && isRefurbished(refurbishment) && !SELLABLE_FUNCTIONAL.includes(functional)) {
      findings.push({ pointer: `${AT}/r2FunctionalCategory`, detail: 'This category is not sold as refurbished.', expected: SELLABLE_FUNCTIONAL.join(', '), received: functional })
    }
    return findings
  })
}

const FIELDS_OF_USED_ARTICLES = ['grade', 'r2CosmeticCategory', 'r2FunctionalCategory', 'refurbisherName', 'batteryHealthMinimumPercent', 'partsReplaced', 'refurbishedOn'] as const

const newFields: Rule<WithRefurbishment> = {
  code: 'REFURB_NEW_FIELDS',
  severity: 'error',
  title: 'A new article with facts about refurbishment',
  cause: 'The condition is new, and a grade, an R2 category, a refurbisher or a battery health is given.',
  fix: 'Correct the condition, or remove the field.',
  source: 'Logic of the record',
  check: onRefurbishment(refurbishment => refurbishment.condition !== 'new'
    ? undefined
    : FIELDS_OF_USED_ARTICLES.flatMap((field): Finding[] => refurbishment[field] === undefined
      ? []
      : [{ pointer: `${AT}/${field}`, detail: `A new article has no ${field}.`, received: refurbishment[field] }]))
}

const selfReference: Rule<WithRefurbishment> = {
  code: 'REFURB_SELF_REFERENCE',
  severity: 'error',
  title: 'The article is based on itself',
  cause: 'basedOnManufacturerPartNumber names the part number of this very record.',
  fix: 'Name the part number of the new product; the refurbished article has one of its own.',
  source: 'Logic of the record',
  check: onRefurbishment(({ basedOnManufacturerPartNumber: base }, { product }) =>
    base !== undefined && normalizePartNumber(base) === normalizePartNumber(product.manufacturerPartNumber)
      ? [{ pointer: `${AT}/basedOnManufacturerPartNumber`, detail: 'This is the part number of the record itself.', received: base }]
      : undefined)
}

/** The texts that a buyer reads. */
function namesOf ({ programmeName }: Refurbishment, { product }: WithRefurbishment): { pointer: string, text: string }[] {
  const names = [{ pointer: '/product/modelName', text: product.modelName }]
  if (programmeName !== undefined) names.push({ pointer: `${AT}/programmeName`, text: programmeName })
  return names
}

/** Lower case, without accents, words separated by single spaces. */
function plainWords (text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replace(/[^\p{L}\p{N}]+/gu, ' ').trim()
}

const WORDS_OF_NEW = ['like new', 'as new', 'comme neuf', 'comme neuve', 'etat neuf']

const wording: Rule<WithRefurbishment> = {
  code: 'REFURB_WORDING',
  severity: 'warning',
  title: 'A refurbished article called as good as new',
  cause: 'The name of the model or the programme says "like new" or the like of a refurbished article. In France that is forbidden.',
  fix: 'Describe the article by its grade.',
  source: FRENCH_DECREE,
  check: onRefurbishment((refurbishment, record) => isRefurbished(refurbishment)
    ? namesOf(refurbishment, record).flatMap(({ pointer, text }): Finding[] => {
      const padded = ` ${plainWords(text)} `
      return WORDS_OF_NEW.some(words => padded.includes(` ${words} `))
        ? [{ pointer, detail: 'A refurbished article should not be called as good as new.', received: text }]
        : []
    })
    : undefined)
}

const country: Rule<WithRefurbishment> = {
  code: 'REFURB_COUNTRY',
  severity: 'warning',
  title: '"Reconditionné en France" without the country',
  cause: 'The name says that the article was refurbished in France, and refurbishedInCountry does not.',
  fix: 'Set refurbishedInCountry to FR when the whole refurbishment was done there; otherwise change the name.',
  source: FRENCH_DECREE,
  check: onRefurbishment((refurbishment, record) => refurbishment.refurbishedInCountry === 'FR'
    ? undefined
    : namesOf(refurbishment, record).flatMap(({ pointer, text }): Finding[] => / reconditionnee?s? en france /.test(` ${plainWords(text)} `)
      ? [{ pointer, detail: 'The name claims refurbishment in France.', expected: 'refurbishedInCountry: FR', received: text }]
      : []))
}

export const refurbishmentRules = [
  refurbishedGrade, refurbishedTested, refurbishedData, refurbishedWarranty, r2Match, newFields, selfReference, wording, country
] satisfies readonly Rule<WithRefurbishment>[]

const baseline: Rule<WithRefurbishment> = {
  code: 'REFURB_BASELINE',
  severity: 'error',
  title: 'Avoided emissions without what they are compared with',
  cause: 'Emissions are avoided only in comparison with another product, and the record does not name it, or names it without a figure.',
  fix: 'Give avoidedKgCo2e and baselineRecordId, or neither.',
  source: 'Comparability; avoided emissions are no part of a footprint (aligned with ISO 14067)',
  check: onRefurbishment(({ avoidedKgCo2e, baselineRecordId }) => {
    if ((avoidedKgCo2e === undefined) === (baselineRecordId === undefined)) return undefined
    const missing = baselineRecordId === undefined ? 'baselineRecordId' : 'avoidedKgCo2e'
    return [{ pointer: AT, detail: `The comparison lacks ${missing}.`, expected: missing }]
  })
}

const dateFuture: Rule<WithRefurbishment> = {
  code: 'REFURB_DATE_FUTURE',
  severity: 'error',
  title: 'Refurbished in the future',
  cause: 'The refurbishment is said to have been completed on a day that has not come.',
  fix: 'Give the day on which the refurbishment was completed.',
  source: 'Plausibility',
  check: ({ refurbishment }, { today }) => refurbishment?.refurbishedOn !== undefined && refurbishment.refurbishedOn > today
    ? [{ pointer: `${AT}/refurbishedOn`, detail: `The day lies after today, ${today}.`, expected: `${today} or earlier`, received: refurbishment.refurbishedOn }]
    : undefined
}

/** Rules about the fields that version 1.1.0 added. */
export const refurbishmentDetailRules = [baseline, dateFuture] satisfies readonly Rule<WithRefurbishment>[]
