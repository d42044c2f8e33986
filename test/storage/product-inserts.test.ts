import { rm } from 'node:fs/promises'
import { connect as connectTo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomUUID } from 'node:crypto'
import t from 'tap'
import { connect } from '../../src/storage/connection.js'
import { createGtinClaims } from '../../src/storage/gtin-claims.js'
import { productsCollection, toProductDocument } from '../../src/storage/product-documents.js'
import { createProductInserts } from '../../src/storage/product-inserts.js'
import { openTestDatabase } from '../support/database.js'
import { syntheticRecord } from './synthetic-record.js'

const FRESH = (): void => {}

function row (productId: string, seq: number, bytes = 10) {
  const stamp = { version: 1, seq, born: seq, vendor: 'org_a', publishedAt: new Date(0), outcome: 'created' as const, auditId: 'event' }
  return toProductDocument(syntheticRecord(productId, 'x'.repeat(bytes)), stamp, { audience: 'org_a/laptop', audienceSince: seq })
}

t.test('rows are stored with all that they have, and those whose product is there already are named', async t => {
  const db = await openTestDatabase(t)
  const { insert } = createProductInserts(db)
  t.same(await insert([row('a', 1), row('b', 2)], FRESH), [])
  t.same(await insert([row('c', 3), row('b', 4), row('d', 5), row('a', 6)], FRESH), [1, 3])
  const stored = await productsCollection(db).find({}, { sort: { _id: 1 } }).toArray()
  t.same(stored.map(({ _id, seq }) => [_id, seq]), [['a', 1], ['b', 2], ['c', 3], ['d', 5]])
  t.same(stored[2], row('c', 3))
})

t.test('a field that is undefined is not stored', async t => {
  const db = await openTestDatabase(t)
  await createProductInserts(db).insert([{ ...row('a', 1), condition: undefined } as never], FRESH)
  t.notOk(Object.hasOwn(await productsCollection(db).findOne({ _id: 'a' }) ?? {}, 'condition'))
})

t.test('more than fits into one command goes in pieces, whose rows keep their places', async t => {
  const db = await openTestDatabase(t)
  const { insert } = createProductInserts(db)
  await insert([row('7', 1), row('29', 2)], FRESH)
  const large = Array.from({ length: 30 }, (_, index) => row(String(index), 10 + index, 900_000))
  t.same(await insert(large, FRESH), [7, 29])
  t.equal(await productsCollection(db).countDocuments({}), 30)
})

t.test('nothing is sent when it is too late', async t => {
  const db = await openTestDatabase(t)
  await t.rejects(createProductInserts(db).insert([row('a', 1)], () => { throw new Error('too late') }), { message: 'too late' })
  t.equal(await productsCollection(db).countDocuments({}), 0)
})

/** Lets everything through, until it is told to end the connection instead of delivering the answer to the next insert into a collection. */
async function openUnreliablePath (t: { teardown: (work: () => Promise<void>) => void }, target: string) {
  const path = join(tmpdir(), `esg-exchange-path-${randomUUID()}.sock`)
  let losing: string | undefined
  const sockets = new Set<Socket>()
  const server = createServer(client => {
    const engine = connectTo(target)
    let isLost = false
    for (const socket of [client, engine]) {
      sockets.add(socket)
      socket.on('error', () => { socket.destroy() }).on('close', () => { client.destroy(); engine.destroy() })
    }
    client.on('data', bytes => {
      if (losing !== undefined && bytes.includes('insert\0') && bytes.includes(`${losing}\0`)) {
        isLost = true
        losing = undefined
      }
      engine.write(bytes)
    })
    engine.on('data', bytes => { if (isLost) client.destroy(); else client.write(bytes) })
  })
  await new Promise<void>(resolve => { server.listen(path, resolve) })
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise(resolve => { server.close(resolve) })
    await rm(path, { force: true })
  })
  return { path, loseAnswer: (collection: string) => { losing = collection }, wasLost: () => losing === undefined }
}

t.test('when the answer is lost, what was stored is known by its position, and what others stored by another', async t => {
  const direct = await openTestDatabase(t)
  const unreliable = await openUnreliablePath(t, socketOf(direct.client))
  const { db, close } = await connect({ uri: `mongodb://${encodeURIComponent(unreliable.path)}/?directConnection=true&journal=true`, database: direct.databaseName, poolSize: 4 })
  t.teardown(close)
  const { insert } = createProductInserts(db)
  await insert([row('theirs', 1)], FRESH)

  unreliable.loseAnswer('products')
  t.same(await insert([row('mine', 2), row('theirs', 3), row('too', 4)], FRESH), [1])
  t.ok(unreliable.wasLost())
  const stored = await productsCollection(direct).find({}, { sort: { seq: 1 } }).toArray()
  t.same(stored.map(({ _id, seq }) => [_id, seq]), [['theirs', 1], ['mine', 2], ['too', 4]])

  unreliable.loseAnswer('products')
  let asked = 0
  const tooLateToRepeat = (): void => { if (asked++ > 0) throw new Error('too late') }
  await t.rejects(insert([row('late', 5)], tooLateToRepeat), { name: 'MongoNetworkError' }, 'nothing is repeated when it is too late, and it is said that what was stored is unknown')
  t.ok(unreliable.wasLost())
  unreliable.loseAnswer('products')
  asked = 0
  await t.rejects(insert([row('first', 6, 1_500_000), row('second', 7, 1_500_000)], tooLateToRepeat), { name: 'MongoNetworkError' }, 'also when it is too late for the rows behind')
  t.ok(unreliable.wasLost())

  unreliable.loseAnswer('gtin_claims')
  const claims = createGtinClaims(db)
  const request = { gtin: '04006381333931', productId: 'mine' }
  t.same((await claims.take([request], new Date())).refused.size, 0, 'nor is a GTIN refused to the product that has just taken it')
  t.ok(unreliable.wasLost())
})

function socketOf ({ options }: { options: object }): string {
  return decodeURIComponent(String((options as { hosts: Array<{ toString: () => string }> }).hosts[0]))
}
