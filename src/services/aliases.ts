/** Use cases of distributors and resellers that know products by SKUs of their own: map them, list them. Private to each organisation. */
import { aRole, requireScope, type Caller } from '../domain/access.js'
import { normalizeSku, type Alias, type AliasChange } from '../domain/alias.js'
import { ExchangeError } from '../domain/problems.js'
import type { VisibilityOf } from '../domain/visibility.js'
import type { AliasesRepository } from '../storage/aliases-repository.js'
import type { IdentifierMatch } from '../storage/identifier-matches.js'
import type { ProductsRepository } from '../storage/products-repository.js'
import type { AuditTrail } from './audit/audit-trail.js'
import type { Cursors } from './cursors.js'
import { pageByCursor, type Page, type PageRequest } from './pages.js'
import { unknownIdentifier, type Identifier, type IdentifierResolver, type Resolution } from './products/identifiers.js'

export type AliasItem =
  | { op: 'set', ref?: string, sku: string, product?: Identifier, productId?: string }
  | { op: 'remove', ref?: string, sku: string }
  /** An item that the door could not read; it fails with this error, and the others stand for themselves. */
  | { op: 'malformed', ref?: string, error: ExchangeError }

export interface AliasItemAnswer {
  index: number
  ref?: string
  sku?: string
  productId?: string
  outcome: 'created' | 'updated' | 'unchanged' | 'removed' | 'failed'
  /** With `ambiguous-identifier`: the products to choose from. */
  candidates?: readonly IdentifierMatch[]
  /** Whether there are more products than the candidates. */
  hasMoreCandidates?: boolean
  error?: ExchangeError
}

export interface AliasBatchAnswer {
  summary: { total: number, created: number, updated: number, unchanged: number, removed: number, failed: number }
  items: AliasItemAnswer[]
}

/** A product's SKUs are written into one cell of a file, and read for every product of an export. */
const MOST_SKUS_PER_PRODUCT = 100

export type Aliases = ReturnType<typeof createAliases>

export function createAliases (parts: {
  aliases: AliasesRepository
  identifiers: IdentifierResolver
  products: Pick<ProductsRepository, 'findVisibleIds'>
  visibilityOf: VisibilityOf
  audit: AuditTrail
  cursors: Cursors
  now: () => Date
}) {
  const { aliases, cursors } = parts

  /**
   * Maps SKUs to products, or takes them away; answers come in the order of the items, each stands for itself. A SKU can only be
   * mapped to a product that the caller sees; any other is `not-found`, whether it exists or not.
   */
  async function writeAliases (caller: Caller, items: readonly AliasItem[]): Promise<AliasBatchAnswer> {
    requireScope(caller, 'aliases:write')
    if (caller.role !== 'distributor' && caller.role !== 'reseller') {
      throw new ExchangeError('role-not-allowed', `Distributors and resellers map their own SKUs; ${caller.organizationName} is ${aRole(caller.role)}.`)
    }
    const answers = items.map((item, index): AliasItemAnswer => ({
      index, ...(item.ref !== undefined && { ref: item.ref }), ...(item.op !== 'malformed' && { sku: normalizeSku(item.sku) }), outcome: 'failed'
    }))
    const changes = await decide(caller, items, answers)
    if (changes.size > 0) await store(caller, changes, answers)
    return { summary: summarize(answers), items: answers }
  }

  /** What there is to change, by the answer that it belongs to; all other answers are given. */
  async function decide (caller: Caller, items: readonly AliasItem[], answers: AliasItemAnswer[]): Promise<Map<AliasItemAnswer, AliasChange>> {
    const { organizationId } = caller
    const readable = readableOf(items, answers)
    const targets = await targetsOf(caller, readable)
    const current = await aliases.productsOf(organizationId, readable.map(({ sku }) => sku))
    const counts = await aliases.countOf(organizationId, [...new Set(targets.values())])
    const changes = new Map<AliasItemAnswer, AliasChange>()
    for (const { item, sku, answer } of readable) {
      if (answer.error !== undefined) continue
      const before = current.get(sku)
      const after = item.op === 'set' ? targets.get(answer) : undefined
      if (after !== undefined) answer.productId = after
      if (before === after) {
        answer.outcome = 'unchanged'
        continue
      }
      const count = after === undefined ? 0 : (counts.get(after) ?? 0) + 1
      if (count > MOST_SKUS_PER_PRODUCT) answer.error = new ExchangeError('limit-reached', `You have ${MOST_SKUS_PER_PRODUCT} SKUs for the product ${after}, which is as many as one product can have.`)
      else changes.set(answer, { sku, before, after })
      if (after !== undefined) counts.set(after, count)
    }
    return changes
  }

  /** Finds the product of every item that sets one. Those that lead to none that the caller sees get their error. */
  async function targetsOf (caller: Caller, readable: readonly ReadableItem[]): Promise<Map<AliasItemAnswer, string>> {
    const asked = readable.flatMap(({ item, answer }) => item.op === 'set' ? [{ answer, identifier: identifierOf(item) }] : [])
    const visibility = await parts.visibilityOf(caller)
    const resolutions = await parts.identifiers.resolve(caller, asked.map(({ identifier }) => identifier), visibility)
    const visible = await parts.products.findVisibleIds(resolutions.flatMap(resolution => 'productId' in resolution ? resolution.productId : []), visibility)
    const targets = new Map<AliasItemAnswer, string>()
    for (const [index, { answer, identifier }] of asked.entries()) {
      const resolution = resolutions[index] as Resolution
      if ('error' in resolution) Object.assign(answer, resolution)
      else if (visible.has(resolution.productId)) targets.set(answer, resolution.productId)
      else answer.error = unknownIdentifier(identifier)
    }
    return targets
  }

  async function store (caller: Caller, changes: ReadonlyMap<AliasItemAnswer, AliasChange>, answers: readonly AliasItemAnswer[]): Promise<void> {
    const wanted = [...changes.values()]
    const lost = await parts.audit.audited(caller, { operation: 'writeAliases', resource: { type: 'alias' }, items: wanted.map(auditedItem) }, async () => {
      const result = await aliases.apply(caller.organizationId, wanted, parts.now())
      const done = wanted.filter(({ sku }) => !result.has(sku))
      return { result, isDone: done.length > 0, ...(result.size > 0 && { items: done.map(auditedItem) }) }
    })
    for (const answer of answers) {
      const change = changes.get(answer)
      if (change === undefined) continue
      if (lost.has(change.sku)) answer.error = new ExchangeError('write-conflict', `Somebody else of your organisation changed the SKU ${change.sku} at the same time.`, { retryAfterSeconds: 1 })
      else answer.outcome = change.after === undefined ? 'removed' : change.before === undefined ? 'created' : 'updated'
    }
  }

  /** In the order of SKUs. Also those whose product is not visible any more. */
  async function listAliases (caller: Caller, filters: { productId?: string | undefined, skuPrefix?: string | undefined }, page: PageRequest): Promise<Page<Alias>> {
    requireScope(caller, 'products:read')
    const { organizationId } = caller
    const bound = cursors.bind({ list: 'aliases', organizationId, query: filters })
    return await pageByCursor(bound, page, ({ sku }) => sku, async start => await aliases.page(organizationId, { ...filters, skuPrefix: filters.skuPrefix?.normalize('NFC'), ...start }))
  }

  return { writeAliases, listAliases }
}

interface ReadableItem { item: Exclude<AliasItem, { op: 'malformed' }>, sku: string, answer: AliasItemAnswer }

/** The items that can be looked at further; the others get their error. */
function readableOf (items: readonly AliasItem[], answers: readonly AliasItemAnswer[]): ReadableItem[] {
  const seen = new Set<string>()
  return items.flatMap((item, index) => {
    const answer = answers[index] as AliasItemAnswer
    const error = item.op === 'malformed' ? item.error : faultOf(item, normalizeSku(item.sku), seen)
    if (error !== undefined) answer.error = error
    return item.op === 'malformed' || error !== undefined ? [] : [{ item, sku: normalizeSku(item.sku), answer }]
  })
}

function faultOf (item: ReadableItem['item'], sku: string, seen: Set<string>): ExchangeError | undefined {
  if (seen.has(sku)) return new ExchangeError('duplicate-in-batch', `An earlier item of this batch is about the same SKU ${sku}.`)
  seen.add(sku)
  if (item.op === 'remove' || (item.product === undefined) !== (item.productId === undefined)) return undefined
  const detail = 'A SKU leads to one product: give either product, with an identifier, or productId.'
  return new ExchangeError('validation-failed', detail, { issues: [{ code: 'SCHEMA_REQUIRED_ONE_OF', severity: 'error', pointer: '', detail, expected: 'product or productId' }] })
}

function identifierOf ({ product, productId }: Extract<AliasItem, { op: 'set' }>): Identifier {
  return product ?? { scheme: 'productId', value: productId as string }
}

function auditedItem ({ sku, before, after }: AliasChange) {
  return { id: sku, ...(before !== undefined && { before: { productId: before } }), ...(after !== undefined && { after: { productId: after } }) }
}

function summarize (answers: readonly AliasItemAnswer[]): AliasBatchAnswer['summary'] {
  const summary = { total: answers.length, created: 0, updated: 0, unchanged: 0, removed: 0, failed: 0 }
  for (const { outcome } of answers) summary[outcome]++
  return summary
}
