import { Type } from 'typebox'
import { enumeration, extendedObject, percent, yesNo } from '../schema-parts.js'
import { RecycledContent as EarlierRecycledContent, RecycledMaterial as EarlierRecycledMaterial } from '../v1.0.0/recycled-content.js'

const RecycledMaterial = extendedObject(EarlierRecycledMaterial, {
  biobasedPercent: Type.Optional(percent({
    title: 'Biobased', description: 'Share from renewable biological sources, in percent of the base; not a part of the recycled share.', source: 'EPEAT', examples: [10]
  })),
  chainOfCustody: Type.Optional(enumeration(['physicalSegregation', 'massBalance'], {
    title: 'Chain of custody', description: 'Whether the recycled material itself is in the product (physicalSegregation), or is attributed to it by mass balance.', source: 'Aligned with EN 45557'
  })),
  exclusionsApplied: Type.Optional(yesNo({
    title: 'Exclusions applied', description: 'True when the parts that the calculation standard leaves out, such as circuit boards and cables, are not in the base.', source: 'EPEAT'
  }))
})

export const RecycledContent = extendedObject(EarlierRecycledContent, {
  materials: Type.Optional(Type.Array(RecycledMaterial, {
    minItems: 1, maxItems: 50, title: 'Materials', description: 'Recycled content by material.'
  }))
})
