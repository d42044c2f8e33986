import { Type } from 'typebox'
import { PATTERNS } from '../patterns.js'
import { closedObject, enumeration, percent, quantity, string, yesNo } from '../schema-parts.js'
import { Provenance } from './provenance.js'

const MAXIMUM_G = 1_000_000

export const PackagingComponent = closedObject({
  name: 'packagingComponent',
  title: 'Packaging component',
  description: 'One part of the packaging, made of one material.'
}, {
  level: enumeration(['primary', 'secondary', 'tertiary'], {
    title: 'Level',
    description: 'primary: sales unit; secondary: grouping of sales units; tertiary: transport.',
    source: 'GS1 packaging level; Regulation (EU) 2025/40 (sales, grouped, transport packaging)'
  }),
  type: enumeration(['box', 'cushion', 'bag', 'film', 'sleeve', 'tape', 'label', 'tray', 'insert', 'pallet', 'strap', 'other'], {
    title: 'Type', description: 'Kind of packaging component.', source: 'After UN/ECE Recommendation 21'
  }),
  material: enumeration([
    'corrugatedBoard', 'paperboard', 'paper', 'mouldedPulp', 'petPlastic', 'hdpePlastic', 'ldpePlastic', 'ppPlastic', 'psPlastic',
    'epsFoam', 'peFoam', 'otherPlastic', 'bioplastic', 'steel', 'aluminium', 'wood', 'textile', 'glass', 'composite', 'other'
  ], { title: 'Material', description: 'Material of the component.', source: 'GS1 packagingMaterialTypeCode; Decision 97/129/EC' }),
  materialCode: Type.Optional(string({ pattern: PATTERNS.packagingCode.pattern }, {
    title: 'Material code', description: 'Identification code printed on the component.', source: 'Decision 97/129/EC', examples: ['PAP 20', 'LDPE 4', 'C/PAP 84']
  })),
  massG: quantity('g', { exclusiveMinimum: 0, maximum: MAXIMUM_G }, {
    title: 'Mass', description: 'Mass of the component in grams, per piece of the product.', source: 'GS1 packaging material quantity', examples: [420]
  }),
  recycledPercent: Type.Optional(percent({
    title: 'Recycled content', description: 'Recycled material in percent of the mass of the component.', source: 'Aligned with ISO 14021', examples: [80]
  })),
  postConsumerRecycledPercent: Type.Optional(percent({
    title: 'Post-consumer recycled content',
    description: 'Post-consumer recycled material in percent of the mass of the component; part of the recycled content.',
    source: 'Aligned with ISO 14021; Regulation (EU) 2025/40, Article 7',
    examples: [60]
  })),
  recyclable: Type.Optional(yesNo({ title: 'Recyclable', description: 'True when the component can be recycled where it is sold.' })),
  fibreCertification: Type.Optional(enumeration(['fsc100', 'fscMix', 'fscRecycled', 'pefc', 'sfi', 'none'], {
    title: 'Fibre certification', description: 'Certification of the fibre; none is a declared absence. Only for board, paper, pulp and wood.', source: 'FSC; PEFC; SFI'
  }))
})

export const Packaging = closedObject({
  name: 'packaging',
  title: 'Packaging',
  description: 'Packaging of one piece of the product. At least one field besides the provenance is given.'
}, {
  provenance: Provenance,
  totalMassG: Type.Optional(quantity('g', { exclusiveMinimum: 0, maximum: MAXIMUM_G }, {
    title: 'Total mass', description: 'Mass of the whole packaging in grams, per piece of the product.', source: 'GS1 packaging material quantity', examples: [612]
  })),
  plasticMassG: Type.Optional(quantity('g', { minimum: 0, maximum: MAXIMUM_G }, {
    title: 'Plastic mass', description: 'Mass of all plastic in the packaging in grams, per piece of the product; bioplastic and foams count.', examples: [14]
  })),
  plasticFree: Type.Optional(yesNo({ title: 'Plastic-free', description: 'True when the packaging holds no plastic at all, bioplastic and foams included.' })),
  recyclablePercent: Type.Optional(percent({
    title: 'Recyclable share', description: 'Recyclable packaging in percent of its total mass.', source: 'GS1 packagingRecyclabilityValue; Regulation (EU) 2025/40', examples: [95]
  })),
  recycledContentPercent: Type.Optional(percent({
    title: 'Recycled content', description: 'Recycled material in percent of the total mass of the packaging.', source: 'Aligned with ISO 14021', examples: [72]
  })),
  components: Type.Optional(Type.Array(PackagingComponent, {
    minItems: 1, maxItems: 100, title: 'Components', description: 'The parts of the packaging; the list may be partial.'
  }))
}, { minProperties: 2 })
