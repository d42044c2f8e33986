/** Use case: up to a thousand writes in one request, each with an answer of its own. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { requireScope, type Caller } from '../../domain/access.js'
import { actorOf, type WriteAuthor } from '../../domain/audit.js'
import type { Issue } from '../../domain/issue.js'
import { applyMergePatch } from '../../domain/merge-patch.js'
import { ExchangeError } from '../../domain/problems.js'
import type { AcceptedRecord, VersionOutcome } from '../../domain/product.js'
import type { VisibilityOf } from '../../domain/visibility.js'
import { productIdOfProposal, type Proposal } from '../../domain/write-decision.js'
import type { ProductWriter, WriteResult } from '../../storage/product-writer.js'
import type { ProductsRepository } from '../../storage/products-repository.js'
import type { Admission } from './admission.js'
import { isAboutExistence, productNotFound, refusal } from './writing.js'

export type BatchItem =
  | { op: 'submit', ref?: string, record: unknown, ifVersion?: number }
  | { op: 'patch', ref?: string, productId: string, patch: unknown, ifVersion?: number }
  | { op: 'withdraw', ref?: string, productId: string, ifVersion?: number }
  /** An item that the door could not read; it fails with this error, and the others stand for themselves. */
  | { op: 'malformed', ref?: string, error: ExchangeError }

export interface BatchOptions {
  /** `continue` writes every item that is right; `abort` writes nothing unless all are. */
  onError: 'continue' | 'abort'
  dryRun?: boolean
}

export interface BatchItemAnswer {
  index: number
  ref?: string
  productId?: string
  outcome: VersionOutcome | 'unchanged' | 'failed'
  version?: number
  warnings?: readonly Issue[]
  error?: ExchangeError
}

export interface BatchAnswer {
  summary: { total: number, created: number, updated: number, unchanged: number, withdrawn: number, failed: number }
  items: BatchItemAnswer[]
}

interface Admitted { index: number, proposal: Proposal, record?: AcceptedRecord }

/** Items per database command: small enough that other requests and the feed are not held up. */
const CHUNK = 500

/** Items validated before other requests get a turn. */
const ITEMS_PER_TURN = 64

export type BatchWriting = ReturnType<typeof createBatchWriting>

export function createBatchWriting (parts: {
  admission: Admission
  writer: ProductWriter
  products: ProductsRepository
  visibilityOf: VisibilityOf
  isUnavailable: (error: unknown) => boolean
}) {
  /**
   * Writes the items; answers come in the order of the items. With `abort`, every item is checked against the schema, the
   * rules and the stored versions before the first one is written.
   */
  async function writeBatch (caller: Caller, items: readonly BatchItem[], options: BatchOptions): Promise<BatchAnswer> {
    requireScope(caller, 'products:write')
    const answers = new Array<BatchItemAnswer>(items.length)
    if (options.onError === 'continue') await writeWhatIsRight(caller, items, answers, options.dryRun === true)
    else await writeAllOrNothing(caller, items, answers, options.dryRun === true)
    return { summary: summarize(answers), items: answers }
  }

  async function writeWhatIsRight (caller: Caller, items: readonly BatchItem[], answers: BatchItemAnswer[], dryRun: boolean): Promise<void> {
    const seen = new Set<string>()
    const writes: Array<Promise<void>> = []
    for (let start = 0; start < items.length; start += CHUNK) {
      const admitted = await admitItems(caller, items, { start, end: start + CHUNK }, seen, answers, dryRun)
      // The next chunk is validated while the database works on this one.
      writes.push(writeChunk(caller, admitted, answers, dryRun))
    }
    await Promise.all(writes)
  }

  async function writeAllOrNothing (caller: Caller, items: readonly BatchItem[], answers: BatchItemAnswer[], dryRun: boolean): Promise<void> {
    const admitted = await admitItems(caller, items, { start: 0, end: items.length }, new Set(), answers, dryRun)
    for (const chunk of chunksOf(admitted)) await writeChunk(caller, chunk, answers, true)
    if (answers.some(answer => answer.outcome === 'failed')) {
      for (const answer of answers) if (answer.outcome !== 'failed') answers[answer.index] = aborted(answer)
      return
    }
    if (dryRun) return
    for (const chunk of chunksOf(admitted)) await writeChunk(caller, chunk, answers, false)
  }

  async function admitItems (
    caller: Caller, items: readonly BatchItem[], range: { start: number, end: number }, seen: Set<string>, answers: BatchItemAnswer[], dryRun: boolean
  ): Promise<Admitted[]> {
    const admitted: Admitted[] = []
    const author: WriteAuthor = { actor: actorOf(caller), operation: 'writeProductBatch' }
    const slice = items.slice(range.start, range.end)
    const current = await parts.products.findMany(slice.flatMap(item => item.op === 'patch' ? [item.productId] : []), await parts.visibilityOf(caller))
    for (const [offset, item] of slice.entries()) {
      const index = range.start + offset
      if (offset % ITEMS_PER_TURN === ITEMS_PER_TURN - 1) await nextTurn()
      try {
        const { proposal, record } = await proposalOf(caller, author, item, current, dryRun)
        const productId = productIdOfProposal(proposal)
        if (seen.has(productId)) throw duplicate(productId)
        seen.add(productId)
        answers[index] = { index, ...named(item), productId, outcome: 'failed' }
        admitted.push({ index, proposal, ...(record && { record }) })
      } catch (error) {
        if (!(error instanceof ExchangeError)) throw error
        answers[index] = { index, ...named(item), ...('productId' in item && { productId: item.productId }), outcome: 'failed', error }
      }
    }
    return admitted
  }

  async function proposalOf (
    caller: Caller, author: WriteAuthor, item: BatchItem, current: Awaited<ReturnType<ProductsRepository['findMany']>>, dryRun: boolean
  ): Promise<{ proposal: Proposal, record?: AcceptedRecord }> {
    if (item.op === 'malformed') throw item.error
    const precondition = item.ifVersion === undefined ? {} : { precondition: { ifVersion: item.ifVersion } }
    switch (item.op) {
      case 'submit': {
        const record = await parts.admission.admit(caller, item.record, { dryRun })
        return { record, proposal: { kind: 'publish', author, record, vendor: caller.organizationId, ...precondition } }
      }
      case 'patch': {
        const product = current.get(item.productId)
        if (product === undefined) throw productNotFound(item.productId)
        const document = applyMergePatch(JSON.parse(product.record.toString()), item.patch)
        const record = await parts.admission.admit(caller, document, { productId: item.productId, dryRun })
        const proposal: Proposal = { kind: 'publish', author, record, vendor: caller.organizationId, precondition: { ifVersion: item.ifVersion ?? product.version } }
        return { record, proposal }
      }
      case 'withdraw':
        return { proposal: { kind: 'withdraw', author, productId: item.productId, writableManufacturers: caller.manufacturerKeys, ...precondition } }
    }
  }

  async function writeChunk (caller: Caller, admitted: readonly Admitted[], answers: BatchItemAnswer[], dryRun: boolean): Promise<void> {
    if (admitted.length === 0) return
    let results: WriteResult[]
    try {
      results = await parts.writer.write(admitted.map(({ proposal }) => proposal), { dryRun })
    } catch (error) {
      if (!parts.isUnavailable(error)) throw error
      const unavailable = new ExchangeError('unavailable', 'The database could not store this item in time; sending it again is safe.', { retryAfterSeconds: 5, cause: error })
      for (const { index } of admitted) answers[index] = { ...answers[index] as BatchItemAnswer, outcome: 'failed', error: unavailable }
      return
    }
    const told = await discreet(caller, admitted, results)
    for (const [offset, { index, proposal, record }] of admitted.entries()) {
      answers[index] = settle(answers[index] as BatchItemAnswer, told[offset] as WriteResult, proposal, record)
    }
  }

  /** That a product is another's is told only to those who see it; what does not exist is looked for as well. */
  async function discreet (caller: Caller, admitted: readonly Admitted[], results: readonly WriteResult[]): Promise<readonly WriteResult[]> {
    const asked = admitted.filter((_, offset) => isAboutExistence(results[offset] as WriteResult)).map(({ proposal }) => productIdOfProposal(proposal))
    if (asked.length === 0) return results
    const visible = await parts.products.findVisibleIds(asked, await parts.visibilityOf(caller))
    return results.map((result, offset) => isAboutExistence(result) && !visible.has(productIdOfProposal((admitted[offset] as Admitted).proposal)) ? { outcome: 'refused', reason: 'not-found' } : result)
  }

  return { writeBatch }
}

function settle (answer: BatchItemAnswer, result: WriteResult, proposal: Proposal, record: AcceptedRecord | undefined): BatchItemAnswer {
  if (result.outcome === 'refused') return { ...answer, outcome: 'failed', error: refusal(result, productIdOfProposal(proposal), record) }
  const warnings = record === undefined ? [] : [...record.warnings, ...record.notices]
  return { ...answer, outcome: result.outcome, version: result.version, ...(warnings.length > 0 && { warnings }) }
}

function aborted ({ index, ref, productId }: BatchItemAnswer): BatchItemAnswer {
  const error = new ExchangeError('batch-aborted', 'This item is right, but another one of the batch is not.')
  return { index, ...(ref !== undefined && { ref }), ...(productId !== undefined && { productId }), outcome: 'failed', error }
}

function duplicate (productId: string): ExchangeError {
  return new ExchangeError('duplicate-in-batch', `An earlier item of this batch addresses the same product ${productId}.`)
}

function named ({ ref }: BatchItem): { ref?: string } {
  return ref === undefined ? {} : { ref }
}

function * chunksOf (admitted: readonly Admitted[]): Generator<readonly Admitted[]> {
  for (let start = 0; start < admitted.length; start += CHUNK) yield admitted.slice(start, start + CHUNK)
}

function summarize (answers: readonly BatchItemAnswer[]): BatchAnswer['summary'] {
  const summary = { total: answers.length, created: 0, updated: 0, unchanged: 0, withdrawn: 0, failed: 0 }
  for (const { outcome } of answers) summary[outcome]++
  return summary
}
