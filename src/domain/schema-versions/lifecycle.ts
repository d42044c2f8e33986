/**
 * Where each released schema version is in its life. The versions themselves never change; this does. (Drafts are listed in `registry.ts`.)
 *
 * - `active`: accepted and answered.
 * - `deprecated`: the same, with a warning to who submits, and `Deprecation`, `Sunset` and a link to the successor on what is answered in it.
 * - `retired`: records in it are no longer accepted; it is answered as before, so that nobody who reads is cut off.
 *
 * How to add one: a line for each version of the registry; a test compares the two.
 */
export type SchemaLifecycle =
  | Released & { readonly status: 'active' }
  | Released & Ending & { readonly status: 'deprecated' | 'retired' }

interface Released {
  /** YYYY-MM-DD, as are the other dates. */
  readonly releasedOn: string
  /** What is new against the version before it, a sentence each. */
  readonly changes: readonly string[]
}

/** What is said of a version that is on its way out. */
export interface Ending {
  readonly deprecatedOn: string
  /** From this day on the version may be retired. */
  readonly sunsetOn?: string
  /** The version that takes its place. */
  readonly successor: string
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
  },
  '2.0.0': {
    status: 'active',
    releasedOn: '2026-11-21',
    changes: [
      'Carbon footprints: a list, one for each place of use, configuration and boundary; the emissions up to the gate (cradleToGateKgCo2e) are required; systemBoundary is called boundary.',
      'Evidence: listed once for the record; groups name it in evidenceIds instead of repeating a provenance.',
      'Manufacturer: an object with at least one identifier: GLN, LEI or unique operator identifier.',
      'Classification: at least one class of UNSPSC or the Harmonized System; the category is given only where they do not tell it.',
      'Recycled content: masses (recycledMassG of baseMassG) instead of percentages, which the exchange computes.',
      'Packaging: the levels are sales, grouped, transport and eCommerce.',
      'Condition: a field of the product; the group refurbishment is called secondLife.',
      'Configurations: a list, to which footprints refer.',
      'Uncertainty: a margin of unknown kind (unspecifiedMargin) is no longer accepted.',
      'A cradle-to-grave footprint without a lifetime (LIFETIME_REQUIRED) is an error.'
    ]
  }
}
