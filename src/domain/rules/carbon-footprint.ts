/** Rules about carbon footprints, all in kg CO2e per piece. Differences up to 1 kg or 2 % are rounding, not errors. */
import { CARBON_TOLERANCE, exceeds, near, sum } from '../numbers.js'
import type { Finding, Rule } from '../rule.js'
import { TOTAL_BANDS } from './total-bands.js'

interface Stages {
  readonly manufacturingKgCo2e?: number
  readonly transportKgCo2e?: number
  readonly useKgCo2e?: number
  readonly endOfLifeKgCo2e?: number
}

interface CarbonFootprint {
  readonly totalKgCo2e: number
  readonly systemBoundary: string
  readonly methodology: string
  readonly methodologyDescription?: string
  readonly referencePeriodStart?: string
  readonly referencePeriodEnd?: string
  readonly stages?: Stages
  readonly uncertainty?: { readonly type: string, readonly marginKgCo2e?: number, readonly p5KgCo2e?: number, readonly p95KgCo2e?: number }
  readonly usePhase?: { readonly lifetimeYears?: number, readonly energyUseKwhPerYear?: number, readonly consumablesIncluded?: boolean }
  readonly manufacturingBreakdown?: Readonly<Record<string, number>>
}

interface WithFootprint {
  readonly product: { readonly category: string }
  readonly carbonFootprint?: CarbonFootprint
}

type FootprintCheck = (footprint: CarbonFootprint, record: WithFootprint) => Finding[] | undefined

function onFootprint (check: FootprintCheck): Rule<WithFootprint>['check'] {
  return record => record.carbonFootprint === undefined ? undefined : check(record.carbonFootprint, record)
}

const STAGES = ['manufacturingKgCo2e', 'transportKgCo2e', 'useKgCo2e', 'endOfLifeKgCo2e'] as const
const AT = '/carbonFootprint'

const referencePeriod: Rule<WithFootprint> = {
  code: 'REFERENCE_PERIOD',
  severity: 'error',
  title: 'Reference period incomplete or reversed',
  cause: 'Only one end of the reference period is given, or it does not end after it begins.',
  fix: 'Give both dates in order, or neither.',
  source: 'PACT, reference period',
  check: onFootprint(({ referencePeriodStart: start, referencePeriodEnd: end }) => {
    if (start === undefined && end === undefined) return undefined
    if (start === undefined || end === undefined) {
      const missing = start === undefined ? 'referencePeriodStart' : 'referencePeriodEnd'
      return [{ pointer: AT, detail: `The reference period lacks ${missing}.`, expected: missing }]
    }
    return end > start
      ? undefined
      : [{ pointer: `${AT}/referencePeriodEnd`, detail: `The reference period must end after it begins on ${start}.`, expected: `a date after ${start}`, received: end }]
  })
}

const stageSumMismatch: Rule<WithFootprint> = {
  code: 'STAGE_SUM_MISMATCH',
  severity: 'error',
  title: 'The stages do not add up to the total',
  cause: 'All four life-cycle stages are declared for a whole life, and their sum differs from the total by more than 1 kg and more than 2 %. Often a stage that was not reported is written as 0.',
  fix: 'Correct the stages or the total; leave stages out that the source does not report.',
  source: 'PAIA practice; stages rounded to whole percents differ by at most 2 %',
  check: onFootprint(({ totalKgCo2e, systemBoundary, stages }) => {
    if (stages === undefined || systemBoundary !== 'cradleToGrave' || !hasAllStages(stages)) return undefined
    const total = sumOfStages(stages)
    return near(total, totalKgCo2e, CARBON_TOLERANCE)
      ? undefined
      : [{ pointer: `${AT}/stages`, detail: `The four stages add up to ${total} kg CO2e, the total is ${totalKgCo2e} kg CO2e.`, expected: `a sum of ${totalKgCo2e}, give or take 1 kg or 2 %`, received: total }]
  })
}

function hasAllStages (stages: Stages): boolean {
  return STAGES.every(stage => stages[stage] !== undefined)
}

function sumOfStages (stages: Stages): number {
  return sum(STAGES.map(stage => stages[stage]))
}

const stageExceedsTotal: Rule<WithFootprint> = {
  code: 'STAGE_EXCEEDS_TOTAL',
  severity: 'error',
  title: 'A part is greater than the whole',
  cause: 'A life-cycle stage, or the sum of the declared stages, is greater than the total by more than 1 kg and more than 2 %, and no end-of-life credit makes up for it.',
  fix: 'Correct the stage or the total; often a decimal point was lost.',
  source: 'Arithmetic; found in published data',
  check: onFootprint(({ totalKgCo2e, stages }) => {
    if (stages === undefined) return undefined
    // With a credit for recycling the other stages may exceed the total by as much as the credit.
    const credit = Math.min(stages.endOfLifeKgCo2e ?? 0, 0)
    const limit = sum([totalKgCo2e, -credit])
    const single = STAGES.flatMap((stage): Finding[] => exceeds(stages[stage] ?? 0, limit, CARBON_TOLERANCE)
      ? [{ pointer: `${AT}/stages/${stage}`, detail: `This stage is greater than the total of ${totalKgCo2e} kg CO2e.`, expected: `at most ${limit}`, received: stages[stage] }]
      : [])
    if (single.length > 0) return single
    const declared = sumOfStages(stages)
    // A full set of stages is the business of STAGE_SUM_MISMATCH.
    if (hasAllStages(stages) || !exceeds(declared, totalKgCo2e, CARBON_TOLERANCE)) return undefined
    return [{ pointer: `${AT}/stages`, detail: `The declared stages add up to ${declared} kg CO2e, more than the total of ${totalKgCo2e} kg CO2e.`, expected: `at most ${totalKgCo2e}`, received: declared }]
  })
}

const STAGES_OUTSIDE: Readonly<Record<string, readonly (typeof STAGES[number])[]>> = {
  cradleToGate: ['transportKgCo2e', 'useKgCo2e', 'endOfLifeKgCo2e'],
  cradleToConsumption: ['endOfLifeKgCo2e'],
  cradleToGrave: []
}

const stageOutsideBoundary: Rule<WithFootprint> = {
  code: 'STAGE_OUTSIDE_BOUNDARY',
  severity: 'error',
  title: 'Stage outside the system boundary',
  cause: 'A life-cycle stage is declared that the system boundary leaves out: cradleToGate ends at the factory, cradleToConsumption ends with the use.',
  fix: 'Remove the stage, or correct the system boundary.',
  source: 'GS1 cfpBoundariesCode',
  check: onFootprint(({ systemBoundary, stages }) => {
    if (stages === undefined) return undefined
    return STAGES_OUTSIDE[systemBoundary]?.flatMap((stage): Finding[] => stages[stage] === undefined
      ? []
      : [{ pointer: `${AT}/stages/${stage}`, detail: `The boundary ${systemBoundary} leaves this stage out.`, received: stages[stage] }])
  })
}

const zeroStagePair: Rule<WithFootprint> = {
  code: 'ZERO_STAGE_PAIR',
  severity: 'warning',
  title: 'Two stages are exactly zero',
  cause: 'Transport and end of life are both declared as 0. That is rarely so: usually they were not reported, and 0 was written in their place.',
  fix: 'Leave out what the source does not report. If both are truly zero, nothing needs to be done.',
  source: 'Published data: 103 of 1,226 footprints',
  check: onFootprint(({ stages }) => stages?.transportKgCo2e === 0 && stages.endOfLifeKgCo2e === 0
    ? [{ pointer: `${AT}/stages`, detail: 'Transport and end of life are both 0. Leave a stage out when it is not declared.' }]
    : undefined)
}

const lifetimeRequired: Rule<WithFootprint> = {
  code: 'LIFETIME_REQUIRED',
  severity: 'warning',
  title: 'No lifetime',
  cause: 'The footprint covers the whole life, and does not say how many years that is. Without it the total cannot be compared. In schema versions 1.x this is a warning.',
  fix: 'Add usePhase.lifetimeYears.',
  source: 'PAIA; comparability',
  check: onFootprint(({ systemBoundary, usePhase }) => systemBoundary === 'cradleToGrave' && usePhase?.lifetimeYears === undefined
    ? [{ pointer: usePhase === undefined ? AT : `${AT}/usePhase`, detail: 'A cradle-to-grave footprint states the assumed lifetime.', expected: 'usePhase.lifetimeYears' }]
    : undefined)
}

const usePhaseOutsideBoundary: Rule<WithFootprint> = {
  code: 'USE_PHASE_OUTSIDE_BOUNDARY',
  severity: 'warning',
  title: 'Use phase outside the system boundary',
  cause: 'Assumptions about the use are given, although the footprint ends at the factory gate.',
  fix: 'Remove usePhase, or correct the system boundary.',
  source: 'GS1 cfpBoundariesCode',
  check: onFootprint(({ systemBoundary, usePhase }) => systemBoundary === 'cradleToGate' && usePhase !== undefined
    ? [{ pointer: `${AT}/usePhase`, detail: 'The boundary cradleToGate leaves the use out.' }]
    : undefined)
}

/** Kilograms of CO2e per kWh that electricity mixes reach; the median of published footprints is 0.52. */
const GRID_FACTOR = { least: 0.02, most: 1.2 }

const impliedGridFactor: Rule<WithFootprint> = {
  code: 'IMPLIED_GRID_FACTOR',
  severity: 'warning',
  title: 'Use stage and energy use do not fit',
  cause: 'The use stage divided by the electricity over the lifetime gives a factor that no electricity mix has (0.02 to 1.2 kg CO2e per kWh). Often the energy is per week instead of per year, or the use stage includes supplies.',
  fix: 'Check the unit of the energy use and the lifetime; set usePhase.consumablesIncluded when supplies are included.',
  source: 'Published data: median 0.52 kg CO2e per kWh',
  check: onFootprint(({ stages, usePhase }, { product }) => {
    const use = stages?.useKgCo2e
    if (use === undefined || usePhase?.energyUseKwhPerYear === undefined || usePhase.lifetimeYears === undefined) return undefined
    if (product.category === 'printer' || usePhase.consumablesIncluded === true) return undefined
    const energyKwh = usePhase.energyUseKwhPerYear * usePhase.lifetimeYears
    if (use >= energyKwh * GRID_FACTOR.least && use <= energyKwh * GRID_FACTOR.most) return undefined
    const factor = energyKwh === 0 ? 'no electricity at all' : `${(use / energyKwh).toPrecision(4)} kg CO2e per kWh`
    return [{
      pointer: `${AT}/stages/useKgCo2e`,
      detail: `${use} kg CO2e in use for ${usePhase.energyUseKwhPerYear} kWh per year over ${usePhase.lifetimeYears} years means ${factor}.`,
      expected: `${GRID_FACTOR.least} to ${GRID_FACTOR.most} kg CO2e per kWh`,
      received: use
    }]
  })
}

const uncertaintyShape: Rule<WithFootprint> = {
  code: 'UNCERTAINTY_SHAPE',
  severity: 'error',
  title: 'Uncertainty incomplete or contradictory',
  cause: 'The kind of uncertainty needs figures that are missing, or the percentiles do not enclose the total.',
  fix: 'Give marginKgCo2e for standardDeviation and unspecifiedMargin; p5KgCo2e and p95KgCo2e with p5 <= total <= p95 for percentile5To95.',
  source: 'Published footprints: mean with 5th and 95th percentile, or with a margin',
  check: onFootprint(({ totalKgCo2e, uncertainty }) => {
    if (uncertainty === undefined) return undefined
    const { type, marginKgCo2e, p5KgCo2e: p5, p95KgCo2e: p95 } = uncertainty
    const at = `${AT}/uncertainty`
    if (type !== 'percentile5To95') {
      return marginKgCo2e === undefined ? [{ pointer: at, detail: `${type} needs marginKgCo2e.`, expected: 'marginKgCo2e' }] : undefined
    }
    if (p5 === undefined || p95 === undefined) {
      return [{ pointer: at, detail: 'percentile5To95 needs p5KgCo2e and p95KgCo2e.', expected: 'p5KgCo2e, p95KgCo2e' }]
    }
    if (p5 > p95) return [{ pointer: `${at}/p5KgCo2e`, detail: 'The 5th percentile is greater than the 95th.', expected: `at most ${p95}`, received: p5 }]
    if (p5 > totalKgCo2e) return [{ pointer: `${at}/p5KgCo2e`, detail: 'The 5th percentile is greater than the total.', expected: `at most ${totalKgCo2e}`, received: p5 }]
    return p95 < totalKgCo2e
      ? [{ pointer: `${at}/p95KgCo2e`, detail: 'The 95th percentile is less than the total.', expected: `at least ${totalKgCo2e}`, received: p95 }]
      : undefined
  })
}

const uncertaintyGreaterThanTotal: Rule<WithFootprint> = {
  code: 'UNCERTAINTY_GT_TOTAL',
  severity: 'warning',
  title: 'Uncertainty greater than the total',
  cause: 'The margin is greater than the total itself. Large servers do report that; elsewhere it is often an error.',
  fix: 'Check the margin: it is in kg CO2e, not in percent.',
  source: 'Published data: 21 of 1,226 footprints',
  check: onFootprint(({ totalKgCo2e, uncertainty }) => uncertainty?.marginKgCo2e !== undefined && uncertainty.marginKgCo2e > totalKgCo2e
    ? [{ pointer: `${AT}/uncertainty/marginKgCo2e`, detail: `The margin is greater than the total of ${totalKgCo2e} kg CO2e.`, expected: `at most ${totalKgCo2e}`, received: uncertainty.marginKgCo2e }]
    : undefined)
}

const methodDescription: Rule<WithFootprint> = {
  code: 'METHOD_DESCRIPTION',
  severity: 'warning',
  title: 'Method not named',
  cause: 'The method is "other", and nothing says which.',
  fix: 'Name the method in methodologyDescription.',
  source: 'Comparability',
  check: onFootprint(({ methodology, methodologyDescription }) => methodology === 'other' && methodologyDescription === undefined
    ? [{ pointer: AT, detail: 'The method "other" should be named.', expected: 'methodologyDescription' }]
    : undefined)
}

const pactBoundary: Rule<WithFootprint> = {
  code: 'PACT_BOUNDARY',
  severity: 'error',
  title: 'PACT footprint beyond the gate',
  cause: 'PACT version 3 defines cradle-to-gate footprints only, and the record names another boundary.',
  fix: 'Use cradleToGate, or name the method that covers the rest of the life.',
  source: 'PACT version 3, scope',
  check: onFootprint(({ methodology, systemBoundary }) => methodology === 'pactV3' && systemBoundary !== 'cradleToGate'
    ? [{ pointer: `${AT}/systemBoundary`, detail: 'A footprint by PACT version 3 ends at the gate.', expected: 'cradleToGate', received: systemBoundary }]
    : undefined)
}

const totalOutlier: Rule<WithFootprint> = {
  code: 'TOTAL_OUTLIER',
  severity: 'warning',
  title: 'Total unusual for the category',
  cause: 'The total lies far outside of what published footprints of this category show. Often the unit or the category is another one.',
  fix: 'Check the total and the category. If both are right, nothing needs to be done.',
  source: 'Boavizta environmental footprint data, snapshot of 2023-02-23',
  check: onFootprint(({ totalKgCo2e }, { product: { category } }) => {
    const band = TOTAL_BANDS[category]
    if (band === undefined || (totalKgCo2e >= band.least && totalKgCo2e <= band.most)) return undefined
    return [{
      pointer: `${AT}/totalKgCo2e`,
      detail: `The total is unusual for the category ${category}.`,
      expected: `${band.least} to ${band.most} kg CO2e`,
      received: totalKgCo2e
    }]
  })
}

export const carbonFootprintRules = [
  referencePeriod, stageSumMismatch, stageExceedsTotal, stageOutsideBoundary, zeroStagePair, lifetimeRequired,
  usePhaseOutsideBoundary, impliedGridFactor, uncertaintyShape, uncertaintyGreaterThanTotal, methodDescription, pactBoundary, totalOutlier
] satisfies readonly Rule<WithFootprint>[]

const breakdownSum: Rule<WithFootprint> = {
  code: 'BREAKDOWN_SUM',
  severity: 'error',
  title: 'The parts of manufacturing are more than the whole',
  cause: 'The parts of the manufacturing stage add up to more than the stage, or more than the total where the stage is not declared, by more than 1 kg and more than 2 %.',
  fix: 'Correct the parts or the stage; the parts are kg CO2e, not percentages.',
  source: 'Arithmetic',
  check: onFootprint(({ totalKgCo2e, stages, manufacturingBreakdown }) => {
    if (manufacturingBreakdown === undefined) return undefined
    const parts = sum(Object.values(manufacturingBreakdown))
    const whole = stages?.manufacturingKgCo2e ?? totalKgCo2e
    return exceeds(parts, whole, CARBON_TOLERANCE)
      ? [{ pointer: `${AT}/manufacturingBreakdown`, detail: `The parts add up to ${parts} kg CO2e, the whole is ${whole} kg CO2e.`, expected: `at most ${whole}`, received: parts }]
      : undefined
  })
}

/** Rules about the fields that version 1.1.0 added. */
export const carbonBreakdownRules = [breakdownSum] satisfies readonly Rule<WithFootprint>[]
