/**
 * What each operation answers to whom. The matrix test demands an entry for every operation of the API description, and none for
 * any other.
 *
 * How to add one: the request that is about what the owner has (for those who may change it: about something made for the occasion),
 * and the status for each role. Without a credential, with an expired one and without the scope the answer follows from the
 * operation's security. Whoever is told something of the owner's beyond {@link MAY_SEE} is named in `maySee`.
 */
import type { Headers, Kind, Role, World } from './world.js'

export interface Asked {
  method: string
  url: string
  headers?: Headers
  payload?: string | object
}

export interface Entry {
  request: (world: World, role: Role) => Omit<Asked, 'method'> | Promise<Omit<Asked, 'method'>>
  /** By role; one number where all get the same. */
  status: Record<Role, number> | number
  maySee?: Partial<Record<Role, readonly Kind[]>>
}

/** What is told to whom, wherever it is told. */
export const MAY_SEE: Record<Role, readonly Kind[]> = {
  owner: ['content', 'identifier', 'access', 'import', 'client', 'organization'],
  otherVendor: [],
  granted: ['content', 'identifier', 'aliasOfGranted'],
  revoked: ['aliasOfRevoked'],
  ungranted: [],
  operator: ['client', 'organization']
}

const READ_ONE = { owner: 200, otherVendor: 404, granted: 200, revoked: 404, ungranted: 404, operator: 404 }
/** Distributors, resellers and the operator cannot have the scope for writing. */
const WRITE = { granted: 403, revoked: 403, ungranted: 403, operator: 403 }
/** Vendors alone decide who sees what. */
const DECIDE = { granted: 403, revoked: 403, ungranted: 403, operator: 403 }

/** Makes something for whoever is going to change or remove it, and gives the others what stands. */
async function sacrificed<T> (role: Role, who: readonly Role[], make: () => Promise<T>, standing: T): Promise<T> {
  return who.includes(role) ? await make() : standing
}

const public_ = (url: string, status = 200): Entry => ({ request: () => ({ url }), status })
const read = (path: (world: World) => string, status: Entry['status'] = READ_ONE): Entry => ({ request: world => ({ url: path(world) }), status })
const json = (payload: object) => ({ payload })

const productUrl = (world: World, rest = ''): string => `/v1/products/${world.standing.product.productId}${rest}`
const clientOf = async (world: World, role: Role) => await sacrificed(role, ['owner', 'operator'], world.fresh.client, world.standing.client)
const CLIENT = { owner: 200, otherVendor: 404, granted: 404, revoked: 404, ungranted: 404, operator: 200 }

export const OPERATIONS: Record<string, Entry> = {
  submitProduct: { request: ({ standing }) => ({ url: '/v1/products', ...json(standing.product.document) }), status: { owner: 200, otherVendor: 403, ...WRITE } },
  listProducts: read(() => '/v1/products?limit=500', 200),
  getProduct: read(world => productUrl(world)),
  replaceProduct: {
    request: world => ({ url: productUrl(world), ...json(world.standing.product.document) }),
    status: { owner: 200, otherVendor: 403, ...WRITE }
  },
  patchProduct: {
    request: world => ({ url: productUrl(world), headers: { 'content-type': 'application/merge-patch+json' }, payload: JSON.stringify({ product: { massKg: 3 } }) }),
    status: { owner: 200, otherVendor: 404, ...WRITE }
  },
  withdrawProduct: {
    request: async (world, role) => {
      const { productId } = await sacrificed(role, ['owner'], world.fresh.product, world.standing.product)
      return { url: `/v1/products/${productId}` }
    },
    status: { owner: 200, otherVendor: 404, ...WRITE }
  },
  writeProductBatch: {
    request: async (world, role) => {
      const { product } = world.standing
      const [one, other] = await Promise.all([1, 2].map(async () => await sacrificed(role, ['owner'], world.fresh.product, product)))
      const items = [{ op: 'submit', ref: '1', record: product.document }, { op: 'patch', ref: '2', productId: one?.productId, patch: { product: { massKg: 4 } } }, { op: 'withdraw', ref: '3', productId: other?.productId }]
      return { url: '/v1/products/batch', ...json({ onError: 'continue', items }) }
    },
    status: { owner: 200, otherVendor: 207, ...WRITE }
  },
  // Compared with what is there, without telling of it.
  validateRecords: { request: ({ standing }) => ({ url: '/v1/products/validate', ...json({ records: [standing.product.document] }) }), status: 200 },
  lookupProducts: {
    request: ({ standing: { product } }) => ({
      url: '/v1/products/lookup',
      ...json({ identifiers: [{ scheme: 'productId', value: product.productId }, { scheme: 'gtin', value: product.gtin }, { scheme: 'mpn', value: product.partNumber }, { scheme: 'mpn', value: product.partNumber, issuer: 'Nordwind Systems' }, { scheme: 'distributorSku', value: 'MARK-SKU-GRANTED' }, { scheme: 'distributorSku', value: 'MARK-SKU-REVOKED' }] })
    }),
    status: 200
  },
  listProductVersions: read(world => productUrl(world, '/versions')),
  getProductVersion: read(world => productUrl(world, '/versions/1')),
  diffProductVersions: read(world => productUrl(world, '/diff?from=1&to=2')),
  exportProducts: read(() => '/v1/products/export?format=ndjson', 200),
  // Whoever held the products is told by their identifiers that they are gone, and by nothing else.
  listChanges: { request: () => ({ url: '/v1/changes?limit=500' }), status: 200, maySee: { revoked: ['identifier'] } },
  streamChanges: { request: () => ({ url: '/v1/changes/stream' }), status: 200, maySee: { revoked: ['identifier'] } },
  getFeedStatus: read(() => '/v1/changes/status', 200),

  createImport: {
    request: ({ standing }) => ({ url: '/v1/imports?format=ndjson', headers: { 'content-type': 'application/octet-stream' }, payload: `${JSON.stringify(standing.product.document)}\n` }),
    status: { owner: 202, otherVendor: 202, ...WRITE }
  },
  listImports: read(() => '/v1/imports?limit=500', { owner: 200, otherVendor: 200, ...WRITE }),
  getImport: read(({ standing }) => `/v1/imports/${standing.importId}`, { owner: 200, otherVendor: 404, ...WRITE }),
  listImportResults: read(({ standing }) => `/v1/imports/${standing.importId}/results`, { owner: 200, otherVendor: 404, ...WRITE }),
  downloadRejected: read(({ standing }) => `/v1/imports/${standing.importId}/rejected`, { owner: 200, otherVendor: 404, ...WRITE }),
  cancelImport: {
    request: async (world, role) => ({ url: `/v1/imports/${await sacrificed(role, ['owner'], async () => await world.fresh.import({ finished: false }), world.standing.waitingImportId)}/cancel` }),
    status: { owner: 200, otherVendor: 404, ...WRITE }
  },
  confirmImport: { request: ({ standing }) => ({ url: `/v1/imports/${standing.importId}/confirm` }), status: { owner: 409, otherVendor: 404, ...WRITE } },

  // Only what one can see can be mapped.
  writeAliases: {
    request: ({ standing: { product } }, role) => ({ url: '/v1/aliases/batch', ...json({ items: [{ op: 'set', sku: `${role}-1`, productId: product.productId }, { op: 'set', sku: `${role}-2`, product: { scheme: 'gtin', value: product.gtin } }] }) }),
    status: { owner: 403, otherVendor: 403, granted: 200, revoked: 207, ungranted: 207, operator: 403 }
  },
  // What was mapped stays, and with it the id of a product that is hidden by now.
  listAliases: { request: () => ({ url: '/v1/aliases?limit=500' }), status: 200, maySee: { revoked: ['identifier'] } },

  // Records are judged as far as they are visible.
  checkCompatibility: {
    request: () => ({ url: '/v1/schemas/product-sustainability-attributes/compatibility-checks', ...json({ schema: { type: 'object', properties: { product: { type: 'object', properties: { modelName: { type: 'string', maxLength: 1 } } } } } }) }),
    status: { owner: 200, otherVendor: 200, granted: 403, revoked: 403, ungranted: 403, operator: 200 }
  },

  getAudiencePolicy: read(() => '/v1/audiences', { owner: 200, otherVendor: 200, ...DECIDE }),
  putAudiencePolicy: { request: () => ({ url: '/v1/audiences', ...json({ default: 'closed', categories: {} }) }), status: { owner: 200, otherVendor: 200, ...DECIDE } },
  listGroups: read(() => '/v1/groups?limit=500', { owner: 200, otherVendor: 200, ...DECIDE }),
  createGroup: { request: world => ({ url: '/v1/groups', ...json({ name: 'Any', members: [world.organizationOf.ungranted.organizationId] }) }), status: { owner: 201, otherVendor: 201, ...DECIDE } },
  replaceGroup: {
    request: async (world, role) => ({ url: `/v1/groups/${await sacrificed(role, ['owner'], world.fresh.group, world.standing.groupId)}`, ...json({ name: 'Any', members: [] }) }),
    status: { owner: 200, otherVendor: 404, ...DECIDE }
  },
  deleteGroup: {
    request: async (world, role) => ({ url: `/v1/groups/${await sacrificed(role, ['owner'], world.fresh.group, world.standing.groupId)}` }),
    status: { owner: 200, otherVendor: 404, ...DECIDE }
  },
  listGrants: read(() => '/v1/grants?limit=500', { owner: 200, otherVendor: 200, ...DECIDE }),
  // To a foreign group and list, which are not there for another vendor.
  createGrant: {
    request: world => ({ url: '/v1/grants', ...json({ groups: [world.standing.groupId], productLists: [world.standing.listId] }) }),
    status: { owner: 201, otherVendor: 422, ...DECIDE }
  },
  previewGrant: {
    request: world => ({ url: '/v1/grants/preview', ...json({ organizations: [world.organizationOf.ungranted.organizationId] }) }),
    status: { owner: 200, otherVendor: 200, ...DECIDE }
  },
  getGrant: read(({ standing }) => `/v1/grants/${standing.grantId}`, { owner: 200, otherVendor: 404, ...DECIDE }),
  revokeGrant: {
    request: async (world, role) => ({ url: `/v1/grants/${await sacrificed(role, ['owner'], async () => await world.fresh.grant(), world.standing.grantId)}` }),
    status: { owner: 200, otherVendor: 404, ...DECIDE }
  },
  listProductLists: read(() => '/v1/product-lists?limit=500', { owner: 200, otherVendor: 200, ...DECIDE }),
  createProductList: { request: () => ({ url: '/v1/product-lists', ...json({ name: 'Any' }) }), status: { owner: 201, otherVendor: 201, ...DECIDE } },
  getProductList: read(({ standing }) => `/v1/product-lists/${standing.listId}`, { owner: 200, otherVendor: 404, ...DECIDE }),
  replaceProductList: {
    request: async (world, role) => ({ url: `/v1/product-lists/${await sacrificed(role, ['owner'], world.fresh.list, world.standing.listId)}`, ...json({ name: 'Any' }) }),
    status: { owner: 200, otherVendor: 404, ...DECIDE }
  },
  deleteProductList: {
    request: async (world, role) => ({ url: `/v1/product-lists/${await sacrificed(role, ['owner'], world.fresh.list, world.standing.listId)}` }),
    status: { owner: 200, otherVendor: 404, ...DECIDE }
  },
  listProductListMembers: read(({ standing }) => `/v1/product-lists/${standing.listId}/products`, { owner: 200, otherVendor: 404, ...DECIDE }),
  changeProductListMembers: {
    request: world => ({ url: `/v1/product-lists/${world.standing.listId}/products`, ...json({ add: ['31ab12ef-9a1c-5d9e-8f0a-2c4d6e8f0a1b'] }) }),
    status: { owner: 200, otherVendor: 404, ...DECIDE }
  },

  // The operator sees every event, with the state of what was administered, and everybody what it did itself; records are not in there.
  listAuditEvents: { request: () => ({ url: '/v1/audit-events?limit=500' }), status: 200, maySee: { operator: ['identifier', 'access', 'import', 'aliasOfGranted', 'aliasOfRevoked'], revoked: ['identifier'] } },

  getMe: read(() => '/v1/me', 200),
  listOrganizations: read(() => '/v1/organizations?limit=500', 200),
  createOrganization: {
    request: () => ({ url: '/v1/organizations', ...json({ name: 'Newcomer', role: 'reseller' }) }),
    status: { owner: 403, otherVendor: 403, granted: 403, revoked: 403, ungranted: 403, operator: 201 }
  },
  getOrganization: read(world => `/v1/organizations/${world.organizationOf.owner.organizationId}`, { owner: 200, otherVendor: 200, granted: 404, revoked: 404, ungranted: 404, operator: 200 }),
  replaceOrganization: {
    request: world => ({
      url: `/v1/organizations/${world.organizationOf.owner.organizationId}`,
      ...json({ name: world.organizationOf.owner.name, role: 'vendor', manufacturers: ['Nordwind Systems', 'Südlicht Computer', 'MARK-MANUFACTURER'], markets: [], disabled: false })
    }),
    status: { owner: 403, otherVendor: 403, granted: 403, revoked: 403, ungranted: 403, operator: 200 }
  },
  listClients: read(() => '/v1/clients?limit=500', 200),
  // For the owner's organisation.
  createClient: {
    request: world => ({ url: '/v1/clients', ...json({ name: 'Any', organizationId: world.organizationOf.owner.organizationId }) }),
    status: { owner: 201, otherVendor: 422, granted: 422, revoked: 422, ungranted: 422, operator: 201 }
  },
  getClient: read(({ standing }) => `/v1/clients/${standing.client.clientId}`, CLIENT),
  replaceClient: {
    request: async (world, role) => ({ url: `/v1/clients/${(await clientOf(world, role)).clientId}`, ...json({ name: 'Any', scopes: [], allowedAddresses: [], disabled: true }) }),
    status: CLIENT
  },
  deleteClient: { request: async (world, role) => ({ url: `/v1/clients/${(await clientOf(world, role)).clientId}` }), status: CLIENT },
  rotateClientSecret: {
    request: async (world, role) => ({ url: `/v1/clients/${(await clientOf(world, role)).clientId}/secrets`, ...json({ overlapSeconds: 0 }) }),
    status: { ...CLIENT, owner: 201, operator: 201 }
  },
  revokeClientSecret: {
    request: async (world, role) => {
      const { clientId, secretId } = await clientOf(world, role)
      return { url: `/v1/clients/${clientId}/secrets/${secretId}` }
    },
    status: CLIENT
  },

  listSchemas: public_('/v1/schemas'),
  getSchema: public_('/v1/schemas/product-sustainability-attributes'),
  getSchemaVersion: public_('/v1/schemas/product-sustainability-attributes/1.0.0'),
  listSchemaFields: public_('/v1/schemas/product-sustainability-attributes/1.0.0/fields'),
  getSchemaTemplate: public_('/v1/schemas/product-sustainability-attributes/1.0.0/template?format=csv'),
  issueToken: { request: () => ({ url: '/oauth/token', headers: { 'content-type': 'application/x-www-form-urlencoded' }, payload: 'grant_type=password' }), status: 400 },
  getAuthorizationServer: public_('/.well-known/oauth-authorization-server'),
  getJsonWebKeySet: public_('/.well-known/jwks.json'),
  getLiveness: public_('/livez'),
  getReadiness: public_('/readyz'),
  getMetrics: public_('/metrics'),
  getOpenapi: public_('/openapi.json'),
  getOpenapiForOlderTools: public_('/openapi-3.0.json'),
  getLanding: public_('/'),
  listErrors: public_('/errors'),
  getError: public_('/errors/not-found'),
  getApiCatalog: public_('/.well-known/api-catalog')
}
