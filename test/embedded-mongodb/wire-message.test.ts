import fc from 'fast-check'
import { BSON } from 'mongodb'
import t from 'tap'
import { MAX_MESSAGE_BYTES, commandNotFound, createMessageReader, readRequest, replyHeader } from '../../src/embedded-mongodb/wire-message.js'
import { opMsg, opQuery } from '../support/wire.js'

t.test('messages come out whole and in order, however the stream is cut', async () => {
  const bodies = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 12 })
  fc.assert(fc.property(bodies, fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1 }), (contents, cuts) => {
    const messages = contents.map(content => opMsg({ insert: 'x', content: Buffer.from(content) }, 7))
    const stream = Buffer.concat(messages)
    const reader = createMessageReader()
    const received: Buffer[] = []
    for (let at = 0, i = 0; at < stream.length; i++) {
      const size = cuts[i % cuts.length] ?? 1
      reader.push(stream.subarray(at, at + size))
      at += size
      for (let message = reader.next(); message !== undefined; message = reader.next()) received.push(Buffer.from(message))
    }
    return received.length === messages.length && received.every((message, i) => message.equals(messages[i] ?? Buffer.alloc(0)))
  }))
})

t.test('a message of many chunks takes time in proportion to its length', async t => {
  const time = (megabytes: number): number => {
    const message = Buffer.alloc(megabytes * 1_000_000)
    message.writeInt32LE(message.length, 0)
    const reader = createMessageReader()
    const start = performance.now()
    for (let at = 0; at < message.length; at += 2_000) {
      reader.push(message.subarray(at, at + 2_000))
      reader.next()
    }
    return performance.now() - start
  }
  time(4)
  const small = time(4)
  const large = time(40)
  t.ok(large < Math.max(small, 5) * 40, `${small.toFixed(1)} ms for 4 MB, ${large.toFixed(1)} ms for 40 MB`)
})

t.test('impossible lengths are refused before anything is gathered', async t => {
  for (const length of [0, 15, -1, MAX_MESSAGE_BYTES + 1]) {
    const reader = createMessageReader()
    const header = Buffer.alloc(4)
    header.writeInt32LE(length)
    reader.push(header)
    t.throws(() => reader.next(), { name: 'WireError', message: new RegExp(`a message of ${length} bytes`) })
  }
})

t.test('the command is read from both kinds of request', async t => {
  t.same(readRequest(opMsg({ find: 'x', filter: {} }, 5)), { requestId: 5, command: 'find', legacy: false })
  t.same(readRequest(opMsg({ insert: 'x' }, 6, { documents: [{ a: 1 }, { b: 2 }] })), { requestId: 6, command: 'insert', legacy: false })
  t.same(readRequest(opQuery({ isMaster: 1 }, 7)), { requestId: 7, command: 'isMaster', legacy: true })
})

t.test('malformed requests are refused, whatever is wrong with them', async t => {
  const withBody = (size: number, kind: number, sectionSize: number): Buffer => {
    const message = Buffer.alloc(size)
    message.writeInt32LE(size, 0)
    message.writeInt32LE(2013, 12)
    if (size > 20) message.writeUInt8(kind, 20)
    if (size >= 25) message.writeInt32LE(sectionSize, 21)
    return message
  }
  t.throws(() => readRequest(withBody(16, 0, 0)), { name: 'WireError', message: /ends too early/ })
  t.throws(() => readRequest(withBody(40, 1, 0)), { name: 'WireError', message: /without a size/ })
  t.throws(() => readRequest(withBody(40, 1, -20)), { name: 'WireError', message: /without a size/ })
  t.throws(() => readRequest(withBody(40, 1, 1_000_000)), { name: 'WireError', message: /ends too early/ })
  t.throws(() => readRequest(opMsg({}, 1)), { name: 'WireError', message: /empty command/ })
  const compressed = opMsg({ ping: 1 }, 1)
  compressed.writeInt32LE(2012, 12)
  t.throws(() => readRequest(compressed), { name: 'WireError', message: /operation code 2012/ })
  fc.assert(fc.property(fc.uint8Array({ minLength: 16, maxLength: 80 }), fc.constantFrom(2013, 2004), (bytes, operation) => {
    const message = Buffer.from(bytes)
    message.writeInt32LE(operation, 12)
    try {
      return typeof readRequest(message).command === 'string'
    } catch (error) {
      return error instanceof Error && error.name === 'WireError'
    }
  }))
})

t.test('a refusal is what a MongoDB server would say', async t => {
  t.match(BSON.deserialize(commandNotFound('endSessions')),
    { ok: 0, code: 59, codeName: 'CommandNotFound', errmsg: /no such command: 'endSessions'/ })
})

t.test('replies carry their length and what they answer', async t => {
  const document = Buffer.from(BSON.serialize({ ok: 1 }))
  const header = replyHeader(3, 9, document, false)
  t.same([0, 4, 8, 12].map(offset => header.readInt32LE(offset)), [21 + document.length, 3, 9, 2013])
  const legacy = replyHeader(3, 9, document, true)
  t.same([0, 4, 8, 12, 32].map(offset => legacy.readInt32LE(offset)), [36 + document.length, 3, 9, 1, 1])
})
