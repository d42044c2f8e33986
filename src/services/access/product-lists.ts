/** Use cases of vendors that take single products out of their category's policy: product lists, each with a policy of its own. */
import type { Caller } from '../../domain/access.js'
import type { AudienceSetting, ProductList } from '../../domain/access-policy.js'
import { ExchangeError } from '../../domain/problems.js'
import type { AccessRepository } from '../../storage/access-repository.js'
import type { ProductListMembers } from '../../storage/product-list-members.js'
import type { AuditTrail } from '../audit/audit-trail.js'
import type { Cursors } from '../cursors.js'
import { pageByCursor, type Page, type PageRequest } from '../pages.js'
import { replaced, requireOwned, requireVendor, tooMany, without } from './access-administration.js'
import { decisionOf, type AccessChange } from './access-change.js'

/** Every list is an audience of its own, and readers' decisions are made per audience. */
const MOST_LISTS = 100

/** Products that change their list in one go. */
const CHUNK = 500

export interface ListContent { name: string, audience?: AudienceSetting | undefined }

export type ProductLists = ReturnType<typeof createProductLists>

/**
 * @param parts.newId a random id with this prefix
 * @param parts.mostListed products that one organisation can have on its lists together
 */
export function createProductLists (parts: {
  access: Pick<AccessRepository, 'lists'>
  members: ProductListMembers
  change: AccessChange
  audit: AuditTrail
  cursors: Cursors
  now: () => Date
  newId: (prefix: string) => string
  mostListed: number
}) {
  const { access, members, change, audit, cursors, now, newId, mostListed } = parts

  async function list (caller: Caller, page: PageRequest): Promise<Page<ProductList>> {
    const vendor = requireVendor(caller)
    const bound = cursors.bind({ list: 'product-lists', organizationId: vendor, query: null })
    return await pageByCursor(bound, page, ({ id }) => id, async start => await access.lists.page(vendor, start))
  }

  async function get (caller: Caller, listId: string): Promise<ProductList> {
    return await requireOwned(access.lists.find(requireVendor(caller), listId), 'product list', listId)
  }

  async function create (caller: Caller, { name, audience }: ListContent): Promise<ProductList> {
    const vendor = requireVendor(caller)
    if (await access.lists.count(vendor) >= MOST_LISTS) throw tooMany('product lists', MOST_LISTS)
    const created: ProductList = { id: newId('lst'), vendor, name, ...(audience !== undefined && { audience }), createdAt: now() }
    return await audit.audited(caller, { operation: 'createProductList', resource: { type: 'product-list', id: created.id } }, async () => {
      await change(decisionOf(vendor, facts => ({ ...facts, lists: [...facts.lists, created] }), async () => { await access.lists.add(created) }))
      return { after: created, result: created }
    })
  }

  async function replace (caller: Caller, listId: string, { name, audience }: ListContent): Promise<ProductList> {
    const before = await get(caller, listId)
    const after: ProductList = { id: listId, vendor: before.vendor, name, ...(audience !== undefined && { audience }), createdAt: before.createdAt }
    return await audit.audited(caller, { operation: 'replaceProductList', resource: { type: 'product-list', id: listId }, before }, async () => {
      await change(decisionOf(before.vendor, facts => ({ ...facts, lists: replaced(facts.lists, after) }), async () => { await access.lists.replace(after) }))
      return { after, result: after }
    })
  }

  /** Gives every product of the list back to its category, and then removes the list. */
  async function remove (caller: Caller, listId: string): Promise<ProductList> {
    const before = await get(caller, listId)
    const { vendor } = before
    return await audit.audited(caller, { operation: 'deleteProductList', resource: { type: 'product-list', id: listId }, before }, async () => {
      for (;;) {
        const productIds = await members.page(vendor, listId, { limit: CHUNK })
        if (productIds.length === 0) break
        await members.assign(vendor, productIds, undefined)
      }
      await change(decisionOf(vendor, facts => ({ ...facts, lists: without(facts.lists, listId) }), async () => { await access.lists.remove(vendor, listId) }))
      return { result: before }
    })
  }

  /** Ids of the products on a list, in order; those that are not published yet among them. */
  async function products (caller: Caller, listId: string, page: PageRequest): Promise<Page<{ productId: string }>> {
    const { vendor } = await get(caller, listId)
    const bound = cursors.bind({ list: 'product-list-members', organizationId: vendor, query: listId })
    return await pageByCursor(bound, page, ({ productId }) => productId, async start => (await members.page(vendor, listId, start)).map(productId => ({ productId })))
  }

  /**
   * Puts products on the list and takes others off it. A product is on one list at most: it leaves the one that it was on.
   * Products that are not published yet take their place when they are.
   *
   * @throws ExchangeError `limit-reached` when the organisation would have more products on lists than it can
   */
  async function changeProducts (caller: Caller, listId: string, wanted: { add: readonly string[], remove: readonly string[] }): Promise<{ added: number, removed: number }> {
    const { vendor } = await get(caller, listId)
    const add = [...new Set(wanted.add)]
    const onList = await members.listsOf([...add, ...wanted.remove].map(productId => ({ vendor, productId })))
    const further = add.filter(productId => !onList.has(productId)).length
    if (further > 0 && await members.count(vendor, mostListed) + further > mostListed) throw tooManyListed(mostListed)
    const off = [...new Set(wanted.remove)].filter(productId => onList.get(productId) === listId && !add.includes(productId))
    const after = { added: add, removed: off }
    return await audit.audited(caller, { operation: 'changeProductListMembers', resource: { type: 'product-list', id: listId } }, async () => {
      for (let start = 0; start < add.length; start += CHUNK) await members.assign(vendor, add.slice(start, start + CHUNK), listId)
      for (let start = 0; start < off.length; start += CHUNK) await members.assign(vendor, off.slice(start, start + CHUNK), undefined)
      return { after, result: { added: add.length, removed: off.length } }
    })
  }

  return { list, get, create, replace, remove, products, changeProducts }
}

function tooManyListed (most: number): ExchangeError {
  return new ExchangeError('limit-reached', `An organisation can have ${most.toLocaleString('en')} products on its lists together, those that are not published among them. Take off what needs no list, such as ids that were never published.`)
}
