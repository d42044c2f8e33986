import { randomUUID } from 'node:crypto'
import t from 'tap'
import type { WriteAuthor } from '../../src/domain/audit.js'
import type { Proposal } from '../../src/domain/write-decision.js'
import { createFeedPositions } from '../../src/storage/feed-positions.js'
import { createGtinClaims } from '../../src/storage/gtin-claims.js'
import { productsCollection, versionsCollection } from '../../src/storage/product-documents.js'
import { AUDIT_EVENTS, toEvent, type StoredAuditEvent } from '../../src/storage/audit-repository.js'
import { createProductWriter } from '../../src/storage/product-writer.js'
import { openTestDatabase } from '../support/database.js'
import { placementParts } from './placement-parts.js'
import { AUTHOR, syntheticRecord } from './synthetic-record.js'

const OWN = new Set(['example'])

async function openStore (test: Parameters<typeof openTestDatabase>[0]) {
  const db = await openTestDatabase(test)
  let clock = Date.parse('2026-01-01T00:00:00Z')
  let monotonic = 0
  const feed = createFeedPositions(db, { newId: randomUUID, monotonicMs: () => monotonic })
  const claims = createGtinClaims(db)
  const parts = { feed, claims, ...placementParts(db, feed), now: () => new Date(clock++), random: Math.random }
  const newWriter = (others: Partial<typeof parts> = {}) => createProductWriter(db, { ...parts, ...others })
  return {
    db,
    feed,
    claims,
    writer: newWriter(),
    newWriter,
    products: productsCollection(db),
    versions: versionsCollection(db),
    passTime: (ms: number) => { clock += ms; monotonic += ms }
  }
}

const publish = (productId: string, content: unknown, rest: Partial<Extract<Proposal, { kind: 'publish' }>> & { gtins?: string[] } = {}): Proposal => {
  const { gtins, ...others } = rest
  return { kind: 'publish', author: AUTHOR, vendor: 'org_a', record: syntheticRecord(productId, content, gtins), ...others }
}
const withdraw = (productId: string, rest: Partial<Extract<Proposal, { kind: 'withdraw' }>> = {}): Proposal =>
  ({ kind: 'withdraw', author: AUTHOR, productId, writableManufacturers: OWN, ...rest })

t.test('a change keeps the version that it supersedes', async t => {
  const { writer, products, versions } = await openStore(t)
  t.match(await writer.write([publish('p', 1)]), [{ outcome: 'created', version: 1 }])
  t.match(await writer.write([publish('p', 2)]), [{ outcome: 'updated', version: 2 }])
  t.match(await writer.write([publish('p', 2)]), [{ outcome: 'unchanged', version: 2 }])
  t.match(await writer.write([withdraw('p')]), [{ outcome: 'withdrawn', version: 3 }])
  t.match(await writer.write([withdraw('p')]), [{ outcome: 'refused', reason: 'not-found' }])
  t.match(await writer.write([publish('p', 2)]), [{ outcome: 'created', version: 4 }], 'a tombstone is no product: the same content is news')
  t.match(await products.findOne({ _id: 'p' }), { version: 4, outcome: 'created', seq: 4 })
  t.notOk((await products.findOne({ _id: 'p' }))?.withdrawn)
  const history = await versions.find({}, { sort: { _id: 1 } }).toArray()
  t.same(history.map(({ _id, outcome }) => [_id.version, outcome]), [[1, 'created'], [2, 'updated'], [3, 'withdrawn']])
  t.equal(history[0]?.record?.toString(), '{"productId":"p","content":1}')
})

t.test('a product keeps the place in lists at which it was born, which no other has, whatever becomes of it', async t => {
  const { db, feed, writer, newWriter, products } = await openStore(t)
  const bornOf = async (id: string) => (await products.findOne({ _id: id }))?.born
  await writer.write([publish('p', 1), publish('q', 1)])
  t.same([await bornOf('p'), await bornOf('q')], [1, 2])
  await writer.write([publish('p', 2)])
  t.equal(await bornOf('p'), 1)
  await writer.write([withdraw('p')])
  t.equal(await bornOf('p'), 1)
  await products.updateOne({ _id: 'p' }, { $unset: { seq: true } })
  await writer.write([publish('p', 2)])
  t.equal(await bornOf('p'), 1, 'also when it had left the feed')

  const slow = await feed.reserve(1)
  await products.insertOne({ ...(await products.findOne({ _id: 'q' }))!, _id: 'late', seq: slow.first, born: slow.first })
  await db.collection<{ _id: string }>('feed').updateOne({ _id: 'feed' }, { $set: { 'open.0.at': new Date(Date.now() - 60_000) } })
  await feed.reapExpired()
  t.ok((await products.findOne({ _id: 'late' }))!.seq! > slow.first, 'moved in the feed')
  t.equal(await bornOf('late'), slow.first, 'and not in lists')

  await Promise.all([1, 2, 3, 4].map(async number => {
    const other = newWriter()
    for (let round = 0; round < 5; round++) await other.write(['a', 'b', `own-${number}-${round}`].map(id => publish(id, `${number}.${round}`)))
  }))
  const rows = await products.find().toArray()
  t.equal(new Set(rows.map(({ born }) => born)).size, rows.length)
  t.ok(rows.every(({ born, seq }) => Number.isSafeInteger(born) && born > 0 && born <= seq!))
})

t.test('preconditions are decided on the stored version', async t => {
  const { writer } = await openStore(t)
  await writer.write([publish('p', 1)])
  t.match(await writer.write([publish('p', 2, { precondition: { ifAbsent: true } })]), [{ reason: 'precondition-failed', currentVersion: 1 }])
  t.match(await writer.write([publish('p', 2, { precondition: { ifVersion: 7 } })]), [{ reason: 'precondition-failed', currentVersion: 1 }])
  t.match(await writer.write([publish('p', 2, { precondition: { ifVersion: 1 } })]), [{ outcome: 'updated', version: 2 }])
  t.match(await writer.write([withdraw('p', { writableManufacturers: new Set(['other']) })]), [{ reason: 'manufacturer-not-yours' }])
  t.match(await writer.write([publish('q', 1, { precondition: { ifVersion: 1 } })]), [{ reason: 'precondition-failed' }])
})

t.test('a dry run answers the same and stores nothing', async t => {
  const { writer, products, claims } = await openStore(t)
  await writer.write([publish('p', 1, { gtins: ['00000012345670'] })])
  const proposals = [publish('p', 2), publish('q', 1, { gtins: ['00000012345670'] }), publish('r', 1, { gtins: ['04006381333931'] })]
  t.match(await writer.write(proposals, { dryRun: true }), [{ outcome: 'updated', version: 2 }, { reason: 'gtin-owned' }, { outcome: 'created' }])
  t.equal(await products.countDocuments({}), 1)
  t.same([...await claims.ownersOf(['04006381333931'])], [])
  t.match(await writer.write(proposals), [{ outcome: 'updated', version: 2 }, { reason: 'gtin-owned' }, { outcome: 'created' }])
})

t.test('a GTIN belongs to one product, and is free again when that gives it up', async t => {
  const { writer } = await openStore(t)
  const gtin = '04006381333931'
  const [first, second] = await Promise.all([
    writer.write([publish('p', 1, { gtins: [gtin] })]),
    writer.write([publish('q', 1, { gtins: [gtin] })])
  ])
  t.same([first?.[0]?.outcome, second?.[0]?.outcome].sort(), ['created', 'refused'], 'one of two racing products wins')
  const [winner, loser] = first?.[0]?.outcome === 'created' ? ['p', 'q'] as const : ['q', 'p'] as const
  t.match(await writer.write([withdraw(winner)]), [{ outcome: 'withdrawn' }])
  t.match(await writer.write([publish(loser, 1, { gtins: [gtin] })]), [{ outcome: 'created' }])
  t.match(await writer.write([publish(winner, 1, { gtins: [gtin] })]), [{ reason: 'gtin-owned' }])
  t.match(await writer.write([publish(loser, 2)]), [{ outcome: 'updated' }])
  t.match(await writer.write([publish(winner, 1, { gtins: [gtin] })]), [{ outcome: 'created' }])
})

t.test('a refused write gives up only what it took itself, and a late withdrawal nothing that was renewed', async t => {
  const { writer, claims } = await openStore(t)
  await writer.write([publish('other', 1, { gtins: ['00000012345670'] })])
  await claims.take([{ gtin: '04006381333931', productId: 'p' }], new Date('2026-01-01T00:00:00Z'))
  t.match(await writer.write([publish('p', 1, { gtins: ['04006381333931', '00000012345670'] })]), [{ reason: 'gtin-owned' }])
  t.equal((await claims.ownersOf(['04006381333931'])).get('04006381333931'), 'p', 'another write of p may rely on it')
  await claims.giveUp([{ gtin: '04006381333931', productId: 'p' }], new Date('2026-01-01T00:00:00Z'))
  t.equal((await claims.ownersOf(['04006381333931'])).size, 1)
})

t.test('a claim that a crash left behind is taken over, but not while its product may still come', async t => {
  const { writer, claims, passTime } = await openStore(t)
  await claims.take([{ gtin: '04006381333931', productId: 'ghost' }], new Date('2026-01-01T00:00:00Z'))
  const proposal = publish('p', 1, { gtins: ['04006381333931'] })
  t.match(await writer.write([proposal]), [{ reason: 'gtin-owned' }])
  passTime(120_000)
  t.match(await writer.write([proposal]), [{ outcome: 'created' }])
})

t.test('products that are taken for new and are not are decided on like others', async t => {
  const { writer, products, claims, feed } = await openStore(t)
  const gtin = '04006381333931'
  await writer.write([publish('same', 1, { gtins: [gtin] }), publish('changed', 1), publish('withdrawn', 1), publish('owner', 1, { gtins: ['00000012345670'] })])
  await writer.write([withdraw('withdrawn')])
  const proposals = [
    publish('new', 1), publish('same', 1, { gtins: [gtin] }), publish('changed', 2, { gtins: ['09520000000004'] }), publish('withdrawn', 1),
    publish('refused', 1, { gtins: ['00000012345670'] })
  ]
  t.match(await writer.write(proposals, { areNew: true, dryRun: true }), [{ outcome: 'created' }, { outcome: 'unchanged' }, { outcome: 'updated', version: 2 }, { outcome: 'created', version: 3 }])
  t.match(await writer.write(proposals, { areNew: true }), [
    { outcome: 'created', version: 1 }, { outcome: 'unchanged', version: 1 }, { outcome: 'updated', version: 2 }, { outcome: 'created', version: 3 }, { reason: 'gtin-owned' }
  ])
  t.same([...await claims.ownersOf([gtin, '09520000000004'])].sort(), [[gtin, 'same'], ['09520000000004', 'changed']])
  t.match(await products.findOne({ _id: 'changed' }), { version: 2, outcome: 'updated' })
  t.equal(await products.countDocuments({}), 5)
  const { position, reserved } = await feed.watermark()
  t.equal(position, reserved, 'nothing is left open')
})

t.test('a stored product that is taken for new is not moved to the list that it is being put on, because nobody would be told', async t => {
  const { db, writer, newWriter, feed, products } = await openStore(t)
  await writer.write([publish('p', 1)])
  const before = await products.findOne({ _id: 'p' })
  const { audit } = placementParts(db, feed)
  const meanwhile = async (): Promise<void> => {
    await db.collection<{ _id: string }>('product_list_members').insertOne({ _id: 'org_a/p', vendor: 'org_a', listId: 'list', productId: 'p' } as never)
  }
  const slow = newWriter({ audit: { ...audit, append: async events => { await meanwhile(); await audit.append(events) } } })
  t.match(await slow.write([publish('p', 1)], { areNew: true }), [{ outcome: 'unchanged', version: 1 }])
  t.same(await products.findOne({ _id: 'p' }), before, 'that is left to who puts it there')
})

t.test('concurrent writers lose no update and reuse no version', async t => {
  const { newWriter, products, versions, feed } = await openStore(t)
  const writers = [newWriter(), newWriter(), newWriter(), newWriter()]
  const rounds = 12
  await Promise.all(writers.map(async (writer, number) => {
    for (let round = 0; round < rounds; round++) {
      const results = await writer.write(['a', 'b', 'c'].map(id => publish(id, `${number}.${round}`)))
      for (const result of results) t.ok(result.outcome === 'created' || result.outcome === 'updated', JSON.stringify(result))
    }
  }))
  for (const id of ['a', 'b', 'c']) {
    t.match(await products.findOne({ _id: id }), { version: writers.length * rounds })
    t.equal(await versions.countDocuments({ '_id.productId': id }), writers.length * rounds - 1, 'every superseded version is kept')
  }
  const rows = await products.find().toArray()
  t.equal(new Set(rows.map(row => row.seq)).size, 3)
  const head = await feed.watermark()
  t.ok(rows.every(row => (row.seq ?? 0) <= head.position), 'nothing lies beyond the watermark once all is released')
})

t.test('every version carries the event that it was recorded in, whoever wrote it and whatever happened to it since', async t => {
  const { db, newWriter, products, versions } = await openStore(t)
  const other: WriteAuthor = { actor: { organizationId: 'org_b', clientId: 'b' }, operation: 'submitProduct' }
  const writers = [newWriter(), newWriter(), newWriter()]
  // Groups of two organisations, in a race for the same products.
  await Promise.all(writers.map(async (writer, number) => {
    for (let round = 0; round < 6; round++) {
      await writer.write([publish('a', `${number}.${round}`), publish('b', `${number}.${round}`, { author: other }), round % 3 === 2 ? withdraw('c') : publish('c', round)])
    }
  }))
  const events = await db.collection<StoredAuditEvent>(AUDIT_EVENTS).find().toArray()
  const recorded = new Map(events.map(event => toEvent(event)).flatMap(event => 'products' in event
    ? event.products.map(({ productId, version, outcome }) => [`${event.id} ${productId} ${version}`, `${outcome} ${event.organizationId} ${event.at.toISOString()}`] as const)
    : []))
  const written = [
    ...(await products.find().toArray()).map(document => ({ ...document, productId: document._id })),
    ...(await versions.find().toArray()).map(document => ({ ...document, productId: document._id.productId }))
  ]
  t.ok(written.length > 15)
  for (const { productId, version, outcome, auditId, publishedAt } of written) {
    t.equal(recorded.get(`${auditId} ${productId} ${version}`), `${outcome} ${productId === 'b' ? 'org_b' : 'org_a'} ${publishedAt.toISOString()}`)
  }
  t.ok(recorded.size > written.length, 'what lost a race is on record too, and no version carries it')
})

t.test('single writes of one credential share an event, which knows which request asked for which', async t => {
  const { db, newWriter } = await openStore(t)
  const by = (clientId: string, requestId: string, operation = 'submitProduct'): WriteAuthor => ({ actor: { organizationId: 'org_a', clientId, requestId, ip: '192.0.2.1' }, operation })
  await newWriter().write([
    publish('a', 1, { author: by('one', 'r1') }), publish('b', 1, { author: by('one', 'r2') }), publish('c', 1, { author: by('one', 'r1') }),
    publish('d', 1, { author: by('two', 'r3') }), publish('e', 1, { author: by('one', 'r4', 'replaceProduct') }), publish('f', 1)
  ])
  const events = (await db.collection<StoredAuditEvent>(AUDIT_EVENTS).find().sort({ _id: 1 }).toArray()).map(event => toEvent(event))
  const shown = events.map(event => 'products' in event ? `${event.operation} ${event.actor.clientId}: ${event.products.map(({ productId, requestId }) => `${productId} ${requestId}`).join(', ')}` : '')
  t.same(shown.toSorted(), ['replaceProduct one: e r4', 'submitProduct one: a r1, b r2, c r1', 'submitProduct two: d r3', 'writeProductBatch test: f undefined'])
})

t.test('what cannot be put on record is not written', async t => {
  const { newWriter, products, db } = await openStore(t)
  const deaf = newWriter({ audit: { append: async () => { throw new Error('No log today') } } as never })
  await t.rejects(deaf.write([publish('a', 1)]), { message: 'No log today' })
  t.equal(await products.countDocuments(), 0)
  await newWriter().write([publish('a', 1)], { dryRun: true })
  t.equal(await db.collection(AUDIT_EVENTS).countDocuments(), 0, 'a dry run does nothing that could be on record')
  await newWriter().write([publish('a', 1)])
  await newWriter().write([publish('a', 1)])
  t.equal(await db.collection(AUDIT_EVENTS).countDocuments(), 1, 'nor does what changes nothing')
})

t.test('readers never pass an open reservation', async t => {
  const { feed, writer } = await openStore(t)
  await writer.write([publish('p', 1)])
  t.equal((await feed.watermark()).position, 1)
  const open = await feed.reserve(5)
  await writer.write([publish('q', 1)])
  t.equal((await feed.watermark()).position, 1, 'q is stored at position 7, behind the open range')
  await feed.release(open)
  t.equal((await feed.watermark()).position, 7)
})

t.test('the rows of a writer that died are moved behind every cursor that was handed out', async t => {
  const { db, feed, writer, products } = await openStore(t)
  await writer.write([publish('p', 1), publish('q', 1)])
  const dead = await feed.reserve(3)
  await products.updateOne({ _id: 'p' }, { $set: { seq: dead.first } })
  t.equal(await feed.reapExpired(), 0, 'a young reservation is left alone')
  await db.collection<{ _id: string }>('feed').updateOne({ _id: 'feed' }, { $set: { 'open.0.at': new Date(Date.now() - 60_000) } })
  t.equal(await feed.reapExpired(), 1)
  const head = await feed.watermark()
  const row = await products.findOne({ _id: 'p' })
  t.ok(row?.seq !== undefined && row.seq > dead.first + 2 && row.seq <= head.position, `moved to ${row?.seq}, watermark ${head.position}`)

  // The writer was only paused: it stores under its old range and finds the reservation gone.
  await products.updateOne({ _id: 'q' }, { $set: { seq: dead.first + 1 } })
  await feed.release(dead)
  const late = await products.findOne({ _id: 'q' })
  t.ok(late?.seq !== undefined && late.seq > head.position, 'its row got a new position too')
})

t.test('a row that arrives long after its range was reaped is found', async t => {
  const { db, feed, writer, products } = await openStore(t)
  await writer.write([publish('p', 1)])
  const dead = await feed.reserve(2)
  await db.collection<{ _id: string }>('feed').updateOne({ _id: 'feed' }, { $set: { 'open.0.at': new Date(Date.now() - 60_000) } })
  await feed.reapExpired()
  t.equal(await feed.collectStragglers(), 0)
  t.same((await feed.watermark()).unsettled, [{ after: dead.first - 1, upTo: dead.first + 1 }], 'the range stays watched')

  // The writer was paused just before it sent its rows, and died just after.
  await products.updateOne({ _id: 'p' }, { $set: { seq: dead.first } })
  const before = await feed.watermark()
  t.equal(await feed.collectStragglers(), 1)
  t.ok((await products.findOne({ _id: 'p' }))!.seq! > before.position, 'it got a position behind every cursor')

  await db.collection<{ _id: string }>('feed').updateOne({ _id: 'feed' }, { $set: { 'reaped.0.at': new Date(Date.now() - 25 * 60 * 60 * 1_000) } })
  await feed.collectStragglers()
  t.same((await feed.watermark()).unsettled, [], 'after a day nobody waits for it any more')
})

t.test('a change of access knows what is being written beside it, and by whom that never said that it had ended', async t => {
  const { db, feed } = await openStore(t)
  const dead = await feed.reserve(2)
  await db.collection<{ _id: string }>('feed').updateOne({ _id: 'feed' }, { $set: { 'open.0.at': new Date(Date.now() - 60_000) } })
  await feed.reapExpired()
  await feed.release(await feed.reserve(4))
  const open = await feed.reserve(3)
  const access = await feed.reserveForAccess()
  t.same(access?.unsettled, [{ after: open.first - 1, upTo: open.first + 2 }, { after: dead.first - 1, upTo: dead.first + 1 }])
  t.equal(await feed.reserveForAccess(), null, 'there is one at a time')
})

t.test('a writer that is too slow starts no write under its old reservation', async t => {
  const { feed, passTime } = await openStore(t)
  const reservation = await feed.reserve(1)
  reservation.assertFresh()
  passTime(15_000)
  t.throws(() => { reservation.assertFresh() }, { name: 'ReservationExpired' })
})
