/** What is stored of products, as far as it takes to tell whether a line of an import says the same. */
import { BSON, type Db } from 'mongodb'
import type { Issue } from '../domain/issue.js'
import { MAX_TIME_MS } from './connection.js'
import { findBytes } from './find-bytes.js'
import { productsCollection, type ProductDocument } from './product-documents.js'

export interface StoredContent {
  productId: string
  version: number
  hash: Buffer
  /** Of the line that the record came from. */
  lineHash?: string
  schemaVersion: string
  vendor: string
  manufacturerKey: string
  withdrawn: boolean
  warnings: readonly Issue[]
}

const PROJECTION = { version: 1, hash: 1, 'origin.hash': 1, schemaVersion: 1, vendor: 1, manufacturerKey: 1, withdrawn: 1, warnings: 1 }

export type StoredContents = ReturnType<typeof createStoredContents>

export function createStoredContents (db: Db) {
  const { collectionName } = productsCollection(db)

  /** By product; those that there are not are left out. */
  async function find (productIds: readonly string[]): Promise<Map<string, StoredContent>> {
    const found = new Map<string, StoredContent>()
    if (productIds.length === 0) return found
    const { documents } = await findBytes(db, collectionName, { filter: { _id: { $in: productIds } }, projection: PROJECTION, limit: productIds.length, maxTimeMS: MAX_TIME_MS })
    for (const bytes of documents) {
      const { _id, version, hash, origin, schemaVersion, vendor, manufacturerKey, withdrawn = false, warnings } = BSON.deserialize(bytes, { promoteBuffers: true }) as ProductDocument
      found.set(_id, {
        productId: _id,
        version,
        hash,
        schemaVersion,
        vendor,
        manufacturerKey,
        withdrawn,
        ...(origin?.hash !== undefined && { lineHash: origin.hash }),
        warnings: warnings === undefined ? [] : JSON.parse(warnings) as Issue[]
      })
    }
    return found
  }

  return { find }
}
