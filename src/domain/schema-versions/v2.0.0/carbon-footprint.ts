import { Type } from 'typebox'
import { closedObject, enumeration, frameOf, quantity } from '../schema-parts.js'
import { CarbonFootprint as EarlierCarbonFootprint } from '../v1.1.0/carbon-footprint.js'
import { EvidenceIds, localId } from './evidence.js'

const {
  provenance: _provenance, totalKgCo2e, declaredUnit, functionalUnitDescription, systemBoundary, methodology, methodologyDescription, ipccAssessmentReports,
  referencePeriodStart, referencePeriodEnd, stages: earlierStages, uncertainty: earlierUncertainty, usePhase: earlierUsePhase, assemblyLocation,
  ...added
} = EarlierCarbonFootprint.properties

const { manufacturingKgCo2e: _manufacturing, ...stagesAfterTheGate } = earlierStages.properties
const Stages = closedObject({
  name: 'carbonFootprintStages',
  title: 'Life-cycle stages after the gate',
  description: 'What comes after the factory gate, in kg CO2e per piece; what comes before it is cradleToGateKgCo2e. A stage that is not declared is left out; 0 is a declared zero.'
}, stagesAfterTheGate, { minProperties: 1 })

const { type: _type, ...uncertaintyFigures } = earlierUncertainty.properties
const Uncertainty = closedObject(frameOf(earlierUncertainty).component, {
  type: enumeration(['standardDeviation', 'percentile5To95'], {
    title: 'Kind of uncertainty', description: 'standardDeviation needs marginKgCo2e; percentile5To95 needs p5KgCo2e and p95KgCo2e.'
  }),
  ...uncertaintyFigures
})

const { useLocation, ...usePhaseFields } = earlierUsePhase.properties
const UsePhase = closedObject(frameOf(earlierUsePhase).component, usePhaseFields, { minProperties: 1 })

const { component } = frameOf(EarlierCarbonFootprint)

const CarbonFootprint = closedObject({
  ...component, description: `${component.description} One footprint for each place of use, configuration and boundary.`
}, {
  evidenceIds: EvidenceIds,
  boundary: systemBoundary,
  useLocation,
  configurationId: Type.Optional(localId('Configuration', 'The id of the entry of product.configurations that the figures were determined for.', 'base')),
  totalKgCo2e,
  cradleToGateKgCo2e: quantity('kg CO2e', { exclusiveMinimum: 0, maximum: 1_000_000 }, {
    title: 'Cradle to gate',
    description: 'Raw materials and manufacturing up to the factory gate, in kg CO2e per piece; with the boundary cradleToGate it is the total.',
    source: 'PACT version 3; PAIA; aligned with EN 15804 A1 to A3',
    examples: [210.5]
  }),
  declaredUnit,
  functionalUnitDescription,
  methodology,
  methodologyDescription,
  ipccAssessmentReports,
  referencePeriodStart,
  referencePeriodEnd,
  stages: Type.Optional(Stages),
  uncertainty: Type.Optional(Uncertainty),
  usePhase: Type.Optional(UsePhase),
  assemblyLocation,
  ...added
})

export const CarbonFootprints = Type.Array(CarbonFootprint, {
  minItems: 1,
  maxItems: 100,
  title: 'Carbon footprints',
  description: 'The footprints of the product, each for a place of use, a configuration and a boundary of its own. The first one is what readers of earlier schema versions get.'
})
