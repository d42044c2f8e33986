import { randomUUID } from 'node:crypto'
import t from 'tap'
import type { Proposal } from '../../src/domain/write-decision.js'
import { createFeedPositions } from '../../src/storage/feed-positions.js'
import { createGtinClaims } from '../../src/storage/gtin-claims.js'
import { productsCollection } from '../../src/storage/product-documents.js'
import { createProductWriter } from '../../src/storage/product-writer.js'
import { createTombstoneSweep } from '../../src/storage/tombstone-sweep.js'
import { openTestDatabase } from '../support/database.js'
import { placementParts } from './placement-parts.js'
import { AUTHOR, syntheticRecord } from './synthetic-record.js'

async function openStore (test: Parameters<typeof openTestDatabase>[0]) {
  const db = await openTestDatabase(test)
  let today = new Date('2026-01-01T00:00:00Z')
  const feed = createFeedPositions(db, { newId: randomUUID, monotonicMs: () => performance.now() })
  const writer = createProductWriter(db, { feed, claims: createGtinClaims(db), ...placementParts(db, feed), now: () => today, random: Math.random })
  const write = async (...proposals: Proposal[]) => { await writer.write(proposals) }
  const heads = db.collection<{ _id: string }>('feed')
  return {
    feed,
    products: productsCollection(db),
    sweep: createTombstoneSweep(db).sweep,
    on: (date: string) => { today = new Date(date) },
    publish: async (...ids: string[]) => { await write(...ids.map((id): Proposal => ({ kind: 'publish', author: AUTHOR, vendor: 'org_a', record: syntheticRecord(id, today) }))) },
    withdraw: async (...ids: string[]) => { await write(...ids.map((productId): Proposal => ({ kind: 'withdraw', author: AUTHOR, productId, writableManufacturers: new Set(['example']) }))) },
    letMinutesPass: async () => { await heads.updateOne({ _id: 'feed' }, { $set: { horizonAt: new Date(Date.now() - 120_000) } }) }
  }
}

t.test('old tombstones leave the feed a while after the head has said so, and stay in the store', async t => {
  const { feed, products, sweep, on, publish, withdraw, letMinutesPass } = await openStore(t)
  await publish('a', 'b', 'c')
  await withdraw('a', 'b')
  on('2026-03-01')
  await withdraw('c')
  const cutoff = new Date('2026-02-01')

  t.same(await sweep(cutoff), { announced: 2, removed: 0 })
  t.equal((await feed.watermark()).horizon, 5, 'the position of the second tombstone')
  t.equal(await products.countDocuments({ seq: { $exists: true } }), 3, 'nothing is taken away yet')
  t.same(await sweep(cutoff), { announced: 0, removed: 0 }, 'also not by the next sweeper that comes at once')

  await letMinutesPass()
  const both = await Promise.all([sweep(cutoff), sweep(cutoff)])
  t.equal(both[0].removed + both[1].removed, 2, 'two sweepers at the same time share the work')
  t.same(await products.distinct('_id', { seq: { $exists: true } }), ['c'], 'the younger tombstone stays')
  t.same(await sweep(cutoff), { announced: 0, removed: 0 })

  await publish('a')
  t.match(await products.findOne({ _id: 'a' }), { version: 3, outcome: 'created', seq: 7 }, 'a product that returns is not reborn at version 1')
})

t.test('a product that returns in the meantime keeps its new position', async t => {
  const { products, sweep, publish, withdraw, letMinutesPass } = await openStore(t)
  await publish('a')
  await withdraw('a')
  await sweep(new Date('2026-02-01'))
  await publish('a')
  await letMinutesPass()
  t.same(await sweep(new Date('2026-02-01')), { announced: 0, removed: 0 })
  t.match(await products.findOne({ _id: 'a' }), { seq: 3, version: 3 })
})

t.test('no tombstone goes before an older position that is still young', async t => {
  const { sweep, feed, on, publish, withdraw } = await openStore(t)
  await publish('a', 'b')
  on('2026-06-01')
  await withdraw('a')
  // A writer whose clock is behind.
  on('2026-01-01')
  await withdraw('b')
  t.same(await sweep(new Date('2026-03-01')), { announced: 0, removed: 0 })
  t.equal((await feed.watermark()).horizon, 0, 'so no cursor of the last three months is refused')
})
