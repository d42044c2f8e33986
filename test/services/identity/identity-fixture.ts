/** The identity services on a database of their own, with a clock that the test sets and reads that are counted. */
import { randomBytes } from 'node:crypto'
import { createFailedAttempts, type RepeatedFailure } from '../../../src/services/identity/failed-attempts.js'
import { createIdentityAdministration } from '../../../src/services/identity/identity-administration.js'
import { createIdentityChange } from '../../../src/services/identity/identity-change.js'
import { createIdentityFreshness } from '../../../src/services/identity/identity-freshness.js'
import { createIdentityService, type IdentityOptions, type TokenRequest } from '../../../src/services/identity/identity-service.js'
import { createIdentityVersion } from '../../../src/storage/access-version.js'
import { CLIENTS, createClientsRepository } from '../../../src/storage/clients-repository.js'
import { createOrganizationsRepository } from '../../../src/storage/organizations-repository.js'
import { createSigningKeysRepository, SIGNING_KEYS } from '../../../src/storage/signing-keys-repository.js'
import { openTestDatabase } from '../../support/database.js'

export const BASE_URL = 'https://exchange.example'
/** Where tests call from unless they say otherwise. */
const ADDRESS = '192.0.2.1'
/** For how long a signing key signs. */
export const ROTATION_MS = 30 * 86_400_000
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

  const version = createIdentityVersion(db)
  const versionReads: number[] = []
  const repeatedFailures: RepeatedFailure[] = []
  const monotonicMs = (): number => clock.at

  /** One more process on the same database. */
  function startProcess (options: Partial<IdentityOptions> = {}) {
    const readVersion = async () => {
      versionReads.push(clock.at)
      return await version.read()
    }
    const freshness = createIdentityFreshness({ readVersion, monotonicMs })
    const service = createIdentityService({
      organizations,
      clients,
      freshness,
      attempts: createFailedAttempts({ monotonicMs, onRepeated: failure => { repeatedFailures.push(failure) } }),
      signingKeys,
      now: () => clock.at,
      random: randomBytes,
      issuer: BASE_URL,
      rotationMs: ROTATION_MS,
      limits: { batchItems: 1_000 },
      ...options
    })
    const identity = {
      ...service,
      authenticateApiKey: (key: string, address = ADDRESS) => service.authenticateApiKey(key, address),
      authenticateToken: (token: string, address = ADDRESS) => service.authenticateToken(token, address),
      issueToken: async (request: TokenRequest, baseUrl = BASE_URL, address = ADDRESS) => await service.issueToken(request, { baseUrl, address })
    }
    return { identity, change: createIdentityChange({ version, freshness, wait: async ms => { clock.at += ms } }) }
  }
  const startIdentity = (options?: Partial<IdentityOptions>) => startProcess(options).identity

  const { identity, change } = startProcess()
  const elsewhere = startProcess()
  const administration = createIdentityAdministration({ organizations, clients, change, now: () => new Date(clock.at), random: randomBytes })
  const vendor = await administration.ensureOrganization({ name: 'Example Devices', role: 'vendor' })
  await administration.ensureManufacturer(vendor.id, 'Example Devices')
  const credential = await administration.createClient({ organizationId: vendor.id, name: 'test' })

  return {
    administration,
    clients,
    clientReads,
    clock,
    change,
    /** Disables a client, in this process or in another. */
    async disableClient (clientId: string, { inAnother = false } = {}) {
      const client = await stored.findById(clientId)
      if (client === null) throw new Error(`there is no client ${clientId}`)
      const { soon } = inAnother ? elsewhere.change : change
      await soon(async () => await stored.replace(client.organizationId, clientId, { ...client, disabledAt: new Date(clock.at) }))
    },
    organizations,
    repeatedFailures,
    versionReads,
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
