/**
 * Use cases of vendors that decide who sees their products: the audience policy, groups of organisations, and grants. A
 * decision writes no product: readers are judged by it from now on, in this process at once, and followers of the feed are told.
 */
import { aRole, requireScope, type Caller } from '../../domain/access.js'
import { stateOfGrant, type AccessFacts, type AudiencePolicy, type AudienceSetting, type Grant, type GrantState, type GrantTerms, type OrganizationGroup } from '../../domain/access-policy.js'
import { ExchangeError } from '../../domain/problems.js'
import type { AccessRepository } from '../../storage/access-repository.js'
import type { OrganizationsRepository } from '../../storage/organizations-repository.js'
import type { AuditTrail } from '../audit/audit-trail.js'
import type { Cursors } from '../cursors.js'
import { pageByCursor, type Page, type PageRequest } from '../pages.js'
import { decisionOf, type AccessChange } from './access-change.js'

const MOST_GROUPS = 1_000
const MOST_GRANTS = 10_000

/** A grant may have ended this long ago when it is made: the clock of who makes it may be behind (milliseconds). */
const MOST_SKEW_MS = 60_000

export type GrantView = Grant & { state: GrantState }

export interface GroupContent { name: string, members: readonly string[] }

export type AccessAdministration = ReturnType<typeof createAccessAdministration>

/** @param parts.newId a random id with this prefix */
export function createAccessAdministration (parts: {
  access: AccessRepository
  organizations: Pick<OrganizationsRepository, 'findActiveNames'>
  change: AccessChange
  audit: AuditTrail
  cursors: Cursors
  now: () => Date
  newId: (prefix: string) => string
}) {
  const { access, change, audit, cursors, now, newId } = parts

  /** The vendor's policy; until it decides otherwise everybody sees everything. */
  async function policy (caller: Caller): Promise<AudiencePolicy> {
    const vendor = requireVendor(caller)
    return await access.findPolicy(vendor) ?? { vendor, default: 'open', categories: {} }
  }

  async function putPolicy (caller: Caller, decided: { default: AudienceSetting, categories: Readonly<Record<string, AudienceSetting>> }): Promise<AudiencePolicy> {
    const before = await policy(caller)
    const after: AudiencePolicy = { vendor: before.vendor, default: decided.default, categories: decided.categories }
    return await audit.audited(caller, { operation: 'putAudiencePolicy', resource: { type: 'audience-policy' }, before }, async () => {
      await change(decisionOf(after.vendor, withPolicy(after), async () => { await access.putPolicy(after) }))
      return { after, result: after }
    })
  }

  async function listGroups (caller: Caller, page: PageRequest): Promise<Page<OrganizationGroup>> {
    return await pageOfOwned('groups', caller, page, access.groups.page)
  }

  async function createGroup (caller: Caller, content: GroupContent): Promise<OrganizationGroup> {
    const vendor = requireVendor(caller)
    await requireOrganizations(content.members, '/members')
    if (await access.groups.count(vendor) >= MOST_GROUPS) throw tooMany('groups', MOST_GROUPS)
    const group: OrganizationGroup = { id: newId('grp'), vendor, ...content, createdAt: now() }
    return await audit.audited(caller, { operation: 'createGroup', resource: { type: 'group', id: group.id } }, async () => {
      // Nobody can have granted to it yet, so nobody's view changes.
      await access.groups.add(group)
      return { after: group, result: group }
    })
  }

  async function replaceGroup (caller: Caller, groupId: string, content: GroupContent): Promise<OrganizationGroup> {
    const vendor = requireVendor(caller)
    const before = await requireOwned(access.groups.find(vendor, groupId), 'group', groupId)
    await requireOrganizations(content.members.filter(member => !before.members.includes(member)), '/members')
    const after: OrganizationGroup = { ...before, ...content }
    return await audit.audited(caller, { operation: 'replaceGroup', resource: { type: 'group', id: groupId }, before }, async () => {
      await change(decisionOf(vendor, facts => ({ ...facts, groups: replaced(facts.groups, after) }), async () => { await access.groups.replace(after) }))
      return { after, result: after }
    })
  }

  /** Grants that name the group stay, and name nobody by it any more. */
  async function removeGroup (caller: Caller, groupId: string): Promise<OrganizationGroup> {
    const vendor = requireVendor(caller)
    const before = await requireOwned(access.groups.find(vendor, groupId), 'group', groupId)
    return await audit.audited(caller, { operation: 'deleteGroup', resource: { type: 'group', id: groupId }, before }, async () => {
      await change(decisionOf(vendor, facts => ({ ...facts, groups: without(facts.groups, groupId) }), async () => { await access.groups.remove(vendor, groupId) }))
      return { result: before }
    })
  }

  async function listGrants (caller: Caller, page: PageRequest): Promise<Page<GrantView>> {
    const grants = await pageOfOwned('grants', caller, page, access.grants.page)
    return { ...grants, items: await withStates(caller.organizationId, grants.items) }
  }

  async function grant (caller: Caller, grantId: string): Promise<GrantView> {
    return await withState(await ownGrant(caller, grantId))
  }

  async function ownGrant (caller: Caller, grantId: string): Promise<Grant> {
    return await requireOwned(access.grants.find(requireVendor(caller), grantId), 'grant', grantId)
  }

  async function withState (grant: Grant): Promise<GrantView> {
    const [view] = await withStates(grant.vendor, [grant])
    return view as GrantView
  }

  async function withStates (vendor: string, grants: readonly Grant[]): Promise<GrantView[]> {
    const [groups, lists] = await Promise.all([
      access.groups.existing(vendor, [...new Set(grants.flatMap(grant => grant.groups))]),
      access.lists.existing(vendor, [...new Set(grants.flatMap(({ productLists = [] }) => productLists))])
    ])
    const at = now().getTime()
    return grants.map(grant => ({ ...grant, state: stateOfGrant(grant, at, { groups, lists }) }))
  }

  async function createGrant (caller: Caller, terms: GrantTerms): Promise<GrantView> {
    const vendor = requireVendor(caller)
    await requireTerms(vendor, terms)
    if (await access.grants.count(vendor) >= MOST_GRANTS) throw tooMany('grants', MOST_GRANTS)
    const created: Grant = { id: newId('grt'), vendor, ...terms, createdAt: now() }
    return await withState(await audit.audited(caller, { operation: 'createGrant', resource: { type: 'grant', id: created.id } }, async () => {
      await change(decisionOf(vendor, facts => ({ ...facts, grants: [...facts.grants, created] }), async () => { await access.grants.add(created) }))
      return { after: created, result: created }
    }))
  }

  /** Ends a grant for good. Revoking it again changes nothing. */
  async function revokeGrant (caller: Caller, grantId: string): Promise<GrantView> {
    const before = await ownGrant(caller, grantId)
    if (before.revokedAt !== undefined) return await withState(before)
    const after: Grant = { ...before, revokedAt: now() }
    return await withState(await audit.audited(caller, { operation: 'revokeGrant', resource: { type: 'grant', id: grantId }, before }, async () => {
      const store = async (): Promise<void> => { await access.grants.revoke(before.vendor, grantId, after.revokedAt as Date) }
      await change(decisionOf(before.vendor, facts => ({ ...facts, grants: without(facts.grants, grantId) }), store))
      return { after, result: after }
    }))
  }

  /** Throws `validation-failed` when a grant names what is not there or can never be valid. */
  async function requireTerms (vendor: string, terms: GrantTerms): Promise<void> {
    const { organizations, groups, productLists = [], validFrom, validTo } = terms
    if (organizations.length === 0 && groups.length === 0) throw invalid('/organizations', 'A grant needs at least one organisation or group.', 'an organisation id')
    if (validFrom !== undefined && validTo !== undefined && validFrom >= validTo) throw invalid('/validTo', 'The grant would end before it begins.', 'a time after validFrom')
    if (validTo !== undefined && validTo.getTime() < now().getTime() - MOST_SKEW_MS) throw invalid('/validTo', 'The grant would have ended before it is made.', 'a time in the future')
    await requireOrganizations(organizations, '/organizations')
    for (const [index, id] of groups.entries()) if (await access.groups.find(vendor, id) === null) throw invalid(`/groups/${index}`, `You have no group ${id}.`, 'the id of one of your groups')
    for (const [index, id] of productLists.entries()) {
      if (await access.lists.find(vendor, id) === null) throw invalid(`/productLists/${index}`, `You have no product list ${id}.`, 'the id of one of your product lists')
    }
  }

  async function requireOrganizations (ids: readonly string[], pointer: string): Promise<void> {
    const found = await parts.organizations.findActiveNames(ids)
    for (const [index, id] of ids.entries()) {
      if (!found.has(id)) throw invalid(`${pointer}/${index}`, `There is no organisation ${id}.`, 'an organisation id of GET /v1/organizations')
    }
  }

  async function pageOfOwned<T extends { id: string }> (
    list: string, caller: Caller, page: PageRequest, read: (vendor: string, start: { after?: string, limit: number }) => Promise<T[]>
  ): Promise<Page<T>> {
    const vendor = requireVendor(caller)
    return await pageByCursor(cursors.bind({ list, organizationId: vendor, query: null }), page, ({ id }) => id, async start => await read(vendor, start))
  }

  return { policy, putPolicy, listGroups, createGroup, replaceGroup, removeGroup, listGrants, grant, createGrant, revokeGrant, requireTerms }
}

/** The facts once the policy is stored. */
function withPolicy (policy: AudiencePolicy): (facts: AccessFacts) => AccessFacts {
  return facts => ({ ...facts, policies: [...facts.policies.filter(({ vendor }) => vendor !== policy.vendor), policy] })
}

export function replaced<T extends { id: string }> (items: readonly T[], item: T): T[] {
  return items.map(other => other.id === item.id ? item : other)
}

export function without<T extends { id: string }> (items: readonly T[], id: string): T[] {
  return items.filter(item => item.id !== id)
}

/** Vendors alone decide about their products; the operator administers, and does not decide for them. */
export function requireVendor (caller: Caller): string {
  requireScope(caller, 'grants:manage')
  if (caller.role !== 'vendor') throw new ExchangeError('role-not-allowed', `Vendors decide who sees their products; ${caller.organizationName} is ${aRole(caller.role)}.`)
  return caller.organizationId
}

export async function requireOwned<T> (found: Promise<T | null>, what: string, id: string): Promise<T> {
  const owned = await found
  if (owned === null) throw new ExchangeError('not-found', `You have no ${what} ${id}.`)
  return owned
}

function invalid (pointer: string, detail: string, expected: string): ExchangeError {
  return new ExchangeError('validation-failed', detail, { issues: [{ code: 'REFERENCE_INVALID', severity: 'error', pointer, detail, expected }] })
}

export function tooMany (what: string, most: number): ExchangeError {
  return new ExchangeError('limit-reached', `You have ${most} ${what}, which is as many as one organisation can have.`)
}
