/**
 * The one write path. A list of proposals, single or a thousand, is decided against the stored heads and written under a
 * feed reservation; what loses a race goes round again. Only single-document atomicity is used.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { AnyBulkWriteOperation, Db } from 'mongodb'
import type { VersionOutcome } from '../domain/product.js'
import { decideWrite, productIdOfProposal, type Decision, type ProductHead, type Proposal, type SettledWrite } from '../domain/write-decision.js'
import type { AudienceRegistry } from './audience-registry.js'
import type { AuditRepository } from './audit-repository.js'
import { MAX_TIME_MS } from './connection.js'
import { ReservationExpired, type FeedPositions, type Reservation } from './feed-positions.js'
import type { GtinClaims, GtinRequest } from './gtin-claims.js'
import {
  audienceFor, bornOf, placementAfter, productsCollection, toProductDocument, VERSIONS_COLLECTION, type Placement, type ProductDocument
} from './product-documents.js'
import { createProductInserts } from './product-inserts.js'
import type { ProductListMembers } from './product-list-members.js'
import { recordsOf, type WriteRecords } from './write-records.js'

/** One outcome per proposal, in order. */
export type WriteResult =
  | SettledWrite
  | { outcome: VersionOutcome, version: number, publishedAt: Date }
  | { outcome: 'refused', reason: 'write-conflict' }
  | { outcome: 'refused', reason: 'gtin-owned', owners: ReadonlyMap<string, string> }

type Change = Exclude<Decision, { action: 'answer' }>
interface StoredHead extends ProductHead, Placement { born: number }

interface PlannedWrite { index: number, proposal: Proposal, head: StoredHead | undefined, change: Change, audience?: string }
interface WriteOptions { dryRun?: boolean, assertCurrent?: () => void, areNew?: boolean }
interface Stamp { publishedAt: Date, records: WriteRecords }

const NO_HEADS: ReadonlyMap<string, StoredHead> = new Map()

/** Rounds after which a proposal that keeps losing races is given back as a conflict. */
const MAX_ROUNDS = 16

/** Losers wait a random time before the next round, up to this and twice as long each time (milliseconds, at most 128 times). */
const FIRST_PAUSE_MS = 2

export type ProductWriter = ReturnType<typeof createProductWriter>

export function createProductWriter (db: Db, parts: {
  feed: FeedPositions
  claims: GtinClaims
  audiences: AudienceRegistry
  listMembers: ProductListMembers
  audit: Pick<AuditRepository, 'append'>
  newAuditId: (at: Date) => string
  now: () => Date
  random: () => number
}) {
  const products = productsCollection(db)
  const inserts = createProductInserts(db)

  /**
   * Writes the proposals, at most about 1,000 and each product once. With `dryRun` everything is decided and nothing is
   * stored. Rejects only when the database fails; then any part may be stored, and sending the same again is safe.
   *
   * @param options.assertCurrent throws when the writer has lost the right to write, e.g. a lease; asked before every round
   * @param options.areNew none of the products is likely to be stored: the first round does not ask, and those that are stored after all go round again
   */
  async function write (proposals: readonly Proposal[], options: WriteOptions = {}): Promise<WriteResult[]> {
    const results = new Array<WriteResult>(proposals.length)
    let pending = proposals.map((proposal, index) => ({ index, proposal }))
    for (let round = 0; pending.length > 0 && round < MAX_ROUNDS; round++) {
      if (round > 0) await sleep(parts.random() * FIRST_PAUSE_MS * 2 ** Math.min(round, 7))
      options.assertCurrent?.()
      const isAsked = round > 0 || options.areNew !== true || options.dryRun === true
      const heads = isAsked ? await readHeads(pending.map(({ proposal }) => productIdOfProposal(proposal))) : NO_HEADS
      const planned: PlannedWrite[] = []
      for (const { index, proposal } of pending) {
        const head = heads.get(productIdOfProposal(proposal))
        const decision = decideWrite(head, proposal)
        if (decision.action === 'answer') results[index] = decision.result
        else planned.push({ index, proposal, head, change: decision })
      }
      pending = options.dryRun === true ? await answerDryRun(planned, results) : await store(planned, results)
    }
    for (const { index } of pending) results[index] = { outcome: 'refused', reason: 'write-conflict' }
    return results
  }

  async function readHeads (productIds: readonly string[]): Promise<ReadonlyMap<string, StoredHead>> {
    const documents = await products.find({ _id: { $in: [...productIds] } }, {
      projection: {
        version: 1, hash: 1, vendor: 1, publishedAt: 1, withdrawn: 1, manufacturerKey: 1, gtins: 1, born: 1, audience: 1, audienceSince: 1, audienceAt: 1, formerAudiences: 1
      },
      batchSize: productIds.length + 1,
      maxTimeMS: MAX_TIME_MS
    }).toArray()
    return new Map(documents.map(document => [document._id, {
      productId: document._id,
      version: document.version,
      hash: document.hash,
      vendor: document.vendor,
      publishedAt: document.publishedAt,
      withdrawn: document.withdrawn === true,
      manufacturerKey: document.manufacturerKey,
      gtins: document.gtins ?? [],
      born: document.born,
      audience: document.audience,
      audienceSince: document.audienceSince,
      ...(document.audienceAt && { audienceAt: document.audienceAt }),
      ...(document.formerAudiences && { formerAudiences: document.formerAudiences })
    }]))
  }

  async function answerDryRun (planned: readonly PlannedWrite[], results: WriteResult[]): Promise<[]> {
    const owners = await parts.claims.ownersOf(planned.flatMap(write => gtinsToTake(write)))
    for (const write of planned) {
      const foreign = gtinsToTake(write).flatMap(gtin => {
        const owner = owners.get(gtin)
        return owner !== undefined && owner !== productIdOfProposal(write.proposal) ? [[gtin, owner] as const] : []
      })
      results[write.index] = foreign.length > 0
        ? { outcome: 'refused', reason: 'gtin-owned', owners: new Map(foreign) }
        : { outcome: outcomeOf(write.change), version: write.change.version, publishedAt: parts.now() }
    }
    return []
  }

  /** Stores one round; returns the proposals that lost a race and have to be decided again. */
  async function store (planned: readonly PlannedWrite[], results: WriteResult[]): Promise<Array<{ index: number, proposal: Proposal }>> {
    const [allowed] = await Promise.all([takeGtins(planned, results), chooseAudiences(planned)])
    if (allowed.length === 0) return []
    const publishedAt = parts.now()
    const records = recordsOf(allowed.map(auditedWriteOf), publishedAt, parts.newAuditId)
    // Both before any row, and neither needs the other. When the log cannot be written, nothing else is.
    const [reservation] = await Promise.all([parts.feed.reserve(allowed.length), parts.audit.append(records.events)])
    let stored: readonly PlannedWrite[]
    try {
      stored = await storeReserved(allowed, reservation, { publishedAt, records })
    } catch (error) {
      if (!(error instanceof ReservationExpired)) throw error
      // Too slow to go on safely: readers may soon pass the range. What was stored is re-sequenced by the release.
      await parts.feed.release(reservation)
      return allowed
    }
    await parts.feed.release(reservation)
    await parts.claims.giveUp(stored.flatMap(write => gtinsToGiveUp(write)), publishedAt)
    const won = new Set(stored)
    for (const { index, change } of stored) results[index] = { outcome: outcomeOf(change), version: change.version, publishedAt }
    return allowed.filter(write => !won.has(write))
  }

  /**
   * Names the audience of every record. An audience is registered before the feed position is taken, so whoever reads that
   * position and asks what it may see then knows of the audience. Lists are asked after the heads were read: a product that is
   * moved later is no longer in the audience that its replacement is filtered by.
   */
  async function chooseAudiences (planned: readonly PlannedWrite[]): Promise<void> {
    const lists = await parts.listMembers.listsOf(planned.flatMap(({ proposal }) => proposal.kind === 'publish'
      ? [{ vendor: proposal.vendor, productId: proposal.record.productId }]
      : []))
    for (const write of planned) {
      if (write.proposal.kind !== 'publish') continue
      const { record, vendor } = write.proposal
      write.audience = audienceFor(vendor, record.promoted.category, lists.get(record.productId))
    }
    await parts.audiences.register(planned.flatMap(({ audience }) => audience ?? []))
  }

  async function takeGtins (planned: readonly PlannedWrite[], results: WriteResult[]): Promise<PlannedWrite[]> {
    const requests = new Map<PlannedWrite, GtinRequest[]>(planned.map(write =>
      [write, gtinsToTake(write).map(gtin => ({ gtin, productId: productIdOfProposal(write.proposal) }))]))
    const at = parts.now()
    const { refused, added } = await parts.claims.take([...requests.values()].flat(), at)
    if (refused.size === 0) return [...planned]
    const allowed: PlannedWrite[] = []
    for (const [write, wanted] of requests) {
      const foreign = wanted.filter(request => refused.has(request))
      if (foreign.length === 0) {
        allowed.push(write)
        continue
      }
      await parts.claims.giveUp(wanted.filter(request => added.has(request)), new Date(at.getTime() + 1))
      const owners = new Map(foreign.map(request => [request.gtin, refused.get(request) as string]))
      results[write.index] = { outcome: 'refused', reason: 'gtin-owned', owners }
    }
    return allowed
  }

  async function storeReserved (planned: readonly PlannedWrite[], reservation: Reservation, stamp: Stamp): Promise<PlannedWrite[]> {
    const positioned = planned.map((write, offset) => ({ write, seq: reservation.first + offset }))
    const fresh = positioned.filter(({ write }) => write.head === undefined)
    const changed = positioned.filter(({ write }) => write.head !== undefined)
    if (changed.length > 0) await archive(changed.map(({ write }) => productIdOfProposal(write.proposal)), reservation)
    const lost = new Set<PlannedWrite>()
    if (fresh.length > 0) {
      const documents = fresh.map(({ write, seq }) => documentOf(write, seq, stamp))
      const taken = new Set(await inserts.insert(documents, () => { reservation.assertFresh() }))
      for (const offset of taken) lost.add((fresh[offset] as typeof fresh[number]).write)
      await parts.listMembers.placeNewcomers(documents.filter((_, offset) => !taken.has(offset)))
    }
    if (changed.length > 0) {
      reservation.assertFresh()
      for (const { write } of await replaceChanged(changed, stamp)) lost.add(write)
    }
    return planned.filter(write => !lost.has(write))
  }

  /** Copies the current documents into the history, inside the database. A copy that is there already stays. */
  async function archive (productIds: readonly string[], reservation: Reservation): Promise<void> {
    reservation.assertFresh()
    await products.aggregate([
      { $match: { _id: { $in: [...productIds] } } },
      {
        $project: {
          _id: { productId: '$_id', version: '$version' },
          version: 1,
          vendor: 1,
          publishedAt: 1,
          outcome: 1,
          schemaVersion: 1,
          rulesetVersion: 1,
          record: 1,
          warnings: 1,
          origin: 1,
          auditId: 1
        }
      },
      { $merge: { into: VERSIONS_COLLECTION, on: '_id', whenMatched: 'keepExisting', whenNotMatched: 'insert' } }
    ], { maxTimeMS: MAX_TIME_MS }).toArray()
  }

  /** Replaces products at the version that was decided on; returns those that were at another one. */
  async function replaceChanged<T extends { write: PlannedWrite, seq: number }> (changed: readonly T[], stamp: Stamp): Promise<T[]> {
    const operations = changed.map(({ write, seq }): AnyBulkWriteOperation<ProductDocument> => {
      const { version, audience } = write.head as StoredHead
      const filter = { _id: productIdOfProposal(write.proposal), version, audience }
      if (write.proposal.kind === 'publish') return { replaceOne: { filter, replacement: documentOf(write, seq, stamp) } }
      const { origin, author } = write.proposal
      const { publishedAt, records } = stamp
      return {
        updateOne: {
          filter,
          update: {
            $set: {
              withdrawn: true, version: write.change.version, seq, publishedAt, outcome: 'withdrawn', auditId: records.idFor(author), ...(origin && { origin })
            },
            $unset: { record: true, warnings: true, ...(origin === undefined && { origin: true }) }
          }
        }
      }
    })
    const { matchedCount } = await products.bulkWrite(operations, { ordered: false, maxTimeMS: MAX_TIME_MS })
    if (matchedCount === changed.length) return []
    // The answer of a bulk only counts; the position tells which of the rows are ours.
    const ours = await products.find(
      { _id: { $in: changed.map(({ write }) => productIdOfProposal(write.proposal)) } }, { projection: { seq: 1 }, maxTimeMS: MAX_TIME_MS }
    ).toArray()
    const seqById = new Map(ours.map(({ _id, seq }) => [_id, seq]))
    return changed.filter(({ write, seq }) => seqById.get(productIdOfProposal(write.proposal)) !== seq)
  }

  return { write }
}

function documentOf (write: PlannedWrite, seq: number, { publishedAt, records }: Stamp): ProductDocument {
  if (write.proposal.kind !== 'publish') throw new Error('Only a published record has a document')
  const { record, vendor, origin, author } = write.proposal
  const stamp = {
    version: write.change.version,
    seq,
    born: bornOf(write.head, seq),
    vendor,
    publishedAt,
    outcome: outcomeOf(write.change),
    auditId: records.idFor(author),
    ...(origin && { origin })
  }
  return toProductDocument(record, stamp, placementAfter(write.head, write.audience as string, { seq, at: publishedAt }))
}

function outcomeOf (change: Change): VersionOutcome {
  return ({ create: 'created', update: 'updated', withdraw: 'withdrawn' } as const)[change.action]
}

function auditedWriteOf ({ proposal, change }: PlannedWrite) {
  return { author: proposal.author, productId: productIdOfProposal(proposal), outcome: outcomeOf(change), version: change.version }
}

function heldGtins ({ head }: PlannedWrite): readonly string[] {
  return head === undefined || head.withdrawn ? [] : head.gtins
}

function gtinsToTake (write: PlannedWrite): string[] {
  if (write.proposal.kind !== 'publish') return []
  const held = heldGtins(write)
  return write.proposal.record.promoted.gtins.filter(gtin => !held.includes(gtin))
}

function gtinsToGiveUp (write: PlannedWrite): GtinRequest[] {
  const kept = write.proposal.kind === 'publish' ? write.proposal.record.promoted.gtins : []
  return heldGtins(write).filter(gtin => !kept.includes(gtin)).map(gtin => ({ gtin, productId: productIdOfProposal(write.proposal) }))
}
