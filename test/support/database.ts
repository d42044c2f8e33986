/** A connected and migrated database for one test. */
import type { Db } from 'mongodb'
import { connect } from '../../src/storage/connection.js'
import { migrate } from '../../src/storage/migrations.js'
import { testDatabase } from './engine.js'

interface TestScope {
  teardown (work: () => Promise<void>): void
}

export async function openTestDatabase (t: TestScope): Promise<Db> {
  const { uri, databaseName } = await testDatabase(t)
  const connection = await connect({ uri, database: databaseName, poolSize: 10 })
  // Runs before the database is dropped: tap tears down in reverse order.
  t.teardown(connection.close)
  await migrate(connection.db)
  return connection.db
}
