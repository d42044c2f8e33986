import { Type } from 'typebox'
import { closedObject, extendedObject, percent, quantity, yesNo } from '../schema-parts.js'
import { CarbonFootprint as EarlierCarbonFootprint } from '../v1.0.0/carbon-footprint.js'

const MAXIMUM_KG = 1_000_000

function part (title: string, description: string, source?: string) {
  return Type.Optional(quantity('kg CO2e', { minimum: 0, maximum: MAXIMUM_KG }, { title, description: `${description}, in kg CO2e per piece.`, ...(source !== undefined && { source }) }))
}

const ManufacturingBreakdown = closedObject({
  name: 'manufacturingBreakdown',
  title: 'Manufacturing by part',
  description: 'What the manufacturing stage consists of, as far as the source says. The parts together are at most the stage.'
}, {
  rawMaterialsKgCo2e: part('Raw materials', 'Raw materials that are not counted with a component', 'GS1 RAW_MATERIALS'),
  electronicsKgCo2e: part('Electronics', 'Circuit boards and other electronics', 'Boavizta environmental footprint data'),
  batteryKgCo2e: part('Battery', 'Batteries', 'Boavizta environmental footprint data'),
  hddKgCo2e: part('Hard disks', 'Hard disk drives', 'Boavizta environmental footprint data'),
  ssdKgCo2e: part('Solid-state drives', 'Solid-state drives', 'Boavizta environmental footprint data'),
  displayKgCo2e: part('Display', 'Displays', 'Boavizta environmental footprint data'),
  otherComponentsKgCo2e: part('Other components', 'Components that have no field of their own', 'Boavizta environmental footprint data'),
  packagingKgCo2e: part('Packaging', 'Making the packaging', 'PACT packagingGhgEmissions')
}, { minProperties: 1 })

export const CarbonFootprint = extendedObject(EarlierCarbonFootprint, {
  manufacturingBreakdown: Type.Optional(ManufacturingBreakdown),
  biogenicUptakeKgCo2e: Type.Optional(quantity('kg CO2e', { minimum: -MAXIMUM_KG, maximum: 0 }, {
    title: 'Biogenic uptake', description: 'Carbon taken up by biogenic material, as a number of kg CO2e per piece that is 0 or negative; not a part of the total.', source: 'PACT, emissions including and excluding biogenic uptake', examples: [-1.2]
  })),
  exemptedEmissionsPercent: Type.Optional(percent({
    title: 'Exempted emissions', description: 'Emissions that were left out by a cut-off rule, in percent of the result.', source: 'PACT exemptedEmissionsPercent', examples: [2]
  })),
  packagingEmissionsIncluded: Type.Optional(yesNo({
    title: 'Packaging included', description: 'Whether the total includes the emissions of the packaging.', source: 'PACT packagingEmissionsIncluded'
  })),
  gridFactorKgCo2ePerKwh: Type.Optional(quantity('kg CO2e/kWh', { minimum: 0, maximum: 3 }, {
    title: 'Grid factor', description: 'Emission factor of the electricity that the use stage was calculated with, in kg CO2e per kWh.', source: 'TCO Certified, country grid factors', examples: [0.38]
  }))
})
