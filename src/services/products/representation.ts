/** In which schema version a stored record is answered. What was submitted is never rewritten. */
import { ExchangeError } from '../../domain/problems.js'
import type { StoredProduct } from '../../domain/product.js'
import { resolveSchemaVersion, SCHEMA_VERSIONS } from '../../domain/schema-versions/registry.js'

/** The product in the version asked for (`1`, `1.0.0`), or as stored; throws `schema-version-unavailable`. */
export function representIn (requested: string | undefined, product: StoredProduct): StoredProduct {
  if (requested === undefined) return product
  const resolved = resolveSchemaVersion(requested)
  if (resolved === undefined) {
    const available = SCHEMA_VERSIONS.map(({ version }) => version)
    throw new ExchangeError('schema-version-unavailable', `There is no schema version ${requested}.`, { extra: { available } })
  }
  if (resolved.version !== product.schemaVersion) {
    throw new ExchangeError('schema-version-unavailable', `The record of product ${product.productId} cannot be represented in schema version ${resolved.version}.`, {
      extra: { available: [product.schemaVersion] }
    })
  }
  return product
}
