/**
 * Which product a GTIN belongs to. `_id` is the 14-digit GTIN, so that two products can never both win it, on any
 * topology; look-up by GTIN reads the same collection.
 *
 * A claim is taken before the product is written and given up after it lost the GTIN or was withdrawn. A crash in between
 * leaves a claim that no product backs; it is taken over as soon as somebody else needs it, unless it is so young that its
 * product may still be on the way.
 */
import type { Collection, Db } from 'mongodb'
import { MAX_TIME_MS } from './connection.js'
import { insertRows } from './insert-rows.js'
import { productsCollection } from './product-documents.js'

const CLAIM_GRACE_MS = 60_000

interface GtinClaimDocument { _id: string, productId: string, at: Date }

export interface GtinRequest { gtin: string, productId: string }

export type GtinClaims = ReturnType<typeof createGtinClaims>

export function createGtinClaims (db: Db) {
  const claims: Collection<GtinClaimDocument> = db.collection<GtinClaimDocument>('gtin_claims')
  const products = productsCollection(db)

  /** Owner of each GTIN that has one. */
  async function ownersOf (gtins: readonly string[]): Promise<Map<string, string>> {
    if (gtins.length === 0) return new Map()
    const found = await claims.find({ _id: { $in: [...gtins] } }, { maxTimeMS: MAX_TIME_MS }).toArray()
    return new Map(found.map(claim => [claim._id, claim.productId]))
  }

  /**
   * Takes the GTINs for their products. Answers those that belong to another product, with its id, and those that nobody had
   * before: if the write does not happen after all, these are to be given up.
   */
  async function take (requests: readonly GtinRequest[], at: Date): Promise<{ refused: Map<GtinRequest, string>, added: Set<GtinRequest> }> {
    const refused = new Map<GtinRequest, string>()
    const added = new Set(requests)
    if (requests.length === 0) return { refused, added }
    const { taken } = await insertRows(db, claims, requests.map(({ gtin, productId }) => ({ _id: gtin, productId, at })))
    const contested = taken.flatMap(offset => requests[offset] ?? [])
    for (const request of contested) added.delete(request)
    const renewed = await renewOwn(contested, at)
    for (const request of contested) {
      if (renewed.has(request)) continue
      const owner = await takeContested(request, at)
      if (owner !== request.productId) refused.set(request, owner)
    }
    return { refused, added }
  }

  /** Those that their products have already: renewed, so that a withdrawal of the same product that is just ending does not give them up. */
  async function renewOwn (requests: readonly GtinRequest[], at: Date): Promise<Set<GtinRequest>> {
    if (requests.length === 0) return new Set()
    const owners = await ownersOf(requests.map(({ gtin }) => gtin))
    const own = requests.filter(({ gtin, productId }) => owners.get(gtin) === productId)
    if (own.length > 0) {
      await claims.bulkWrite(own.map(({ gtin, productId }) => ({ updateOne: { filter: { _id: gtin, productId }, update: { $max: { at } } } })), { ordered: false, maxTimeMS: MAX_TIME_MS })
    }
    return new Set(own)
  }

  async function takeContested ({ gtin, productId }: GtinRequest, at: Date): Promise<string> {
    const claim = await claims.findOne({ _id: gtin }, { maxTimeMS: MAX_TIME_MS })
    if (claim === null) return await takeContestedAfterRelease({ gtin, productId }, at)
    if (claim.productId === productId) {
      // Taken since `renewOwn` looked.
      await claims.updateOne({ _id: gtin, productId }, { $max: { at } }, { maxTimeMS: MAX_TIME_MS })
      return productId
    }
    if (at.getTime() - claim.at.getTime() < CLAIM_GRACE_MS || await isBacked(claim)) return claim.productId
    const { matchedCount } = await claims.updateOne(
      { _id: gtin, productId: claim.productId, at: claim.at }, { $set: { productId, at } }, { maxTimeMS: MAX_TIME_MS }
    )
    if (matchedCount === 1) return productId
    const winner = await claims.findOne({ _id: gtin }, { maxTimeMS: MAX_TIME_MS })
    return winner?.productId ?? claim.productId
  }

  async function takeContestedAfterRelease ({ gtin, productId }: GtinRequest, at: Date): Promise<string> {
    const claim = await claims.findOneAndUpdate(
      { _id: gtin }, { $setOnInsert: { productId, at } }, { upsert: true, returnDocument: 'after', maxTimeMS: MAX_TIME_MS }
    )
    return claim?.productId ?? productId
  }

  async function isBacked (claim: GtinClaimDocument): Promise<boolean> {
    const owner = await products.findOne(
      { _id: claim.productId }, { projection: { gtins: 1, withdrawn: 1 }, maxTimeMS: MAX_TIME_MS }
    )
    return owner !== null && owner.withdrawn !== true && (owner.gtins ?? []).includes(claim._id)
  }

  /** Gives up claims that were taken before that instant; those that were renewed since, or belong to somebody else, stay. */
  async function giveUp (requests: readonly GtinRequest[], before: Date): Promise<void> {
    if (requests.length === 0) return
    await claims.bulkWrite(
      requests.map(({ gtin, productId }) => ({ deleteOne: { filter: { _id: gtin, productId, at: { $lt: before } } } })),
      { ordered: false, maxTimeMS: MAX_TIME_MS }
    )
  }

  return { ownersOf, take, giveUp }
}
