/** Use case: up to a thousand identifiers of any scheme, each answered on its own and in order. */
import { requireScope, type Caller } from '../../domain/access.js'
import { normalizeGtin } from '../../domain/identity/gtin.js'
import { normalizePartNumber, productIdOf } from '../../domain/identity/product-key.js'
import { ExchangeError } from '../../domain/problems.js'
import type { StoredProduct } from '../../domain/product.js'
import type { Visibility, VisibilityOf } from '../../domain/visibility.js'
import type { GtinClaims } from '../../storage/gtin-claims.js'
import type { IdentifierMatch, ProductsRepository } from '../../storage/products-repository.js'
import type { Representations } from './representation.js'

/** An identifier as asked for; `issuer` is the manufacturer of an `mpn`. */
export interface Identifier {
  scheme: string
  value: string
  issuer?: string
}

export type LookupAnswer =
  | { request: Identifier, product: StoredProduct }
  | { request: Identifier, error: ExchangeError, candidates?: readonly IdentifierMatch[] }

const REGISTRATION_SCHEMES = ['eprel', 'epeat', 'icecat'] as const
const IDENTIFIER_SCHEMES = ['productId', 'gtin', 'mpn', ...REGISTRATION_SCHEMES] as const

/** Products per database read. */
const CHUNK = 250

const PRODUCT_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** Read in the place of a product that an identifier does not lead to, so that its absence takes as long as its being hidden. */
const NO_PRODUCT = '00000000-0000-5000-8000-000000000000'

type Resolution = { productId: string } | { error: ExchangeError, candidates?: readonly IdentifierMatch[] }

export type ProductLookup = ReturnType<typeof createProductLookup>

export function createProductLookup (parts: { products: ProductsRepository, claims: GtinClaims, representations: Representations, visibilityOf: VisibilityOf }) {
  async function lookup (caller: Caller, identifiers: readonly Identifier[], options: { schema?: string } = {}): Promise<LookupAnswer[]> {
    requireScope(caller, 'products:read')
    const visibility = await parts.visibilityOf(caller)
    const resolve = await resolverFor(identifiers, visibility)
    const resolutions = identifiers.map(resolve)
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

  /** One read per scheme for all identifiers of it; resolving is then a matter of memory. */
  async function resolverFor (identifiers: readonly Identifier[], visibility: Visibility): Promise<(identifier: Identifier) => Resolution> {
    const ofScheme = (scheme: string): Identifier[] => identifiers.filter(identifier => identifier.scheme === scheme)
    const [gtinOwners, byPartNumber, byExternalId] = await Promise.all([
      parts.claims.ownersOf(ofScheme('gtin').flatMap(({ value }) => normalizeGtin(value) ?? [])),
      parts.products.findByPartNumber(ofScheme('mpn').filter(({ issuer }) => issuer === undefined).map(({ value }) => normalizePartNumber(value)), visibility),
      parts.products.findByExternalId(REGISTRATION_SCHEMES.flatMap(scheme => ofScheme(scheme).map(externalIdOf)), visibility)
    ])
    return identifier => {
      const { scheme, value, issuer } = identifier
      switch (scheme) {
        case 'productId': return PRODUCT_ID.test(value.toLowerCase()) ? { productId: value.toLowerCase() } : malformed(identifier, 'a product id, which is a version 5 UUID')
        case 'gtin': {
          const gtin = normalizeGtin(value)
          if (gtin === undefined) return malformed(identifier, 'a GTIN of 8, 12, 13 or 14 digits with its right check digit')
          return { productId: gtinOwners.get(gtin) ?? NO_PRODUCT }
        }
        case 'mpn': return issuer !== undefined ? { productId: productIdOf(issuer, value) } : only(identifier, byPartNumber.get(normalizePartNumber(value)))
        case 'eprel':
        case 'epeat':
        case 'icecat': return only(identifier, byExternalId.get(externalIdOf(identifier)))
        default: return malformed(identifier, `one of the schemes ${IDENTIFIER_SCHEMES.join(', ')}`)
      }
    }
  }

  return { lookup }
}

function externalIdOf ({ scheme, value }: Identifier): string {
  return `${scheme}:${value.trim()}`
}

function one (identifier: Identifier, productId: string | undefined): Resolution {
  return productId === undefined ? { error: unknownIdentifier(identifier) } : { productId }
}

function only (identifier: Identifier, matches: readonly IdentifierMatch[] = []): Resolution {
  if (matches.length <= 1) return one(identifier, matches[0]?.productId)
  const error = new ExchangeError('ambiguous-identifier', `${matches.length} products answer to ${identifier.scheme} ${identifier.value}.`)
  return { error, candidates: matches }
}

function unknownIdentifier ({ scheme, value }: Identifier): ExchangeError {
  return new ExchangeError('not-found', `There is no product with ${scheme} ${value} that you can see.`)
}

function malformed ({ scheme, value }: Identifier, expected: string): { error: ExchangeError } {
  return { error: new ExchangeError('validation-failed', `${scheme} ${value} is not ${expected}.`) }
}
