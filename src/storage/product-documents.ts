/** How products lie in the database. Separate from the public types: these names may change with a migration, those may not. */
import type { Collection, Db } from 'mongodb'
import type { Issue } from '../domain/issue.js'
import type { AcceptedRecord, StoredProduct, VersionOutcome } from '../domain/product.js'
import type { WriteOrigin } from '../domain/write-decision.js'

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
}

/** `products`: the current state of each product, or its tombstone. */
export interface ProductDocument extends VersionFields {
  _id: string
  /** Feed position of the latest change; unset once a tombstone has outlived the feed's retention. */
  seq?: number
  hash: Buffer
  withdrawn?: true
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

export interface WriteStamp {
  version: number
  seq: number
  vendor: string
  publishedAt: Date
  outcome: VersionOutcome
  origin?: WriteOrigin
}

export function toProductDocument (record: AcceptedRecord, stamp: WriteStamp): ProductDocument {
  const { gtins, externalIds, ...promoted } = record.promoted
  return {
    _id: record.productId,
    ...stamp,
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
