/** What access control adds to the most frequent request: one product from memory, for a reader to whom it was granted. */
import { startProcess, stopProcess, type ExchangeUnderTest } from './exchange-under-test.js'
import { compare, requestsPerCpuSecond, type Measurement } from './measure.js'
import { storeProducts } from './stored-products.js'

const HOT = 2_000

const WARM_UP_SECONDS = 6

/** At most a tenth of the cost more: 1 / 1.1. */
const TARGET = 0.91

export async function benchAccess (exchange: ExchangeUnderTest): Promise<Measurement[]> {
  const { url, services, vendor, database } = exchange
  const productIds = await storeProducts(exchange, HOT)
  const { id } = await services.administration.ensureOrganization({ name: 'Bench distributor', role: 'distributor' })
  const credential = await services.administration.createClient({ organizationId: id, name: 'bench' })
  await services.access.putPolicy(vendor, { default: 'closed', categories: {} })
  await services.access.createGrant(vendor, { organizations: [id], groups: [] })
  const token = await services.identity.issueToken({ grantType: 'client_credentials', ...credential, scope: undefined }, { baseUrl: url, address: '127.0.0.1' })

  const server = await startProcess('./open-server.js', { MONGODB_URI: database.uri, MONGODB_DATABASE: database.db.databaseName, PORT: '0', LOG_LEVEL: 'warn', SEED: 'none', RATE_LIMIT_READ: '0' })
  const path = (): string => `/v1/products/${productIds[Math.floor(Math.random() * HOT)]}`
  const reads = (headers: Record<string, string>, seconds = 4) => async (): Promise<number> =>
    await requestsPerCpuSecond({ url: server.url, path, headers, expectStatus: 200, seconds }, server.process.pid as number)
  const withKey = { 'x-api-key': credential.apiKey }
  const withToken = { authorization: `Bearer ${token.access_token}` }
  /** No credential, in a request of the same size. */
  const without = (credential: string): Record<string, string> => ({ 'x-api-key': 'open', 'x-of-the-same-size': credential })
  const limit = 'the same without access control, per CPU second'
  try {
    // The caches are full and the code is compiled by the time that counts.
    for (const headers of [without(credential.apiKey), withKey, withToken]) await reads(headers, WARM_UP_SECONDS)()
    return [
      await compare({ name: 'GET one product, hot, API key, granted, per CPU second', limit, target: TARGET }, reads(withKey), reads(without(credential.apiKey))),
      await compare({ name: 'GET one product, hot, token, granted, per CPU second', limit, target: TARGET }, reads(withToken), reads(without(withToken.authorization)))
    ]
  } finally {
    await stopProcess(server.process)
  }
}
