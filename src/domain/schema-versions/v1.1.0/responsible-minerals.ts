import { Type } from 'typebox'
import { PATTERNS } from '../patterns.js'
import { closedObject, enumeration, httpsUri, percent, string, wholeNumber } from '../schema-parts.js'
import { Provenance } from '../v1.0.0/provenance.js'

const RMI = 'Responsible Minerals Initiative'

function mineral (title: string) {
  return Type.Optional(percent({
    title, description: `Smelters and refiners of ${title.toLowerCase()} in the supply chain that conform to the assurance process, in percent of all that are known.`, source: `${RMI}, RMAP`
  }))
}

const RmapConformant = closedObject({
  name: 'rmapConformantPercent',
  title: 'Conformant smelters',
  description: 'Share of smelters and refiners that conform to the Responsible Minerals Assurance Process, by mineral.'
}, {
  tin: mineral('Tin'),
  tantalum: mineral('Tantalum'),
  tungsten: mineral('Tungsten'),
  gold: mineral('Gold'),
  cobalt: mineral('Cobalt'),
  mica: mineral('Mica')
}, { minProperties: 1 })

function template (title: string, minerals: string, example: string) {
  return Type.Optional(string({ pattern: PATTERNS.versionNumber.pattern, maxLength: 20 }, {
    title, description: `Version of the reporting template for ${minerals} that was filled in.`, source: RMI, examples: [example]
  }))
}

export const ResponsibleMinerals = closedObject({
  name: 'responsibleMinerals',
  title: 'Responsible minerals',
  description: 'Due diligence on tin, tantalum, tungsten, gold, cobalt and mica. It is usual to report for the whole company, which proves nothing about a single product.'
}, {
  provenance: Provenance,
  declarationScope: enumeration(['company', 'product', 'userDefined'], {
    title: 'Scope', description: 'What the declaration is about: the whole company, this product, or a range that the declaration defines.', source: RMI
  }),
  cmrtVersion: template('CMRT version', 'conflict minerals', '6.5'),
  emrtVersion: template('EMRT version', 'cobalt and mica', '2.0'),
  reportingYear: Type.Optional(wholeNumber('year', { minimum: 2010, maximum: 2100 }, { title: 'Reporting year', description: 'Year that the declaration is about.', examples: [2025] })),
  rmapConformantPercent: Type.Optional(RmapConformant),
  documentUri: Type.Optional(httpsUri({ title: 'Declaration', description: 'Address of the filled-in template or of the report.' }))
}, { minProperties: 3 })
