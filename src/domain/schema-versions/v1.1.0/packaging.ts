import { Type } from 'typebox'
import { enumeration, extendedObject, percent, text, yesNo } from '../schema-parts.js'
import { Packaging as EarlierPackaging } from '../v1.0.0/packaging.js'

const PPWR = 'Regulation (EU) 2025/40'

export const Packaging = extendedObject(EarlierPackaging, {
  recyclabilityGrade: Type.Optional(enumeration(['A', 'B', 'C'], {
    title: 'Recyclability grade', description: 'Grade of design for recycling: A from 95 %, B from 80 %, C from 70 % by mass.', source: PPWR
  })),
  recyclabilityAssessmentStandard: Type.Optional(text({
    title: 'Recyclability assessed by', description: 'Standard by which recyclablePercent was assessed; the percentage says little without it.', source: 'GS1 packaging recyclability assessment specification', examples: ['German minimum standard 2025']
  })),
  reusable: Type.Optional(yesNo({ title: 'Reusable', description: 'True when the packaging is made to be used again in a system for re-use.', source: PPWR })),
  emptySpacePercent: Type.Optional(percent({ title: 'Empty space', description: 'Empty space in percent of the volume of the packaging.', source: PPWR, examples: [18] }))
})
