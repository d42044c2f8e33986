/** Use cases that read products: one, many by filter, the history and what changed in it. */
import { createPatch, type Operation } from 'rfc6902'
import { requireScope, type Caller } from '../../domain/access.js'
import { ExchangeError } from '../../domain/problems.js'
import type { ListedProduct, ProductVersionEntry, StoredProduct, UnrepresentableProduct } from '../../domain/product.js'
import type { ProductFilters } from '../../domain/product-filters.js'
import type { Visibility, VisibilityOf } from '../../domain/visibility.js'
import type { ProductsRepository } from '../../storage/products-repository.js'
import type { Cursors } from '../cursors.js'
import { pageByCursor, type Page, type PageRequest } from '../pages.js'
import { whenKnown } from '../when-known.js'
import type { Representations } from './representation.js'
import { productNotFound } from './writing.js'

export type ProductPage = Page<StoredProduct> & { unrepresentable?: UnrepresentableProduct[] }

/** Says the order too: a cursor of a list in another order, as older versions gave out, would skip products, and is refused. */
const LIST = 'products in the order of births'

export type ProductReading = ReturnType<typeof createProductReading>

export function createProductReading (parts: {
  products: ProductsRepository
  /** Where a product is read by its id as it stands: the repository, or a cache in front of it. */
  current: { find: (productId: string, visibility: Visibility) => StoredProduct | null | Promise<StoredProduct | null> }
  cursors: Cursors
  representations: Representations
  visibilityOf: VisibilityOf
}) {
  /** One product as it stands, or as it stood at an instant; `schema` asks for another schema version. Answers synchronously from memory. */
  function get (caller: Caller, productId: string, options: { asOf?: Date | undefined, schema?: string | undefined } = {}): StoredProduct | Promise<StoredProduct> {
    requireScope(caller, 'products:read')
    const found = options.asOf === undefined
      ? whenKnown(parts.visibilityOf(caller), visibility => parts.current.find(productId, visibility))
      : findAsOf(caller, productId, options.asOf)
    return whenKnown(found, product => {
      if (product === null) throw productNotFound(productId)
      return parts.representations.require(options.schema, product)
    })
  }

  async function findAsOf (caller: Caller, productId: string, instant: Date): Promise<StoredProduct | null> {
    const visibility = await requireHistory(caller, productId)
    const version = await parts.products.versionAt(productId, instant, visibility)
    return version === null ? null : await parts.products.findVersion(productId, version, visibility)
  }

  /** A page of the products that match, in an order that never changes. Those with no place in the version asked for are named apart. */
  async function list (caller: Caller, filters: ProductFilters, page: PageRequest & { schema?: string }): Promise<ProductPage> {
    requireScope(caller, 'products:read')
    if (page.schema !== undefined) parts.representations.target(page.schema)
    const bound = parts.cursors.bind({ list: LIST, organizationId: caller.organizationId, query: filters })
    const products = await pageByCursor(bound, page, ({ born }: ListedProduct) => born, async start => await parts.products.list(filters, await parts.visibilityOf(caller), start))
    const items: StoredProduct[] = []
    const unrepresentable: UnrepresentableProduct[] = []
    for (const product of products.items) {
      const representation = parts.representations.represent(page.schema, product)
      if ('product' in representation) items.push(representation.product)
      else unrepresentable.push({ productId: product.productId, version: product.version, schemaVersion: product.schemaVersion, available: representation.available })
    }
    return { ...products, items, ...(unrepresentable.length > 0 && { unrepresentable }) }
  }

  /** The history of a product, newest first. Only its publisher sees the history of a withdrawn one. */
  async function versions (caller: Caller, productId: string, page: PageRequest): Promise<Page<ProductVersionEntry>> {
    requireScope(caller, 'products:read')
    const visibility = await requireHistory(caller, productId)
    const bound = parts.cursors.bind({ list: 'versions', organizationId: caller.organizationId, query: productId })
    return await pageByCursor(bound, page, ({ version }) => version, async ({ after, limit }) => await parts.products.listVersions(productId, visibility, { ...(after !== undefined && { before: after }), limit }))
  }

  /** One version of a product, exactly as it was published. */
  async function version (caller: Caller, productId: string, number: number, options: { schema?: string } = {}): Promise<StoredProduct> {
    requireScope(caller, 'products:read')
    const found = await parts.products.findVersion(productId, number, await requireHistory(caller, productId))
    if (found === null) throw new ExchangeError('not-found', `The product ${productId} has no version ${number} with a record.`)
    return parts.representations.require(options.schema, found)
  }

  /** What changed between two versions, as JSON Patch operations (RFC 6902) on the record. */
  async function diff (caller: Caller, productId: string, range: { from: number, to: number }): Promise<Operation[]> {
    const from = await version(caller, productId, range.from)
    const to = await version(caller, productId, range.to)
    return createPatch(JSON.parse(from.record.toString()), JSON.parse(to.record.toString()))
  }

  /** What the caller sees, this product and its history among it; throws `not-found` otherwise. */
  async function requireHistory (caller: Caller, productId: string): Promise<Visibility> {
    const visibility = await parts.visibilityOf(caller)
    const identity = await parts.products.findIdentity(productId, visibility)
    const hidden = identity === null || (identity.withdrawn && identity.vendor !== caller.organizationId)
    if (hidden) throw productNotFound(productId)
    return visibility
  }

  return { get, list, versions, version, diff }
}
