/** Rules about recycled content: percentages of a stated base, by mass. Differences up to half a percentage point are rounding. */
import { exceeds, near, PERCENT_TOLERANCE, sum, toUnits } from '../numbers.js'
import { findingsIn, type Finding, type Rule } from '../rule.js'

interface Material {
  readonly material: string
  readonly component?: string
  readonly basis: string
  readonly basisMassG?: number
  readonly postConsumerPercent?: number
  readonly preConsumerPercent?: number
  readonly totalRecycledPercent?: number
  readonly closedLoopIteDerivedPercent?: number
  readonly oceanBoundPercent?: number
  readonly biobasedPercent?: number
}

interface WithRecycledContent {
  readonly product: { readonly massKg?: number }
  readonly recycledContent?: {
    readonly calculationStandard: string
    readonly productRecycledPercent?: number
    readonly materials?: readonly Material[]
  }
}

const AT = '/recycledContent/materials'

function onEachMaterial (check: (material: Material, pointer: string, record: WithRecycledContent) => Finding | undefined): Rule<WithRecycledContent>['check'] {
  return record => record.recycledContent?.materials && findingsIn(record.recycledContent.materials, (material, index) => check(material, `${AT}/${index}`, record))
}

/** The recycled share as far as it is declared: a lone post-consumer share is at least that much. */
function recycledShareOf ({ totalRecycledPercent, postConsumerPercent, preConsumerPercent }: Material): number {
  return totalRecycledPercent ?? sum([postConsumerPercent, preConsumerPercent])
}

const ISO_14021 = 'Aligned with ISO 14021'

const recycledSum: Rule<WithRecycledContent> = {
  code: 'RECYCLED_SUM',
  severity: 'error',
  title: 'More recycled material than material',
  cause: 'Post-consumer and pre-consumer share together are more than 100 %.',
  fix: 'Correct the shares; both are percentages of the same base.',
  source: ISO_14021,
  check: onEachMaterial(({ postConsumerPercent: post, preConsumerPercent: pre }, pointer) => {
    const both = sum([post, pre])
    return exceeds(both, 100, PERCENT_TOLERANCE)
      ? { pointer, detail: `Post-consumer and pre-consumer share add up to ${both} %.`, expected: 'at most 100', received: both }
      : undefined
  })
}

const recycledTotal: Rule<WithRecycledContent> = {
  code: 'RECYCLED_TOTAL',
  severity: 'error',
  title: 'The recycled total does not fit its parts',
  cause: 'The total recycled share is less than one of its parts, or differs from their sum by more than half a percentage point.',
  fix: 'Correct the total or the parts: total = post-consumer + pre-consumer.',
  source: ISO_14021,
  check: onEachMaterial(({ postConsumerPercent: post, preConsumerPercent: pre, totalRecycledPercent: total }, pointer) => {
    if (total === undefined) return undefined
    const at = `${pointer}/totalRecycledPercent`
    if (post !== undefined && pre !== undefined && !near(sum([post, pre]), total, PERCENT_TOLERANCE)) {
      return { pointer: at, detail: `Post-consumer ${post} % and pre-consumer ${pre} % are not ${total} % together.`, expected: String(sum([post, pre])), received: total }
    }
    const part = Math.max(post ?? 0, pre ?? 0)
    return total < part
      ? { pointer: at, detail: `The total of ${total} % is less than one of its parts, ${part} %.`, expected: `at least ${part}`, received: total }
      : undefined
  })
}

const recycledSubset: Rule<WithRecycledContent> = {
  code: 'RECYCLED_SUBSET',
  severity: 'error',
  title: 'A part of the recycled share is greater than the share',
  cause: 'Material from a closed loop of IT equipment is part of the post-consumer share, and ocean-bound material is part of the recycled share; here the part is greater, or the share it belongs to is missing.',
  fix: 'Add the share that the part belongs to, or correct the figures. All are percentages of the same base.',
  source: 'EPEAT; UL 2809',
  check: record => record.recycledContent?.materials?.flatMap((material, index): Finding[] => {
    const { closedLoopIteDerivedPercent: closedLoop, oceanBoundPercent: oceanBound, postConsumerPercent: post } = material
    const findings: Finding[] = []
    const pointer = `${AT}/${index}`
    if (closedLoop !== undefined && post === undefined) {
      findings.push({ pointer, detail: 'closedLoopIteDerivedPercent is part of postConsumerPercent, which is missing.', expected: 'postConsumerPercent' })
    } else if (closedLoop !== undefined && post !== undefined && closedLoop > post) {
      findings.push({ pointer: `${pointer}/closedLoopIteDerivedPercent`, detail: `The closed-loop share is greater than the post-consumer share of ${post} %.`, expected: `at most ${post}`, received: closedLoop })
    }
    const share = recycledShareOf(material)
    if (oceanBound !== undefined && toUnits(oceanBound) > toUnits(share)) {
      findings.push({ pointer: `${pointer}/oceanBoundPercent`, detail: `The ocean-bound share is greater than the recycled share of ${share} %.`, expected: `at most ${share}`, received: oceanBound })
    }
    return findings
  })
}

function entriesOfProductMass (record: WithRecycledContent): readonly Material[] {
  return record.recycledContent?.materials?.filter(({ basis }) => basis === 'productMass') ?? []
}

const recycledBaseSum: Rule<WithRecycledContent> = {
  code: 'RECYCLED_BASE_SUM',
  severity: 'error',
  title: 'More than the whole product is recycled',
  cause: 'The shares with the base productMass add up to more than 100 % of the product, for one material or over all of them.',
  fix: 'Check the base of each share: a share of all plastic in the product is materialMassInProduct, not productMass.',
  source: ISO_14021,
  check (record) {
    const entries = entriesOfProductMass(record)
    if (entries.length < 2) return undefined
    const materials = new Set(entries.map(({ material }) => material))
    const findings = [...materials].flatMap((material): Finding[] => {
      const share = sum(entries.filter(entry => entry.material === material).map(recycledShareOf))
      return share > 100
        ? [{ pointer: AT, detail: `The entries for ${material} add up to ${share} % of the mass of the product.`, expected: 'at most 100', received: share }]
        : []
    })
    if (findings.length > 0) return findings
    const share = sum(entries.map(recycledShareOf))
    return exceeds(share, 100, PERCENT_TOLERANCE)
      ? [{ pointer: AT, detail: `All entries together are ${share} % of the mass of the product.`, expected: 'at most 100', received: share }]
      : undefined
  }
}

const recycledProductConsistent: Rule<WithRecycledContent> = {
  code: 'RECYCLED_PRODUCT_CONSISTENT',
  severity: 'warning',
  title: 'Recycled content of the product less than its parts',
  cause: 'The recycled content of the whole product is less than what the materials with the base productMass add up to.',
  fix: 'Correct productRecycledPercent, or the materials.',
  source: ISO_14021,
  check (record) {
    const stated = record.recycledContent?.productRecycledPercent
    if (stated === undefined) return undefined
    const share = sum(entriesOfProductMass(record).map(recycledShareOf))
    return exceeds(share, stated, PERCENT_TOLERANCE)
      ? [{ pointer: '/recycledContent/productRecycledPercent', detail: `The materials add up to ${share} % of the mass of the product.`, expected: `at least ${share}`, received: stated }]
      : undefined
  }
}

const recycledDuplicate: Rule<WithRecycledContent> = {
  code: 'RECYCLED_DUPLICATE',
  severity: 'error',
  title: 'The same material twice',
  cause: 'Two entries have the same material, component and base, so it is open which one holds.',
  fix: 'Keep one entry, or name the components that they are about.',
  source: 'Logic of the record',
  check ({ recycledContent }) {
    const materials = recycledContent?.materials
    if (materials === undefined || materials.length < 2) return undefined
    const first = new Map<string, number>()
    return findingsIn(materials, ({ material, component, basis }, index) => {
      const key = `${material} ${basis} ${component?.toLowerCase() ?? ''}`
      const earlier = first.get(key)
      if (earlier !== undefined) return { pointer: `${AT}/${index}`, detail: `Entry ${earlier + 1} is about the same material, component and base.` }
      first.set(key, index)
      return undefined
    })
  }
}

const recycledBasisMass: Rule<WithRecycledContent> = {
  code: 'RECYCLED_BASIS_MASS',
  severity: 'error',
  title: 'Base heavier than the product',
  cause: 'The mass of the base of a recycled share is greater than the mass of the whole product.',
  fix: 'Check the units: basisMassG is in grams, product.massKg in kilograms.',
  source: 'Arithmetic',
  check: onEachMaterial(({ basisMassG }, pointer, { product: { massKg } }) => {
    if (basisMassG === undefined || massKg === undefined || toUnits(basisMassG) <= toUnits(massKg) * 1000) return undefined
    return { pointer: `${pointer}/basisMassG`, detail: `The base is heavier than the product, which weighs ${massKg} kg.`, expected: `at most ${toUnits(massKg) / 10} g`, received: basisMassG }
  })
}

const recycledIeeeBasis: Rule<WithRecycledContent> = {
  code: 'RECYCLED_IEEE_BASIS',
  severity: 'error',
  title: 'Wrong base for plastic under IEEE 1680.1',
  cause: 'IEEE 1680.1 and EPEAT state recycled plastic as a percentage of all plastic in the product, and the entry has another base.',
  fix: 'Use the base materialMassInProduct with the matching percentage, or name another calculation standard.',
  source: 'EPEAT, recycled plastic; aligned with IEEE 1680.1',
  check: onEachMaterial(({ material, basis }, pointer, { recycledContent }) =>
    recycledContent?.calculationStandard === 'ieee16801' && material === 'plastic' && basis !== 'materialMassInProduct'
      ? { pointer: `${pointer}/basis`, detail: 'Under IEEE 1680.1 the base is all plastic in the product.', expected: 'materialMassInProduct', received: basis }
      : undefined)
}

const componentName: Rule<WithRecycledContent> = {
  code: 'COMPONENT_NAME',
  severity: 'error',
  title: 'Component not named',
  cause: 'The percentages are of the mass of a component, and nothing says which component that is.',
  fix: 'Name the component, or use another base.',
  source: 'Logic of the record',
  check: onEachMaterial(({ basis, component }, pointer) => basis === 'componentMass' && component === undefined
    ? { pointer, detail: 'The base componentMass needs the name of the component.', expected: 'component' }
    : undefined)
}

export const recycledContentRules = [
  recycledSum, recycledTotal, recycledSubset, recycledBaseSum, recycledProductConsistent, recycledDuplicate, recycledBasisMass,
  recycledIeeeBasis, componentName
] satisfies readonly Rule<WithRecycledContent>[]

const biobasedSum: Rule<WithRecycledContent> = {
  code: 'RECYCLED_BIOBASED_SUM',
  severity: 'error',
  title: 'Recycled and biobased are more than everything',
  cause: 'Recycled and biobased material are shares of the same base and do not overlap; together they are more than 100 %.',
  fix: 'Correct the shares; biobased material that was recycled counts as recycled only.',
  source: 'EPEAT; arithmetic',
  check: onEachMaterial((material, pointer) => {
    if (material.biobasedPercent === undefined) return undefined
    const both = sum([recycledShareOf(material), material.biobasedPercent])
    return exceeds(both, 100, PERCENT_TOLERANCE)
      ? { pointer: `${pointer}/biobasedPercent`, detail: `Recycled and biobased share add up to ${both} %.`, expected: 'at most 100 together', received: material.biobasedPercent }
      : undefined
  })
}

/** Rules about the fields that version 1.1.0 added. */
export const biobasedRules = [biobasedSum] satisfies readonly Rule<WithRecycledContent>[]

interface WithRecycledMasses {
  readonly recycledContent?: {
    readonly wholeProduct?: { readonly baseMassG: number, readonly recycledMassG: number }
    readonly materials?: readonly Readonly<Record<string, unknown>>[]
  }
}

const recycledMass: Rule<WithRecycledMasses> = {
  code: 'RECYCLED_MASS',
  severity: 'error',
  title: 'A part heavier than its base',
  cause: 'A recycled mass is greater than the mass that it is a part of.',
  fix: 'Check that both are in grams, and that baseMassG is the mass of what basis names.',
  source: 'Arithmetic',
  check ({ recycledContent }) {
    const { wholeProduct, materials = [] } = recycledContent ?? {}
    const entries = materials.map((entry, index) => ({ entry, at: `${AT}/${index}` }))
    if (wholeProduct !== undefined) entries.push({ entry: wholeProduct, at: '/recycledContent/wholeProduct' })
    return entries.flatMap(({ entry, at }) => Object.entries(entry).flatMap(([field, mass]): Finding[] => {
      const base = entry['baseMassG'] as number
      return field.endsWith('MassG') && (mass as number) > base
        ? [{ pointer: `${at}/${field}`, detail: `The mass is greater than its base of ${base} g.`, expected: `at most ${base}`, received: mass }]
        : []
    }))
  }
}

/** Rules about recycled content that is stated in masses, from version 2.0.0 on; it is also judged in percent. */
export const recycledMassRules = [recycledMass] satisfies readonly Rule<WithRecycledMasses>[]
