/**
 * What a caller may see. Every product carries one audience; who sees an audience is decided by its vendor's policies
 * (`access-policy.ts`). Every read takes a visibility, so that no query can forget it.
 */
import type { Caller } from './access.js'

/** Part of every read. `everything` costs nothing: no condition, no look at the product. */
export type Visibility = { readonly kind: 'everything' } | PartialVisibility

/**
 * Safe against what is not known yet: a product of a restricted vendor is hidden unless its audience is granted, so an
 * audience that another process has just brought into being is never shown by mistake.
 */
export interface PartialVisibility {
  readonly kind: 'partial'
  /** Vendors some of whose audiences are hidden. */
  readonly restrictedVendors: ReadonlySet<string>
  /** Audiences of those vendors that are visible all the same. */
  readonly grantedAudiences: ReadonlySet<string>
  /** Every audience there is, with the number of its products, for choosing how to read. */
  readonly audiences: readonly Audience[]
}

/** The products of one vendor that share their fate: those of one category, or those on one product list. */
export interface Audience {
  /** The token on the products, see {@link audienceToken}. */
  readonly token: string
  readonly vendor: string
  /** Exactly one of the two. */
  readonly category?: string
  readonly listId?: string
  /** Counted now and then, to choose between ways to read; no decision about access rests on it. */
  readonly products: number
}

/**
 * What the caller may see. Synchronous while the policies in memory are fresh; `upToDate` asks for what is decided now.
 */
export type VisibilityOf = (caller: Pick<Caller, 'organizationId'>, options?: { upToDate?: boolean }) => Visibility | Promise<Visibility>

/** `<vendor>/<category>`, or `<vendor>/list/<listId>` for a product that its vendor put on a list. */
export function audienceToken (vendor: string, place: { category: string } | { listId: string }): string {
  return 'listId' in place ? `${vendor}/list/${place.listId}` : `${vendor}/${place.category}`
}

/** The parts of a token that {@link audienceToken} made. */
export function audienceOfToken (token: string): Omit<Audience, 'products'> {
  const [vendor = '', first = '', listId] = token.split('/')
  return listId === undefined ? { token, vendor, category: first } : { token, vendor, listId }
}

/** What a visibility is asked about. */
export interface Placed { vendor: string, audience: string }

export function sees (visibility: Visibility, product: Placed): boolean {
  return visibility.kind === 'everything' ||
    !visibility.restrictedVendors.has(product.vendor) || visibility.grantedAudiences.has(product.audience)
}

/** How a read of many products finds the visible ones at a cost that follows what is visible. */
export type ReadPlan =
  | { way: 'unconditional' }
  /** Few are visible: read the audiences themselves. */
  | { way: 'audiences', tokens: readonly string[] }
  /** Most are visible: read on and pass over the others. */
  | { way: 'pass-over', visibility: PartialVisibility }

/** Where at least this share is visible, passing over the rest at most doubles the cost of a page. */
const MOST = 0.5

/**
 * @param narrowing filters that choose audiences: vendors and categories. Those on product lists may have any category.
 */
export function planRead (visibility: Visibility, narrowing: { vendors?: readonly string[] | undefined, categories?: readonly string[] | undefined } = {}): ReadPlan {
  if (visibility.kind === 'everything') return { way: 'unconditional' }
  const { vendors, categories } = narrowing
  const tokens: string[] = []
  let all = 0
  let visible = 0
  for (const audience of visibility.audiences) {
    if (vendors !== undefined && !vendors.includes(audience.vendor)) continue
    if (categories !== undefined && audience.category !== undefined && !categories.includes(audience.category)) continue
    all += audience.products
    if (!sees(visibility, { vendor: audience.vendor, audience: audience.token })) continue
    visible += audience.products
    tokens.push(audience.token)
  }
  return visible < all * MOST || tokens.length === 0 ? { way: 'audiences', tokens } : { way: 'pass-over', visibility }
}
