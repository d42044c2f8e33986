/** Use case: what a grant would make visible, and to whom, before it does. */
import type { Caller } from '../../domain/access.js'
import { decideBy, type AccessFacts, type GrantTerms } from '../../domain/access-policy.js'
import { sees, type Audience } from '../../domain/visibility.js'
import type { OrganizationsRepository } from '../../storage/organizations-repository.js'
import type { ProductSummary, ProductsRepository } from '../../storage/products-repository.js'
import { requireVendor, type AccessAdministration } from './access-administration.js'
import type { AccessView } from './access-view.js'

export interface GrantPreview {
  /** Products that somebody would see who does not see them now; counting an audience ends at {@link MOST_COUNTED}. */
  products: number
  isExact: boolean
  /** The same by what they belong to. */
  audiences: Array<{ category?: string, productList?: string, products: number }>
  /** Who would see how many products more. Organisations that would gain nothing are among them with 0. */
  organizations: Array<{ id: string, name: string, products: number }>
  /** The first of the products. */
  items: ProductSummary[]
}

const MOST_COUNTED = 100_000

export type GrantPreviewing = ReturnType<typeof createGrantPreview>

export function createGrantPreview (parts: {
  administration: Pick<AccessAdministration, 'requireTerms'>
  view: Pick<AccessView, 'currentFacts'>
  organizations: Pick<OrganizationsRepository, 'findActiveNames'>
  products: Pick<ProductsRepository, 'countInAudience' | 'firstInAudiences'>
  now: () => Date
}) {
  /** Stores nothing. A grant that begins later is judged as of its beginning. */
  async function preview (caller: Caller, terms: GrantTerms, limit: number): Promise<GrantPreview> {
    const vendor = requireVendor(caller)
    await parts.administration.requireTerms(vendor, terms)
    const facts = await parts.view.currentFacts()
    const at = Math.max(parts.now().getTime(), terms.validFrom?.getTime() ?? 0)
    const receivers = receiversOf(facts, terms)
    const gains = gainsOf(facts, { vendor, terms, receivers, at })
    const audiences = [...new Set([...gains.values()].flat())]
    const counts = new Map<string, number>()
    for (const { token } of audiences) counts.set(token, await parts.products.countInAudience(token, MOST_COUNTED))
    const countOf = (some: readonly Audience[]): number => some.reduce((sum, { token }) => sum + (counts.get(token) ?? 0), 0)
    const names = await parts.organizations.findActiveNames(receivers)
    return {
      products: countOf(audiences),
      isExact: [...counts.values()].every(count => count < MOST_COUNTED),
      audiences: audiences.map(audience => ({
        ...(audience.category !== undefined && { category: audience.category }),
        ...(audience.listId !== undefined && { productList: audience.listId }),
        products: countOf([audience])
      })).filter(({ products }) => products > 0),
      organizations: receivers.map(id => ({ id, name: names.get(id) ?? id, products: countOf(gains.get(id) ?? []) })),
      items: await parts.products.firstInAudiences(audiences.map(({ token }) => token), limit)
    }
  }

  return { preview }
}

function receiversOf (facts: AccessFacts, { organizations, groups }: GrantTerms): string[] {
  const members = facts.groups.filter(({ id }) => groups.includes(id)).flatMap(group => group.members)
  return [...new Set([...organizations, ...members])].sort()
}

/** The audiences that each receiver would see and does not see now. */
function gainsOf (
  facts: AccessFacts, { vendor, terms, receivers, at }: { vendor: string, terms: GrantTerms, receivers: readonly string[], at: number }
): Map<string, Audience[]> {
  const before = decideBy(facts)
  const after = decideBy({ ...facts, grants: [...facts.grants, { id: '', vendor, ...terms, createdAt: new Date(at) }] })
  const own = facts.audiences.filter(audience => audience.vendor === vendor)
  return new Map(receivers.map(id => {
    const now = before.visibilityOf(id, at).visibility
    const then = after.visibilityOf(id, at).visibility
    return [id, own.filter(({ token }) => sees(then, { vendor, audience: token }) && !sees(now, { vendor, audience: token }))]
  }))
}
