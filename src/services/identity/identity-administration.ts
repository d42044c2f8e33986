/** Setting up organisations, their manufacturers and their clients, as seeds and commands do it. */
import { aRole, SCOPES_OF_ROLE, type Role, type Scope } from '../../domain/access.js'
import { normalizeManufacturerName } from '../../domain/identity/product-key.js'
import { ORGANIZATION_ID, organizationIdOf, type Manufacturer, type Organization } from '../../domain/organization.js'
import { ExchangeError } from '../../domain/problems.js'
import type { ClientsRepository } from '../../storage/clients-repository.js'
import type { OrganizationsRepository } from '../../storage/organizations-repository.js'
import { CLIENT_ID_BYTES, formatApiKey, isClientId, newClientSecret } from './api-key.js'
import { hashSecret } from './client-secret.js'
import type { IdentityChange } from './identity-change.js'
import { displayForm } from './organization-administration.js'

export interface NewOrganization {
  name: string
  role: Role
  /** Default: derived from the name, see `organizationIdOf`. */
  id?: string
}

export interface NewClient {
  organizationId: string
  /** For people: what the client is for. */
  name: string
  /** Default: every scope that the organisation's role allows. */
  scopes?: readonly Scope[]
  /** Default: random. Give one where the id should be readable. */
  id?: string
  /** When its secret ends; default: never. */
  expiresAt?: Date
}

/** A new client; the one time that its secret can be seen. */
export interface IssuedCredential {
  organizationId: string
  clientId: string
  clientSecret: string
  /** The same credential in the form of `X-API-Key`. */
  apiKey: string
  scopes: readonly Scope[]
}

export type IdentityAdministration = ReturnType<typeof createIdentityAdministration>

/** @param options.random that many random bytes from a cryptographic source */
export function createIdentityAdministration (options: {
  organizations: OrganizationsRepository
  clients: ClientsRepository
  change: Pick<IdentityChange, 'soon'>
  now: () => Date
  random: (bytes: number) => Buffer
}) {
  const { organizations, clients, change, now, random } = options

  async function requireOrganization (id: string): Promise<Organization> {
    const organization = await organizations.findById(id)
    if (organization === null) throw new ExchangeError('not-found', `There is no organisation ${id}.`)
    return organization
  }

  return {
    /**
     * The organisation of this id or name, made if there is none. Repeating it changes nothing.
     *
     * @throws ExchangeError `identity-conflict` when the id belongs to an organisation of another role, or, if it was made from the name, of
     * another name
     */
    async ensureOrganization ({ name, role, id: given }: NewOrganization): Promise<Organization> {
      const id = given ?? organizationIdOf(name) ?? undefined
      if (id === undefined || !ORGANIZATION_ID.test(id)) {
        throw new ExchangeError('validation-failed', `The organisation "${name}" needs an id of its own: "org_" and up to 60 of a-z, 0-9 and "-".`)
      }
      const organization = await organizations.addOrFind({ id, name, role, manufacturers: [], createdAt: now() })
      // An id that was given names the organisation, however the operator calls it by now.
      if (organization.role !== role || (given === undefined && organization.name !== name)) {
        throw new ExchangeError(
          'identity-conflict',
          `The id ${id} belongs to the ${organization.role} "${organization.name}" and cannot be used for the ${role} "${name}".`
        )
      }
      return organization
    },

    /**
     * Lets a vendor publish records of this manufacturer. Repeating it changes nothing; the display form given first stays.
     *
     * @throws ExchangeError `manufacturer-not-yours` when it belongs to another organisation, `role-not-allowed` when the
     * organisation is not a vendor, `not-found` when there is no such organisation
     */
    async ensureManufacturer (organizationId: string, name: string): Promise<Manufacturer> {
      const organization = await requireOrganization(organizationId)
      if (organization.role !== 'vendor') {
        throw new ExchangeError('role-not-allowed', `Only vendors have manufacturers; ${organizationId} is ${aRole(organization.role)}.`)
      }
      const key = normalizeManufacturerName(name)
      if (key === '') throw new ExchangeError('validation-failed', 'The name of a manufacturer must not be empty.')

      const manufacturer = { key, name: displayForm(name) }
      const outcome = await change.soon(async () => await organizations.addManufacturer(organizationId, manufacturer))
      if (outcome === 'taken') {
        throw new ExchangeError('manufacturer-not-yours', `The manufacturer "${manufacturer.name}" belongs to another organisation.`)
      }
      return organization.manufacturers.find(known => known.key === key) ?? manufacturer
    },

    /** True when the exchange has none of these organisations although it has others: it is in use for something else. */
    async isForeignTo (organizationIds: readonly string[]): Promise<boolean> {
      for (const id of organizationIds) if (await organizations.findById(id) !== null) return false
      return await organizations.hasAny()
    },

    /** The organisation that publishes records of this manufacturer; null if there is none. */
    async findOwnerOfManufacturer (name: string): Promise<Organization | null> {
      return await organizations.findByManufacturer(normalizeManufacturerName(name))
    },

    /**
     * Makes a client with one secret.
     *
     * @throws ExchangeError `identity-conflict` when the id is taken, `validation-failed` for a scope that the role does
     * not allow or a malformed id, `not-found` when there is no such organisation
     */
    async createClient (client: NewClient): Promise<IssuedCredential> {
      const { organizationId, name, id = random(CLIENT_ID_BYTES).toString('hex'), expiresAt } = client
      const { role } = await requireOrganization(organizationId)
      const allowed = SCOPES_OF_ROLE[role]
      const scopes = allowed.filter(scope => client.scopes === undefined || client.scopes.includes(scope))
      const refused = client.scopes?.filter(scope => !allowed.includes(scope)) ?? []
      if (refused.length > 0) {
        throw new ExchangeError('validation-failed', `A ${role} cannot have the scope ${refused.join(', ')}; it can have ${allowed.join(', ')}.`)
      }
      if (!isClientId(id)) {
        throw new ExchangeError('validation-failed', `"${id}" cannot be a client id: 3 to 64 of a-z, 0-9 and "-", beginning with a letter or digit.`)
      }
      const clientSecret = newClientSecret(random)
      const createdAt = now()
      const secret = { hash: hashSecret(clientSecret), createdAt, ...(expiresAt === undefined ? {} : { expiresAt }) }
      if (!await clients.add({ id, organizationId, name, scopes, secrets: [secret], createdAt })) {
        throw new ExchangeError('identity-conflict', `The client id ${id} is taken.`)
      }
      return { organizationId, clientId: id, clientSecret, apiKey: formatApiKey({ clientId: id, clientSecret }), scopes }
    }
  }
}
