/**
 * Which product a GTIN belongs to. `_id` is the 14-digit GTIN, so that two products can never both win it, on any
 * topology; look-up by GTIN reads the same collection.
 *
 * A claim is taken before the product is written and given up after it lost the GTIN or was withdrawn. A crash in between
 * leaves a claim that no product backs; it is taken over as soon as somebody else needs it, unless it is so young that its
 * product may still be on the way.
 */
import { MongoBulkWriteError, type Collection, type Db } from 'mongodb'
import { MAX_TIME_MS } from './connection.js'
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
    let contested: GtinRequest[] = []
    try {
      await claims.insertMany(requests.map(({ gtin, productId }) => ({ _id: gtin, productId, at })), { ordered: false, maxTimeMS: MAX_TIME_MS })
    } catch (error) {
      if (!(error instanceof MongoBulkWriteError) || error.code !== 11000) throw error
      const failures = Array.isArray(error.writeErrors) ? error.writeErrors : [error.writeErrors]
      contested = failures.flatMap(failure => requests[failure.index] ?? [])
    }
    for (const request of contested) {
      added.delete(request)
      const owner = await takeContested(request, at)
      if (owner !== request.productId) refused.set(request, owner)
    }
    return { refused, added }
  }

  async function takeContested ({ gtin, productId }: GtinRequest, at: Date): Promise<string> {
    const claim = await claims.findOne({ _id: gtin }, { maxTimeMS: MAX_TIME_MS })
    if (claim === null) return await takeContestedAfterRelease({ gtin, productId }, at)
    if (claim.productId === productId) {
      // Renewed, so that a withdrawal of the same product that is just ending does not give it up.
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
