/** From what a product is known by to the product: the schemes of identifiers. */
import type { Caller } from '../../domain/access.js'
import { normalizeSku } from '../../domain/alias.js'
import { EXPECTED_GTIN, normalizeGtin } from '../../domain/identity/gtin.js'
import { normalizePartNumber, NO_PRODUCT, productIdOf } from '../../domain/identity/product-key.js'
import { ExchangeError } from '../../domain/problems.js'
import type { Visibility } from '../../domain/visibility.js'
import type { AliasesRepository } from '../../storage/aliases-repository.js'
import type { GtinClaims } from '../../storage/gtin-claims.js'
import type { IdentifierMatch, IdentifierMatches } from '../../storage/identifier-matches.js'
import type { ProductsRepository } from '../../storage/products-repository.js'

/** An identifier as asked for; `issuer` is the manufacturer of an `mpn`. */
export interface Identifier {
  scheme: string
  value: string
  issuer?: string
}

const REGISTRATION_SCHEMES = ['eprel', 'epeat', 'icecat'] as const
const IDENTIFIER_SCHEMES = ['productId', 'gtin', 'mpn', 'distributorSku', ...REGISTRATION_SCHEMES] as const

const PRODUCT_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** The product that an identifier leads to, which may be hidden, withdrawn or not there at all; or why it leads to none. */
export type Resolution = { productId: string } | { error: ExchangeError } | Ambiguity

/** The identifier leads to several products that the caller sees: the first of them, and whether there are more. */
interface Ambiguity { error: ExchangeError, candidates: readonly IdentifierMatch[], hasMoreCandidates: boolean }

export type IdentifierResolver = ReturnType<typeof createIdentifierResolver>

export function createIdentifierResolver (parts: { products: ProductsRepository, claims: GtinClaims, aliases: Pick<AliasesRepository, 'productsOf'> }) {
  /** One read per scheme for all identifiers of it; resolving is then a matter of memory. */
  async function resolve (caller: Pick<Caller, 'organizationId'>, identifiers: readonly Identifier[], visibility: Visibility): Promise<Resolution[]> {
    const ofScheme = (scheme: string): Identifier[] => identifiers.filter(identifier => identifier.scheme === scheme)
    const [gtinOwners, byPartNumber, byExternalId, bySku] = await Promise.all([
      parts.claims.ownersOf(ofScheme('gtin').flatMap(({ value }) => normalizeGtin(value) ?? [])),
      parts.products.findByPartNumber(ofScheme('mpn').filter(({ issuer }) => issuer === undefined).map(({ value }) => normalizePartNumber(value)), visibility),
      parts.products.findByExternalId(REGISTRATION_SCHEMES.flatMap(scheme => ofScheme(scheme).map(externalIdOf)), visibility),
      parts.aliases.productsOf(caller.organizationId, ofScheme('distributorSku').map(({ value }) => normalizeSku(value)))
    ])
    return identifiers.map(identifier => {
      const { scheme, value, issuer } = identifier
      switch (scheme) {
        case 'productId': return PRODUCT_ID.test(value.toLowerCase()) ? { productId: value.toLowerCase() } : malformed(identifier, 'a product id, which is a version 5 UUID')
        case 'gtin': {
          const gtin = normalizeGtin(value)
          if (gtin === undefined) return malformed(identifier, EXPECTED_GTIN)
          return { productId: gtinOwners.get(gtin) ?? NO_PRODUCT }
        }
        case 'mpn': return issuer !== undefined ? { productId: productIdOf(issuer, value) } : only(identifier, byPartNumber.get(normalizePartNumber(value)))
        case 'distributorSku': return { productId: bySku.get(normalizeSku(value)) ?? NO_PRODUCT }
        case 'eprel':
        case 'epeat':
        case 'icecat': return only(identifier, byExternalId.get(externalIdOf(identifier)))
        default: return malformed(identifier, `one of the schemes ${IDENTIFIER_SCHEMES.join(', ')}`)
      }
    })
  }

  return { resolve }
}

function externalIdOf ({ scheme, value }: Identifier): string {
  return `${scheme}:${value.trim()}`
}

function only (identifier: Identifier, { matches, hasMore }: IdentifierMatches = { matches: [], hasMore: false }): Resolution {
  const [match, ...others] = matches
  if (match === undefined) return { error: unknownIdentifier(identifier) }
  if (others.length === 0) return { productId: match.productId }
  const { scheme, value } = identifier
  const detail = hasMore
    ? `More than ${matches.length} products answer to ${scheme} ${value}; the candidates are the first of them in the order in which they were first published.`
    : `${matches.length} products answer to ${scheme} ${value}.`
  return { error: new ExchangeError('ambiguous-identifier', detail), candidates: matches, hasMoreCandidates: hasMore }
}

export function unknownIdentifier ({ scheme, value }: Identifier): ExchangeError {
  return new ExchangeError('not-found', `There is no product with ${scheme} ${value} that you can see.`)
}

function malformed ({ scheme, value }: Identifier, expected: string): { error: ExchangeError } {
  return { error: new ExchangeError('validation-failed', `${scheme} ${value} is not ${expected}.`) }
}
