/** How a test gets a MongoDB database of its own. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { MongoClient } from 'mongodb'
import { startEmbeddedMongodb, type EmbeddedMongodb } from '../../src/embedded-mongodb/start-embedded-mongodb.js'
import type { EngineLogger } from '../../src/embedded-mongodb/supervisor.js'

/** The part of a tap test that is needed here. */
interface TestScope {
  teardown (work: () => Promise<void>): void
}

export interface TestDatabase {
  /** Connection string of a server that may serve other tests as well. */
  uri: string
  /** Name of a database that nobody else uses; dropped when the test ends. */
  databaseName: string
}

/** A logger for the engine in tests: complaints go to standard error, the rest nowhere. */
export const complaintsOnly: EngineLogger = {
  debug () {},
  info () {},
  warn: (_fields, message) => { process.stderr.write(`${message}\n`) },
  error: (_fields, message) => { process.stderr.write(`${message}\n`) }
}

/**
 * A new, empty database: on the server of MONGODB_URI (the test runner names one to all test files), or else on an embedded engine
 * that is started for this test only. Dropped or removed when the test ends; close your own clients before that.
 */
export async function testDatabase (t: TestScope): Promise<TestDatabase> {
  const file = basename(process.argv[1] ?? 'test').replace(/\.test\.js$/, '').replace(/[^a-z0-9]+/gi, '-').slice(0, 30)
  const databaseName = `test-${file}-${randomBytes(6).toString('hex')}`
  const uri = process.env['MONGODB_URI'] || (await temporaryEngine(t)).uri
  t.teardown(async () => {
    const client = new MongoClient(uri)
    await client.db(databaseName).dropDatabase()
    await client.close()
  })
  return { uri, databaseName }
}

/** An embedded engine on an empty directory, stopped and removed when the test ends. */
export async function temporaryEngine (t: TestScope, logger: EngineLogger = complaintsOnly): Promise<EmbeddedMongodb> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'esg-exchange-test-'))
  const engine = await startEmbeddedMongodb({ dataDirectory, logger })
  t.teardown(async () => {
    await engine.stop()
    await rm(dataDirectory, { recursive: true, force: true })
  })
  return engine
}
