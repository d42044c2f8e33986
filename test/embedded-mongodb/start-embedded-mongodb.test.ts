import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { MongoClient } from 'mongodb'
import t from 'tap'
import type { EngineExit } from '../../src/embedded-mongodb/engine-handle.js'
import { defaultCacheMegabytes } from '../../src/embedded-mongodb/cache-size.js'
import { startEmbeddedMongodb } from '../../src/embedded-mongodb/start-embedded-mongodb.js'
import { superviseEngine, type EngineLogger } from '../../src/embedded-mongodb/supervisor.js'

const scratch = await mkdtemp(join(tmpdir(), 'esg-exchange-engine-'))
t.teardown(async () => await rm(scratch, { recursive: true, force: true }))

/** A logger that keeps what it is told. */
function recorder (): EngineLogger & { lines: string[] } {
  const lines: string[] = []
  const record = (_fields: object, message: string): void => { lines.push(message) }
  return { lines, debug: record, info: record, warn: record, error: record }
}

async function until (condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const deadline = performance.now() + 20_000; !await condition();) {
    if (performance.now() > deadline) throw new Error(`waited 20 s for ${what}`)
    await delay(20)
  }
}

function isAlive (pid: number | undefined): boolean {
  try {
    return pid !== undefined && process.kill(pid, 0)
  } catch {
    return false
  }
}

t.test('what was written is there after a stop and a start, in a directory with a difficult name', async t => {
  const dataDirectory = join(scratch, 'my dätä %20 "1"')
  const first = await startEmbeddedMongodb({ dataDirectory, logger: recorder() })
  const client = new MongoClient(first.uri)
  await client.db('a').collection('b').insertOne({ text: 'kept' })
  await client.close()
  await first.stop()
  await first.stop()
  t.notOk(isAlive(first.pid()))

  const second = await startEmbeddedMongodb({ dataDirectory, logger: recorder() })
  t.equal(second.uri, first.uri, 'a restart of the exchange finds its database at the same address')
  t.match(second.uri, /\?directConnection=true&journal=true$/)
  const again = new MongoClient(second.uri)
  t.match(await again.db('a').collection('b').findOne(), { text: 'kept' })
  await again.close()
  await second.stop()
})

t.test('the engine takes the cache that it is told to, and a part of the memory otherwise', async t => {
  for (const [cacheMegabytes, expected] of [[300, 300], [undefined, defaultCacheMegabytes()]] as const) {
    const engine = await startEmbeddedMongodb({ dataDirectory: join(scratch, `cache ${cacheMegabytes}`), logger: recorder(), cacheMegabytes })
    const client = new MongoClient(engine.uri)
    const { wiredTiger } = await client.db('admin').command({ serverStatus: 1 })
    t.equal(wiredTiger.cache['maximum bytes configured'], expected * 1_048_576)
    await client.close()
    await engine.stop()
  }
  t.ok(defaultCacheMegabytes() >= 256 && defaultCacheMegabytes() <= 4_096)
})

t.test('an engine that is killed comes back for the same client, with every acknowledged write', async t => {
  const logger = recorder()
  const exits: EngineExit[] = []
  const engine = await startEmbeddedMongodb({ dataDirectory: join(scratch, 'killed'), logger, onUnexpectedExit: exit => { exits.push(exit) } })
  const client = new MongoClient(engine.uri)
  const writes = client.db('a').collection<{ _id: string }>('writes')
  const acknowledged: string[] = []
  const enough = new AbortController()
  const writer = async (name: string): Promise<void> => {
    for (let i = 0; !enough.signal.aborted; i++) {
      const _id = `${name}-${i}`
      const done = await writes.insertOne({ _id }, { maxTimeMS: 5_000 }).then(() => true, async () => await delay(20, false))
      if (done) acknowledged.push(_id)
    }
  }
  const writers = ['x', 'y', 'z'].map(writer)

  for (let round = 1; round <= 3; round++) {
    const progress = acknowledged.length
    await until(() => acknowledged.length > progress + 100, 'writes')
    const pid = engine.pid()
    t.ok(isAlive(pid))
    process.kill(pid ?? 0, 'SIGKILL')
    await until(() => engine.pid() !== pid && engine.pid() !== undefined, 'a new engine')
  }
  const progress = acknowledged.length
  await until(() => acknowledged.length > progress + 50, 'writes after the last kill')
  enough.abort()
  await Promise.all(writers)

  const found = new Set((await writes.find().toArray()).map(({ _id }) => _id))
  t.same(acknowledged.filter(id => !found.has(id)), [], `all of ${acknowledged.length} acknowledged writes are there`)
  t.match(exits, [{ signal: 'SIGKILL' }, { signal: 'SIGKILL' }, { signal: 'SIGKILL' }])
  t.ok(logger.lines.some(line => /ended unexpectedly\. .*SIGKILL.*Probable causes: .*memory.*MB free/.test(line)))
  await client.close()
  await engine.stop()
})

t.test('an engine that keeps ending is given up with one clear error', async t => {
  const dataDirectory = join(scratch, 'hopeless')
  const errors: Error[] = []
  let ends = 0
  const engine = await startEmbeddedMongodb({
    dataDirectory,
    logger: recorder(),
    onUnexpectedExit: () => { ends++ },
    onGiveUp: error => { errors.push(error) }
  })
  for (let round = 1; round <= 5; round++) {
    await until(() => engine.pid() !== undefined, 'a new engine')
    process.kill(engine.pid() ?? 0, 'SIGKILL')
    await until(() => ends === round, 'the end of the engine')
  }
  await until(() => errors.length > 0, 'the error')
  t.match(errors, [{ name: 'EmbeddedMongodbError', code: 'ENGINE_STOPPED', message: /ended 5 times in a row .* not started again\. .*hopeless/ }])
  t.equal(engine.pid(), undefined)
  await engine.stop()

  const repaired = await startEmbeddedMongodb({ dataDirectory, logger: recorder() })
  await repaired.stop()
})

t.test('a stop while the engine is being restarted leaves nothing behind', async t => {
  let ended = false
  const engine = await startEmbeddedMongodb({ dataDirectory: join(scratch, 'stopped'), logger: recorder(), onUnexpectedExit: () => { ended = true } })
  process.kill(engine.pid() ?? 0, 'SIGKILL')
  await until(() => ended, 'the end of the engine')
  await engine.stop()
  await delay(1_000)
  t.equal(engine.pid(), undefined)
  t.ok(ended)
})

t.test('a Ctrl-C, which reaches the engine as well, leaves its end to the exchange', async t => {
  const engine = await startEmbeddedMongodb({ dataDirectory: join(scratch, 'interrupted'), logger: recorder() })
  const pid = engine.pid() ?? 0
  process.kill(pid, 'SIGINT')
  process.kill(pid, 'SIGHUP')
  await delay(300)
  t.equal(engine.pid(), pid)
  t.ok(isAlive(pid))
  await engine.stop()
  t.notOk(isAlive(pid))
})

t.test('when the exchange is killed its engine ends, and a new exchange waits for that', async t => {
  const dataDirectory = join(scratch, 'orphan')
  const exchange = fork(fileURLToPath(new URL('../support/engine-owner.js', import.meta.url)), [dataDirectory])
  const [{ engine: orphan, uri }] = await once(exchange, 'message') as [{ engine: number, uri: string }]
  const client = new MongoClient(uri)
  const writes = client.db('a').collection('b')
  const slow = writes.insertOne({ text: 'acknowledged' }).then(async () => {
    // Keeps the engine busy while its exchange dies, so that it takes a moment to end.
    await writes.insertMany(Array.from({ length: 20_000 }, (_, i) => ({ i, text: 'x'.repeat(500) })))
  }).catch(() => {})
  await delay(150)
  exchange.kill('SIGKILL')

  const successor = await startEmbeddedMongodb({ dataDirectory, logger: recorder() })
  await until(() => !isAlive(orphan), 'the end of the engine of the killed exchange')
  t.equal(successor.uri, uri)
  await slow
  t.equal(await writes.countDocuments({ text: 'acknowledged' }), 1, 'and what it acknowledged is there')
  await client.close()
  await successor.stop()
})

t.test('a second exchange on the same directory is refused and told who has it', async t => {
  const dataDirectory = join(scratch, 'shared')
  const engine = await startEmbeddedMongodb({ dataDirectory, logger: recorder() })
  await t.rejects(startEmbeddedMongodb({ dataDirectory, logger: recorder(), patience: 300 }), {
    code: 'DATA_DIRECTORY_IN_USE',
    message: `Another process uses the data directory ${dataDirectory} (pid ${process.pid}). Stop it first, or name another directory.`
  })
  const client = new MongoClient(engine.uri)
  t.match(await client.db('a').command({ ping: 1 }), { ok: 1 }, 'the first one is not disturbed')
  await client.close()
  await engine.stop()
})

t.test('a directory with something else in it is refused before anything is started', async t => {
  const dataDirectory = join(scratch, 'foreign')
  await mkdir(dataDirectory)
  await writeFile(join(dataDirectory, 'notes.txt'), 'mine')
  await t.rejects(startEmbeddedMongodb({ dataDirectory, logger: recorder() }), { code: 'DATA_DIRECTORY_UNUSABLE', message: /not empty/ })
})

t.test('a damaged database is said to be that', async t => {
  const dataDirectory = join(scratch, 'damaged')
  const engine = await startEmbeddedMongodb({ dataDirectory, logger: recorder() })
  await engine.stop()
  await writeFile(join(dataDirectory, 'WiredTiger.turtle'), 'nonsense')
  await t.rejects(startEmbeddedMongodb({ dataDirectory, logger: recorder() }), {
    code: 'ENGINE_STOPPED',
    message: /could not open .*damaged\. .*Probable causes: .* a file of the database is damaged/
  })
})

t.test('a library that can not be loaded is said to be that', async t => {
  const nativeLibrary = join(scratch, 'junk.node')
  await writeFile(nativeLibrary, 'not a library')
  const supervised = superviseEngine({
    nativeLibrary,
    dataDirectory: scratch,
    socketPath: join(scratch, 'never.sock'),
    cacheMegabytes: 256,
    logger: recorder(),
    patience: 0,
    onUnexpectedExit () {},
    onGiveUp () {}
  })
  await t.rejects(supervised, { code: 'ENGINE_UNUSABLE', message: /can't be loaded\. It said: .*junk\.node.*Set MONGODB_URI/s })
})
