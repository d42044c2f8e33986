/**
 * `aliases`: an organisation's own SKUs, each leading to one product. The organisation begins the key, so that one
 * organisation's SKUs never meet another's; it is a required argument of everything here.
 */
import { MongoBulkWriteError, type AnyBulkWriteOperation, type Db, type Filter, type IndexDescription } from 'mongodb'
import type { Alias, AliasChange } from '../domain/alias.js'
import { MAX_TIME_MS } from './connection.js'

interface AliasDocument { _id: string, organizationId: string, sku: string, productId: string, updatedAt: Date }

export const ALIASES = 'aliases'

export const ALIAS_INDEXES: IndexDescription[] = [
  // The SKUs of some products; those of one, in order.
  { name: 'product', key: { organizationId: 1, productId: 1, sku: 1 } }
]

/** Sorts behind every text that begins as what it is appended to. */
const LAST_CHARACTER = '\u{10FFFF}'

const TIMED = { maxTimeMS: MAX_TIME_MS }

export interface AliasPage { productId?: string | undefined, skuPrefix?: string | undefined, after?: string | undefined, limit: number }

export type AliasesRepository = ReturnType<typeof createAliasesRepository>

export function createAliasesRepository (db: Db) {
  const aliases = db.collection<AliasDocument>(ALIASES)

  /** The product that each of the SKUs leads to. */
  async function productsOf (organizationId: string, skus: readonly string[]): Promise<Map<string, string>> {
    if (skus.length === 0) return new Map()
    const found = await aliases.find({ _id: { $in: skus.map(sku => keyOf(organizationId, sku)) } }, { batchSize: skus.length + 1, ...TIMED }).toArray()
    return new Map(found.map(({ sku, productId }) => [sku, productId]))
  }

  /** The SKUs of each of the products that has any, in order. */
  async function skusOf (organizationId: string, productIds: readonly string[]): Promise<Map<string, string[]>> {
    const found = await aliases.find({ organizationId, productId: { $in: [...productIds] } }, { projection: { sku: 1, productId: 1 }, sort: { productId: 1, sku: 1 }, hint: 'product', ...TIMED }).toArray()
    const skus = new Map<string, string[]>()
    for (const { productId, sku } of found) {
      const known = skus.get(productId)
      if (known === undefined) skus.set(productId, [sku])
      else known.push(sku)
    }
    return skus
  }

  /** How many SKUs lead to each of the products. */
  async function countOf (organizationId: string, productIds: readonly string[]): Promise<Map<string, number>> {
    const counts = await aliases.aggregate<{ _id: string, skus: number }>([
      { $match: { organizationId, productId: { $in: [...productIds] } } },
      { $group: { _id: '$productId', skus: { $sum: 1 } } }
    ], { hint: 'product', ...TIMED }).toArray()
    return new Map(counts.map(({ _id, skus }) => [_id, skus]))
  }

  /**
   * Makes the changes, each for another SKU and only if it still leads to where it did before. Answers the SKUs that somebody else
   * changed meanwhile.
   */
  async function apply (organizationId: string, changes: readonly AliasChange[], updatedAt: Date): Promise<Set<string>> {
    let applied = 0
    try {
      const { insertedCount, matchedCount, deletedCount } = await aliases.bulkWrite(changes.map(change => operationOf(organizationId, change, updatedAt)), { ordered: false, ...TIMED })
      applied = insertedCount + matchedCount + deletedCount
    } catch (error) {
      if (!(error instanceof MongoBulkWriteError) || error.code !== 11000) throw error
    }
    if (applied === changes.length) return new Set()
    // The answer of a bulk only counts; what is stored tells which of the changes are in effect.
    const now = await productsOf(organizationId, changes.map(({ sku }) => sku))
    return new Set(changes.filter(({ sku, after }) => now.get(sku) !== after).map(({ sku }) => sku))
  }

  /** In the order of SKUs, beginning after one. */
  async function page (organizationId: string, { productId, skuPrefix = '', after, limit }: AliasPage): Promise<Alias[]> {
    const prefix = keyOf(organizationId, skuPrefix)
    const conditions: Array<Filter<AliasDocument>> = productId === undefined
      ? [{ _id: { $gte: prefix, $lte: prefix + LAST_CHARACTER } }, ...(after === undefined ? [] : [{ _id: { $gt: keyOf(organizationId, after) } }])]
      : [{ organizationId, productId, sku: { $gte: skuPrefix, $lte: skuPrefix + LAST_CHARACTER, ...(after !== undefined && { $gt: after }) } }]
    const found = await aliases.find({ $and: conditions }, {
      sort: productId === undefined ? { _id: 1 } : { sku: 1 }, hint: productId === undefined ? '_id_' : 'product', limit, ...TIMED
    }).toArray()
    return found.map(({ sku, productId, updatedAt }) => ({ sku, productId, updatedAt }))
  }

  return { productsOf, skusOf, countOf, apply, page }
}

function operationOf (organizationId: string, { sku, before, after }: AliasChange, updatedAt: Date): AnyBulkWriteOperation<AliasDocument> {
  const _id = keyOf(organizationId, sku)
  if (after === undefined) return { deleteOne: { filter: { _id, productId: before as string } } }
  if (before === undefined) return { insertOne: { document: { _id, organizationId, sku, productId: after, updatedAt } } }
  return { updateOne: { filter: { _id, productId: before }, update: { $set: { productId: after, updatedAt } } } }
}

/** Ids of organisations have no slash, so the first one ends them. */
function keyOf (organizationId: string, sku: string): string {
  return `${organizationId}/${sku}`
}
