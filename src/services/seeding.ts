/** Demonstration data: organisations, their products and a credential for each, set up through the same services as any push. */
import type { Role } from '../domain/access.js'
import type { Organization } from '../domain/organization.js'
import { ExchangeError } from '../domain/problems.js'
import { commandCaller } from './command-caller.js'
import { formatApiKey } from './identity/api-key.js'
import type { IdentityAdministration } from './identity/identity-administration.js'
import type { IdentityService } from './identity/identity-service.js'
import type { BatchItemAnswer, BatchWriting } from './products/batch.js'

export interface SeedOrganization {
  readonly id: string
  readonly name: string
  readonly role: Role
  /** Only a vendor has any. */
  readonly manufacturers?: readonly string[]
  /** Whether people get a credential of it to try the exchange with. */
  readonly demoCredential: boolean
  /** Product records as a vendor would submit them. */
  readonly records: readonly unknown[]
}

/** Where the seeds are loaded from. */
const LOOPBACK = '127.0.0.1'

export interface DemoCredential {
  readonly organizationId: string
  readonly name: string
  readonly role: Role
  readonly clientId: string
  readonly clientSecret: string
}

export interface SeedingResult {
  readonly organizations: number
  readonly created: number
  readonly updated: number
  readonly unchanged: number
}

export type Seeding = ReturnType<typeof createSeeding>

const COMMAND = 'seed'

export function createSeeding (parts: {
  administration: IdentityAdministration
  identity: Pick<IdentityService, 'authenticateApiKey'>
  products: Pick<BatchWriting, 'writeBatch'>
}) {
  const { administration, identity, products } = parts

  async function ensureOrganization (seed: SeedOrganization): Promise<Organization> {
    const organization = await administration.ensureOrganization({ id: seed.id, name: seed.name, role: seed.role })
    const manufacturers = []
    for (const name of seed.manufacturers ?? []) manufacturers.push(await administration.ensureManufacturer(seed.id, name))
    return { ...organization, manufacturers }
  }

  /** True when the credential is accepted today and still belongs to that organisation. */
  async function isAccepted ({ organizationId, clientId, clientSecret }: DemoCredential): Promise<boolean> {
    try {
      return (await identity.authenticateApiKey(formatApiKey({ clientId, clientSecret }), LOOPBACK)).organizationId === organizationId
    } catch (error) {
      if (error instanceof ExchangeError && error.code === 'unauthenticated') return false
      // Somebody has bound it to other addresses since: it works, and is theirs.
      if (error instanceof ExchangeError && error.code === 'address-not-allowed') return true
      throw error
    }
  }

  return {
    /** True when the exchange already has organisations, and none of these: its data are somebody's own. */
    async isUnwelcome (seeds: readonly SeedOrganization[]): Promise<boolean> {
      return await administration.isForeignTo(seeds.map(({ id }) => id))
    },

    /**
     * Sets up what is missing and submits every record. Loading the same seeds again changes nothing.
     *
     * @throws Error naming each record that was refused; the others are stored
     */
    async load (seeds: readonly SeedOrganization[]): Promise<SeedingResult> {
      const result = { organizations: seeds.length, created: 0, updated: 0, unchanged: 0 }
      const refused: string[] = []
      for (const seed of seeds) {
        const caller = commandCaller(await ensureOrganization(seed), COMMAND)
        if (seed.records.length === 0) continue
        const answer = await products.writeBatch(caller, seed.records.map(record => ({ op: 'submit', record })), { onError: 'continue' })
        result.created += answer.summary.created
        result.updated += answer.summary.updated
        result.unchanged += answer.summary.unchanged
        refused.push(...answer.items.flatMap(item => refusalOf(seed, item)))
      }
      if (refused.length > 0) throw new Error(`Some seed records were refused:\n${refused.join('\n')}`)
      return result
    },

    /**
     * One working credential for each organisation that should have one: the known one where it is still accepted, or else a new one.
     * The organisations must have been loaded.
     */
    async ensureCredentials (seeds: readonly SeedOrganization[], known: readonly DemoCredential[]): Promise<DemoCredential[]> {
      const credentials: DemoCredential[] = []
      for (const { id, name, role } of seeds.filter(({ demoCredential }) => demoCredential)) {
        const kept = known.find(({ organizationId }) => organizationId === id)
        if (kept !== undefined && await isAccepted(kept)) {
          credentials.push(kept)
          continue
        }
        const { clientId, clientSecret } = await administration.createClient({ organizationId: id, name: 'Demonstration' })
        credentials.push({ organizationId: id, name, role, clientId, clientSecret })
      }
      return credentials
    },

    /** True when every organisation that should have a credential has one that works. */
    async haveCredentials (seeds: readonly SeedOrganization[], known: readonly DemoCredential[]): Promise<boolean> {
      for (const { id } of seeds.filter(({ demoCredential }) => demoCredential)) {
        const credential = known.find(({ organizationId }) => organizationId === id)
        if (credential === undefined || !await isAccepted(credential)) return false
      }
      return true
    }
  }
}

function refusalOf (seed: SeedOrganization, { index, error }: BatchItemAnswer): string[] {
  if (error === undefined) return []
  const issues = error.issues.map(issue => `  ${issue.code}${'pointer' in issue ? ` at ${issue.pointer}` : ''}: ${issue.detail}`)
  return [`${seed.name}, record ${index + 1}: ${error.message}`, ...issues]
}
