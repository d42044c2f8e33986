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
  const demo = await loadDemoData({ seeding, dataDirectory: config.dataDir, always: true })
  process.stdout.write([
    `Organisations: ${demo?.loaded?.organizations ?? 0}`,
    `Products: ${demo?.loaded?.created ?? 0} created, ${demo?.loaded?.updated ?? 0} updated, ${demo?.loaded?.unchanged ?? 0} unchanged`,
    `Credentials of ${demo?.credentials.length ?? 0} organisations: ${demo?.credentialsPath}`,
    ''
  ].join('\n'))
} finally {
  await database.close()
}
