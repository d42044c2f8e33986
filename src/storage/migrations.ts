/**
 * Database migrations: what a database needs before the exchange uses it. All are idempotent and run at every start by
 * every process; none of them blocks writers on an up-to-date database.
 */
import { MongoServerError, type Db, type IndexDescription } from 'mongodb'
import { audienceToken } from '../domain/visibility.js'
import { ACCESS_INDEXES } from './access-repository.js'
import { ACCESS_EVENT_INDEXES, ACCESS_EVENTS } from './access-events.js'
import { createAccessVersion, ensureAccessState } from './access-version.js'
import { createAudienceRegistry } from './audience-registry.js'
import { ALIASES, ALIAS_INDEXES } from './aliases-repository.js'
import { AUDIT_EVENTS, AUDIT_INDEXES } from './audit-repository.js'
import { CLIENT_INDEXES, CLIENTS } from './clients-repository.js'
import { ensureFeedHead } from './feed-positions.js'
import { IDEMPOTENCY_INDEXES, IDEMPOTENCY_KEYS } from './idempotency-repository.js'
import { IMPORT_INDEXES, IMPORTS } from './imports-repository.js'
import { ORGANIZATION_INDEXES, ORGANIZATIONS } from './organizations-repository.js'
import { productsCollection } from './product-documents.js'
import { PRODUCT_LIST_MEMBER_INDEXES, PRODUCT_LIST_MEMBERS } from './product-list-members.js'

/** Each index with the reads that it serves. Every one costs all writers a few microseconds a row. */
const PRODUCT_INDEXES: IndexDescription[] = [
  // The feed: changes after a cursor in order. Sparse: a tombstone leaves the feed when its position is unset.
  { key: { seq: 1 }, name: 'feed', sparse: true },
  // The sweep: the tombstones that are still in the feed.
  {
    key: { withdrawn: 1, seq: 1 },
    name: 'tombstones',
    partialFilterExpression: { withdrawn: true, seq: { $exists: true } }
  },
  // Lists of everything, and of what no other index narrows.
  { key: { born: 1 }, name: 'born' },
  // List and look-up by part number, across manufacturers.
  { key: { partNumberKey: 1, born: 1 }, name: 'part-number-born' },
  // Lists narrowed by manufacturer, category or publisher.
  { key: { manufacturerKey: 1, born: 1 }, name: 'manufacturer-born' },
  { key: { category: 1, born: 1 }, name: 'category-born' },
  { key: { vendor: 1, born: 1 }, name: 'vendor-born' },
  // Lists of those who see little: the audiences that they see, merged in the order of births.
  { key: { audience: 1, born: 1 }, name: 'audience-born' },
  // The feed of those who see little: the audiences that they see, merged in the order of positions.
  { key: { audience: 1, seq: 1 }, name: 'audience-feed' },
  // The feed of those who do not see everything: products that left an audience, few.
  { key: { seq: 1 }, name: 'moved', partialFilterExpression: { formerAudiences: { $exists: true } } },
  // Look-up by EPREL, EPEAT, Icecat and other registrations, the first of many in the order of births; most records have none.
  { key: { externalIds: 1, born: 1 }, name: 'registration-born', partialFilterExpression: { externalIds: { $exists: true } } },
  // Rare values would otherwise be searched for in the whole catalogue; records without them have no entry.
  { key: { condition: 1, born: 1 }, name: 'condition-born', partialFilterExpression: { condition: { $exists: true } } },
  { key: { plasticFreePackaging: 1, born: 1 }, name: 'plastic-free-born', partialFilterExpression: { plasticFreePackaging: { $exists: true } } },
  { key: { productRecycledPercent: 1, born: 1 }, name: 'recycled-born', partialFilterExpression: { productRecycledPercent: { $exists: true } } }
]

/** Indexes of products whose place others have taken. A name is never used again for another key. */
const SUPERSEDED = new Set(['external-id', 'part-number', 'manufacturer', 'category', 'vendor', 'audience', 'registration', 'condition', 'plastic-free', 'recycled'])

const INDEXES: Readonly<Record<string, readonly IndexDescription[]>> = {
  products: PRODUCT_INDEXES,
  [ORGANIZATIONS]: ORGANIZATION_INDEXES,
  [CLIENTS]: CLIENT_INDEXES,
  [IMPORTS]: IMPORT_INDEXES,
  [PRODUCT_LIST_MEMBERS]: PRODUCT_LIST_MEMBER_INDEXES,
  [AUDIT_EVENTS]: AUDIT_INDEXES,
  [ALIASES]: ALIAS_INDEXES,
  [ACCESS_EVENTS]: ACCESS_EVENT_INDEXES,
  ...ACCESS_INDEXES,
  [IDEMPOTENCY_KEYS]: IDEMPOTENCY_INDEXES
}

export async function migrate (db: Db): Promise<void> {
  for (const [collection, indexes] of Object.entries(INDEXES)) await db.collection(collection).createIndexes([...indexes])
  await dropSuperseded(db)
  await ensureFeedHead(db)
  await ensureAccessState(db)
  await placeProducts(db)
  await giveBirths(db)
  await giveReaders(db)
}

async function dropSuperseded (db: Db): Promise<void> {
  const products = productsCollection(db)
  for (const { name } of await products.indexes()) {
    if (name === undefined || !SUPERSEDED.has(name)) continue
    await products.dropIndex(name).catch((error: unknown) => {
      // Another process that starts as well was faster.
      if (!(error instanceof MongoServerError) || error.codeName !== 'IndexNotFound') throw error
    })
  }
}

/** Products that were stored before audiences existed get that of their category. On an up-to-date database it finds none. */
async function placeProducts (db: Db): Promise<void> {
  const products = productsCollection(db)
  const unplaced = { audience: { $exists: false } }
  if (await products.findOne(unplaced, { projection: { _id: 1 }, hint: 'audience-feed' }) === null) return
  const audiences = await products.aggregate<{ _id: { vendor: string, category: string } }>([{ $match: unplaced }, { $group: { _id: { vendor: '$vendor', category: '$category' } } }]).toArray()
  await createAudienceRegistry(db, { version: createAccessVersion(db), onAdded: () => {} })
    .register(audiences.map(({ _id: { vendor, category } }) => audienceToken(vendor, { category })))
  await products.updateMany(unplaced, [{ $set: { audience: { $concat: ['$vendor', '/', '$category'] }, audienceSince: { $ifNull: ['$seq', 0] } } }])
}

/**
 * Products that were stored before they knew when they were born: they came to their audience at a position that was theirs alone,
 * and for most that is the first. On an up-to-date database it finds none.
 */
async function giveBirths (db: Db): Promise<void> {
  const products = productsCollection(db)
  const birthless = { born: { $exists: false } }
  if (await products.findOne(birthless, { projection: { _id: 1 }, hint: 'born' }) === null) return
  await products.updateMany(birthless, [{ $set: { born: '$audienceSince' } }])
}

/** Audit events that were stored before they said who may read them. On an up-to-date database it finds none. */
async function giveReaders (db: Db): Promise<void> {
  const events = db.collection(AUDIT_EVENTS)
  const readerless = { organizations: { $exists: false } }
  if (await events.findOne(readerless, { projection: { _id: 1 }, hint: 'organizations' }) === null) return
  await events.updateMany(readerless, [{ $set: { organizations: { $setUnion: [['$organizationId'], ['$actor.organizationId']] } } }])
}
