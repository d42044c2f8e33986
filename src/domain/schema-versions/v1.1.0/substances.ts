import { Type } from 'typebox'
import { PATTERNS } from '../patterns.js'
import { closedObject, date, httpsUri, quantity, string, text, yesNo } from '../schema-parts.js'
import { Provenance } from '../v1.0.0/provenance.js'

const REACH = 'Regulation (EC) 1907/2006 (REACH), Article 33'
const ROHS = 'Directive 2011/65/EU (RoHS)'

const Svhc = closedObject({
  name: 'svhc',
  title: 'Substance of very high concern',
  description: 'A substance of the Candidate List that is present above 0.1 % by mass in an article of the product.'
}, {
  casNumber: string({ pattern: PATTERNS.cas.pattern }, {
    title: 'CAS number', description: 'CAS Registry Number; its last digit is a check digit.', source: 'CAS Registry', examples: ['7439-92-1']
  }),
  substanceName: Type.Optional(text({ title: 'Name', description: 'Name of the substance.', examples: ['Lead'] })),
  location: Type.Optional(text({ title: 'Location', description: 'Part of the product that holds the substance.', source: REACH, examples: ['Solder of the main board'] })),
  concentrationPercentWw: Type.Optional(quantity('% w/w', { exclusiveMinimum: 0, maximum: 100 }, {
    title: 'Concentration', description: 'Concentration in the article that holds the substance, in percent by mass.', source: REACH, examples: [0.3]
  }))
})

export const Substances = closedObject({
  name: 'substances',
  title: 'Substances',
  description: 'Restricted substances and substances of very high concern. At least one field besides the source is given.'
}, {
  provenance: Provenance,
  rohsCompliant: Type.Optional(yesNo({ title: 'RoHS limits met', description: 'Declaration of the vendor that the limits of the RoHS directive are met, exemptions included.', source: ROHS })),
  rohsExemptions: Type.Optional(Type.Array(string({ pattern: PATTERNS.rohsExemption.pattern }, {
    title: 'RoHS exemption', description: 'Annex and number of the exemption.'
  }), {
    minItems: 1, maxItems: 50, uniqueItems: true, title: 'RoHS exemptions', description: 'Exemptions of Annex III or IV that are used.', 'x-source': ROHS, examples: [['III-6(c)', 'III-7(a)']]
  })),
  svhcAboveThreshold: Type.Optional(yesNo({
    title: 'SVHC above 0.1 %', description: 'Whether a substance of the Candidate List is present above 0.1 % by mass in an article. Needs the list of them when true.', source: REACH
  })),
  candidateListDate: Type.Optional(date({ title: 'Candidate List', description: 'Date of the Candidate List that was checked.', source: REACH, examples: ['2026-01-21'] })),
  svhc: Type.Optional(Type.Array(Svhc, {
    minItems: 1, maxItems: 100, title: 'Substances of very high concern', description: 'The substances above the threshold.', 'x-source': REACH
  })),
  scipNumber: Type.Optional(string({ pattern: PATTERNS.scip.pattern }, {
    title: 'SCIP number', description: 'Number of the notification in the SCIP database.', source: 'Directive 2008/98/EC, Article 9; SCIP database'
  })),
  halogenReduced: Type.Optional(yesNo({ title: 'Halogens reduced', description: 'True when the product has a reduced content of bromine and chlorine by the definition named in the source.' })),
  statementUri: Type.Optional(httpsUri({ title: 'Statement', description: 'Address of the declaration of substances.' }))
}, { minProperties: 2 })
