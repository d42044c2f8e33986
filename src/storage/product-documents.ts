/** How products lie in the database. Separate from the public types: these names may change with a migration, those may not. */
import type { Collection, Db } from 'mongodb'
import type { Stay } from '../domain/access-history.js'
import type { Issue } from '../domain/issue.js'
import type { AcceptedRecord, StoredProduct, VersionOutcome } from '../domain/product.js'
import type { WriteOrigin } from '../domain/write-decision.js'
import { audienceToken } from '../domain/visibility.js'

interface VersionFields {
  version: number
  vendor: string
  publishedAt: Date
  outcome: VersionOutcome
  schemaVersion: string
  rulesetVersion: string
  /** Canonical JSON in UTF-8; absent in a tombstone. */
  record?: Buffer
  /** JSON of the warnings; absent when there are none. */
  warnings?: string
  /** The line of an import that this version comes from; absent for every other kind of write. */
  origin?: WriteOrigin
  /** The audit event that this write was recorded in before it was made; see `audit-repository.ts`. */
  auditId?: string
}

/** `products`: the current state of each product, or its tombstone. */
export interface ProductDocument extends VersionFields {
  _id: string
  /** Feed position of the latest change; unset once a tombstone has outlived the feed's retention. */
  seq?: number
  /**
   * Feed position of the first write, whatever becomes of the product: its place in the order of lists. Every index that lists are read by
   * ends in it rather than in the id, which is random, so that what is new is put at the end of a value's entries and not anywhere among them.
   * Products share none, because no position is given twice. 0: a tombstone that had left the feed before products had this; it gets
   * one of its own when it comes back.
   */
  born: number
  hash: Buffer
  withdrawn?: true
  /** Who decides about access to it; see `visibility.ts`. A tombstone keeps it, for the feed. */
  audience: string
  /** Feed position at which the product came into its audience. */
  audienceSince: number
  /** When it did. Absent in what was stored before this was noted. */
  audienceAt?: Date
  /** Where it was before, the latest last; absent for most. A follower that saw it there has to be told to remove it. */
  formerAudiences?: readonly Stay[]
  manufacturerName: string
  manufacturerPartNumber: string
  manufacturerKey: string
  partNumberKey: string
  gtins?: readonly string[]
  externalIds?: readonly string[]
  category: string
  condition?: string
  groups: readonly string[]
  totalKgCo2e?: number
  productRecycledPercent?: number
  plasticFreePackaging?: boolean
  assuranceLevels: readonly string[]
}

/** The moves of a product that are remembered one by one, up to 150 bytes each; nobody moves one product as often. */
const MOST_FORMER_AUDIENCES = 50

/** `product_versions`: superseded versions. The compound `_id` lists a product's history without a further index. */
export interface ProductVersionDocument extends VersionFields {
  _id: { productId: string, version: number }
}

export function productsCollection (db: Db): Collection<ProductDocument> {
  return db.collection<ProductDocument>('products')
}

export const VERSIONS_COLLECTION = 'product_versions'

export function versionsCollection (db: Db): Collection<ProductVersionDocument> {
  return db.collection<ProductVersionDocument>(VERSIONS_COLLECTION)
}

/** Where a product stands among the audiences. */
export type Placement = Pick<ProductDocument, 'audience' | 'audienceSince' | 'audienceAt' | 'formerAudiences'>

/** The placement of a product after a write at this feed position and time; a product that stays where it was keeps its history. */
export function placementAfter (before: Placement | undefined, audience: string, { seq, at }: { seq: number, at: Date }): Placement {
  if (before === undefined) return { audience, audienceSince: seq, audienceAt: at }
  const { audienceSince, audienceAt, formerAudiences: former = [] } = before
  if (before.audience === audience) return { audience, audienceSince, ...(audienceAt && { audienceAt }), ...(former.length > 0 && { formerAudiences: former }) }
  const left: Stay = { audience: before.audience, since: audienceSince, until: seq, ...(audienceAt && { sinceAt: audienceAt }), untilAt: at }
  return { audience, audienceSince: seq, audienceAt: at, formerAudiences: shortened([...former, left]) }
}

/** Older stays in one audience become one long stay: who saw the product there is told of its leaving once too often rather than never. */
function shortened (former: readonly Stay[]): Stay[] {
  const stays = new Map<string, Stay>()
  for (const stay of former.slice(0, -MOST_FORMER_AUDIENCES)) {
    const { since, sinceAt } = stays.get(stay.audience) ?? stay
    stays.set(stay.audience, { ...stay, since, ...(sinceAt && { sinceAt }) })
  }
  return [...[...stays.values()].sort((a, b) => a.until - b.until), ...former.slice(-MOST_FORMER_AUDIENCES)]
}

/** The audience of a record of this vendor: that of its list, if it is on one, else that of its category. */
export function audienceFor (vendor: string, category: string, listId: string | undefined): string {
  return audienceToken(vendor, listId === undefined ? { category } : { listId })
}

/** Where a product was born, or is now: one that is new, or has no place of its own yet, by this write at `seq`. */
export function bornOf (before: Partial<Pick<ProductDocument, 'born'>> | undefined, seq: number): number {
  return before?.born || seq
}

export interface WriteStamp {
  version: number
  seq: number
  born: number
  vendor: string
  publishedAt: Date
  outcome: VersionOutcome
  origin?: WriteOrigin
  auditId: string
}

export function toProductDocument (record: AcceptedRecord, stamp: WriteStamp, placement: Placement): ProductDocument {
  const { gtins, externalIds, ...promoted } = record.promoted
  return {
    _id: record.productId,
    ...stamp,
    ...placement,
    hash: record.hash,
    schemaVersion: record.schemaVersion,
    rulesetVersion: record.rulesetVersion,
    ...promoted,
    // Left out when empty, so that the multikey index holds no entry for products without identifiers.
    ...(gtins.length > 0 && { gtins }),
    ...(externalIds.length > 0 && { externalIds }),
    ...(record.warnings.length > 0 && { warnings: JSON.stringify(record.warnings) }),
    record: record.bytes
  }
}

export function toStoredProduct (productId: string, document: VersionFields): StoredProduct | null {
  if (document.record === undefined) return null
  return {
    productId,
    version: document.version,
    vendor: document.vendor,
    publishedAt: document.publishedAt,
    schemaVersion: document.schemaVersion,
    record: document.record,
    warnings: document.warnings === undefined ? [] : JSON.parse(document.warnings) as Issue[]
  }
}
