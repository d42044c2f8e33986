/** The exchange's resource around a record, as services and storage hand it to each other. */
import type { Issue } from './issue.js'
import type { Placed } from './visibility.js'

/** The values that filters and look-ups need, taken from a record once, at ingress. */
export interface PromotedFields {
  /** As submitted; a tombstone keeps it for the feed. */
  manufacturerName: string
  /** As submitted; a tombstone keeps it for the feed. */
  manufacturerPartNumber: string
  /** Normalised manufacturer name, as `normalizeManufacturerName` gives it. */
  manufacturerKey: string
  /** Normalised part number, as `normalizePartNumber` gives it. */
  partNumberKey: string
  /** GTINs in their 14-digit form, in the order in which the record names them. */
  gtins: readonly string[]
  /** Registrations and catalogue ids usable in look-ups, as `scheme:value`, e.g. `eprel:1234567`. */
  externalIds: readonly string[]
  category: string
  condition?: string
  /** Attribute groups that the record declares. */
  groups: readonly string[]
  totalKgCo2e?: number
  /** `recycledContent.productRecycledPercent`; never derived from single materials, whose base differs. */
  productRecycledPercent?: number
  plasticFreePackaging?: boolean
  /** Assurance levels that occur in the record's provenance objects. */
  assuranceLevels: readonly string[]
}

/** A record that passed its schema and its rules, ready to be stored. */
export interface AcceptedRecord {
  productId: string
  schemaVersion: string
  rulesetVersion: string
  /** Canonical JSON (RFC 8785) in UTF-8; numbers are rounded half-even to 4 decimals. */
  bytes: Buffer
  /** SHA-256 of `bytes`. */
  hash: Buffer
  promoted: PromotedFields
  /** Stored with the record, and answered to whoever reads it. */
  warnings: readonly Issue[]
  /**
   * Warnings for who submits, e.g. that the schema version is deprecated, or what comparing with another product showed, which
   * readers of this one may not see: answered, and not stored.
   */
  notices: readonly Issue[]
}

/** A product at one version, as stored. `record` is the canonical JSON in UTF-8, ready to be sent. */
export interface StoredProduct {
  productId: string
  version: number
  /** Organisation id of the publisher. */
  vendor: string
  publishedAt: Date
  schemaVersion: string
  record: Buffer
  warnings: readonly Issue[]
  /** Set when `record` was converted for the answer: from which version, and whether something of it was left behind. */
  converted?: { from: string, lossy: boolean }
}

/** A product in a list of many. */
export interface ListedProduct extends StoredProduct {
  /** Its place in the order of lists: the position in the feed at which it was born, i.e. first written. It never changes, and no other product has it. */
  born: number
}

/** A product as it goes into a file. */
export interface ExportedProduct extends StoredProduct {
  /** SKUs of the organisation that the file is for, if they were asked for. */
  ownSkus?: readonly string[]
}

/** A product whose record has no place in the schema version asked for, and the versions in which it has. */
export interface UnrepresentableProduct { productId: string, version: number, schemaVersion: string, available: readonly string[] }

/** A product with what decides who may see it. */
export interface ProductSnapshot {
  product: StoredProduct
  scope: Placed
}

export type VersionOutcome = 'created' | 'updated' | 'withdrawn'

/** One entry of a product's history. */
export interface ProductVersionEntry {
  version: number
  publishedAt: Date
  schemaVersion: string
  outcome: VersionOutcome
}
