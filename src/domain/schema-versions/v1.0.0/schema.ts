/** The product record, version 1.0.0. Released: it never changes; what is new goes into a later version. */
import { Type, type Static } from 'typebox'
import { closedObject, constant, date } from '../schema-parts.js'
import { CarbonFootprint } from './carbon-footprint.js'
import { Packaging } from './packaging.js'
import { Product } from './product.js'
import { RecycledContent } from './recycled-content.js'
import { Refurbishment } from './refurbishment.js'

export const ATTRIBUTE_GROUPS = ['carbonFootprint', 'recycledContent', 'packaging', 'refurbishment'] as const

export const ProductRecordSchema = closedObject({
  name: 'productRecord',
  title: 'Product sustainability attributes',
  description: 'Sustainability attributes of one product. A field that is left out is not declared; 0 is a declared zero; null is not accepted.'
}, {
  schemaVersion: constant('1.0.0', { title: 'Schema version', description: 'Version of the schema that the record follows.' }),
  product: Product,
  validFrom: date({ title: 'Valid from', description: 'First day on which the record holds.', examples: ['2026-01-01'] }),
  validTo: Type.Optional(date({ title: 'Valid to', description: 'Day on which the record ceases to hold; that day is not included.', source: 'PACT validityPeriodEnd' })),
  carbonFootprint: Type.Optional(CarbonFootprint),
  recycledContent: Type.Optional(RecycledContent),
  packaging: Type.Optional(Packaging),
  refurbishment: Type.Optional(Refurbishment)
}, { anyOf: ATTRIBUTE_GROUPS.map(group => ({ required: [group] })) })

export type ProductRecord = Static<typeof ProductRecordSchema>
