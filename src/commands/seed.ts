/**
 * Loads the demonstration data of `seed/` into the database that the settings name, and prints where the demo credentials are:
 * `npm run seed`. Loading them again changes nothing but seed products that were changed or withdrawn since: they are as in `seed/` again.
 * The embedded database must not be in use by a running exchange.
 */
import { loadDemoData } from '../demo-data.js'
import { runWithServices } from './running/run-with-services.js'

await runWithServices(async ({ seeding }, { dataDir }) => {
  const { credentials, credentialsPath, loaded } = await loadDemoData({ seeding, dataDirectory: dataDir })
  return [
    `Organisations: ${loaded.organizations}`,
    `Products: ${loaded.created} created, ${loaded.updated} updated, ${loaded.unchanged} unchanged`,
    `Credentials of ${credentials.length} organisations: ${credentialsPath}`,
    ''
  ].join('\n')
})
