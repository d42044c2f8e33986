/** The product record, version 1.1.0: everything of 1.0.0, and more that is optional. Released: it never changes. */
import { Type, type Static } from 'typebox'
import { closedObject, constant } from '../schema-parts.js'
import { ProductRecordSchema as EarlierProductRecordSchema } from '../v1.0.0/schema.js'
import { CarbonFootprint } from './carbon-footprint.js'
import { Certifications } from './certifications.js'
import { Circularity } from './circularity.js'
import { Energy } from './energy.js'
import { Packaging } from './packaging.js'
import { Product } from './product.js'
import { RecycledContent } from './recycled-content.js'
import { Refurbishment } from './refurbishment.js'
import { ResponsibleMinerals } from './responsible-minerals.js'
import { Substances } from './substances.js'

/** Groups with a provenance of their own. */
export const SOURCED_GROUPS = [
  'carbonFootprint', 'recycledContent', 'packaging', 'refurbishment', 'energy', 'circularity', 'substances', 'responsibleMinerals'
] as const

export const ATTRIBUTE_GROUPS = [...SOURCED_GROUPS, 'certifications'] as const

const { validFrom, validTo } = EarlierProductRecordSchema.properties

export const ProductRecordSchema = closedObject({
  name: 'productRecord',
  title: 'Product sustainability attributes',
  description: 'Sustainability attributes of one product. A field that is left out is not declared; 0 is a declared zero; null is not accepted.'
}, {
  schemaVersion: constant('1.1.0', { title: 'Schema version', description: 'Version of the schema that the record follows.' }),
  product: Product,
  validFrom,
  validTo,
  carbonFootprint: Type.Optional(CarbonFootprint),
  recycledContent: Type.Optional(RecycledContent),
  packaging: Type.Optional(Packaging),
  refurbishment: Type.Optional(Refurbishment),
  energy: Type.Optional(Energy),
  circularity: Type.Optional(Circularity),
  certifications: Type.Optional(Certifications),
  substances: Type.Optional(Substances),
  responsibleMinerals: Type.Optional(ResponsibleMinerals)
}, { anyOf: ATTRIBUTE_GROUPS.map(group => ({ required: [group] })) })

export type ProductRecord = Static<typeof ProductRecordSchema>
