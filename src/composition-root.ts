/** The only wiring: plain functions that hand each part what it needs. Nothing else constructs repositories or services. */
import { randomBytes, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Logger } from 'pino'
import { v7 as uuidV7 } from 'uuid'
import type { Config } from './config.js'
import { ensureDemoData, type DemoData } from './demo-data.js'
import { createRecordValidator, type RecordValidator } from './domain/record-validation.js'
import { SCHEMA_LIFECYCLES, type SchemaLifecycles } from './domain/schema-versions/lifecycle.js'
import { resolveSchemaVersion, SCHEMA_VERSIONS } from './domain/schema-versions/registry.js'
import { RECORD_SCHEMA_NAME } from './domain/schema-versions/schema-version.js'
import { startEmbeddedMongodb } from './embedded-mongodb/start-embedded-mongodb.js'
import { buildApp } from './http/app.js'
import { describeLimits } from './http/quotas.js'
import { startAccessUpkeep } from './jobs/access-upkeep.js'
import { startFeedUpkeep } from './jobs/feed-upkeep.js'
import { startImportWorkers } from './jobs/import-workers.js'
import { startIdempotencySweep } from './jobs/idempotency-sweep.js'
import { projectPath } from './project-root.js'
import { createChangeFeed } from './services/changes/change-feed.js'
import { createFeedOrder } from './services/changes/feed-order.js'
import { createFeedHead } from './services/changes/feed-head.js'
import { createFeedUpkeep } from './services/changes/feed-upkeep.js'
import { createHeadWatch } from './services/changes/head-watch.js'
import { createAccessAdministration } from './services/access/access-administration.js'
import { createAccessChanges, decisionOnMarkets } from './services/access/access-change.js'
import { createAccessView } from './services/access/access-view.js'
import { createGrantPreview } from './services/access/grant-preview.js'
import { createProductLists } from './services/access/product-lists.js'
import { createAliases } from './services/aliases.js'
import { createAuditQueries } from './services/audit/audit-queries.js'
import { createAuditTrail, type AuditTrail } from './services/audit/audit-trail.js'
import { firstEventIdAt, newEventId } from './services/audit/event-ids.js'
import { createCursors, type Cursors } from './services/cursors.js'
import { createIdempotency } from './services/idempotency.js'
import { createClientAdministration } from './services/identity/client-administration.js'
import { createExternalIssuer } from './services/identity/external-issuer.js'
import { createFailedAttempts } from './services/identity/failed-attempts.js'
import { createIdentityAdministration } from './services/identity/identity-administration.js'
import { createIdentityChange } from './services/identity/identity-change.js'
import { createIdentityFreshness } from './services/identity/identity-freshness.js'
import { createIdentityService } from './services/identity/identity-service.js'
import { createOrganizationAdministration } from './services/identity/organization-administration.js'
import { createImportQueries } from './services/imports/imports.js'
import { createCatalogReplacement } from './services/imports/replacement.js'
import { createImportUploading } from './services/imports/upload.js'
import { createImportWorking, LEASE_MS } from './services/imports/worker.js'
import { createAdmission, type Admission } from './services/products/admission.js'
import { createBatchWriting } from './services/products/batch.js'
import { createCacheFollower } from './services/products/cache-follower.js'
import { createProductExport } from './services/products/export.js'
import { createGroupCommit } from './services/products/group-commit.js'
import { createIdentifierResolver } from './services/products/identifiers.js'
import { createProductIngest } from './services/products/ingest.js'
import { createLineAdmission } from './services/products/line-admission.js'
import { createProductLookup } from './services/products/lookup.js'
import { observeWrites } from './services/products/observed-writer.js'
import { createProductCache } from './services/products/product-cache.js'
import { createProductReading } from './services/products/reading.js'
import { createRepresentations } from './services/products/representation.js'
import { createLineJudging, type LineJudging } from './services/judging/line-judging.js'
import { createCompatibilityChecks } from './services/compatibility/compatibility-checks.js'
import { createRecordJudging } from './services/products/validation.js'
import { createProductWriting } from './services/products/writing.js'
import { createSchemaRegistry } from './services/schemas.js'
import { createSeeding } from './services/seeding.js'
import { createChangesRepository } from './storage/changes-repository.js'
import { createAccessEvents } from './storage/access-events.js'
import { createAccessRepository } from './storage/access-repository.js'
import { createAccessVersion, createIdentityVersion } from './storage/access-version.js'
import { createAudienceRegistry } from './storage/audience-registry.js'
import { createAliasesRepository } from './storage/aliases-repository.js'
import { createAuditLog } from './storage/audit-log.js'
import { createAuditRepository } from './storage/audit-repository.js'
import { createClientsRepository } from './storage/clients-repository.js'
import { connect, isStorageFull, isUnavailable, type Connection } from './storage/connection.js'
import { createFeedPositions, ReservationExpired } from './storage/feed-positions.js'
import { createGtinClaims } from './storage/gtin-claims.js'
import { createImportFiles, isFileGone } from './storage/import-files.js'
import { createImportResults } from './storage/import-results.js'
import { createImportTraces } from './storage/import-traces.js'
import { createImportsRepository } from './storage/imports-repository.js'
import { createIdempotencyRepository } from './storage/idempotency-repository.js'
import { instanceSecret } from './storage/instance-secrets.js'
import { createLocalFileStore } from './storage/local-file-store.js'
import { migrate } from './storage/migrations.js'
import { createOrganizationsRepository, type OrganizationsRepository } from './storage/organizations-repository.js'
import { createProductCatalogue } from './storage/product-catalogue.js'
import { createProductListMembers } from './storage/product-list-members.js'
import { createProductWriter, type ProductWriter } from './storage/product-writer.js'
import { createProductsRepository } from './storage/products-repository.js'
import { createSigningKeysRepository } from './storage/signing-keys-repository.js'
import { createStoredContents } from './storage/stored-contents.js'
import { createTombstoneSweep } from './storage/tombstone-sweep.js'

/** Imports of one organisation that wait or run at the same time. */
const MAX_UNFINISHED_IMPORTS = 100

/** Products that one organisation can have on its product lists together: as many as the largest catalogues have. */
const MOST_LISTED_PRODUCTS = 1_000_000

/** Connections per process; more gain nothing, because concurrent reads share one command. */
const POOL_SIZE = 20

/** Memory for records that were converted to another schema version: about eight thousand of them. */
const REPRESENTATION_BYTES = 32 * 1024 * 1024

/** A database that is open and migrated; `close` also stops an engine that was started for it. */
export interface Database extends Connection {
  /** Where it can be reached by further processes. */
  uri: string
}

/** The database that the configuration names: a real server, or the embedded engine in the data directory. */
export async function openDatabase (config: Config, logger: Logger, onEngineLost: (error: Error) => void = () => {}): Promise<Database> {
  const engine = config.mongodbUri === undefined
    ? await startEmbeddedMongodb({ dataDirectory: join(config.dataDir, 'mongodb'), cacheMegabytes: config.embeddedCacheMegabytes, logger, onGiveUp: onEngineLost })
    : undefined
  try {
    const uri = config.mongodbUri ?? (engine as NonNullable<typeof engine>).uri
    const connection = await connect({ uri, database: config.mongodbDatabase, poolSize: POOL_SIZE })
    await migrate(connection.db)
    return {
      ...connection,
      uri,
      close: async () => {
        await connection.close()
        await engine?.stop()
      }
    }
  } catch (error) {
    await engine?.stop()
    throw error
  }
}

/** Everything that a door (HTTP, job, command) can ask for. */
export type Services = Awaited<ReturnType<typeof createServices>>

/**
 * @param options.lifecycles where each schema version is in its life
 * @param options.logger told of what an operator should look at; default: nobody is
 */
export async function createServices (
  database: Connection, config: Config, { lifecycles = SCHEMA_LIFECYCLES, logger }: { lifecycles?: SchemaLifecycles, logger?: Pick<Logger, 'warn'> } = {}
) {
  const { db } = database
  const now = (): Date => new Date()
  const monotonicMs = (): number => performance.now()

  const feed = createFeedPositions(db, { newId: randomUUID, monotonicMs })
  const claims = createGtinClaims(db)
  const accessVersion = createAccessVersion(db)
  const audiences = createAudienceRegistry(db, { version: accessVersion, onAdded: () => { accessView.markStale() } })
  const access = createAccessRepository(db, { version: accessVersion, audiences })
  const accessView = createAccessView({ access, now: Date.now, monotonicMs })
  const { visibilityOf } = accessView
  const listMembers = createProductListMembers(db, { feed, audiences, now, onMoved: productId => { cache?.invalidate(productId) } })
  const products = createProductsRepository(db, { claims })
  const aliases = createAliasesRepository(db)
  const identifiers = createIdentifierResolver({ products, claims, aliases })
  const changes = createChangesRepository(db)
  const readHead = createFeedHead(feed)
  const headWatch = createHeadWatch(readHead)
  const cache = config.productCacheBytes === 0 ? undefined : createProductCache({ load: products.load, maxBytes: config.productCacheBytes, monotonicMs })
  const cacheFollower = cache && createCacheFollower({ cache, feed, changes, monotonicMs })
  // The feed is followed from the first read on: commands and workers do not read products this way.
  const current = cache === undefined || cacheFollower === undefined ? products : { find: (...read: Parameters<typeof cache.find>) => { cacheFollower.start(); return cache.find(...read) } }
  const auditEvents = createAuditRepository(db)
  const audit = createAuditTrail({ events: auditEvents, now, newId: newEventId })
  const writer = observeWrites(createProductWriter(db, { feed, claims, audiences, listMembers, audit: auditEvents, newAuditId: newEventId, now, random: Math.random }), (productId, version) => {
    cache?.invalidate(productId, version)
    headWatch.nudge()
  })
  const organizations = createOrganizationsRepository(db)
  const clients = createClientsRepository(db)
  const signingKeys = createSigningKeysRepository(db)

  const cursors = createCursors(await instanceSecret(db, 'cursors', randomBytes), randomBytes)
  const validator = createRecordValidator({ lifecycles })
  const admission = createAdmission({ validator, products, visibilityOf, now })
  const representations = createRepresentations({ versions: SCHEMA_VERSIONS, resolve: resolveSchemaVersion, maxBytes: REPRESENTATION_BYTES })
  const groupCommit = createGroupCommit(async proposals => await writer.write(proposals))

  const imports = createImports(db, { config, writer, audit, admission, validator, judging: createLineJudging(lifecycles), organizations, cursors, now, monotonicMs, leaseMs: LEASE_MS })
  const batchWriting = createBatchWriting({ admission, writer, products, visibilityOf, isUnavailable })
  const identityVersion = createIdentityVersion(db)
  const freshness = createIdentityFreshness({ readVersion: identityVersion.read, monotonicMs })
  const identityChange = createIdentityChange({ version: identityVersion, freshness, wait })
  const attempts = createFailedAttempts({ monotonicMs, onRepeated: failure => logger?.warn(failure, 'Wrong credentials keep coming') })
  const identity = createIdentityService({ organizations, clients, freshness, attempts, signingKeys, now: Date.now, random: randomBytes, issuer: config.publicBaseUrl, rotationMs: config.signingKeyMs, externalIssuer: config.externalIssuer && createExternalIssuer(config.externalIssuer, { monotonicMs }), limits: describeLimits(config.rateLimits) })
  const administration = createIdentityAdministration({ organizations, clients, change: identityChange, now, random: randomBytes })

  const newId = (prefix: string): string => `${prefix}_${randomBytes(10).toString('hex')}`
  const accessEvents = createAccessEvents(db)
  const accessChanges = createAccessChanges({
    access,
    events: accessEvents,
    feed,
    view: accessView,
    onTold: headWatch.nudge,
    isTooLate: error => error instanceof ReservationExpired,
    now,
    monotonicMs,
    random: Math.random,
    newId: randomUUID
  })
  const { change } = accessChanges
  const accessAdministration = createAccessAdministration({ access, organizations, change, audit, cursors, now, newId })

  return {
    products: {
      ...createProductWriting({ admission, groupCommit, writer, products, visibilityOf }),
      ...batchWriting,
      ...createRecordJudging({ admission, validator, claims, products, visibilityOf }),
      ...createProductReading({ products, current, cursors, representations, visibilityOf }),
      ...createProductExport({ products, aliases, representations, visibilityOf }),
      ...createProductLookup({ products, identifiers, representations, visibilityOf })
    },
    access: {
      ...accessAdministration,
      ...createGrantPreview({ administration: accessAdministration, view: accessView, organizations, products, now })
    },
    productLists: createProductLists({ access, members: listMembers, change, audit, cursors, now, newId, mostListed: MOST_LISTED_PRODUCTS }),
    aliases: createAliases({ aliases, identifiers, products, visibilityOf, audit, cursors, now }),
    audit: createAuditQueries({ log: createAuditLog(db, { firstIdAt: firstEventIdAt }), clients, cursors, now }),
    accessUpkeep: { recount: audiences.recount, keepTime: accessChanges.keepTime },
    changes: createChangeFeed({ readHead, order: createFeedOrder({ changes, events: accessEvents, toldVisibilityOf: accessView.toldVisibilityOf }), cursors, representations, headWatch, visibilityOf, now, monotonicMs, retentionDays: config.feedRetentionDays }),
    imports: imports.use,
    importWork: imports.work,
    feedUpkeep: createFeedUpkeep({ feed, sweep: createTombstoneSweep(db), now, retentionDays: config.feedRetentionDays }),
    schemas: createSchemaRegistry(version => readFileSync(projectPath(`schemas/${RECORD_SCHEMA_NAME}/${version}.json`)), lifecycles),
    compatibility: createCompatibilityChecks({ products, visibilityOf, monotonicMs }),
    identity,
    organizations: createOrganizationAdministration({ organizations, change: identityChange, changeMarkets: async decided => { await change(decisionOnMarkets(decided)) }, audit, cursors, now }),
    clients: createClientAdministration({ clients, organizations, change: identityChange, audit, cursors, now, random: randomBytes }),
    idempotency: createIdempotency({ requests: createIdempotencyRepository(db), now, newId: randomUUID }),
    administration,
    seeding: createSeeding({ administration, identity, products: batchWriting }),
    health: { ready: database.ping },
    isUnavailable,
    /** Ends waits and streams, because the process is about to end. */
    close: (): void => {
      headWatch.close()
      cacheFollower?.stop()
    }
  }
}

/** Imports, for those who send files and for the workers that get through them. */
function createImports (db: Connection['db'], parts: {
  config: Config
  writer: ProductWriter
  audit: AuditTrail
  admission: Admission
  validator: RecordValidator
  judging: LineJudging
  organizations: OrganizationsRepository
  cursors: Cursors
  now: () => Date
  monotonicMs: () => number
  leaseMs: number
}) {
  const { config, writer, audit, admission, validator, judging, organizations, cursors, now, monotonicMs, leaseMs } = parts
  // Beside the embedded engine the disk is as good as the database on it; in front of a server it may be of any kind. Where other
  // processes work on the imports, they must be able to read the files.
  const local = config.mongodbUri === undefined
    ? { store: createLocalFileStore(join(config.dataDir, `import-files-${encodeURIComponent(config.mongodbDatabase)}`)), takesNew: config.role === 'all' }
    : undefined
  const files = createImportFiles(db, local)
  const imports = createImportsRepository(db, { readsLocalFiles: files.readsLocal })
  const results = createImportResults(db)
  const traces = createImportTraces(db)
  const ingest = createProductIngest({ writer, traces })
  const lineAdmission = createLineAdmission({ admission, validator, judging, stored: createStoredContents(db), monotonicMs })
  const replacement = createCatalogReplacement({ results, catalogue: createProductCatalogue(db), traces, writer })
  const wakes = new Set<() => void>()
  const onQueued = (): void => { for (const wake of wakes) wake() }

  const { createImport, sweepForgotten } = createImportUploading({
    files,
    imports,
    audit,
    limits: { maxBytes: config.importMaxBytes, maxUnfinished: MAX_UNFINISHED_IMPORTS },
    newId: uuidV7,
    now,
    freeBytes: async () => config.mongodbUri === undefined ? await freeBytesAt(config.dataDir) : undefined,
    isStorageFull,
    onQueued
  })
  const { sweepFinished, ...queries } = createImportQueries({ imports, files, results, audit, cursors, now, onQueued })
  const { workOnNext } = createImportWorking({ imports, files, results, admission: lineAdmission, ingest, replacement, organizations, isFileGone, monotonicMs, leaseMs })
  return {
    use: { createImport, ...queries },
    work: { workOnNext, sweepForgotten, sweepFinished, whenQueued: (wake: () => void): void => { wakes.add(wake) } }
  }
}

async function freeBytesAt (directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory)
  return bavail * bsize
}

/** A running process of the exchange. */
export interface Exchange {
  /** Where the API listens, e.g. `http://127.0.0.1:3000`. */
  url: string
  /** The demo data, if this exchange has them. */
  demo: DemoData | null
  /** Stops accepting, finishes what is in flight, then closes the database. */
  close: () => Promise<void>
}

/** Opens the database, loads the demo data if they are wanted, and listens. */
export async function startExchange (config: Config, logger: Logger, onDatabaseLost: (error: Error) => void): Promise<Exchange> {
  const database = await openDatabase(config, logger, onDatabaseLost)
  try {
    const services = await createServices(database, config, { logger })
    const demo = config.seed === 'demo' ? await ensureDemoData({ seeding: services.seeding, dataDirectory: config.dataDir }) : null
    const app = await buildApp({ config, services, logger, version: packageVersion(), offers: config.role === 'worker' ? 'health' : 'api' })
    const url = await app.listen({ host: config.host, port: config.port })
    const endImports = config.role === 'api' ? async () => {} : startImportWorkers(services.importWork, { worker: randomUUID(), logger, now: () => new Date() })
    const upkeep = config.role === 'api' ? [] : [startFeedUpkeep(services.feedUpkeep, logger), startAccessUpkeep(services.accessUpkeep, logger), startIdempotencySweep(services.idempotency, logger)]
    return {
      url,
      demo,
      close: async () => {
        services.close()
        await app.close()
        await endImports()
        for (const end of upkeep) await end()
        await database.close()
      }
    }
  } catch (error) {
    await database.close()
    throw error
  }
}

function packageVersion (): string {
  return (JSON.parse(readFileSync(projectPath('package.json'), 'utf8')) as { version: string }).version
}
