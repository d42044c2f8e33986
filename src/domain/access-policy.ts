/**
 * Who sees which audience: a vendor's default, its exceptions for categories and product lists, and its grants. Pure: the
 * facts are handed in, and the time is an argument.
 *
 * The most specific setting decides between open and closed; grants add to it; a publisher always sees its own products.
 */
import type { Audience, PartialVisibility, Visibility } from './visibility.js'

/** `open`: every member of the exchange. `closed`: whoever has a grant. */
export const AUDIENCE_SETTINGS = ['open', 'closed'] as const
export type AudienceSetting = typeof AUDIENCE_SETTINGS[number]

/** A vendor's decision about its products as a whole, and about categories of them. */
export interface AudiencePolicy {
  readonly vendor: string
  readonly default: AudienceSetting
  readonly categories: Readonly<Record<string, AudienceSetting>>
}

/** Products that a vendor takes out of their category's policy, to decide about them on their own. */
export interface ProductList {
  readonly id: string
  readonly vendor: string
  readonly name: string
  /** Absent: as the vendor's default. */
  readonly audience?: AudienceSetting
  readonly createdAt: Date
}

/** Organisations that a vendor grants to together. */
export interface OrganizationGroup {
  readonly id: string
  readonly vendor: string
  readonly name: string
  readonly members: readonly string[]
  readonly createdAt: Date
}

/** What a grant says. Absent narrowings narrow nothing. */
export interface GrantTerms {
  /** To these organisations ... */
  readonly organizations: readonly string[]
  /** ... and the members of these groups ... */
  readonly groups: readonly string[]
  /** ... as far as they are active in one of these markets (ISO 3166-1 alpha-2). */
  readonly markets?: readonly string[]
  /** Products of these categories (unless they are on a list) ... */
  readonly categories?: readonly string[]
  /** ... and those on these lists. Neither given: every product of the vendor. */
  readonly productLists?: readonly string[]
  readonly validFrom?: Date
  /** From this moment on the grant has ended. */
  readonly validTo?: Date
}

export interface Grant extends GrantTerms {
  readonly id: string
  readonly vendor: string
  readonly createdAt: Date
  /** From this moment on the grant is as if it had never been. */
  readonly revokedAt?: Date
}

/**
 * `scheduled`: begins by itself. `ended`: has ended by itself. `void`: names nobody, or no product, any more, because the groups or lists
 * that it names are gone.
 */
export const GRANT_STATES = ['scheduled', 'active', 'ended', 'revoked', 'void'] as const
export type GrantState = typeof GRANT_STATES[number]

/** Everything that decides about access, as one process holds it in memory. */
export interface AccessFacts {
  /** Rises with every change of the facts. */
  readonly version: number
  readonly policies: readonly AudiencePolicy[]
  readonly lists: readonly ProductList[]
  readonly groups: readonly OrganizationGroup[]
  /** Without the revoked ones. */
  readonly grants: readonly Grant[]
  readonly audiences: readonly Audience[]
  /** Markets by organisation, for those that have any. */
  readonly markets: ReadonlyMap<string, readonly string[]>
  /**
   * The time up to which followers of the feed have been told what began and ended by itself, in milliseconds since 1970. A clock that
   * is behind it must not decide as if it were earlier.
   */
  readonly toldUntil: number
}

export const NO_ACCESS_FACTS: AccessFacts = { version: 0, policies: [], lists: [], groups: [], grants: [], audiences: [], markets: new Map(), toldUntil: 0 }

export interface AccessDecisions {
  /** What the organisation sees at a moment (milliseconds since 1970), and until when that holds by itself. */
  visibilityOf: (organizationId: string, at: number) => { visibility: Visibility, until: number }
}

const EVERYTHING: Visibility = { kind: 'everything' }

/** Prepares the facts for many questions. */
export function decideBy (facts: AccessFacts): AccessDecisions {
  const listAudience = new Map(facts.lists.map(({ id, audience }) => [id, audience]))
  const policyOf = new Map(facts.policies.map(policy => [policy.vendor, policy]))
  const membersOf = new Map(facts.groups.map(({ id, members }) => [id, new Set(members)]))
  const grantsOf = groupByVendor(facts.grants)
  const audiencesOf = groupByVendor(facts.audiences)
  const restricting = new Set<string>()
  for (const policy of facts.policies) {
    if (policy.default === 'closed' || Object.values(policy.categories).includes('closed')) restricting.add(policy.vendor)
  }
  for (const { vendor, audience } of facts.lists) if (audience === 'closed') restricting.add(vendor)

  function isOpen ({ vendor, category, listId }: Audience): boolean {
    const policy = policyOf.get(vendor)
    const exception = listId === undefined ? policy?.categories[category as string] : listAudience.get(listId)
    return (exception ?? policy?.default ?? 'open') === 'open'
  }

  function isFor (grant: Grant, organizationId: string): boolean {
    if (!grant.organizations.includes(organizationId) && !grant.groups.some(id => membersOf.get(id)?.has(organizationId) === true)) return false
    return grant.markets === undefined || grant.markets.some(market => facts.markets.get(organizationId)?.includes(market) === true)
  }

  function visibilityOf (organizationId: string, at: number): { visibility: Visibility, until: number } {
    const restrictedVendors = new Set<string>()
    const grantedAudiences = new Set<string>()
    let until = Infinity
    for (const vendor of restricting) {
      if (vendor === organizationId) continue
      const own = (grantsOf.get(vendor) ?? []).filter(grant => isFor(grant, organizationId))
      for (const grant of own) until = Math.min(until, ...grantBoundaries(grant).filter(boundary => boundary > at))
      const valid = own.filter(grant => isValidAt(grant, at))
      if (valid.some(grant => grant.categories === undefined && grant.productLists === undefined)) continue
      restrictedVendors.add(vendor)
      for (const audience of audiencesOf.get(vendor) ?? []) {
        if (isOpen(audience) || valid.some(grant => covers(grant, audience))) grantedAudiences.add(audience.token)
      }
    }
    if (restrictedVendors.size === 0) return { visibility: EVERYTHING, until }
    const visibility: PartialVisibility = { kind: 'partial', restrictedVendors, grantedAudiences, audiences: facts.audiences }
    return { visibility, until }
  }

  return { visibilityOf }
}

function isValidAt ({ validFrom, validTo }: GrantTerms, at: number): boolean {
  return (validFrom === undefined || at >= validFrom.getTime()) && (validTo === undefined || at < validTo.getTime())
}

/**
 * Whether the grant is in effect.
 *
 * @param at milliseconds since 1970
 * @param there the groups and lists that there are, of those that it names
 */
export function stateOfGrant (grant: Grant, at: number, there: { groups: ReadonlySet<string>, lists: ReadonlySet<string> }): GrantState {
  if (grant.revokedAt !== undefined) return 'revoked'
  if (grant.validTo !== undefined && at >= grant.validTo.getTime()) return 'ended'
  const { organizations, groups, categories, productLists } = grant
  const namesNobody = organizations.length === 0 && !groups.some(id => there.groups.has(id))
  const namesNothing = categories === undefined && productLists !== undefined && !productLists.some(id => there.lists.has(id))
  if (namesNobody || namesNothing) return 'void'
  return isValidAt(grant, at) ? 'active' : 'scheduled'
}

/** When the grant begins and ends by itself, as far as it does. */
export function grantBoundaries ({ validFrom, validTo }: GrantTerms): number[] {
  return [validFrom, validTo].flatMap(moment => moment?.getTime() ?? [])
}

function covers ({ categories, productLists }: GrantTerms, { category, listId }: Audience): boolean {
  if (categories === undefined && productLists === undefined) return true
  return listId === undefined ? categories?.includes(category as string) === true : productLists?.includes(listId) === true
}

function groupByVendor<T extends { vendor: string }> (items: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const group = groups.get(item.vendor)
    if (group === undefined) groups.set(item.vendor, [item])
    else group.push(item)
  }
  return groups
}
