/** Use case: up to a thousand identifiers of any scheme, each answered on its own and in order. */
import { requireScope, type Caller } from '../../domain/access.js'
import { ExchangeError } from '../../domain/problems.js'
import type { StoredProduct } from '../../domain/product.js'
import type { Visibility, VisibilityOf } from '../../domain/visibility.js'
import type { IdentifierMatch } from '../../storage/identifier-matches.js'
import type { ProductsRepository } from '../../storage/products-repository.js'
import { unknownIdentifier, type Identifier, type IdentifierResolver, type Resolution } from './identifiers.js'
import type { Representations } from './representation.js'

export type LookupAnswer =
  | { request: Identifier, product: StoredProduct }
  | { request: Identifier, error: ExchangeError, candidates?: readonly IdentifierMatch[], hasMoreCandidates?: boolean }

/** Products per database read. */
const CHUNK = 250

export type ProductLookup = ReturnType<typeof createProductLookup>

export function createProductLookup (parts: { products: ProductsRepository, identifiers: IdentifierResolver, representations: Representations, visibilityOf: VisibilityOf }) {
  async function lookup (caller: Caller, identifiers: readonly Identifier[], options: { schema?: string } = {}): Promise<LookupAnswer[]> {
    requireScope(caller, 'products:read')
    const visibility = await parts.visibilityOf(caller)
    const resolutions = await parts.identifiers.resolve(caller, identifiers, visibility)
    const productIds = [...new Set(resolutions.flatMap(resolution => 'productId' in resolution ? [resolution.productId] : []))]
    const found = await findAll(productIds, visibility)
    return identifiers.map((request, index) => {
      const resolution = resolutions[index] as Resolution
      if ('error' in resolution) return { request, ...resolution }
      const product = found.get(resolution.productId)
      if (product === undefined) return { request, error: unknownIdentifier(request) }
      return represented(request, product, options.schema)
    })
  }

  function represented (request: Identifier, product: StoredProduct, schema: string | undefined): LookupAnswer {
    try {
      return { request, product: parts.representations.require(schema, product) }
    } catch (error) {
      if (error instanceof ExchangeError) return { request, error }
      throw error
    }
  }

  async function findAll (productIds: readonly string[], visibility: Visibility): Promise<Map<string, StoredProduct>> {
    const chunks: string[][] = []
    for (let start = 0; start < productIds.length; start += CHUNK) chunks.push(productIds.slice(start, start + CHUNK))
    const pages = await Promise.all(chunks.map(async chunk => await parts.products.findMany(chunk, visibility)))
    return new Map(pages.flatMap(page => [...page]))
  }

  return { lookup }
}
