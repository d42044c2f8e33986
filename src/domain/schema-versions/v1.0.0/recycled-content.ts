import { Type } from 'typebox'
import { closedObject, enumeration, percent, quantity, text } from '../schema-parts.js'
import { Provenance } from './provenance.js'

export const RECYCLED_MATERIALS = [
  'plastic', 'aluminium', 'steel', 'magnesium', 'copper', 'cobalt', 'lithium', 'nickel', 'lead', 'gold', 'silver', 'tin',
  'rareEarthElements', 'glass', 'other'
] as const
export const RECYCLED_BASES = ['materialMassInProduct', 'componentMass', 'productMass'] as const
export const RECYCLED_STANDARDS = ['iso14021', 'ieee16801', 'en45557', 'ul2809', 'other'] as const

export const RecycledMaterial = closedObject({
  name: 'recycledMaterial',
  title: 'Recycled material',
  description: 'Recycled share of one material, always as a percentage of a stated base, by mass. At least one of post-consumer, pre-consumer and total is given.'
}, {
  material: enumeration(RECYCLED_MATERIALS, { title: 'Material', description: 'Material that the percentages are about.', source: 'Regulation (EU) 2023/1542 for cobalt, nickel, lithium and lead' }),
  component: Type.Optional(text({
    title: 'Component', description: 'Part of the product that holds the material. Required with basis componentMass.', examples: ['battery', 'speaker magnet']
  })),
  basis: enumeration(RECYCLED_BASES, {
    title: 'Base of the percentages',
    description: 'What is 100 %: all of this material in the product (as EPEAT counts plastic), the mass of the component, or the mass of the product.',
    source: 'Aligned with ISO 14021 and IEEE 1680.1'
  }),
  basisMassG: Type.Optional(quantity('g', { exclusiveMinimum: 0, maximum: 1_000_000 }, {
    title: 'Mass of the base', description: 'Mass of the base in grams, so that recycled grams can be computed.', examples: [412]
  })),
  postConsumerPercent: Type.Optional(percent({
    title: 'Post-consumer', description: 'Share recovered from products after their use, in percent of the base.', source: 'Aligned with ISO 14021', examples: [30]
  })),
  preConsumerPercent: Type.Optional(percent({
    title: 'Pre-consumer',
    description: 'Share diverted from waste of manufacturing, in percent of the base. Scrap reused in the process that made it does not count.',
    source: 'Aligned with ISO 14021 and UL 2809',
    examples: [5]
  })),
  totalRecycledPercent: Type.Optional(percent({
    title: 'Total recycled', description: 'Post-consumer and pre-consumer together, in percent of the base.', source: 'Aligned with ISO 14021', examples: [35]
  })),
  closedLoopIteDerivedPercent: Type.Optional(percent({
    title: 'Closed loop from IT equipment', description: 'Share recovered from used IT equipment, in percent of the base; part of the post-consumer share.', source: 'EPEAT'
  })),
  oceanBoundPercent: Type.Optional(percent({
    title: 'Ocean-bound', description: 'Share from ocean-bound waste, in percent of the base; part of the recycled share.', source: 'UL 2809'
  }))
}, {
  anyOf: [{ required: ['postConsumerPercent'] }, { required: ['preConsumerPercent'] }, { required: ['totalRecycledPercent'] }]
})

export const RecycledContent = closedObject({
  name: 'recycledContent',
  title: 'Recycled content',
  description: 'Recycled content of the product without its packaging, as a whole, by material, or both.'
}, {
  provenance: Provenance,
  calculationStandard: enumeration(RECYCLED_STANDARDS, {
    title: 'Calculation standard', description: 'Standard by which the percentages were calculated: ISO 14021, IEEE 1680.1, EN 45557, UL 2809, or another one.'
  }),
  productRecycledPercent: Type.Optional(percent({
    title: 'Recycled content of the product',
    description: 'Recycled material in percent of the mass of the product.',
    source: 'Aligned with ISO 14021; schema.org recycledContentPercentage',
    examples: [18]
  })),
  materials: Type.Optional(Type.Array(RecycledMaterial, {
    minItems: 1, maxItems: 50, title: 'Materials', description: 'Recycled content by material.'
  }))
}, { anyOf: [{ required: ['materials'] }, { required: ['productRecycledPercent'] }] })
