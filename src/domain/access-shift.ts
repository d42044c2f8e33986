/**
 * What a decision about access, or a moment at which a grant begins or ends, changes for whom. Pure. Followers of the feed
 * are told of it by audiences, so it costs the same for ten products as for a million.
 */
import { decideBy, grantBoundaries, type AccessFacts } from './access-policy.js'
import { audienceOfToken, audienceToken, sees, type Audience } from './visibility.js'

export interface AccessShift {
  /** Whom it concerns ... */
  readonly organizations: readonly string[] | 'everybody'
  /** ... but for these. */
  readonly except: readonly string[]
  /** Audiences that they see from now on, and did not see before. */
  readonly gained: readonly string[]
  /** Audiences that they saw before, and do not see any more. */
  readonly lost: readonly string[]
}

/** The facts as they decide at a time, in milliseconds since 1970. */
export interface AccessMoment { facts: AccessFacts, at: number }

/** What becomes of the audiences of one vendor between two moments; nothing for those to whom nothing changes. */
export function shiftsBetween (before: AccessMoment, after: AccessMoment, vendor: string): AccessShift[] {
  const audiences = audiencesOf(before.facts, vendor)
  const earlier = decideBy(factsOf(before.facts, vendor, audiences))
  const later = decideBy(factsOf(after.facts, vendor, audiences))
  const differenceFor = (organizationId: string): { gained: string[], lost: string[] } => {
    const then = earlier.visibilityOf(organizationId, before.at).visibility
    const now = later.visibilityOf(organizationId, after.at).visibility
    const seen = audiences.map(({ token }) => ({ token, then: sees(then, { vendor, audience: token }), now: sees(now, { vendor, audience: token }) }))
    return {
      gained: seen.filter(({ then, now }) => now && !then).map(({ token }) => token).sort(),
      lost: seen.filter(({ then, now }) => then && !now).map(({ token }) => token).sort()
    }
  }

  const named = namedBy([before.facts, after.facts], vendor)
  const groups = new Map<string, { organizations: string[], gained: string[], lost: string[] }>()
  for (const organizationId of named) {
    const { gained, lost } = differenceFor(organizationId)
    if (gained.length + lost.length === 0) continue
    const key = JSON.stringify([gained, lost])
    const group = groups.get(key) ?? { organizations: [], gained, lost }
    group.organizations.push(organizationId)
    groups.set(key, group)
  }
  const shifts: AccessShift[] = [...groups.values()].map(group => ({ ...group, except: [] }))
  // Whom no grant names is judged by the policies alone, and like all others of its kind.
  const { gained, lost } = differenceFor('')
  if (gained.length + lost.length > 0) shifts.push({ organizations: 'everybody', except: [vendor, ...named], gained, lost })
  return shifts
}

/** The next moment at which grants begin or end by themselves, later than `after` and at latest `upTo`, and whose grants they are. */
export function nextBoundary (facts: AccessFacts, after: number, upTo: number): { at: number, vendors: string[] } | undefined {
  let at = Infinity
  const vendors = new Set<string>()
  for (const grant of facts.grants) {
    for (const boundary of grantBoundaries(grant)) {
      if (boundary <= after || boundary > Math.min(at, upTo)) continue
      if (boundary < at) vendors.clear()
      at = boundary
      vendors.add(grant.vendor)
    }
  }
  return vendors.size === 0 ? undefined : { at, vendors: [...vendors] }
}

/** Vendors whose grants depend on where organisations are active. */
export function vendorsByMarket (facts: AccessFacts): string[] {
  return [...new Set(facts.grants.filter(({ markets }) => markets !== undefined).map(({ vendor }) => vendor))]
}

/** Every audience that products of the vendor can be in: also those of lists that the first product is just being put on. */
function audiencesOf (facts: AccessFacts, vendor: string): Audience[] {
  const known = facts.audiences.filter(audience => audience.vendor === vendor)
  const tokens = new Set(known.map(({ token }) => token))
  const ofLists = facts.lists.filter(list => list.vendor === vendor).map(({ id }) => audienceToken(vendor, { listId: id }))
  return [...known, ...ofLists.filter(token => !tokens.has(token)).map(token => ({ ...audienceOfToken(token), products: 0 }))]
}

function factsOf (facts: AccessFacts, vendor: string, audiences: readonly Audience[]): AccessFacts {
  const own = <T extends { vendor: string }> (items: readonly T[]): T[] => items.filter(item => item.vendor === vendor)
  return { ...facts, policies: own(facts.policies), lists: own(facts.lists), groups: own(facts.groups), grants: own(facts.grants), audiences }
}

/** The organisations that grants of the vendor name, alone or by a group. */
function namedBy (all: readonly AccessFacts[], vendor: string): string[] {
  const named = new Set<string>()
  for (const { grants, groups } of all) {
    const own = grants.filter(grant => grant.vendor === vendor)
    for (const { organizations } of own) for (const id of organizations) named.add(id)
    const granted = new Set(own.flatMap(grant => grant.groups))
    for (const { id, members } of groups) if (granted.has(id)) for (const member of members) named.add(member)
  }
  named.delete(vendor)
  return [...named].sort()
}
