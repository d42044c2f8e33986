import { Type, type TObject, type TProperties } from 'typebox'
import { PATTERNS } from '../patterns.js'
import { closedObject, frameOf, string, type ComponentName } from '../schema-parts.js'
import { Provenance } from '../v1.0.0/provenance.js'

/** The name of a part of the record, by which other parts of the same record refer to it. */
export function localId (title: string, description: string, example: string) {
  return string({ pattern: PATTERNS.localId.pattern }, { title, description, examples: [example] })
}

const Evidence = closedObject({
  name: 'evidence',
  title: 'Evidence',
  description: 'Where figures of the record come from, who checked them, and how good they are. Several groups may rest on the same evidence.'
}, {
  id: localId('Name', 'Name of this evidence within the record; evidenceIds refer to it.', 'pcf-2026'),
  ...Provenance.properties
})

export const EvidenceList = Type.Array(Evidence, {
  minItems: 1, maxItems: 50, title: 'Evidence', description: 'Every source that the groups of the record name in evidenceIds.'
})

export const EvidenceIds = Type.Array(string({ pattern: PATTERNS.localId.pattern }, { title: 'Evidence', description: 'The id of an entry of evidence.' }), {
  minItems: 1,
  maxItems: 10,
  uniqueItems: true,
  title: 'Evidence',
  description: 'What the figures of this group rest on: ids of entries of evidence, the most important one first.',
  examples: [['pcf-2026']]
})

/** A group of an earlier version, resting on evidence of the record instead of a provenance of its own. */
export function evidenced<Base extends TProperties, Added extends TProperties = {}> (base: TObject<Base>, changes: { component?: ComponentName, added?: Added } = {}) {
  const { component, constraints } = frameOf(base)
  const { provenance: _provenance, ...fields } = base.properties
  return closedObject(changes.component ?? component, { evidenceIds: EvidenceIds, ...fields as Omit<Base, 'provenance' | keyof Added>, ...changes.added as Added }, constraints)
}
