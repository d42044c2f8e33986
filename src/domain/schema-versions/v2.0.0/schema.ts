/** The product record, version 2.0.0: what 1.1.0 says, without what could be read in two ways. Released: it never changes. */
import { Type, type Static } from 'typebox'
import { closedObject, constant, frameOf } from '../schema-parts.js'
import { ProductRecordSchema as EarlierProductRecordSchema } from '../v1.0.0/schema.js'
import { Certifications } from '../v1.1.0/certifications.js'
import { Circularity } from '../v1.1.0/circularity.js'
import { Energy } from '../v1.1.0/energy.js'
import { ResponsibleMinerals } from '../v1.1.0/responsible-minerals.js'
import { Substances } from '../v1.1.0/substances.js'
import { CarbonFootprints } from './carbon-footprint.js'
import { evidenced, EvidenceList } from './evidence.js'
import { Packaging } from './packaging.js'
import { Product } from './product.js'
import { RecycledContent } from './recycled-content.js'
import { SecondLife } from './second-life.js'

/** Groups that are one object resting on evidence, by their names in this version; footprints are a list of such objects. */
export const EVIDENCED_GROUPS = ['recycledContent', 'packaging', 'secondLife', 'energy', 'circularity', 'substances', 'responsibleMinerals'] as const

const GROUPS = ['carbonFootprints', ...EVIDENCED_GROUPS, 'certifications'] as const

const { validFrom, validTo } = EarlierProductRecordSchema.properties

export const ProductRecordSchema = closedObject(frameOf(EarlierProductRecordSchema).component, {
  schemaVersion: constant('2.0.0', { title: 'Schema version', description: 'Version of the schema that the record follows.' }),
  product: Product,
  validFrom,
  validTo,
  evidence: Type.Optional(EvidenceList),
  carbonFootprints: Type.Optional(CarbonFootprints),
  recycledContent: Type.Optional(RecycledContent),
  packaging: Type.Optional(Packaging),
  secondLife: Type.Optional(SecondLife),
  energy: Type.Optional(evidenced(Energy)),
  circularity: Type.Optional(evidenced(Circularity)),
  certifications: Type.Optional(Certifications),
  substances: Type.Optional(evidenced(Substances)),
  responsibleMinerals: Type.Optional(evidenced(ResponsibleMinerals))
}, { anyOf: GROUPS.map(group => ({ required: [group] })) })

export type ProductRecord = Static<typeof ProductRecordSchema>
