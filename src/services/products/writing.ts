/** Use cases that change one product: submit, replace, patch, withdraw. */
import { requireScope, type Caller } from '../../domain/access.js'
import { actorOf, type WriteAuthor } from '../../domain/audit.js'
import { gtinOwnershipIssues } from '../../domain/rules/stored-data.js'
import { applyMergePatch } from '../../domain/merge-patch.js'
import { ExchangeError } from '../../domain/problems.js'
import type { AcceptedRecord, StoredProduct } from '../../domain/product.js'
import type { VisibilityOf } from '../../domain/visibility.js'
import type { Precondition, Proposal } from '../../domain/write-decision.js'
import type { ProductWriter, WriteResult } from '../../storage/product-writer.js'
import type { ProductsRepository } from '../../storage/products-repository.js'
import { invalidRecord, type Admission } from './admission.js'
import type { GroupCommit } from './group-commit.js'

export interface WriteOptions {
  /** Everything is checked and answered as if written, and nothing is stored. */
  dryRun?: boolean
  precondition?: Precondition
}

export interface WriteAnswer {
  outcome: 'created' | 'updated' | 'unchanged'
  product: StoredProduct
}

/** How often a patch without a precondition is applied afresh when other writers come in between. */
const MAX_PATCH_ATTEMPTS = 5

export type ProductWriting = ReturnType<typeof createProductWriting>

export function createProductWriting (parts: {
  admission: Admission
  groupCommit: GroupCommit
  writer: ProductWriter
  products: ProductsRepository
  visibilityOf: VisibilityOf
}) {
  /** Creates the product of this record, or replaces it; unchanged content stores nothing. */
  async function submit (caller: Caller, document: unknown, options: WriteOptions = {}): Promise<WriteAnswer> {
    requireScope(caller, 'products:write')
    return await publish(caller, 'submitProduct', await parts.admission.admit(caller, document, purposeOf(options)), options)
  }

  /** Replaces the record of one product, or restores a withdrawn one. The record must belong to that product. */
  async function replace (caller: Caller, productId: string, document: unknown, options: WriteOptions = {}): Promise<WriteAnswer> {
    requireScope(caller, 'products:write')
    return await publish(caller, 'replaceProduct', await parts.admission.admit(caller, document, { productId, ...purposeOf(options) }), options)
  }

  /** Applies a JSON Merge Patch (RFC 7396) to the current record and validates the result as a whole. */
  async function patch (caller: Caller, productId: string, mergePatch: unknown, options: WriteOptions = {}): Promise<WriteAnswer> {
    requireScope(caller, 'products:write')
    for (let attempt = 1; ; attempt++) {
      const current = await parts.products.find(productId, await parts.visibilityOf(caller))
      if (current === null) throw productNotFound(productId)
      const document = applyMergePatch(JSON.parse(current.record.toString()), mergePatch)
      const accepted = await parts.admission.admit(caller, document, { productId, ...purposeOf(options) })
      const demanded = options.precondition?.ifVersion
      const isAccepted = demanded === undefined || [demanded].flat().includes(current.version)
      // The patch was applied to this version, so it may replace no other.
      const precondition = { ...options.precondition, ifVersion: isAccepted ? current.version : demanded }
      try {
        return await publish(caller, 'patchProduct', accepted, { ...options, precondition })
      } catch (error) {
        const lostRace = error instanceof ExchangeError && error.code === 'precondition-failed' && demanded === undefined && options.precondition?.ifAbsent !== true
        if (!lostRace) throw error
        if (attempt === MAX_PATCH_ATTEMPTS) throw writeConflict(productId)
      }
    }
  }

  /** Withdraws the product: readers no longer find it, followers of the feed get a tombstone. Returns the tombstone's version. */
  async function withdraw (caller: Caller, productId: string, options: WriteOptions = {}): Promise<{ version: number }> {
    requireScope(caller, 'products:write')
    const result = await store({
      kind: 'withdraw',
      author: authorOf(caller, 'withdrawProduct'),
      productId,
      writableManufacturers: caller.manufacturerKeys,
      ...(options.precondition && { precondition: options.precondition })
    }, options)
    if (result.outcome !== 'refused') return { version: result.version }
    if (!isAboutExistence(result)) throw refusal(result, productId)
    // That it is another's is told only to those who see it, and what does not exist is looked for as well.
    const isVisible = await parts.products.find(productId, await parts.visibilityOf(caller)) !== null
    throw isVisible ? refusal(result, productId) : productNotFound(productId)
  }

  async function publish (caller: Caller, operation: string, record: AcceptedRecord, options: WriteOptions): Promise<WriteAnswer> {
    const result = await store({
      kind: 'publish', author: authorOf(caller, operation), record, vendor: caller.organizationId, ...(options.precondition && { precondition: options.precondition })
    }, options)
    return answerOf(result, record, caller)
  }

  async function store (proposal: Proposal, options: WriteOptions): Promise<WriteResult> {
    if (options.dryRun !== true) return await parts.groupCommit.submit(proposal)
    const [result] = await parts.writer.write([proposal], { dryRun: true })
    return result as WriteResult
  }

  return { submit, replace, patch, withdraw }
}

function authorOf (caller: Caller, operation: string): WriteAuthor {
  return { actor: actorOf(caller), operation }
}

function purposeOf ({ dryRun = false }: WriteOptions): { dryRun: boolean } {
  return { dryRun }
}

/** The answer for a record that was written or is unchanged; throws what was refused. */
function answerOf (result: WriteResult, record: AcceptedRecord, caller: Caller): WriteAnswer {
  if (result.outcome === 'refused') throw refusal(result, record.productId, record)
  if (result.outcome === 'withdrawn') throw new Error('A record cannot be answered with a withdrawal')
  return {
    outcome: result.outcome,
    product: {
      productId: record.productId,
      version: result.version,
      vendor: caller.organizationId,
      publishedAt: result.publishedAt,
      schemaVersion: record.schemaVersion,
      record: record.bytes,
      warnings: [...record.warnings, ...record.notices]
    }
  }
}

export function productNotFound (productId: string): ExchangeError {
  return new ExchangeError('not-found', `There is no product ${productId} that you can see.`)
}

/** Whether the refusal tells that a product of others is there, or that there is none. */
export function isAboutExistence (result: WriteResult): boolean {
  return result.outcome === 'refused' && (result.reason === 'manufacturer-not-yours' || result.reason === 'not-found')
}

export function refusal (result: Extract<WriteResult, { outcome: 'refused' }>, productId: string, record?: AcceptedRecord): ExchangeError {
  switch (result.reason) {
    case 'not-found': return productNotFound(productId)
    case 'manufacturer-not-yours': return new ExchangeError('manufacturer-not-yours', 'The product belongs to a manufacturer of another organisation.')
    case 'write-conflict': return writeConflict(productId)
    case 'gtin-owned': return invalidRecord(gtinOwnershipIssues(record?.promoted.gtins ?? [], gtin => result.owners.get(gtin), productId))
    case 'precondition-failed': {
      const { currentVersion } = result
      const detail = currentVersion === undefined
        ? 'There is no such product (any more), so it has no version that could match.'
        : `The product is at version ${currentVersion}.`
      return new ExchangeError('precondition-failed', detail, { extra: currentVersion === undefined ? {} : { currentVersion } })
    }
  }
}

function writeConflict (productId: string): ExchangeError {
  return new ExchangeError('write-conflict', `Other writers kept changing the product ${productId} at the same time.`, { retryAfterSeconds: 1 })
}
