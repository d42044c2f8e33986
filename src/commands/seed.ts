/**
 * Loads the demonstration data of `seed/` into the database that the settings name, and prints where the demo credentials are:
 * `npm run seed`. Loading it again changes nothing but what was changed since in its own products. The embedded database must not be in
 * use by a running exchange.
 */
import { pino } from 'pino'
import { createServices, openDatabase } from '../composition-root.js'
import { loadConfig } from '../config.js'
import { loadDemoData } from '../demo-data.js'

const config = loadConfig()
// Standard output is for the result alone.
const logger = pino({ level: 'warn' }, pino.destination({ dest: 2, sync: true }))

const database = await openDatabase(config, logger)
try {
  const { seeding } = await createServices(database, config)
  const { credentials, credentialsPath, loaded } = await loadDemoData({ seeding, dataDirectory: config.dataDir })
  process.stdout.write([
    `Organisations: ${loaded.organizations}`,
    `Products: ${loaded.created} created, ${loaded.updated} updated, ${loaded.unchanged} unchanged`,
    `Credentials of ${credentials.length} organisations: ${credentialsPath}`,
    ''
  ].join('\n'))
} finally {
  await database.close()
}
