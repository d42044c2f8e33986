/**
 * Where each released schema version is in its life. The versions themselves never change; this does.
 *
 * - `active`: accepted and answered. - `deprecated`: the same, with `Deprecation`, `Sunset` and a link to the successor. - `retired`: no longer
 *   accepted; records that were stored in it are still read in the others.
 *
 * How to add one: a line for each version of the registry; a test compares the two.
 */
export interface SchemaLifecycle {
  readonly status: 'active' | 'deprecated' | 'retired'
  /** YYYY-MM-DD, as are the other dates. */
  readonly releasedOn: string
  readonly deprecatedOn?: string
  /** From this day on the version may be retired. */
  readonly sunsetOn?: string
  /** The version that takes its place. */
  readonly successor?: string
  /** What is new against the version before it, a sentence each. */
  readonly changes: readonly string[]
}

export type SchemaLifecycles = Readonly<Record<string, SchemaLifecycle>>

export const SCHEMA_LIFECYCLES: SchemaLifecycles = {
  '1.0.0': {
    status: 'active',
    releasedOn: '2026-11-21',
    changes: ['The first version: product, carbon footprint, recycled content, packaging, refurbishment, each with its provenance.']
  },
  '1.1.0': {
    status: 'active',
    releasedOn: '2026-11-21',
    changes: [
      'New groups: energy, circularity, certifications, substances, responsible minerals.',
      'Carbon footprint: manufacturing by part, biogenic uptake, exempted emissions, whether packaging is included, grid factor.',
      'Packaging: recyclability grade and the standard of the assessment, reusability, empty space.',
      'Recycled content: biobased share, chain of custody, whether exclusions were applied.',
      'Refurbishment: avoided emissions with what they are compared with, parts replaced, certifications of the refurbisher, day of completion.',
      'Product: addresses of the digital product passport and of the warranty terms.',
      'A recyclable share without the standard of its assessment (PACK_RECYCLABLE_STANDARD) is a warning.'
    ]
  }
}
