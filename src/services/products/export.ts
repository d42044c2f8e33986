/** Use case: the filtered list of products as a whole, for a file. */
import { requireScope, visibilityOf, type Caller } from '../../domain/access.js'
import type { StoredProduct } from '../../domain/product.js'
import type { ProductFilters } from '../../domain/product-filters.js'
import type { ProductsRepository } from '../../storage/products-repository.js'

/** Products per database read. */
const CHUNK = 250

export type ProductExport = ReturnType<typeof createProductExport>

export function createProductExport (parts: { products: Pick<ProductsRepository, 'list'> }) {
  /**
   * The products that match, in the order of the list, as they stand when they are reached. Refusals, and a database that
   * cannot answer, reject before the first chunk.
   */
  async function exportProducts (caller: Caller, filters: ProductFilters): Promise<AsyncIterable<StoredProduct[]>> {
    requireScope(caller, 'products:read')
    const visibility = visibilityOf(caller)
    const read = (after?: string): Promise<StoredProduct[]> => {
      const chunk = parts.products.list(filters, visibility, { ...(after !== undefined && { after }), limit: CHUNK })
      // Whoever awaits it gets the error; when nobody does any more, because the reader went away, it is of no interest.
      chunk.catch(() => {})
      return chunk
    }
    const first = await read()
    return chunksFrom(first, read)
  }

  return { exportProducts }
}

/** Reads one chunk ahead, so that the database works while the file is written. */
async function * chunksFrom (first: StoredProduct[], read: (after: string) => Promise<StoredProduct[]>): AsyncGenerator<StoredProduct[]> {
  let chunk = first
  for (;;) {
    const last = chunk.length === CHUNK ? chunk.at(-1) : undefined
    const next = last === undefined ? undefined : read(last.productId)
    if (chunk.length > 0) yield chunk
    if (next === undefined) return
    chunk = await next
  }
}
