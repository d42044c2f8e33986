/** Rules about packaging, masses in grams per piece. Differences up to 1 g or 2 % are rounding. */
import { exceeds, MASS_TOLERANCE, sum } from '../numbers.js'
import { findingsIn, type Finding, type Rule } from '../rule.js'

interface Component {
  readonly material: string
  readonly materialCode?: string
  readonly massG: number
  readonly recycledPercent?: number
  readonly postConsumerRecycledPercent?: number
  readonly fibreCertification?: string
}

interface WithPackaging {
  readonly packaging?: {
    readonly totalMassG?: number
    readonly plasticMassG?: number
    readonly plasticFree?: boolean
    readonly recyclablePercent?: number
    readonly recyclabilityGrade?: string
    readonly recyclabilityAssessmentStandard?: string
    readonly components?: readonly Component[]
  }
}

const AT = '/packaging'

/** Bioplastic and plastic foams are plastic, as in European law. */
const PLASTICS: ReadonlySet<string> = new Set([
  'petPlastic', 'hdpePlastic', 'ldpePlastic', 'ppPlastic', 'psPlastic', 'epsFoam', 'peFoam', 'otherPlastic', 'bioplastic'
])

const FIBRES: ReadonlySet<string> = new Set(['corrugatedBoard', 'paperboard', 'paper', 'mouldedPulp', 'wood'])

function onEachComponent (check: (component: Component, pointer: string) => Finding | undefined): Rule<WithPackaging>['check'] {
  return ({ packaging }) => packaging?.components && findingsIn(packaging.components, (component, index) => check(component, `${AT}/components/${index}`))
}

const massSum: Rule<WithPackaging> = {
  code: 'PACK_MASS_SUM',
  severity: 'error',
  title: 'The components do not add up to the total mass',
  cause: 'The components weigh more than the whole packaging by more than 1 g and more than 2 % (an error), or less (a warning, because the list may be partial).',
  fix: 'Check that all masses are in grams and per piece of the product; complete the list or correct the total.',
  source: 'GS1 packaging material quantity',
  check ({ packaging }) {
    const { totalMassG, components } = packaging ?? {}
    if (totalMassG === undefined || components === undefined) return undefined
    const mass = sum(components.map(({ massG }) => massG))
    const detail = `The components weigh ${mass} g together, the whole packaging ${totalMassG} g.`
    const expected = `${totalMassG} g, give or take 1 g or 2 %`
    if (exceeds(mass, totalMassG, MASS_TOLERANCE)) return [{ pointer: `${AT}/components`, detail, expected, received: mass }]
    // The tolerance is a share of the total in both directions.
    return exceeds(2 * totalMassG - mass, totalMassG, MASS_TOLERANCE)
      ? [{ pointer: `${AT}/components`, detail, expected, received: mass, severity: 'warning' }]
      : undefined
  }
}

const plasticMass: Rule<WithPackaging> = {
  code: 'PACK_PLASTIC_MASS',
  severity: 'error',
  title: 'Plastic mass does not fit',
  cause: 'The plastic weighs more than the whole packaging, or the plastic components weigh more than the plastic.',
  fix: 'Correct the masses; bioplastic and plastic foams count as plastic.',
  source: 'Arithmetic; vendors report grams of plastic per unit',
  check ({ packaging }) {
    const { totalMassG, plasticMassG, components } = packaging ?? {}
    if (plasticMassG === undefined) return undefined
    if (totalMassG !== undefined && plasticMassG > totalMassG) {
      return [{ pointer: `${AT}/plasticMassG`, detail: `The plastic weighs more than the whole packaging of ${totalMassG} g.`, expected: `at most ${totalMassG}`, received: plasticMassG }]
    }
    const ofComponents = sum((components ?? []).filter(({ material }) => PLASTICS.has(material)).map(({ massG }) => massG))
    return exceeds(ofComponents, plasticMassG, MASS_TOLERANCE)
      ? [{ pointer: `${AT}/plasticMassG`, detail: `The plastic components weigh ${ofComponents} g together.`, expected: `at least ${ofComponents}`, received: plasticMassG }]
      : undefined
  }
}

const plasticFree: Rule<WithPackaging> = {
  code: 'PACK_PLASTIC_FREE',
  severity: 'error',
  title: 'Plastic in plastic-free packaging',
  cause: 'The packaging is declared plastic-free, and a plastic mass or a component of plastic is declared as well. Bioplastic and plastic foams count as plastic.',
  fix: 'Set plasticFree to false, or correct the components.',
  source: 'Logic of the claim; EU law counts bioplastic as plastic',
  check ({ packaging }) {
    if (packaging?.plasticFree !== true) return undefined
    const findings: Finding[] = packaging.components?.flatMap(({ material }, index): Finding[] => PLASTICS.has(material)
      ? [{ pointer: `${AT}/components/${index}/material`, detail: 'The packaging is declared plastic-free, and this component is plastic.', received: material }]
      : []) ?? []
    if (packaging.plasticMassG !== undefined && packaging.plasticMassG > 0) {
      findings.unshift({ pointer: `${AT}/plasticMassG`, detail: 'The packaging is declared plastic-free.', expected: '0', received: packaging.plasticMassG })
    }
    return findings
  }
}

const fibreCertification: Rule<WithPackaging> = {
  code: 'PACK_FIBRE_CERT',
  severity: 'error',
  title: 'Fibre certification on another material',
  cause: 'A certification of forest fibre is claimed for a component that is not board, paper, pulp or wood.',
  fix: 'Remove the certification, or correct the material.',
  source: 'FSC; PEFC; SFI',
  check: onEachComponent(({ material, fibreCertification: certification }, pointer) =>
    certification === undefined || certification === 'none' || FIBRES.has(material)
      ? undefined
      : { pointer: `${pointer}/fibreCertification`, detail: `${material} is no fibre.`, expected: `none, or a material of ${[...FIBRES].join(', ')}`, received: certification })
}

/** Percent of recycled material from which the FSC Recycled label is plausible. */
const FSC_RECYCLED_LEAST = 70

const fscRecycled: Rule<WithPackaging> = {
  code: 'PACK_FSC_RECYCLED',
  severity: 'warning',
  title: 'FSC Recycled with little recycled content',
  cause: `The component claims FSC Recycled and declares less than ${FSC_RECYCLED_LEAST} % recycled content.`,
  fix: 'Check the label (FSC Mix allows less) and the recycled content.',
  source: 'FSC labelling practice',
  check: onEachComponent(({ fibreCertification: certification, recycledPercent }, pointer) =>
    certification === 'fscRecycled' && recycledPercent !== undefined && recycledPercent < FSC_RECYCLED_LEAST
      ? { pointer: `${pointer}/recycledPercent`, detail: 'The recycled content is low for the label FSC Recycled.', expected: `at least ${FSC_RECYCLED_LEAST}`, received: recycledPercent }
      : undefined)
}

const postConsumer: Rule<WithPackaging> = {
  code: 'PACK_PCR',
  severity: 'error',
  title: 'More post-consumer than recycled content',
  cause: 'Post-consumer recycled content is part of the recycled content, and here the part is greater.',
  fix: 'Correct the percentages.',
  source: 'Aligned with ISO 14021',
  check: onEachComponent(({ recycledPercent, postConsumerRecycledPercent }, pointer) =>
    recycledPercent !== undefined && postConsumerRecycledPercent !== undefined && postConsumerRecycledPercent > recycledPercent
      ? { pointer: `${pointer}/postConsumerRecycledPercent`, detail: `The post-consumer share is greater than the recycled content of ${recycledPercent} %.`, expected: `at most ${recycledPercent}`, received: postConsumerRecycledPercent }
      : undefined)
}

const PAPERS = ['corrugatedBoard', 'paperboard', 'paper', 'mouldedPulp', 'other']
const OTHER_PLASTICS = ['otherPlastic', 'bioplastic', 'other']

interface CodeFamily { readonly letters: string, readonly from: number, readonly to: number, readonly materials: readonly string[] }

/** Families of Decision 97/129/EC: the abbreviation, the range of numbers, and the materials that they can stand for. */
const CODE_FAMILIES: readonly CodeFamily[] = [
  { letters: 'PET', from: 1, to: 1, materials: ['petPlastic', 'bioplastic', 'other'] },
  { letters: 'HDPE', from: 2, to: 2, materials: ['hdpePlastic', 'peFoam', 'bioplastic', 'other'] },
  { letters: 'PVC', from: 3, to: 3, materials: OTHER_PLASTICS },
  { letters: 'LDPE', from: 4, to: 4, materials: ['ldpePlastic', 'peFoam', 'bioplastic', 'other'] },
  { letters: 'PP', from: 5, to: 5, materials: ['ppPlastic', 'bioplastic', 'other'] },
  { letters: 'PS', from: 6, to: 6, materials: ['psPlastic', 'epsFoam', 'bioplastic', 'other'] },
  { letters: 'EPS', from: 6, to: 6, materials: ['epsFoam', 'other'] },
  { letters: 'OTHER', from: 7, to: 19, materials: OTHER_PLASTICS },
  { letters: 'PAP', from: 20, to: 39, materials: PAPERS },
  { letters: 'FE', from: 40, to: 40, materials: ['steel', 'other'] },
  { letters: 'ALU', from: 41, to: 41, materials: ['aluminium', 'other'] },
  { letters: 'FOR', from: 50, to: 59, materials: ['wood', 'other'] },
  { letters: 'TEX', from: 60, to: 69, materials: ['textile', 'other'] },
  { letters: 'GL', from: 70, to: 79, materials: ['glass', 'other'] }
]

/** True when neither the abbreviation nor the number of the code belongs to a family that excludes the material. */
function codeFits (code: string, material: string): boolean {
  if (code.startsWith('C/')) return material === 'composite' || material === 'other'
  const [, letters, digits] = /^([A-Z]+) ?(\d+)$/.exec(code) ?? []
  const number = Number(digits)
  return isOfOne(material, family => family.letters === letters) && isOfOne(material, ({ from, to }) => from <= number && number <= to)
}

/** Whether one of the families has the material, or there is no such family. */
function isOfOne (material: string, isMeant: (family: CodeFamily) => boolean): boolean {
  let isNone = true
  for (const family of CODE_FAMILIES) {
    if (!isMeant(family)) continue
    if (family.materials.includes(material)) return true
    isNone = false
  }
  return isNone
}

const codeMatch: Rule<WithPackaging> = {
  code: 'PACK_CODE_MATCH',
  severity: 'warning',
  title: 'Material code of another material',
  cause: 'The identification code belongs to another family of materials than the material of the component.',
  fix: 'Compare the code that is printed on the component with its material.',
  source: 'Decision 97/129/EC',
  check: onEachComponent(({ material, materialCode }, pointer) => materialCode === undefined || codeFits(materialCode, material)
    ? undefined
    : { pointer: `${pointer}/materialCode`, detail: `This code does not stand for ${material}.`, received: materialCode })
}

export const packagingRules = [
  massSum, plasticMass, plasticFree, fibreCertification, fscRecycled, postConsumer, codeMatch
] satisfies readonly Rule<WithPackaging>[]

const recyclableStandard: Rule<WithPackaging> = {
  code: 'PACK_RECYCLABLE_STANDARD',
  severity: 'warning',
  title: 'Recyclable share without its standard',
  cause: 'How much of a packaging counts as recyclable depends on the standard of the assessment, and none is named.',
  fix: 'Add recyclabilityAssessmentStandard.',
  source: 'GS1 packaging recyclability assessment specification',
  check: ({ packaging }) => packaging?.recyclablePercent !== undefined && packaging.recyclabilityAssessmentStandard === undefined
    ? [{ pointer: AT, detail: 'recyclablePercent should name the standard of the assessment.', expected: 'recyclabilityAssessmentStandard' }]
    : undefined
}

/** Least recyclable share of a grade, in percent by mass. */
const LEAST_OF_GRADE: Readonly<Record<string, number>> = { A: 95, B: 80, C: 70 }

const recyclabilityGrade: Rule<WithPackaging> = {
  code: 'PACK_GRADE_MATCH',
  severity: 'warning',
  title: 'Recyclability grade better than the recyclable share',
  cause: 'Grade A begins at 95 %, B at 80 % and C at 70 % by mass, and the recyclable share is less than that.',
  fix: 'Correct the grade or the share.',
  source: 'Regulation (EU) 2025/40',
  check ({ packaging }) {
    const { recyclablePercent: share, recyclabilityGrade: grade } = packaging ?? {}
    const least = grade === undefined ? undefined : LEAST_OF_GRADE[grade]
    return share === undefined || least === undefined || share >= least
      ? undefined
      : [{ pointer: `${AT}/recyclabilityGrade`, detail: `Grade ${grade} needs a recyclable share of ${least} %, and ${share} % is declared.`, expected: `a grade for ${share} %`, received: grade }]
  }
}

/** Rules about the fields that version 1.1.0 added. */
export const recyclabilityRules = [recyclableStandard, recyclabilityGrade] satisfies readonly Rule<WithPackaging>[]
