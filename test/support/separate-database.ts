/** How the tests of one file each get a database of their own on the file's server. */
import { randomBytes } from 'node:crypto'
import type { Db } from 'mongodb'
import { connect } from '../../src/storage/connection.js'
import type { TestDatabase } from './engine.js'

/** A new, empty database, connected as the exchange connects; dropped and closed when the test ends. */
export async function separateDatabase (t: { teardown (work: () => Promise<void>): void }, server: TestDatabase): Promise<Db> {
  // Database names end at 63 bytes.
  const database = `${server.databaseName.slice(0, 50)}-${randomBytes(5).toString('hex')}`
  const { db, close } = await connect({ uri: server.uri, database, poolSize: 20 })
  t.teardown(async () => {
    await db.dropDatabase()
    await close()
  })
  return db
}
