/** A difference between a published schema and a proposed one, and what it means for those who built for the published one. */
import { renderReceived } from '../issue.js'

/** `pushers`: a record that was accepted would be refused. `readers`: what is answered would no longer be as the published version says. */
export type Side = 'pushers' | 'readers'

export interface SchemaDifference {
  /** JSON Pointer (RFC 6901) in the schema that is named by `within`. */
  pointer: string
  /** Where the pointer leads: what is gone is in the published schema only. */
  within: 'proposed' | 'published'
  /** The place in a record, as a JSON Pointer with `*` for the entries of a list; the first one of a part that is used in several places. */
  field: string
  kind: DifferenceKind
  /** Whom it breaks; nobody when it is compatible. */
  breaks: readonly Side[]
  /** One or two sentences: what it means, and by which rule. */
  reason: string
  before?: string
  after?: string
}

interface DescribedKind {
  breaks: readonly Side[]
  reason: string
}

const BOTH = ['pushers', 'readers'] as const

/**
 * Every kind of difference with its verdict. The rule behind them: a minor version adds optional fields, optional groups and values of
 * enumerations; it never narrows what is accepted, never widens what readers were told to expect, and never changes a meaning.
 *
 * How to add one: a line here, and the comparison that finds it in `compare-schemas.ts`.
 */
export const DIFFERENCE_KINDS = {
  'version-named': { breaks: [], reason: 'Every version names itself in its records.' },
  'text-changed': { breaks: [], reason: 'Titles and descriptions are for people. Make sure that the meaning is still the same: a changed meaning needs a new field.' },
  'field-added': { breaks: [], reason: 'The field is optional: records without it stay valid, and who reads an earlier version does not get it.' },
  'required-field-added': { breaks: ['pushers'], reason: 'Records that were accepted lack the field. A minor version adds optional fields only.' },
  'field-restricted': { breaks: ['pushers'], reason: 'The object took any further members; now this one has to be as described.' },
  'field-removed': { breaks: BOTH, reason: 'Records that declare the field would be refused, and those who read it would no longer get it.' },
  'became-required': { breaks: ['pushers'], reason: 'Records that leave the field out were accepted.' },
  'became-optional': { breaks: ['readers'], reason: 'Readers were told that the field is always there.' },
  'group-added': { breaks: [], reason: 'Records may now declare the new group alone. In an earlier version such a record has no place, and readers of it are told so.' },
  'alternative-added': { breaks: ['readers'], reason: 'Readers were told that at least one of the earlier fields is there.' },
  'alternative-removed': { breaks: ['pushers'], reason: 'Records that have only this field of the alternatives were accepted.' },
  'value-added': { breaks: [], reason: 'A minor version may add values; readers take an unknown one as such.' },
  'value-removed': { breaks: ['pushers'], reason: 'Records with the value were accepted.' },
  'values-limited': { breaks: ['pushers'], reason: 'Any value was accepted, now only the listed ones.' },
  'values-opened': { breaks: ['readers'], reason: 'Readers were told the closed list of values, and now there may be any.' },
  'type-narrowed': { breaks: ['pushers'], reason: 'Values of a type that was accepted would be refused.' },
  'type-widened': { breaks: ['readers'], reason: 'Readers would meet values of a type that they were not told of.' },
  'type-changed': { breaks: BOTH, reason: 'The value is of another type.' },
  'limit-tightened': { breaks: ['pushers'], reason: 'Values between the earlier and the new limit were accepted.' },
  'limit-loosened': { breaks: ['readers'], reason: 'Readers were told the earlier limit. A minor version never moves a limit.' },
  'form-demanded': { breaks: ['pushers'], reason: 'Texts of any form were accepted.' },
  'form-no-longer-demanded': { breaks: ['readers'], reason: 'Readers were told the form of the text.' },
  'form-changed': { breaks: BOTH, reason: 'Two forms cannot be compared for all texts, so this counts as breaking. The count of stored records shows what it does to them.' },
  closed: { breaks: ['pushers'], reason: 'Records with further members were accepted.' },
  opened: { breaks: ['readers'], reason: 'Readers were told every member that there can be. Name the new members instead.' },
  'condition-added': { breaks: ['pushers'], reason: 'What the condition refuses was accepted. This comparison does not look into it.' },
  'condition-removed': { breaks: ['readers'], reason: 'Readers were told that the condition holds. This comparison does not look into it.' },
  'condition-changed': { breaks: BOTH, reason: 'This comparison does not look into such conditions, so a changed one counts as breaking. The count of stored records shows what it does to them.' }
} as const satisfies Record<string, DescribedKind>

export type DifferenceKind = keyof typeof DIFFERENCE_KINDS

export function differenceOf (kind: DifferenceKind, place: Pick<SchemaDifference, 'pointer' | 'within' | 'field'>, change: { before?: unknown, after?: unknown } = {}): SchemaDifference {
  const { before, after } = change
  return {
    ...place,
    kind,
    ...DIFFERENCE_KINDS[kind],
    ...(before !== undefined && { before: renderReceived(before) }),
    ...(after !== undefined && { after: renderReceived(after) })
  }
}
