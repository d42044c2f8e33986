import { Type } from 'typebox'
import { PATTERNS } from '../patterns.js'
import { date, enumeration, extendedObject, quantity, string, text } from '../schema-parts.js'
import { Refurbishment as EarlierRefurbishment } from '../v1.0.0/refurbishment.js'

export const Refurbishment = extendedObject(EarlierRefurbishment, {
  avoidedKgCo2e: Type.Optional(quantity('kg CO2e', { minimum: 0, maximum: 1_000_000 }, {
    title: 'Avoided emissions', description: 'Emissions avoided compared with the product named in baselineRecordId, in kg CO2e per piece. Never a part of a footprint.', examples: [180]
  })),
  baselineRecordId: Type.Optional(string({ pattern: PATTERNS.uuid.pattern }, {
    title: 'Compared with', description: 'Product id, on this exchange, of the new product that avoidedKgCo2e compares with.', examples: ['31ab12ef-9a1c-5d9e-8f0a-2c4d6e8f0a1b']
  })),
  partsReplaced: Type.Optional(Type.Array(text({ title: 'Part', description: 'A kind of part that was replaced.' }), {
    minItems: 1, maxItems: 50, uniqueItems: true, title: 'Parts replaced', description: 'Kinds of parts that were replaced in every unit.', examples: [['battery', 'keyboard']]
  })),
  refurbisherCertifications: Type.Optional(Type.Array(enumeration(['r2v3', 'eStewards', 'iso14001'], {
    title: 'Certification', description: 'R2v3, e-Stewards, or a management system to ISO 14001.'
  }), {
    minItems: 1, uniqueItems: true, title: 'Certifications of the refurbisher', description: 'Certifications that the refurbisher holds.', examples: [['r2v3']]
  })),
  refurbishedOn: Type.Optional(date({ title: 'Refurbished on', description: 'Day on which the refurbishment of the batch was completed.' }))
})
