/** Rules about what version 2.0.0 demands of a product: an identified manufacturer, a classification that tells its kind, and its condition. */
import { isLei } from '../identity/lei.js'
import type { Finding, Rule } from '../rule.js'
import { categoryOf, CLASSIFICATION_SOURCE, contradictingClassification, derivedCategory } from '../schema-versions/v2.0.0/category.js'

interface WithProduct {
  readonly product: {
    readonly manufacturer: { readonly lei?: string }
    readonly classifications: readonly { readonly scheme: string, readonly code: string }[]
    readonly category?: string
    readonly condition?: string
  }
  readonly secondLife?: object
}

const leiCheckDigits: Rule<WithProduct> = {
  code: 'LEI_CHECK_DIGITS',
  severity: 'error',
  title: 'LEI with wrong check digits',
  cause: 'The last two digits of a Legal Entity Identifier are computed from the other characters, and here they do not fit.',
  fix: 'Compare the identifier with the register of GLEIF.',
  source: 'Aligned with ISO 17442 and ISO/IEC 7064 (MOD 97-10)',
  check: ({ product: { manufacturer: { lei } } }) => lei === undefined || isLei(lei)
    ? undefined
    : [{ pointer: '/product/manufacturer/lei', detail: 'The check digits of this LEI do not fit its other characters.', received: lei }]
}

const classificationRequired: Rule<WithProduct> = {
  code: 'CLASSIFICATION_REQUIRED',
  severity: 'error',
  title: 'Neither UNSPSC nor Harmonized System',
  cause: 'The record classifies the product, but in neither of the two classifications that purchasing and customs go by.',
  fix: 'Add the UNSPSC commodity, or the code of the Harmonized System, the Combined Nomenclature or TARIC.',
  source: 'Regulation (EU) 2024/1781, Annex III (d): commodity codes',
  check: ({ product: { classifications } }) => classifications.some(({ scheme }) => scheme === 'unspsc' || scheme === 'hs')
    ? undefined
    : [{ pointer: '/product/classifications', detail: 'At least one class of UNSPSC or of the Harmonized System is needed.', expected: 'an entry with the scheme unspsc or hs' }]
}

const categoryUnknown: Rule<WithProduct> = {
  code: 'CATEGORY_UNKNOWN',
  severity: 'error',
  title: 'The classification does not tell the kind of product',
  cause: 'The codes of the record stand for several kinds of products, and the category is not given.',
  fix: 'Add product.category, or the UNSPSC commodity of the product.',
  source: CLASSIFICATION_SOURCE,
  check: ({ product }) => categoryOf(product) !== undefined
    ? undefined
    : [{ pointer: '/product', detail: 'No code of the classification tells the kind of product.', expected: 'category' }]
}

const categoryMismatch: Rule<WithProduct> = {
  code: 'CATEGORY_MISMATCH',
  severity: 'error',
  title: 'Two kinds of product',
  cause: 'A code of the classification stands for another kind of product than the category, or than another code.',
  fix: 'Correct the code or the category. Where the classification tells the kind, the category is left out.',
  source: CLASSIFICATION_SOURCE,
  check ({ product: { category, classifications } }) {
    const kind = category ?? derivedCategory(classifications)
    const index = kind === undefined ? -1 : contradictingClassification(kind, classifications)
    return index < 0
      ? undefined
      : [{ pointer: `/product/classifications/${index}/code`, detail: `This code does not stand for ${kind}, which ${category === undefined ? 'another code' : 'the category'} says.`, received: classifications[index]!.code }]
  }
}

const secondLifeCondition: Rule<WithProduct> = {
  code: 'SECOND_LIFE_CONDITION',
  severity: 'error',
  title: 'A second life without a condition',
  cause: 'The record describes what is behind the condition of the article, and does not say which condition that is.',
  fix: 'Add product.condition.',
  source: 'Logic of the record',
  check: ({ product: { condition }, secondLife }) => secondLife === undefined || condition !== undefined
    ? undefined
    : [{ pointer: '/product', detail: 'The group secondLife needs product.condition.', expected: 'condition' }]
}

const secondLifeRequired: Rule<WithProduct> = {
  code: 'SECOND_LIFE_REQUIRED',
  severity: 'error',
  title: 'Refurbished without a word about it',
  cause: 'The article is said to be refurbished or remanufactured, and the record does not say how it was graded, tested and warranted.',
  fix: 'Add secondLife.',
  source: 'French decree 2022-190; practice of refurbishment programmes',
  check: ({ product: { condition }, secondLife }): Finding[] | undefined => (condition === 'refurbished' || condition === 'remanufactured') && secondLife === undefined
    ? [{ pointer: '/product/condition', detail: `A ${condition} article needs the group secondLife.`, expected: 'secondLife', received: condition }]
    : undefined
}

export const classifiedProductRules = [
  leiCheckDigits, classificationRequired, categoryUnknown, categoryMismatch, secondLifeCondition, secondLifeRequired
] satisfies readonly Rule<WithProduct>[]
