import { closedObject } from '../schema-parts.js'
import { Refurbishment } from '../v1.1.0/refurbishment.js'
import { EvidenceIds } from './evidence.js'

const { provenance: _provenance, condition: _condition, ...fields } = Refurbishment.properties

export const SecondLife = closedObject({
  name: 'secondLife',
  title: 'Second life',
  description: 'What is behind the condition of the article (product.condition): refurbishment, tests, warranty. Single units are not described.'
}, { evidenceIds: EvidenceIds, ...fields })
