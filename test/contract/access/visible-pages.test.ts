/** Pages of lists and of the feed over HTTP, 10,000 products, every role, at 0, 1, 50 and 99 % visibility. */
import { randomUUID } from 'node:crypto'
import { MongoClient, type CommandStartedEvent, type Document } from 'mongodb'
import pino from 'pino'
import t from 'tap'
import { createServices } from '../../../src/composition-root.js'
import { readConfig } from '../../../src/config.js'
import { audienceToken } from '../../../src/domain/visibility.js'
import { buildApp } from '../../../src/http/app.js'
import { createAccessVersion } from '../../../src/storage/access-version.js'
import { createAudienceRegistry } from '../../../src/storage/audience-registry.js'
import { createFeedPositions } from '../../../src/storage/feed-positions.js'
import { productsCollection, toProductDocument, type ProductDocument } from '../../../src/storage/product-documents.js'
import { openTestExchange } from '../../support/exchange.js'
import { syntheticRecord } from '../../storage/synthetic-record.js'

const PRODUCTS = 10_000
const LIMIT = 500
/** Each publishes one product in a hundred. */
const VENDORS = Array.from({ length: 100 }, (_, index) => `org_v${String(index).padStart(3, '0')}`)

t.test('pages are whole, without repetition, at a cost that follows what is visible', { timeout: 180_000 }, async t => {
  const exchange = await openTestExchange(t)
  const { db } = exchange.connection
  const feed = createFeedPositions(db, { newId: randomUUID, monotonicMs: () => performance.now() })
  const { first, ...reservation } = await feed.reserve(PRODUCTS)
  const stored = Array.from({ length: PRODUCTS }, (_, index): ProductDocument => {
    const vendor = VENDORS[index % VENDORS.length] as string
    const stamp = { version: 1, seq: first + index, born: first + index, vendor, publishedAt: new Date(), outcome: 'created' as const, auditId: 'none' }
    return toProductDocument(syntheticRecord(randomUUID(), index), stamp, { audience: audienceToken(vendor, { category: 'laptop' }), audienceSince: stamp.seq })
  })
  for (let start = 0; start < PRODUCTS; start += 1_000) await productsCollection(db).insertMany(stored.slice(start, start + 1_000))
  await feed.release({ first, ...reservation })
  const version = createAccessVersion(db)
  const registry = createAudienceRegistry(db, { version, onAdded: () => {} })
  await registry.register(stored.map(({ audience }) => audience))
  await registry.recount()

  // A process whose reads can be watched.
  const client = new MongoClient(exchange.uri, { monitorCommands: true, ignoreUndefined: true, promoteBuffers: true })
  const config = readConfig({ LOG_LEVEL: 'silent', EVENT_LOOP_DELAY_LIMIT: '0', MONGODB_URI: 'mongodb://unused', MONGODB_DATABASE: db.databaseName })
  const services = await createServices({ db: client.db(db.databaseName), ping: async () => {}, close: async () => {} }, config)
  const app = await buildApp({ config, services, logger: pino({ level: 'silent' }), version: '0.0.0' })
  t.teardown(async () => {
    services.close()
    await app.close()
    await client.close()
  })

  async function examined (work: () => Promise<void>): Promise<number> {
    const reads: Document[] = []
    const note = ({ command }: CommandStartedEvent): void => { if (command['find'] === 'products') reads.push(command) }
    client.on('commandStarted', note)
    await work()
    client.off('commandStarted', note)
    let sum = 0
    for (const { find, filter, sort, projection, hint, limit } of reads) {
      const explained = await db.command({ explain: { find, filter, projection, ...(sort && { sort }), ...(hint && { hint }), ...(limit && { limit }) }, verbosity: 'executionStats' })
      sum += Number((explained['executionStats'] as { totalDocsExamined: number }).totalDocsExamined)
    }
    return sum
  }

  async function walk (path: string, headers: Record<string, string>): Promise<{ ids: string[], sizes: number[] }> {
    const ids: string[] = []
    const sizes: number[] = []
    for (let cursor: string | undefined; ;) {
      const answer = await app.inject({ url: `${path}?limit=${LIMIT}${cursor === undefined ? '' : `&cursor=${cursor}`}`, headers })
      const page = answer.json<{ items: Array<{ productId: string }>, nextCursor?: string, hasMore: boolean }>()
      if (answer.statusCode !== 200) throw new Error(answer.body)
      ids.push(...page.items.map(({ productId }) => productId))
      sizes.push(page.items.length)
      if (!page.hasMore) return { ids, sizes }
      cursor = page.nextCursor
    }
  }

  const members = [exchange.vendor, exchange.distributor, exchange.reseller, exchange.operator]
  for (const closed of [100, 99, 50, 1]) {
    const policies = db.collection<{ _id: string, default: string, categories: object }>('audience_policies')
    await policies.deleteMany({})
    await policies.insertMany(VENDORS.slice(0, closed).map(vendor => ({ _id: vendor, default: 'closed', categories: {} })))
    await version.raise()
    const hidden = new Set(VENDORS.slice(0, closed))
    const visible = stored.filter(({ vendor }) => !hidden.has(vendor)).map(({ _id }) => _id)
    for (const member of members) {
      // The feed first: it asks what is decided now, and a list may be a second behind what another process decided.
      for (const path of ['/v1/changes', '/v1/products']) {
        const name = `${path} at ${100 - closed} % for ${member.name}`
        let walked: Awaited<ReturnType<typeof walk>> = { ids: [], sizes: [] }
        const cost = await examined(async () => { walked = await walk(path, member.headers) })
        t.same(walked.ids, visible, `${name}: every product once, in order`)
        t.same(walked.sizes.slice(0, -1).filter(size => size !== LIMIT), [], `${name}: no short page before the last`)
        t.ok(cost <= 2.2 * visible.length + LIMIT, `${name}: ${cost} documents examined for ${visible.length}`)
      }
    }
  }
})
