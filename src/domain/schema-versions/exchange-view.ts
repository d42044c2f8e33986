/**
 * What the exchange itself has to know of a record, whatever its version: the one adapter that each schema version has beside its schema,
 * rules and conversions. Everything else treats a record as a document that it keeps and hands on.
 */
import { normalizeGtin } from '../identity/gtin.js'
import { normalizeManufacturerName, normalizePartNumber } from '../identity/product-key.js'
import type { PromotedFields } from '../product.js'

/** What makes up the identity of a product. */
export interface NamedProduct {
  readonly manufacturerName: string
  readonly manufacturerPartNumber: string
}

/** A footprint as far as records are compared with each other. */
interface ComparableFootprint {
  /** JSON Pointer of its total in the record. */
  readonly pointer: string
  readonly totalKgCo2e: number
  readonly sources: ReadonlyArray<{ readonly sourceDocumentUri?: string, readonly sourceDocumentSha256?: string }>
}

/** What rules on stored data look at. */
export interface ComparableRecord {
  readonly condition?: string
  /** Part number of the new product that a refurbished one was; the manufacturer is the same. */
  readonly basedOnManufacturerPartNumber?: string
  readonly footprints: readonly ComparableFootprint[]
}

export interface ExchangeView<RecordType> {
  /** JSON Pointer of the manufacturer's name. */
  readonly manufacturerPointer: string
  /** The values that filters and look-ups need. */
  readonly promote: (record: RecordType) => PromotedFields
  /** The product that a document names, which may be anything else as well; undefined where it cannot be read. */
  readonly identify: (document: unknown) => NamedProduct | undefined
  readonly comparable: (record: RecordType) => ComparableRecord
}

/** The promoted fields that are made alike in every version. */
export function promotedIdentity (
  { manufacturerName, manufacturerPartNumber }: NamedProduct,
  { gtins = [], externalIds = [] }: { readonly gtins?: readonly string[], readonly externalIds?: ReadonlyArray<{ readonly scheme: string, readonly value: string }> }
) {
  return {
    manufacturerKey: normalizeManufacturerName(manufacturerName),
    partNumberKey: normalizePartNumber(manufacturerPartNumber),
    manufacturerName,
    manufacturerPartNumber,
    gtins: gtins.map(gtin => normalizeGtin(gtin)!),
    externalIds: externalIds.length === 0 ? [] : [...new Set(externalIds.map(({ scheme, value }) => `${scheme}:${value}`))]
  } satisfies Partial<PromotedFields>
}

type Identity = ReturnType<typeof promotedIdentity>

/** Both together, without the fields that the record does not have. (Spreading each one that may be absent takes five times as long.) */
export function promotedFields (identity: Identity, rest: { readonly [Field in Exclude<keyof Required<PromotedFields>, keyof Identity>]: PromotedFields[Field] | undefined }): PromotedFields {
  const fields: Record<string, unknown> = identity
  for (const name in rest) {
    const value = rest[name as keyof typeof rest]
    if (value !== undefined) fields[name] = value
  }
  return fields as unknown as PromotedFields
}

/** Each assurance level once. */
export function assuranceLevelsOf (provenances: ReadonlyArray<{ readonly assuranceLevel: string } | undefined>): string[] {
  const levels: string[] = []
  for (const provenance of provenances) {
    if (provenance !== undefined && !levels.includes(provenance.assuranceLevel)) levels.push(provenance.assuranceLevel)
  }
  return levels
}

/** Both texts, if they are texts and not blank. */
export function namedProduct (manufacturerName: unknown, manufacturerPartNumber: unknown): NamedProduct | undefined {
  if (typeof manufacturerName !== 'string' || typeof manufacturerPartNumber !== 'string') return undefined
  return manufacturerName.trim() === '' || manufacturerPartNumber.trim() === '' ? undefined : { manufacturerName, manufacturerPartNumber }
}
