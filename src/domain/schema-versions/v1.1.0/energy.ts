import { Type } from 'typebox'
import { PATTERNS } from '../patterns.js'
import { closedObject, enumeration, quantity, string } from '../schema-parts.js'
import { Provenance } from '../v1.0.0/provenance.js'

const MAXIMUM_W = 100_000

function power (title: string, state: string) {
  return Type.Optional(quantity('W', { minimum: 0, maximum: MAXIMUM_W }, {
    title, description: `Electric power in ${state}, in watts.`, source: 'ENERGY STAR computers; aligned with ECMA-383'
  }))
}

const energyFields = {
  tecKwhPerYear: Type.Optional(quantity('kWh/year', { minimum: 0, maximum: 1_000_000 }, {
    title: 'Typical energy consumption', description: 'Typical energy consumption (TEC) in kWh per year; a weekly figure is multiplied by 52. Needs tecMethod.', source: 'ENERGY STAR E_TEC', examples: [19.8]
  })),
  tecMethod: Type.Optional(enumeration(['energyStarComputers', 'energyStarImagingWeeklyX52', 'ecma383', 'other'], {
    title: 'TEC method',
    description: 'Method behind the typical energy consumption: ENERGY STAR for computers, ENERGY STAR for imaging equipment (kWh per week times 52), ECMA-383, or another one.',
    source: 'ENERGY STAR; aligned with ECMA-383'
  })),
  idleW: power('Power in idle', 'short idle state'),
  sleepW: power('Power in sleep', 'sleep mode'),
  offW: power('Power when off', 'off mode'),
  energyStarSpecVersion: Type.Optional(string({ pattern: PATTERNS.versionNumber.pattern, maxLength: 20 }, {
    title: 'ENERGY STAR version', description: 'Version of the ENERGY STAR specification that the figures follow.', source: 'ENERGY STAR', examples: ['8.0']
  })),
  euEnergyClass: Type.Optional(enumeration(['A', 'B', 'C', 'D', 'E', 'F', 'G'], {
    title: 'EU energy class', description: 'Class on the EU energy label, A to G. There is such a label for displays, smartphones and tablets.', source: 'Regulations (EU) 2019/2013 and 2023/1669'
  })),
  eprelId: Type.Optional(string({ pattern: PATTERNS.eprel.pattern }, {
    title: 'EPREL number', description: 'Registration in the EU product registry for energy labelling: up to 12 digits.', source: 'EPREL', examples: ['1234567']
  })),
  psuEfficiencyLabel: Type.Optional(enumeration(['bronze', 'silver', 'gold', 'platinum', 'titanium', 'other'], {
    title: 'Power supply label', description: 'Efficiency label of the power supply.', source: '80 PLUS programme'
  }))
}

export const Energy = closedObject({
  name: 'energy', title: 'Energy', description: 'Electricity that the product uses. At least one field besides the source is given.'
}, { provenance: Provenance, ...energyFields }, { minProperties: 2 })
