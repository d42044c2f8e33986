/** Rules about the evidence of a record, to which its groups refer from version 2.0.0 on. What each entry says is judged as provenance. */
import type { Finding, Rule } from '../rule.js'

interface WithEvidence { readonly evidence?: readonly { readonly id: string }[] }

/** Every place that names evidence: whatever groups the schema version has, as objects or lists of objects. */
function citationsOf (record: object): { pointer: string, ids: readonly string[] }[] {
  return Object.entries(record).flatMap(([group, value]) => {
    const parts = Array.isArray(value) ? [...value.entries()].map(([index, part]) => [`/${group}/${index}`, part] as const) : [[`/${group}`, value] as const]
    return parts.flatMap(([at, part]) => {
      const ids = (part as { evidenceIds?: readonly string[] }).evidenceIds
      return ids === undefined ? [] : { pointer: `${at}/evidenceIds`, ids }
    })
  })
}

const unknown: Rule<WithEvidence> = {
  code: 'EVIDENCE_UNKNOWN',
  severity: 'error',
  title: 'Evidence that is not there',
  cause: 'A group rests on evidence that the record does not list, so its source cannot be known.',
  fix: 'Add the entry to evidence, or correct the name in evidenceIds.',
  source: 'Every figure has a source',
  check (record) {
    const known = (record.evidence ?? []).map(({ id }) => id)
    return citationsOf(record).flatMap(({ pointer, ids }) => ids.flatMap((id, index): Finding[] => known.includes(id)
      ? []
      : [{ pointer: `${pointer}/${index}`, detail: 'The record has no evidence of that name.', expected: known.length === 0 ? 'an entry of evidence' : known.slice(0, 10).join(', '), received: id }]))
  }
}

const duplicate: Rule<WithEvidence> = {
  code: 'EVIDENCE_DUPLICATE',
  severity: 'error',
  title: 'Two pieces of evidence of the same name',
  cause: 'Groups name their evidence, and two entries have that name.',
  fix: 'Give each entry a name of its own.',
  source: 'Logic of the record',
  check: ({ evidence = [] }) => evidence.flatMap(({ id }, index): Finding[] => evidence.findIndex(other => other.id === id) === index
    ? []
    : [{ pointer: `/evidence/${index}/id`, detail: 'An earlier entry has this name.', received: id }])
}

const unused: Rule<WithEvidence> = {
  code: 'EVIDENCE_UNUSED',
  severity: 'warning',
  title: 'Evidence that nothing rests on',
  cause: 'No group names this evidence.',
  fix: 'Name it in evidenceIds of the group whose figures it supports, or remove it.',
  source: 'Logic of the record',
  check (record) {
    if (record.evidence === undefined) return undefined
    const cited = new Set(citationsOf(record).flatMap(({ ids }) => ids))
    return record.evidence.flatMap(({ id }, index): Finding[] => cited.has(id) ? [] : [{ pointer: `/evidence/${index}/id`, detail: 'No group rests on this evidence.', received: id }])
  }
}

export const evidenceRules = [unknown, duplicate, unused] satisfies readonly Rule<WithEvidence>[]
