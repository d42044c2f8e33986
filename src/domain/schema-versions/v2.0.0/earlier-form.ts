/**
 * Parts of a record in the form that they have in 1.x, for the way back and for the rules, which judge both. Nothing is decided here about
 * what is lost.
 */
import { roundNumber } from '../../numbers.js'
import type { ProductRecord } from './schema.js'

type Footprint = NonNullable<ProductRecord['carbonFootprints']>[number]
type RecycledContent = NonNullable<ProductRecord['recycledContent']>
type Material = NonNullable<RecycledContent['materials']>[number]

/** The footprint without its evidence; the boundary cradleToGate has no manufacturing stage, because that is the total. */
export function earlierFootprint ({ evidenceIds: _evidence, boundary, configurationId: _configuration, useLocation, cradleToGateKgCo2e, stages, usePhase, ...same }: Footprint) {
  const allStages = boundary === 'cradleToGate' ? stages : { manufacturingKgCo2e: cradleToGateKgCo2e, ...stages }
  return {
    ...same,
    systemBoundary: boundary,
    ...(allStages !== undefined && { stages: allStages }),
    ...((usePhase !== undefined || useLocation !== undefined) && { usePhase: { ...usePhase, ...(useLocation !== undefined && { useLocation }) } })
  }
}

/** Names of the parts of a recycled mass: in 2.0.0, and as a percentage in 1.x. */
export const PARTS = [
  ['postConsumerMassG', 'postConsumerPercent'],
  ['preConsumerMassG', 'preConsumerPercent'],
  ['closedLoopIteDerivedMassG', 'closedLoopIteDerivedPercent'],
  ['oceanBoundMassG', 'oceanBoundPercent'],
  ['biobasedMassG', 'biobasedPercent']
] as const

type PartPercents = { [Percent in typeof PARTS[number][1]]?: number }

/** A mass in percent of its base, to 4 decimals. */
export function percentOf (massG: number, baseMassG: number): number {
  return roundNumber(massG / baseMassG * 100)
}

/** The material in percent of its base, always with the total. */
export function earlierMaterial ({ material, component, basis, baseMassG, recycledMassG, chainOfCustody, exclusionsApplied, ...masses }: Material) {
  const parts: PartPercents = {}
  for (const [mass, percent] of PARTS) if (masses[mass] !== undefined) parts[percent] = percentOf(masses[mass], baseMassG)
  return {
    material,
    ...(component !== undefined && { component }),
    basis,
    basisMassG: baseMassG,
    ...parts,
    totalRecycledPercent: percentOf(recycledMassG, baseMassG),
    ...(chainOfCustody !== undefined && { chainOfCustody }),
    ...(exclusionsApplied !== undefined && { exclusionsApplied })
  }
}

/** The recycled content without its evidence. */
export function earlierRecycledContent ({ calculationStandard, wholeProduct, materials }: RecycledContent) {
  return {
    calculationStandard,
    ...(wholeProduct !== undefined && { productRecycledPercent: percentOf(wholeProduct.recycledMassG, wholeProduct.baseMassG) }),
    ...(materials !== undefined && { materials: materials.map(earlierMaterial) })
  }
}
