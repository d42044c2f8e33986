/** The identity services on a database of their own, with a clock that the test sets and reads that are counted. */
import { randomBytes } from 'node:crypto'
import { createIdentityAdministration } from '../../../src/services/identity/identity-administration.js'
import { createIdentityService, type IdentityOptions } from '../../../src/services/identity/identity-service.js'
import { CLIENTS, createClientsRepository } from '../../../src/storage/clients-repository.js'
import { createOrganizationsRepository } from '../../../src/storage/organizations-repository.js'
import { createSigningKeysRepository, SIGNING_KEYS } from '../../../src/storage/signing-keys-repository.js'
import { openTestDatabase } from '../../support/database.js'

export const BASE_URL = 'https://exchange.example'
export const START = Date.parse('2026-11-21T12:00:00Z')

export async function openIdentity (t: { teardown (work: () => Promise<void>): void }) {
  const db = await openTestDatabase(t)
  const clock = { at: START }
  const clientReads: string[] = []
  const organizations = createOrganizationsRepository(db)
  const stored = createClientsRepository(db)
  const clients = {
    ...stored,
    findById: async (id: string) => {
      clientReads.push(id)
      return await stored.findById(id)
    }
  }
  const signingKeys = createSigningKeysRepository(db)

  /** One more process on the same database. */
  function startIdentity (options: Partial<IdentityOptions> = {}) {
    return createIdentityService({
      organizations,
      clients,
      signingKeys,
      now: () => clock.at,
      random: randomBytes,
      issuer: BASE_URL,
      limits: { batchItems: 1_000 },
      ...options
    })
  }

  const administration = createIdentityAdministration({ organizations, clients, now: () => new Date(clock.at), random: randomBytes })
  const vendor = await administration.ensureOrganization({ name: 'Example Devices', role: 'vendor' })
  await administration.ensureManufacturer(vendor.id, 'Example Devices')
  const credential = await administration.createClient({ organizationId: vendor.id, name: 'test' })
  const identity = startIdentity()

  return {
    administration,
    clients,
    clientReads,
    clock,
    clientDocuments: db.collection<{ _id: string }>(CLIENTS),
    keyDocuments: db.collection<{ _id: number }>(SIGNING_KEYS),
    credential,
    identity,
    signingKeys,
    startIdentity,
    vendor,
    /** A token for the vendor's client. */
    async issueToken () {
      const answer = await identity.issueToken({ grantType: 'client_credentials', ...credential, scope: undefined }, BASE_URL)
      return answer.access_token
    }
  }
}
