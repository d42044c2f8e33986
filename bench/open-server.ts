/**
 * The exchange, which does not ask who comes with the key {@link OPEN_KEY} and hides nothing from them: what reading one product
 * costs without access control. Both in one process, because two of the same code differ by more than what is looked for.
 */
import { randomBytes } from 'node:crypto'
import pino from 'pino'
import { createServices, openDatabase } from '../src/composition-root.js'
import { readConfig } from '../src/config.js'
import { SCOPES_OF_ROLE } from '../src/domain/access.js'
import { callerOf } from '../src/domain/organization.js'
import { resolveSchemaVersion, SCHEMA_VERSIONS } from '../src/domain/schema-versions/registry.js'
import { buildApp } from '../src/http/app.js'
import { createAccessView } from '../src/services/access/access-view.js'
import { createCursors } from '../src/services/cursors.js'
import { createProductCache } from '../src/services/products/product-cache.js'
import { createProductReading } from '../src/services/products/reading.js'
import { createRepresentations } from '../src/services/products/representation.js'
import { createAccessRepository } from '../src/storage/access-repository.js'
import { createAccessVersion } from '../src/storage/access-version.js'
import { createAudienceRegistry } from '../src/storage/audience-registry.js'
import { createGtinClaims } from '../src/storage/gtin-claims.js'
import { createProductsRepository } from '../src/storage/products-repository.js'

/** Stands for no credential at all. */
const OPEN_KEY = 'open'

/** Nothing changes meanwhile, so what is in memory is said to be true: for both, however busy the machine is. */
const CONFIRM_MS = 250

const config = readConfig(process.env)
const logger = pino({ level: config.logLevel })
const database = await openDatabase(config, logger)
const services = await createServices(database, config)
const monotonicMs = (): number => performance.now()
const products = createProductsRepository(database.db, { claims: createGtinClaims(database.db) })
const cache = createProductCache({ load: products.load, maxBytes: config.productCacheBytes, monotonicMs })
setInterval(() => { cache.confirm(monotonicMs()) }, CONFIRM_MS)
const version = createAccessVersion(database.db)
const access = createAccessRepository(database.db, { version, audiences: createAudienceRegistry(database.db, { version, onAdded: () => {} }) })
const { visibilityOf } = createAccessView({ access, now: Date.now, monotonicMs })
const cursors = createCursors(randomBytes(32), randomBytes)
const representations = createRepresentations({ versions: SCHEMA_VERSIONS, resolve: resolveSchemaVersion, maxBytes: 1_048_576 })
const guarded = createProductReading({ products, current: cache, cursors, representations, visibilityOf })
const open = createProductReading({ products, current: cache, cursors, representations, visibilityOf: () => ({ kind: 'everything' }) })
const anybody = callerOf({ id: 'org_anybody', name: 'Anybody', role: 'distributor', manufacturers: [], createdAt: new Date() }, { id: 'anybody', scopes: SCOPES_OF_ROLE.distributor })

const app = await buildApp({
  config,
  services: {
    ...services,
    products: { ...services.products, get: (caller, ...read) => (caller.clientId === anybody.clientId ? open : guarded).get(caller, ...read) },
    identity: { ...services.identity, authenticateApiKey: (key, address) => key === OPEN_KEY ? anybody : services.identity.authenticateApiKey(key, address) }
  },
  logger,
  version: '0.0.0'
})
process.stdout.write(`${await app.listen({ host: '127.0.0.1', port: config.port })}\n`)
process.on('SIGTERM', () => { process.exit(0) })
