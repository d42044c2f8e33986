/** Use cases around organisations: the operator administers them, each sees itself, and whoever grants sees the names of others. */
import { aRole, requireScope, type Caller, type Role } from '../../domain/access.js'
import { normalizeManufacturerName } from '../../domain/identity/product-key.js'
import { ORGANIZATION_ID, organizationIdOf, type Manufacturer, type Organization } from '../../domain/organization.js'
import { ExchangeError } from '../../domain/problems.js'
import type { OrganizationsRepository } from '../../storage/organizations-repository.js'
import type { AuditTrail } from '../audit/audit-trail.js'
import type { Cursors } from '../cursors.js'
import { pageByCursor, type Page, type PageRequest } from '../pages.js'
import type { IdentityChange } from './identity-change.js'

/** What everybody who may know of the organisation sees of it; the rest is for itself and for the operator. */
export interface OrganizationView {
  organizationId: string
  name: string
  role: Role
  manufacturers?: readonly string[]
  markets?: readonly string[]
  disabled?: boolean
  createdAt?: Date
  disabledAt?: Date
}

export interface OrganizationContentBody {
  name: string
  role: Role
  /** Names of manufacturers; only a vendor has any. */
  manufacturers: readonly string[]
  markets: readonly string[]
  disabled: boolean
}

export type NewOrganizationBody = Pick<OrganizationContentBody, 'name' | 'role'> & Partial<Pick<OrganizationContentBody, 'manufacturers' | 'markets'>> & { organizationId?: string }

export type OrganizationAdministration = ReturnType<typeof createOrganizationAdministration>

/** @param parts.changeMarkets changes where an organisation is active, which grants can be narrowed to, by `store` */
export function createOrganizationAdministration (parts: {
  organizations: OrganizationsRepository
  change: IdentityChange
  changeMarkets: (decided: { organizationId: string, markets: readonly string[], store: () => Promise<void> }) => Promise<void>
  audit: AuditTrail
  cursors: Cursors
  now: () => Date
}) {
  const { organizations, change, audit, cursors, now } = parts

  async function find (caller: Caller, id: string): Promise<Organization> {
    const found = mayKnow(caller, id) ? await organizations.findById(id) : null
    if (found === null || (found.disabledAt !== undefined && !seesAll(caller, id))) throw new ExchangeError('not-found', `There is no organisation ${id}.`)
    return found
  }

  return {
    /** In the order of their ids. */
    async list (caller: Caller, { role: roles, ...page }: PageRequest & { role?: readonly Role[] | undefined }): Promise<Page<OrganizationView>> {
      const bound = cursors.bind({ list: 'organizations', organizationId: caller.organizationId, query: roles ?? null })
      const filters = { roles, onlyEnabled: !isAdministrator(caller), ...(!mayKnowAll(caller) && { ids: [caller.organizationId] }) }
      return await pageByCursor(bound, page, ({ organizationId }) => organizationId, async start => (await organizations.page(filters, start)).map(organization => viewOf(caller, organization)))
    },

    async get (caller: Caller, id: string): Promise<OrganizationView> {
      return viewOf(caller, await find(caller, id))
    },

    /** @throws ExchangeError `identity-conflict` when the id is taken, or a manufacturer belongs to another organisation */
    async create (caller: Caller, body: NewOrganizationBody): Promise<OrganizationView> {
      requireAdministrator(caller)
      const id = body.organizationId ?? organizationIdOf(body.name) ?? undefined
      if (id === undefined || !ORGANIZATION_ID.test(id)) throw invalid('/organizationId', `The organisation "${body.name}" needs an id of its own.`, '"org_" and up to 60 of a-z, 0-9 and "-"')
      const manufacturers = manufacturersOf(body.role, body.manufacturers ?? [])
      const organization: Organization = { id, name: body.name, role: body.role, manufacturers, ...(body.markets !== undefined && body.markets.length > 0 && { markets: body.markets }), createdAt: now() }
      const subject = { operation: 'createOrganization', resource: { type: 'organization' as const, id }, organizationId: id }
      return await audit.audited(caller, subject, async () => {
        const outcome = await organizations.add(organization)
        if (outcome === 'id-taken') throw new ExchangeError('identity-conflict', `The id ${id} belongs to an organisation already.`)
        if (outcome === 'manufacturer-taken') throw await manufacturerTaken(id, manufacturers)
        // Nobody can have granted to it yet, so nobody's view changes.
        const after = viewOf(caller, organization)
        return { after, result: after }
      })
    },

    /**
     * Writes all that can be changed of an organisation. When it resolves the change counts in every process.
     *
     * @throws ExchangeError `identity-conflict` when a manufacturer belongs to another organisation
     */
    async replace (caller: Caller, id: string, body: OrganizationContentBody): Promise<OrganizationView> {
      requireAdministrator(caller)
      const before = await find(caller, id)
      if (id === caller.organizationId && body.disabled) throw invalid('/disabled', 'You cannot disable the organisation that you call for.', 'false')
      if (id === caller.organizationId && body.role !== before.role) throw invalid('/role', 'You cannot change the role of the organisation that you call for.', before.role)
      // A manufacturer keeps the display form that it was given first.
      const manufacturers = manufacturersOf(body.role, body.manufacturers).map(wanted => before.manufacturers.find(({ key }) => key === wanted.key) ?? wanted)
      const after: Organization = {
        id,
        name: body.name,
        role: body.role,
        manufacturers,
        ...(body.markets.length > 0 && { markets: body.markets }),
        createdAt: before.createdAt,
        ...(body.disabled && { disabledAt: before.disabledAt ?? now() })
      }
      const subject = { operation: 'replaceOrganization', resource: { type: 'organization' as const, id }, organizationId: id, before: viewOf(caller, before) }
      return await audit.audited(caller, subject, async () => {
        const store = async (): Promise<void> => {
          const outcome = await change.soon(async () => await organizations.replace(id, after))
          if (outcome === 'taken') throw await manufacturerTaken(id, manufacturers)
          if (outcome === 'unknown-organization') throw new ExchangeError('not-found', `There is no organisation ${id}.`)
        }
        const { markets = [] } = after
        if (String(before.markets ?? '') === String(markets)) await store()
        else await parts.changeMarkets({ organizationId: id, markets, store })
        await change.settled()
        const view = viewOf(caller, after)
        return { after: view, result: view }
      })
    }
  }

  async function manufacturerTaken (id: string, manufacturers: readonly Manufacturer[]): Promise<ExchangeError> {
    for (const { key, name } of manufacturers) {
      const owner = await organizations.findByManufacturer(key)
      if (owner !== null && owner.id !== id) return new ExchangeError('identity-conflict', `The manufacturer "${name}" belongs to ${owner.id}.`)
    }
    return new ExchangeError('identity-conflict', 'One of the manufacturers belongs to another organisation.')
  }
}

function isAdministrator (caller: Caller): boolean {
  return caller.role === 'operator' && caller.scopes.has('org:admin')
}

function requireAdministrator (caller: Caller): void {
  requireScope(caller, 'org:admin')
  if (caller.role !== 'operator') throw new ExchangeError('role-not-allowed', `The operator administers organisations; ${caller.organizationName} is ${aRole(caller.role)}.`)
}

/** Whoever decides about access has to name those that it is granted to. */
function mayKnowAll (caller: Caller): boolean {
  return caller.role === 'operator' || caller.scopes.has('grants:manage')
}

function mayKnow (caller: Caller, id: string): boolean {
  return id === caller.organizationId || mayKnowAll(caller)
}

function seesAll (caller: Caller, id: string): boolean {
  return id === caller.organizationId || isAdministrator(caller)
}

function viewOf (caller: Caller, { id, name, role, manufacturers, markets = [], createdAt, disabledAt }: Organization): OrganizationView {
  const view = { organizationId: id, name, role }
  if (!seesAll(caller, id)) return view
  return { ...view, manufacturers: manufacturers.map(({ name }) => name), markets, disabled: disabledAt !== undefined, createdAt, ...(disabledAt !== undefined && { disabledAt }) }
}

function manufacturersOf (role: Role, names: readonly string[]): Manufacturer[] {
  if (role !== 'vendor' && names.length > 0) throw invalid('/manufacturers', `Only vendors have manufacturers; this is ${aRole(role)}.`, 'an empty list')
  const manufacturers = new Map<string, Manufacturer>()
  for (const [index, name] of names.entries()) {
    const key = normalizeManufacturerName(name)
    if (key === '') throw invalid(`/manufacturers/${index}`, 'The name of a manufacturer must not be empty.', 'a name with a letter or digit')
    if (!manufacturers.has(key)) manufacturers.set(key, { key, name: displayForm(name) })
  }
  return [...manufacturers.values()]
}

/** A manufacturer's name as it is shown. */
export function displayForm (name: string): string {
  return name.normalize('NFC').trim().replaceAll(/\s+/g, ' ')
}

function invalid (pointer: string, detail: string, expected: string): ExchangeError {
  return new ExchangeError('validation-failed', detail, { issues: [{ code: 'REFERENCE_INVALID', severity: 'error', pointer, detail, expected }] })
}
