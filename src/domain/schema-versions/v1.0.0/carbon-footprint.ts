import { Type } from 'typebox'
import { PATTERNS } from '../patterns.js'
import { closedObject, constant, date, enumeration, quantity, region, string, text, yesNo } from '../schema-parts.js'
import { Provenance } from './provenance.js'

const MAXIMUM_KG = 1_000_000
const STAGE = { minimum: 0, maximum: MAXIMUM_KG }

const Stages = closedObject({
  name: 'carbonFootprintStages',
  title: 'Life-cycle stages',
  description: 'The total split by life-cycle stage, in kg CO2e per piece. A stage that is not declared is left out; 0 is a declared zero.'
}, {
  manufacturingKgCo2e: Type.Optional(quantity('kg CO2e', STAGE, {
    title: 'Manufacturing', description: 'Raw materials and manufacturing, in kg CO2e per piece.', source: 'PAIA; aligned with EN 15804 A1 to A3', examples: [210.5]
  })),
  transportKgCo2e: Type.Optional(quantity('kg CO2e', STAGE, {
    title: 'Transport', description: 'Transport of the finished product to the customer, in kg CO2e per piece.', source: 'PAIA; GS1 TRANSPORT_FINAL_PRODUCT; aligned with EN 15804 A4', examples: [14.2]
  })),
  useKgCo2e: Type.Optional(quantity('kg CO2e', STAGE, {
    title: 'Use', description: 'Use over the whole life, in kg CO2e per piece.', source: 'PAIA; GS1 USE; aligned with EN 15804 B', examples: [70]
  })),
  endOfLifeKgCo2e: Type.Optional(quantity('kg CO2e', { minimum: -MAXIMUM_KG, maximum: MAXIMUM_KG }, {
    title: 'End of life',
    description: 'Treatment at the end of life, in kg CO2e per piece; negative where recycling credits outweigh it.',
    source: 'PAIA; GS1 END_OF_LIFE; aligned with EN 15804 C',
    examples: [1.3]
  }))
}, { minProperties: 1 })

const Uncertainty = closedObject({
  name: 'carbonFootprintUncertainty',
  title: 'Uncertainty',
  description: 'How far the true total may lie from the stated one.'
}, {
  type: enumeration(['standardDeviation', 'percentile5To95', 'unspecifiedMargin'], {
    title: 'Kind of uncertainty',
    description: 'standardDeviation and unspecifiedMargin (published as "X +/- Y" without saying what Y is) need marginKgCo2e; percentile5To95 needs p5KgCo2e and p95KgCo2e.'
  }),
  marginKgCo2e: Type.Optional(quantity('kg CO2e', { minimum: 0 }, {
    title: 'Margin', description: 'Standard deviation or margin around the total, in kg CO2e per piece.', examples: [52]
  })),
  p5KgCo2e: Type.Optional(quantity('kg CO2e', { minimum: 0 }, { title: '5th percentile', description: '5th percentile of the total, in kg CO2e per piece.', examples: [180] })),
  p95KgCo2e: Type.Optional(quantity('kg CO2e', { minimum: 0 }, { title: '95th percentile', description: '95th percentile of the total, in kg CO2e per piece.', examples: [460] }))
})

const UsePhase = closedObject({
  name: 'usePhase',
  title: 'Use phase',
  description: 'The assumptions behind the use stage.'
}, {
  lifetimeYears: Type.Optional(quantity('years', { exclusiveMinimum: 0, maximum: 30 }, {
    title: 'Lifetime', description: 'Assumed life in years. A cradle-to-grave total cannot be compared without it.', source: 'PAIA', examples: [4]
  })),
  energyUseKwhPerYear: Type.Optional(quantity('kWh/year', { minimum: 0, maximum: 1_000_000 }, {
    title: 'Energy use', description: 'Electricity used per year, in kWh (a weekly figure is multiplied by 52).', source: 'ENERGY STAR typical energy consumption (E_TEC)', examples: [21.4]
  })),
  useLocation: Type.Optional(region({
    title: 'Place of use', description: 'Country or region whose electricity mix was assumed.', source: 'GS1 cfpCountryCode', examples: ['EU', '001']
  })),
  consumablesIncluded: Type.Optional(yesNo({
    title: 'Consumables included', description: 'True when the use stage includes paper, toner, ink or other supplies.'
  }))
}, { minProperties: 1 })

export const CarbonFootprint = closedObject({
  name: 'carbonFootprint',
  title: 'Carbon footprint',
  description: 'Greenhouse-gas emissions per piece, gross: before any offset or credit for avoided emissions, and without EN 15804 module D.'
}, {
  provenance: Provenance,
  totalKgCo2e: quantity('kg CO2e', { exclusiveMinimum: 0, maximum: MAXIMUM_KG }, {
    title: 'Total carbon footprint', description: 'Total within the system boundary, in kg CO2e per piece.', source: 'Aligned with ISO 14067; GS1 cfpValue', examples: [296]
  }),
  declaredUnit: Type.Optional(constant('piece', { title: 'Declared unit', description: 'What the figures are given for: one piece.', source: 'PACT declaredUnit' })),
  functionalUnitDescription: Type.Optional(text({
    title: 'Functional unit', description: 'The functional unit in words.', source: 'GS1 cfpFunctionalUnit', examples: ['One laptop used for four years']
  })),
  systemBoundary: enumeration(['cradleToGate', 'cradleToConsumption', 'cradleToGrave'], {
    title: 'System boundary',
    description: 'cradleToGate: up to the factory gate; cradleToConsumption: up to and including use; cradleToGrave: the whole life.',
    source: 'GS1 cfpBoundariesCode'
  }),
  methodology: enumeration(['paia', 'iso14067', 'iso1404044', 'ghgProtocolProduct', 'epd', 'pef', 'pactV3', 'other'], {
    title: 'Method',
    description: 'Method behind the figures: PAIA, ISO 14067, ISO 14040/14044, GHG Protocol product standard, environmental product declaration, EU PEF, PACT version 3, or another one.',
    source: 'GS1 cfpMethodologyCode; PACT crossSectoralStandards'
  }),
  methodologyDescription: Type.Optional(text({ title: 'Method in words', description: 'Names the method where it is another one, or adds to it.' })),
  ipccAssessmentReports: Type.Optional(Type.Array(string({ pattern: PATTERNS.ipccReport.pattern }, {
    title: 'IPCC assessment report', description: 'AR and the number of the report.'
  }), {
    minItems: 1,
    uniqueItems: true,
    title: 'IPCC assessment reports',
    description: 'Assessment reports whose global-warming potentials were used.',
    'x-source': 'PACT ipccCharacterizationFactors',
    examples: [['AR6']]
  })),
  referencePeriodStart: Type.Optional(date({ title: 'Reference period start', description: 'First day of the period that the data describe.', source: 'PACT' })),
  referencePeriodEnd: Type.Optional(date({ title: 'Reference period end', description: 'Last day of the period that the data describe.', source: 'PACT' })),
  stages: Type.Optional(Stages),
  uncertainty: Type.Optional(Uncertainty),
  usePhase: Type.Optional(UsePhase),
  assemblyLocation: Type.Optional(region({ title: 'Place of assembly', description: 'Country or region of final assembly.', examples: ['CN'] }))
})
