/** Use case: the filtered list of products as a whole, for a file. */
import { requireScope, type Caller } from '../../domain/access.js'
import type { ExportedProduct, ListedProduct, StoredProduct, UnrepresentableProduct } from '../../domain/product.js'
import type { ProductFilters } from '../../domain/product-filters.js'
import type { VisibilityOf } from '../../domain/visibility.js'
import type { AliasesRepository } from '../../storage/aliases-repository.js'
import type { ProductsRepository } from '../../storage/products-repository.js'
import type { Representations } from './representation.js'

/** Products per database read. */
const CHUNK = 250

/** Products left out that are named; further ones are counted. */
const MOST_NAMED = 10_000

/** Products for a file, and those that are left out of it: it grows while the products are read. */
export interface ProductsForFile {
  chunks: AsyncIterable<ExportedProduct[]>
  /** Absent: nothing is left out, because no schema version was asked for. */
  leftOut?: LeftOut
}

export interface LeftOut {
  count: number
  /** The first of them, at most {@link MOST_NAMED}. */
  products: UnrepresentableProduct[]
}

export type ProductExport = ReturnType<typeof createProductExport>

export function createProductExport (parts: {
  products: Pick<ProductsRepository, 'list'>
  aliases: Pick<AliasesRepository, 'skusOf'>
  representations: Representations
  visibilityOf: VisibilityOf
}) {
  /**
   * The products that match, in the order of the list, as they stand when they are reached. Refusals, and a database that
   * cannot answer, reject before the first chunk. With `schema`, in that schema version: records without a place in it are left out, and told. With
   * `ownSkus`, with the SKUs that the caller's organisation knows them by.
   */
  async function exportProducts (caller: Caller, filters: ProductFilters, options: { schema?: string, ownSkus?: boolean } = {}): Promise<ProductsForFile> {
    requireScope(caller, 'products:read')
    const { schema } = options
    if (schema !== undefined) parts.representations.target(schema)
    // An export can take minutes: what may be seen is asked before each chunk.
    const read = (after?: number): Promise<ListedProduct[]> => {
      const chunk = readChunk(caller, filters, { ...(after !== undefined && { after }), limit: CHUNK })
      // Whoever awaits it gets the error; when nobody does any more, because the reader went away, it is of no interest.
      chunk.catch(() => {})
      return chunk
    }
    const first = await read()
    const chunks = chunksFrom(first, read)
    const leftOut: LeftOut = { count: 0, products: [] }
    const asked = schema === undefined ? chunks : represented(chunks, schema, leftOut)
    return { chunks: options.ownSkus === true ? withOwnSkus(caller, asked) : asked, ...(schema !== undefined && { leftOut }) }
  }

  async function * withOwnSkus (caller: Caller, chunks: AsyncIterable<StoredProduct[]>): AsyncGenerator<ExportedProduct[]> {
    for await (const chunk of chunks) {
      const skus = await parts.aliases.skusOf(caller.organizationId, chunk.map(({ productId }) => productId))
      yield chunk.map(product => ({ ...product, ownSkus: skus.get(product.productId) ?? [] }))
    }
  }

  async function * represented (chunks: AsyncIterable<StoredProduct[]>, schema: string, leftOut: LeftOut): AsyncGenerator<StoredProduct[]> {
    for await (const chunk of chunks) {
      yield chunk.flatMap(product => {
        const representation = parts.representations.represent(schema, product, { once: true })
        if ('product' in representation) return representation.product
        const { productId, version, schemaVersion } = product
        leftOut.count += 1
        if (leftOut.products.length < MOST_NAMED) leftOut.products.push({ productId, version, schemaVersion, available: representation.available })
        return []
      })
    }
  }

  async function readChunk (caller: Caller, filters: ProductFilters, page: { after?: number, limit: number }): Promise<ListedProduct[]> {
    return await parts.products.list(filters, await parts.visibilityOf(caller), page)
  }

  return { exportProducts }
}

/** Reads one chunk ahead, so that the database works while the file is written. */
async function * chunksFrom (first: ListedProduct[], read: (after: number) => Promise<ListedProduct[]>): AsyncGenerator<ListedProduct[]> {
  let chunk = first
  for (;;) {
    const last = chunk.length === CHUNK ? chunk.at(-1) : undefined
    const next = last === undefined ? undefined : read(last.born)
    if (chunk.length > 0) yield chunk
    if (next === undefined) return
    chunk = await next
  }
}
