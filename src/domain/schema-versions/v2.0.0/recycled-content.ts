import { Type } from 'typebox'
import { closedObject, enumeration, frameOf, quantity } from '../schema-parts.js'
import { RECYCLED_BASES, RECYCLED_MATERIALS, RECYCLED_STANDARDS } from '../v1.0.0/recycled-content.js'
import { RecycledContent as EarlierRecycledContent } from '../v1.1.0/recycled-content.js'
import { EvidenceIds } from './evidence.js'

const { materials: earlierMaterials } = EarlierRecycledContent.properties
const { component, chainOfCustody, exclusionsApplied } = earlierMaterials.items.properties

const ISO_14021 = 'Aligned with ISO 14021'

function part (title: string, description: string, source: string, example: number) {
  return Type.Optional(quantity('g', { minimum: 0, maximum: 1_000_000 }, { title, description: `${description}, in grams.`, source, examples: [example] }))
}

const RecycledMaterial = closedObject({
  name: 'recycledMaterial',
  title: 'Recycled material',
  description: 'Recycled mass of one material and the mass that it is a part of. Percentages are computed from the two, never declared.'
}, {
  material: enumeration(RECYCLED_MATERIALS, { title: 'Material', description: 'Material that the entry is about.', source: 'Regulation (EU) 2023/1542 for cobalt, nickel, lithium and lead' }),
  component,
  basis: enumeration(RECYCLED_BASES, {
    title: 'Base',
    description: 'What baseMassG is the mass of: all of this material in the product (as EPEAT counts plastic), the component, or the product.',
    source: 'Aligned with ISO 14021 and IEEE 1680.1'
  }),
  baseMassG: quantity('g', { exclusiveMinimum: 0, maximum: 1_000_000 }, {
    title: 'Mass of the base', description: 'Mass of what basis names, in grams: the whole that the recycled mass is a part of.', source: ISO_14021, examples: [412]
  }),
  recycledMassG: quantity('g', { minimum: 0, maximum: 1_000_000 }, {
    title: 'Recycled mass', description: 'Mass of the recycled material, post-consumer and pre-consumer together as far as they are known, in grams.', source: ISO_14021, examples: [144.2]
  }),
  postConsumerMassG: part('Post-consumer', 'Mass recovered from products after their use; part of the recycled mass', ISO_14021, 123.6),
  preConsumerMassG: part('Pre-consumer', 'Mass diverted from waste of manufacturing, without scrap that is reused in the process that made it; part of the recycled mass', `${ISO_14021} and UL 2809`, 20.6),
  closedLoopIteDerivedMassG: part('Closed loop from IT equipment', 'Mass recovered from used IT equipment; part of the post-consumer mass', 'EPEAT', 40),
  oceanBoundMassG: part('Ocean-bound', 'Mass from ocean-bound waste; part of the recycled mass', 'UL 2809', 12),
  biobasedMassG: part('Biobased', 'Mass from renewable biological sources; not a part of the recycled mass', 'EPEAT', 30),
  chainOfCustody,
  exclusionsApplied
})

const RecycledWhole = closedObject({
  name: 'recycledWhole',
  title: 'Recycled content of the product',
  description: 'Recycled mass of the product as a whole and the mass that it is a part of.'
}, {
  baseMassG: quantity('g', { exclusiveMinimum: 0, maximum: 10_000_000 }, {
    title: 'Mass of the product', description: 'Mass of the product without packaging, as the calculation took it, in grams.', source: ISO_14021, examples: [1360]
  }),
  recycledMassG: quantity('g', { minimum: 0, maximum: 10_000_000 }, {
    title: 'Recycled mass', description: 'Mass of all recycled material in the product, in grams.', source: `${ISO_14021}; schema.org recycledContentPercentage`, examples: [244.8]
  })
})

export const RecycledContent = closedObject(frameOf(EarlierRecycledContent).component, {
  evidenceIds: EvidenceIds,
  calculationStandard: enumeration(RECYCLED_STANDARDS, {
    title: 'Calculation standard', description: 'Standard by which recycled material was counted: ISO 14021, IEEE 1680.1, EN 45557, UL 2809, or another one.'
  }),
  wholeProduct: Type.Optional(RecycledWhole),
  materials: Type.Optional(Type.Array(RecycledMaterial, { minItems: 1, maxItems: 50, title: 'Materials', description: 'Recycled content by material.' }))
}, { anyOf: [{ required: ['materials'] }, { required: ['wholeProduct'] }] })
