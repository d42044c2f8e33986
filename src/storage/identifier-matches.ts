/** Products by identifiers that several of them may have. What crowds around one identifier takes nothing from the others of a request. */
import type { Collection, Filter } from 'mongodb'
import type { Visibility } from '../domain/visibility.js'
import { MAX_TIME_MS } from './connection.js'
import type { ProductDocument } from './product-documents.js'
import { visibilityConditions } from './visibility-conditions.js'

export interface IdentifierMatch { productId: string, manufacturerName: string, manufacturerPartNumber: string }

/** The first products that answer to an identifier, in the order in which they were born. */
export interface IdentifierMatches { matches: readonly IdentifierMatch[], hasMore: boolean }

/** Products told for one identifier. */
const MOST_MATCHES = 10

type KeyField = 'partNumberKey' | 'externalIds'

export function createIdentifierMatches (products: Collection<ProductDocument>) {
  /** Those of the keys that visible products answer to, each with its first {@link MOST_MATCHES}. */
  async function find (field: KeyField, keys: readonly string[], visibility: Visibility): Promise<Map<string, IdentifierMatches>> {
    const found = new Map<string, IdentifierMatch[]>()
    if (keys.length > 0) await collect(field, [...new Set(keys)], visibility, found)
    return new Map([...found].map(([key, matches]) => [key, { matches: matches.slice(0, MOST_MATCHES), hasMore: matches.length > MOST_MATCHES }]))
  }

  /**
   * One command as a rule. Where it brings as many products as it may, some of the keys could have been cut off by others: then the halves
   * are read by themselves, one after the other, down to the single key of which more need not be known.
   */
  async function collect (field: KeyField, keys: readonly string[], visibility: Visibility, found: Map<string, IdentifierMatch[]>): Promise<void> {
    const limit = MOST_MATCHES * keys.length + 1
    const documents = await products.find(
      { $and: [{ [field]: { $in: [...keys] } } as Filter<ProductDocument>, { withdrawn: { $exists: false } }, ...visibilityConditions(visibility)] },
      { projection: { [field]: 1, manufacturerName: 1, manufacturerPartNumber: 1 }, sort: { born: 1 }, limit, batchSize: limit + 1, maxTimeMS: MAX_TIME_MS }
    ).toArray()
    if (documents.length === limit && keys.length > 1) {
      const middle = Math.ceil(keys.length / 2)
      await collect(field, keys.slice(0, middle), visibility, found)
      await collect(field, keys.slice(middle), visibility, found)
      return
    }
    const wanted = new Set(keys)
    for (const document of documents) {
      const match = { productId: document._id, manufacturerName: document.manufacturerName, manufacturerPartNumber: document.manufacturerPartNumber }
      for (const key of [document[field] ?? []].flat()) {
        if (!wanted.has(key)) continue
        const matches = found.get(key)
        if (matches === undefined) found.set(key, [match])
        else matches.push(match)
      }
    }
  }

  return { find }
}
