import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { BSON, Binary, MongoClient } from 'mongodb'
import t from 'tap'
import { createMessageReader } from '../../src/embedded-mongodb/wire-message.js'
import { temporaryEngine } from '../support/engine.js'
import { opMsg, opQuery } from '../support/wire.js'

const complaints: string[] = []
const engine = await temporaryEngine(t, {
  debug () {},
  info () {},
  warn: (_fields, message) => { complaints.push(message) },
  error: (_fields, message) => { complaints.push(message) }
})
const enginePid = engine.pid()
const client = new MongoClient(engine.uri, { monitorCommands: true })
t.teardown(async () => await client.close())
const db = client.db('listener')

async function rawConnection (): Promise<Socket> {
  const socket = connect(engine.socketPath)
  await once(socket, 'connect')
  return socket
}

/** Reads whole replies until there are `count`. */
async function replies (socket: Socket, count: number): Promise<Buffer[]> {
  const reader = createMessageReader()
  const received: Buffer[] = []
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    reader.push(chunk as Buffer)
    for (let message = reader.next(); message !== undefined; message = reader.next()) received.push(Buffer.from(message))
    if (received.length >= count) break
  }
  return received
}

t.test('commands that would end the engine are answered as unknown, and it lives on', async t => {
  const refused = ['startSession', 'endSessions', 'refreshSessions', 'killSessions', 'killAllSessions', 'killAllSessionsByPattern',
    'fsync', 'fsyncUnlock', 'setParameter', 'wiredTigerRepair', 'ENDSESSIONS']
  for (const name of refused) {
    await t.rejects(db.admin().command({ [name]: 1 }), { code: 59, codeName: 'CommandNotFound' }, name)
  }
  t.match(await db.command({ ping: 1 }), { ok: 1 })
  t.equal(engine.pid(), enginePid)
})

t.test('the old frame serves the handshake and nothing else', async t => {
  const socket = await rawConnection()
  socket.write(Buffer.concat([opQuery({ isMaster: 1 }, 1), opQuery({ killAllSessions: [] }, 2), opQuery({ find: 'x' }, 3)]))
  const documents = (await replies(socket, 3)).map(reply => BSON.deserialize(reply.subarray(36)))
  t.match(documents, [{ ok: 1, maxBsonObjectSize: 16777216 }, { ok: 0, code: 59 }, { ok: 0, code: 59 }])
  socket.destroy()
})

t.test('the driver uses no sessions, and closes without a word about them', async t => {
  t.notOk('logicalSessionTimeoutMinutes' in await db.command({ hello: 1 }))
  const other = new MongoClient(engine.uri, { monitorCommands: true })
  const commands: string[] = []
  other.on('commandStarted', event => { commands.push(event.commandName) })
  await other.db('listener').collection('x').findOne()
  await t.rejects(other.db('listener').collection('x').findOne({}, { session: other.startSession() }), { message: /does not support sessions/ })
  await other.close()
  t.same(commands, ['find'])
  t.equal(engine.pid(), enginePid)
})

t.test('requests sent without waiting are answered in their order', async t => {
  const socket = await rawConnection()
  const ids = Array.from({ length: 300 }, (_, i) => i + 1)
  socket.write(Buffer.concat(ids.map(id => opMsg(id % 3 === 0 ? { endSessions: [], $db: 'admin' } : { ping: 1, $db: 'admin' }, id))))
  const received = await replies(socket, ids.length)
  t.same(received.map(reply => reply.readInt32LE(8)), ids)
  socket.destroy()
})

t.test('a quick request does not overtake a slow one on its connection', async t => {
  const socket = await rawConnection()
  const slow = opMsg({ insert: 'slow', $db: 'listener' }, 1, { documents: Array.from({ length: 20_000 }, (_, i) => ({ i })) })
  await new Promise(resolve => socket.write(slow, resolve))
  for (const id of [2, 3, 4]) {
    await delay(10)
    socket.write(opMsg({ ping: 1, $db: 'admin' }, id))
  }
  t.same((await replies(socket, 4)).map(reply => reply.readInt32LE(8)), [1, 2, 3, 4])
  socket.destroy()
})

t.test('connections are served side by side', async t => {
  const clients = 40
  const many = new MongoClient(engine.uri, { maxPoolSize: clients })
  const results = await Promise.all(Array.from({ length: clients }, (_, i) => many.db('listener').collection<{ _id: number }>('many').insertOne({ _id: i })))
  t.equal(results.filter(({ acknowledged }) => acknowledged).length, clients)
  t.equal(await db.collection('many').countDocuments(), clients)
  await many.close()
})

t.test('an unacknowledged write gets no reply, and the connection goes on', async t => {
  const socket = await rawConnection()
  const unacknowledged = opMsg({ insert: 'silent', writeConcern: { w: 0 }, $db: 'listener' }, 1, { documents: [{ _id: 1 }] })
  unacknowledged.writeInt32LE(2, 16) // the flag "more to come"
  socket.write(Buffer.concat([unacknowledged, opMsg({ count: 'silent', $db: 'listener' }, 2)]))
  const [reply] = await replies(socket, 1)
  t.equal(reply?.readInt32LE(8), 2)
  t.match(BSON.deserialize(reply?.subarray(21) ?? Buffer.alloc(0)), { ok: 1, n: 1 })
  socket.destroy()
})

t.test('what is not the protocol closes its own connection only', async t => {
  const tooLong = Buffer.alloc(16)
  tooLong.writeInt32LE(48_100_000)
  for (const junk of [Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'), tooLong, Buffer.alloc(64)]) {
    const socket = await rawConnection()
    socket.write(junk)
    await once(socket.resume(), 'close')
  }
  t.match(await db.command({ ping: 1 }), { ok: 1 })
  t.equal(complaints.filter(text => text.includes('closed a connection: a message of')).length, 3)
})

t.test('large inserts and documents at the limit of 16 MB pass', async t => {
  const content = randomBytes(1_000_000)
  const { insertedCount } = await db.collection('large').insertMany(Array.from({ length: 40 }, (_, i) => ({ i, content: new Binary(content) })))
  t.equal(insertedCount, 40)
  let bytes = 0
  for await (const found of db.collection('large').find()) bytes += (found['content'] as Binary).length()
  t.equal(bytes, 40 * content.length)

  const limit = new Binary(randomBytes(16 * 1024 * 1024 - 100))
  await db.collection<{ _id: string, content: Binary }>('limit').insertOne({ _id: 'a', content: limit })
  const found = await db.collection<{ _id: string, content: Binary }>('limit').findOne({ _id: 'a' }, { promoteBuffers: true })
  t.ok(limit.buffer.every((byte, i) => byte === (found?.content as unknown as Buffer)[i]), 'the same bytes came back')
})

t.test('a client that does not read its replies gets no further ones made', async t => {
  const finds = async (): Promise<number> => (await db.command({ serverStatus: 1 }))['opcounters'].query as number
  const asked = 20
  const socket = await rawConnection()
  socket.pause()
  const before = await finds()
  const find = { find: 'large', $db: 'listener', batchSize: 10, singleBatch: true }
  socket.write(Buffer.concat(Array.from({ length: asked }, (_, i) => opMsg(find, i + 1))))
  while (await finds() === before) await delay(50)
  await delay(1_500)
  t.equal(await finds() - before, 1, 'the first reply of 10 MB waits to be read')

  const received = await replies(socket, asked)
  t.same(received.map(reply => reply.readInt32LE(8)), Array.from({ length: asked }, (_, i) => i + 1))
  t.ok(received.every(reply => reply.length > 10_000_000))
  t.equal(await finds() - before, asked)
  socket.destroy()
})
