/**
 * An exchange whose one vendor keeps its things to itself, and everybody who tries to get at them. Whatever is the vendor's carries
 * a mark that cannot be mistaken for anything else.
 */
import { randomBytes } from 'node:crypto'
import { createFailedAttempts } from '../../../src/services/identity/failed-attempts.js'
import { createIdentityFreshness } from '../../../src/services/identity/identity-freshness.js'
import { createIdentityService } from '../../../src/services/identity/identity-service.js'
import { createClientsRepository } from '../../../src/storage/clients-repository.js'
import { createOrganizationsRepository } from '../../../src/storage/organizations-repository.js'
import { createSigningKeysRepository } from '../../../src/storage/signing-keys-repository.js'
import { SCOPES_OF_ROLE, type Scope } from '../../../src/domain/access.js'
import { callsOf } from '../../support/calls.js'
import { openTestExchange, type Member } from '../../support/exchange.js'
import { importing, ndjson } from '../../support/imports.js'
import { demonstrationGtin, recordOf } from '../../support/records.js'

/** Who asks with a credential that is in order. `granted` is a distributor that sees the products, `revoked` was one until a moment ago. */
export const ROLES = ['owner', 'otherVendor', 'granted', 'revoked', 'ungranted', 'operator'] as const
export type Role = typeof ROLES[number]

/** Kinds of what is the owner's, and what `granted` and `revoked` call its product. */
export type Kind = 'aliasOfGranted' | 'aliasOfRevoked' | 'content' | 'identifier' | 'access' | 'import' | 'client' | 'organization' | 'secret'

export type Headers = Record<string, string>

export type World = Awaited<ReturnType<typeof openWorld>>

const HOUR_MS = 3_600_000

export async function openWorld (t: { teardown (work: () => Promise<void>): void }) {
  const exchange = await openTestExchange(t)
  const { app, connection, vendor, otherVendor, reseller, operator, addMember } = exchange
  const call = callsOf(exchange)
  const granted = exchange.distributor
  const revoked = await addMember({ name: 'Formerly Granted', role: 'distributor' })
  await addMember({ name: vendor.name, role: 'vendor', manufacturers: ['MARK-MANUFACTURER'] })
  const headersOf: Record<Role, Headers> = {
    owner: vendor.headers, otherVendor: otherVendor.headers, granted: granted.headers, revoked: revoked.headers, ungranted: reseller.headers, operator: operator.headers
  }

  async function asOwner<T> (method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, body?: object): Promise<T> {
    const answer = await call(vendor, method, url, body)
    if (answer.statusCode >= 300) throw new Error(`${method} ${url}: ${answer.body}`)
    return answer.json()
  }

  const marks: Record<Kind, string[]> = { aliasOfGranted: ['MARK-SKU-GRANTED'], aliasOfRevoked: ['MARK-SKU-REVOKED'], content: [], identifier: [], access: [], import: [], client: [], organization: ['MARK-MANUFACTURER'], secret: [] }
  let made = 0

  const fresh = {
    product: async () => {
      const number = ++made
      const gtin = demonstrationGtin(90_000_000 + number)
      const document = recordOf({ manufacturerPartNumber: `MARK-PN/${number}`, modelName: `MARK-CONTENT-${number}`, gtins: [gtin] } as never)
      const { productId } = await asOwner<{ productId: string }>('POST', '/v1/products', document)
      marks.content.push(`MARK-CONTENT-${number}`)
      marks.identifier.push(productId, `MARK-PN/${number}`, gtin)
      return { productId, partNumber: `MARK-PN/${number}`, gtin, document }
    },
    group: async () => {
      const name = `MARK-GROUP-${++made}`
      const { groupId } = await asOwner<{ groupId: string }>('POST', '/v1/groups', { name, members: [granted.organizationId] })
      marks.access.push(name, groupId)
      return groupId
    },
    grant: async (organizationId: string = granted.organizationId) => {
      const { grantId } = await asOwner<{ grantId: string }>('POST', '/v1/grants', { organizations: [organizationId] })
      marks.access.push(grantId)
      return grantId
    },
    list: async () => {
      const name = `MARK-LIST-${++made}`
      const { listId } = await asOwner<{ listId: string }>('POST', '/v1/product-lists', { name })
      marks.access.push(name, listId)
      return listId
    },
    import: async ({ finished }: { finished: boolean }) => {
      const { upload, work } = importing(exchange, vendor)
      const document = recordOf({ manufacturerPartNumber: `MARK-IMPORTED/${++made}`, modelName: `MARK-CONTENT-IMPORTED-${made}` })
      const rejected = { product: { manufacturerName: 'Nordwind Systems', manufacturerPartNumber: `MARK-REJECTED-${made}` } }
      const { importId } = (await upload('format=ndjson', ndjson([document, rejected]))).json<{ importId: string }>()
      marks.content.push(`MARK-CONTENT-IMPORTED-${made}`)
      marks.identifier.push(`MARK-IMPORTED/${made}`)
      marks.import.push(importId, `MARK-REJECTED-${made}`)
      if (finished) await work()
      return importId
    },
    client: async () => {
      const name = `MARK-CLIENT-${++made}`
      const { clientId, clientSecret, secrets } = await asOwner<{ clientId: string, clientSecret: string, secrets: Array<{ secretId: string }> }>('POST', '/v1/clients', { name })
      const secretId = String(secrets[0]?.secretId)
      marks.client.push(name, clientId, secretId)
      marks.secret.push(clientSecret)
      return { clientId, secretId }
    }
  }

  await asOwner('PUT', '/v1/audiences', { default: 'closed', categories: {} })
  const product = await fresh.product()
  await asOwner('POST', '/v1/products', { ...product.document, product: { ...product.document.product, massKg: 2 } })
  const standing = {
    product,
    groupId: await fresh.group(),
    grantId: await fresh.grant(),
    listId: await fresh.list(),
    importId: await fresh.import({ finished: true }),
    waitingImportId: await fresh.import({ finished: false }),
    client: await fresh.client()
  }
  marks.client.push(vendor.clientId)
  const ended = await fresh.grant(revoked.organizationId)
  for (const [member, sku] of [[granted, 'MARK-SKU-GRANTED'], [revoked, 'MARK-SKU-REVOKED']] as const) {
    const answer = await call(member, 'POST', '/v1/aliases/batch', { items: [{ op: 'set', sku, productId: product.productId }] })
    if (answer.statusCode !== 200) throw new Error(answer.body)
  }

  /** A client of the owner with every scope but one. */
  async function without (scope: Scope): Promise<Headers> {
    const { headers } = await addMember({ name: vendor.name, role: 'vendor', scopes: SCOPES_OF_ROLE.vendor.filter(known => known !== scope) })
    return headers
  }

  /** A token of the owner that was in order until some time ago. */
  async function expiredToken (): Promise<Headers> {
    const earlier = createIdentityService({
      organizations: createOrganizationsRepository(connection.db),
      clients: createClientsRepository(connection.db),
      freshness: createIdentityFreshness({ readVersion: async () => 0, monotonicMs: () => 0 }),
      attempts: createFailedAttempts({ monotonicMs: () => 0, onRepeated: () => {} }),
      signingKeys: createSigningKeysRepository(connection.db),
      now: () => Date.now() - HOUR_MS,
      random: randomBytes,
      issuer: undefined,
      rotationMs: 30 * 24 * HOUR_MS,
      limits: {}
    })
    const { access_token: token } = await earlier.issueToken({ grantType: 'client_credentials', clientId: vendor.clientId, clientSecret: vendor.clientSecret }, { baseUrl: 'http://localhost', address: '127.0.0.1' })
    return { authorization: `Bearer ${token}` }
  }

  return {
    app,
    exchange,
    headersOf,
    organizationOf: { owner: vendor, otherVendor, granted, revoked, ungranted: reseller, operator } satisfies Record<Role, Member>,
    marks,
    fresh,
    standing,
    without,
    expiredToken,
    /** Takes from `revoked` what it was granted. */
    revoke: async () => { await asOwner('DELETE', `/v1/grants/${ended}`) }
  }
}
