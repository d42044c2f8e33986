/** The services of an exchange on a fresh, empty database, for tests that need no HTTP. */
import { createServices, type Services } from '../../src/composition-root.js'
import { readConfig } from '../../src/config.js'
import { connect } from '../../src/storage/connection.js'
import { migrate } from '../../src/storage/migrations.js'
import { testDatabase } from './engine.js'

interface TestScope {
  teardown (work: () => Promise<void>): void
}

export async function openTestServices (t: TestScope): Promise<Services> {
  const { uri, databaseName } = await testDatabase(t)
  const connection = await connect({ uri, database: databaseName, poolSize: 10 })
  // Runs before the database is dropped: tap tears down in reverse order.
  t.teardown(connection.close)
  await migrate(connection.db)
  return await createServices(connection, readConfig({ MONGODB_URI: uri, MONGODB_DATABASE: databaseName }))
}
