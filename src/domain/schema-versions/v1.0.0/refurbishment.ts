import { Type } from 'typebox'
import { PATTERNS } from '../patterns.js'
import { closedObject, enumeration, percent, string, text, wholeNumber, yesNo } from '../schema-parts.js'
import { Provenance } from './provenance.js'

const FRENCH_DECREE = 'French decree 2022-190'

export const CONDITIONS = ['new', 'used', 'refurbished', 'remanufactured'] as const

export const Refurbishment = closedObject({
  name: 'refurbishment',
  title: 'Condition and refurbishment',
  description: 'Condition in which the article is sold. A refurbished article has a part number, and a record, of its own; single units are not described.'
}, {
  provenance: Provenance,
  condition: enumeration(CONDITIONS, {
    title: 'Condition',
    description: 'refurbished: tested, cleaned, repaired where needed, data erased; remanufactured: restored to as-new performance in an industrial process.',
    source: 'Regulation (EU) 2024/1781, Article 2'
  }),
  grade: Type.Optional(enumeration(['premium', 'excellent', 'good', 'fair'], {
    title: 'Grade', description: 'Cosmetic grade, best first. Required for refurbished and remanufactured articles; there is no "like new".'
  })),
  r2CosmeticCategory: Type.Optional(string({ pattern: PATTERNS.r2Cosmetic.pattern }, {
    title: 'R2 cosmetic category', description: 'Cosmetic category C0 to C9.', source: 'R2v3 equipment categorization (REC)', examples: ['C6']
  })),
  r2FunctionalCategory: Type.Optional(string({ pattern: PATTERNS.r2Functional.pattern }, {
    title: 'R2 functional category', description: 'Functional category F1 to F6.', source: 'R2v3 equipment categorization (REC)', examples: ['F5']
  })),
  programmeName: Type.Optional(text({ title: 'Programme', description: 'Refurbishment programme of the vendor.', examples: ['Certified Refurbished'] })),
  refurbisherName: Type.Optional(text({ title: 'Refurbisher', description: 'Organisation that refurbished the article.' })),
  refurbishedInCountry: Type.Optional(string({ pattern: PATTERNS.country.pattern }, {
    title: 'Refurbished in', description: 'Country in which all of the refurbishment was done (ISO 3166-1 alpha-2).', source: FRENCH_DECREE, examples: ['FR']
  })),
  functionalTestPassed: Type.Optional(yesNo({
    title: 'Functional test passed', description: 'True when all functions were tested and work. Required for refurbished and remanufactured articles.', source: FRENCH_DECREE
  })),
  dataSanitised: Type.Optional(yesNo({
    title: 'Data sanitised', description: 'True when all data of previous users were erased. Required for refurbished and remanufactured articles that can hold data.', source: FRENCH_DECREE
  })),
  dataSanitisationStandard: Type.Optional(enumeration(['nist80088Clear', 'nist80088Purge', 'ieee2883', 'other', 'notApplicable'], {
    title: 'Data sanitisation standard',
    description: 'Standard by which data were erased: NIST SP 800-88 Clear or Purge, IEEE 2883, another one; notApplicable for an article that holds no data.'
  })),
  batteryHealthMinimumPercent: Type.Optional(percent({
    title: 'Minimum battery health', description: 'Battery capacity guaranteed for every unit, in percent of the rated capacity.', examples: [85]
  })),
  warrantyMonths: Type.Optional(wholeNumber('months', { minimum: 0, maximum: 240 }, {
    title: 'Warranty', description: 'Warranty in months, 0 for a declared absence. Required for refurbished and remanufactured articles.', examples: [12]
  })),
  warrantyProvider: Type.Optional(enumeration(['manufacturer', 'refurbisher', 'reseller'], { title: 'Warranty provider', description: 'Who gives the warranty.' })),
  basedOnManufacturerPartNumber: Type.Optional(string({ minLength: 1, maxLength: 70 }, {
    title: 'Part number of the new product', description: 'Manufacturer part number of the new product that this article was; the manufacturer is the same.'
  }))
})
