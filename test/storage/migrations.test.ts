import { randomUUID } from 'node:crypto'
import { MongoClient, type CommandStartedEvent, type Db, type Document } from 'mongodb'
import t from 'tap'
import { audienceToken } from '../../src/domain/visibility.js'
import { connect } from '../../src/storage/connection.js'
import { createFeedPositions } from '../../src/storage/feed-positions.js'
import { createGtinClaims } from '../../src/storage/gtin-claims.js'
import { migrate } from '../../src/storage/migrations.js'
import { productsCollection, toProductDocument, type ProductDocument } from '../../src/storage/product-documents.js'
import { createProductWriter } from '../../src/storage/product-writer.js'
import { createProductsRepository } from '../../src/storage/products-repository.js'
import { testDatabase } from '../support/engine.js'
import { placementParts } from './placement-parts.js'
import { AUTHOR, syntheticRecord } from './synthetic-record.js'

const PRODUCTS = 3_000

/** The indexes of products that later versions have no use for, as they were. */
const OLD_INDEXES = [
  { key: { externalIds: 1 }, name: 'external-id' },
  { key: { partNumberKey: 1, _id: 1 }, name: 'part-number' },
  { key: { manufacturerKey: 1, _id: 1 }, name: 'manufacturer' },
  { key: { category: 1, _id: 1 }, name: 'category' },
  { key: { vendor: 1, _id: 1 }, name: 'vendor' },
  { key: { audience: 1, _id: 1 }, name: 'audience' },
  { key: { externalIds: 1, _id: 1 }, name: 'registration', partialFilterExpression: { externalIds: { $exists: true } } },
  { key: { condition: 1, _id: 1 }, name: 'condition', partialFilterExpression: { condition: { $exists: true } } },
  { key: { plasticFreePackaging: 1, _id: 1 }, name: 'plastic-free', partialFilterExpression: { plasticFreePackaging: { $exists: true } } },
  { key: { productRecycledPercent: 1, _id: 1 }, name: 'recycled', partialFilterExpression: { productRecycledPercent: { $exists: true } } }
] as const

async function namesOf (db: Db): Promise<string[]> {
  return (await productsCollection(db).indexes()).map(({ name }) => name as string).sort()
}

/** As a product was stored before products knew where they were born; the oldest do not know their audience either. */
function oldProduct (seq: number, { withoutAudience = false, changes = {} }: { withoutAudience?: boolean, changes?: Partial<ProductDocument> } = {}): Document {
  const stamp = { version: 1, seq, born: 0, vendor: 'org_a', publishedAt: new Date(), outcome: 'created' as const, auditId: 'none' }
  const { born: _born, audience, audienceSince, ...document } = toProductDocument(syntheticRecord(randomUUID(), seq), stamp, { audience: audienceToken('org_a', { category: 'laptop' }), audienceSince: seq })
  return { ...document, ...(!withoutAudience && { audience, audienceSince }), ...changes }
}

t.test('a database of an older version is brought up to date by several processes that start together', async t => {
  const { uri, databaseName } = await testDatabase(t)
  const connections = await Promise.all([1, 2, 3, 4].map(async () => await connect({ uri, database: databaseName, poolSize: 5 })))
  t.teardown(async () => { for (const { close } of connections) await close() })
  const db = connections[0]!.db
  const products = productsCollection(db)
  await products.createIndexes(OLD_INDEXES.map(index => ({ ...index })))
  const stored = [
    ...Array.from({ length: PRODUCTS }, (_, index) => oldProduct(index + 1, { withoutAudience: index % 3 === 0 })),
    // Changed since it came to its audience.
    oldProduct(5_000, { changes: { audienceSince: 4_000 } })
  ]
  const gone = { withdrawn: true, seq: undefined } as unknown as Partial<ProductDocument>
  const tombstone = oldProduct(0, { changes: { ...gone, audienceSince: 4_001 } })
  const oldestTombstone = oldProduct(0, { withoutAudience: true, changes: gone })
  await products.insertMany([...stored, tombstone, oldestTombstone] as ProductDocument[], { ignoreUndefined: true })
  await db.collection<{ _id: string }>('feed').insertOne({ _id: 'feed', next: 5_000, open: [], reaped: [], horizon: 0 } as never)

  await Promise.all(connections.map(async ({ db }) => { await migrate(db) }))
  const names = await namesOf(db)
  t.same(OLD_INDEXES.filter(({ name }) => names.includes(name)), [], 'indexes whose place others have taken are gone')
  t.ok(names.includes('born') && names.includes('audience-born'))
  const migrated = await products.find().toArray()
  const born = new Map(migrated.map(({ _id, born }) => [_id, born]))
  t.same(stored.map(({ _id }) => born.get(_id)), [...Array.from({ length: PRODUCTS }, (_, index) => index + 1), 4_000])
  t.same([tombstone, oldestTombstone].map(({ _id }) => born.get(_id)), [4_001, 0])

  const feed = createFeedPositions(db, { newId: randomUUID, monotonicMs: () => performance.now() })
  const claims = createGtinClaims(db)
  const writer = createProductWriter(db, { feed, claims, ...placementParts(db, feed), now: () => new Date(), random: Math.random })
  const ids = [stored[0]!['_id'] as string, tombstone['_id'] as string, oldestTombstone['_id'] as string, randomUUID()]
  await writer.write(ids.map(id => ({ kind: 'publish', author: AUTHOR, vendor: 'org_a', record: syntheticRecord(id, 'later') })))
  const written = new Map((await products.find({ _id: { $in: ids } }).toArray()).map(document => [document._id, document.born]))
  t.same(ids.slice(0, 2).map(id => written.get(id)), [1, 4_001], 'products keep what they were given')
  t.same(ids.slice(2).map(id => Number(written.get(id)) > 5_000), [true, true], 'a tombstone that had none gets one when it comes back, like what is new')

  const repository = createProductsRepository(db, { claims })
  const listed = await repository.list({}, { kind: 'everything' }, { limit: 10_000 })
  t.equal(listed.length, PRODUCTS + 4)
  t.equal(new Set(listed.map(({ born }) => born)).size, listed.length, 'no two have the same')

  const before = await products.find({}, { sort: { _id: 1 } }).toArray()
  await migrate(db)
  t.same(await products.find({}, { sort: { _id: 1 } }).toArray(), before, 'a second run changes nothing')
  t.same(await namesOf(db), names)
})

t.test('on an up-to-date database a migration looks at no product', async t => {
  const { uri, databaseName } = await testDatabase(t)
  const client = new MongoClient(uri, { monitorCommands: true, ignoreUndefined: true })
  t.teardown(async () => { await client.close() })
  const db = client.db(databaseName)
  await migrate(db)
  const now = Array.from({ length: 50 }, (_, index) => ({ ...oldProduct(index + 1), born: index + 1 }) as unknown as ProductDocument)
  await productsCollection(db).insertMany(now)
  const reads: Document[] = []
  const changes: string[] = []
  client.on('commandStarted', ({ commandName, command }: CommandStartedEvent) => {
    if (commandName === 'find' && command['find'] === 'products') reads.push(command)
    if (['update', 'dropIndexes'].includes(commandName)) changes.push(`${commandName} ${String(command[commandName])}`)
  })
  await migrate(db)
  t.ok(reads.length >= 2)
  t.notMatch(changes.join(), /products|dropIndexes/)
  for (const { find, filter, projection, hint, limit } of [...reads]) {
    const explained = await db.command({ explain: { find, filter, projection, hint, limit }, verbosity: 'executionStats' })
    t.equal((explained['executionStats'] as { totalDocsExamined: number }).totalDocsExamined, 0, JSON.stringify(filter))
  }
})
