/** In which schema version a stored record is answered. What was submitted is never rewritten: other versions are computed here. */
import { LRUCache } from 'lru-cache'
import { ExchangeError } from '../../domain/problems.js'
import type { StoredProduct } from '../../domain/product.js'
import { convertRecord, type JsonObject } from '../../domain/schema-versions/conversion.js'
import type { SchemaVersion } from '../../domain/schema-versions/schema-version.js'
import { withBuiltBody } from '../../formats/product-json.js'

/** What an entry takes besides its JSON: key, objects, the table of the cache. */
const ENTRY_BYTES = 600

/** The product in the version asked for, or why there is none; `available` names the versions that there are. */
export type Representation = { product: StoredProduct } | { error: ExchangeError, available: readonly string[] }

export type Representations = ReturnType<typeof createRepresentations>

/** A conversion of the record that the product had at this version. */
interface Kept { productVersion: number, representation: Representation }

/**
 * Conversions are kept in memory, because the record of a product's version never changes: of each product that of its latest version, and the
 * least recently read go first.
 *
 * @param parts.maxBytes how much memory they take, about
 */
export function createRepresentations (parts: {
  versions: readonly SchemaVersion[]
  resolve: (requested: string) => SchemaVersion | undefined
  maxBytes: number
}) {
  const { versions } = parts
  const kept = new LRUCache<string, Kept>({ maxSize: parts.maxBytes })

  /** The exact version that is meant; throws `schema-version-unavailable` when there is none. */
  function target (requested: string): string {
    const resolved = parts.resolve(requested)
    if (resolved !== undefined) return resolved.version
    const available = versions.map(({ version }) => version)
    throw new ExchangeError('schema-version-unavailable', `There is no schema version ${requested}.`, { extra: { available } })
  }

  /**
   * The product in the version asked for (`1`, `1.0.0`), or as stored. Throws `schema-version-unavailable` only when there is no such
   * version; that a record has no place in it is an answer.
   *
   * @param purpose.once for who reads everything once: what is converted is kept only where that drives nothing out
   */
  function represent (requested: string | undefined, product: StoredProduct, purpose: { once?: boolean } = {}): Representation {
    if (requested === undefined) return { product }
    const version = target(requested)
    if (version === product.schemaVersion) return { product }
    const key = `${product.productId} ${version}`
    const known = kept.get(key)
    if (known?.productVersion === product.version) return known.representation
    const converted = convert(version, product)
    const isOlder = known !== undefined && known.productVersion > product.version
    const isFull = known === undefined && kept.calculatedSize + 2 * product.record.length + ENTRY_BYTES > parts.maxBytes
    if (isOlder || (purpose.once === true && isFull)) return converted
    const { representation, bytes } = toKeep(converted)
    kept.set(key, { productVersion: product.version, representation }, { size: bytes + ENTRY_BYTES })
    return representation
  }

  function toKeep (representation: Representation): { representation: Representation, bytes: number } {
    if ('error' in representation) return { representation, bytes: 0 }
    const { product, bytes } = withBuiltBody(representation.product)
    return { representation: { product }, bytes }
  }

  function convert (version: string, stored: StoredProduct): Representation {
    const record = JSON.parse(stored.record.toString()) as JsonObject
    const converted = convertRecord(versions, record, stored.schemaVersion, version)
    if ('obstacles' in converted) {
      const available = versions.map(entry => entry.version).filter(other => 'record' in convertRecord(versions, record, stored.schemaVersion, other))
      const error = new ExchangeError('schema-version-unavailable', `The record of product ${stored.productId} cannot be represented in schema version ${version}.`, {
        extra: { available },
        issues: converted.obstacles.map(({ pointer, reason }) => ({ code: 'NOT_REPRESENTABLE', severity: 'error', pointer, detail: reason }))
      })
      return { error, available }
    }
    return {
      product: {
        ...stored,
        schemaVersion: version,
        record: Buffer.from(JSON.stringify(converted.record)),
        converted: { from: stored.schemaVersion, lossy: converted.losses.length > 0 }
      }
    }
  }

  /** The same for a single product, of which a record without a place in that version is a failure. */
  function require (requested: string | undefined, product: StoredProduct): StoredProduct {
    const representation = represent(requested, product)
    if ('error' in representation) throw representation.error
    return representation.product
  }

  return { target, represent, require }
}
