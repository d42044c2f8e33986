import { Type } from 'typebox'
import { PATTERNS } from '../patterns.js'
import { closedObject, enumeration, httpsUri, quantity, string, wholeNumber, yesNo } from '../schema-parts.js'
import { Provenance } from '../v1.0.0/provenance.js'

const EU_PHONES_AND_TABLETS = 'Regulation (EU) 2023/1669'

function frenchIndex (title: string, what: string, source: string) {
  return Type.Optional(quantity('points', { minimum: 0, maximum: 10 }, { title, description: `French ${what}, 0 to 10 points, 10 is best.`, source, examples: [7.9] }))
}

export const Circularity = closedObject({
  name: 'circularity',
  title: 'Circularity',
  description: 'How long the product can be used, repaired and taken back. At least one field besides the source is given.'
}, {
  provenance: Provenance,
  repairabilityIndexFr: frenchIndex('French repairability index', 'repairability index', 'French repairability index'),
  durabilityIndexFr: frenchIndex('French durability index', 'durability index', 'French durability index'),
  repairabilityClassEu: Type.Optional(enumeration(['A', 'B', 'C', 'D', 'E'], {
    title: 'EU repairability class', description: 'Repairability class on the EU energy label of smartphones and tablets, A to E.', source: EU_PHONES_AND_TABLETS
  })),
  batteryEnduranceCycles: Type.Optional(wholeNumber('cycles', { minimum: 0, maximum: 100_000 }, {
    title: 'Battery cycles', description: 'Charging cycles until the battery is down to 80 % of its rated capacity.', source: EU_PHONES_AND_TABLETS, examples: [1000]
  })),
  ipRating: Type.Optional(string({ pattern: PATTERNS.ipRating.pattern }, {
    title: 'IP rating', description: 'Protection against dust and water.', source: 'IEC 60529', examples: ['IP68']
  })),
  sparePartsYears: Type.Optional(quantity('years', { minimum: 0, maximum: 50 }, {
    title: 'Spare parts', description: 'Years for which spare parts are available after the last unit was sold; 0 is a declared absence.', source: 'Aligned with EN 45554', examples: [7]
  })),
  securityUpdateYears: Type.Optional(quantity('years', { minimum: 0, maximum: 50 }, {
    title: 'Security updates', description: 'Years for which security updates are provided after the last unit was sold; 0 is a declared absence.', source: EU_PHONES_AND_TABLETS, examples: [5]
  })),
  userReplaceableBattery: Type.Optional(yesNo({
    title: 'Battery replaceable by the user', description: 'True when the user can replace the battery with common tools.', source: 'Regulation (EU) 2023/1542, Article 11'
  })),
  takeBackAvailable: Type.Optional(yesNo({ title: 'Take-back', description: 'True when the vendor takes used products back.' })),
  takeBackUri: Type.Optional(httpsUri({ title: 'Take-back address', description: 'Where the take-back is described.', examples: ['https://example.com/take-back'] })),
  warrantyMonths: Type.Optional(wholeNumber('months', { minimum: 0, maximum: 240 }, {
    title: 'Warranty', description: 'Standard warranty of the manufacturer in months; 0 is a declared absence.', examples: [36]
  }))
}, { minProperties: 2 })
