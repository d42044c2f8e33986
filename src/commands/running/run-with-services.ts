import { pino } from 'pino'
import { createServices, openDatabase, type Services } from '../../composition-root.js'
import { loadConfig, type Config } from '../../config.js'
import { explainFailure } from '../../explain-failure.js'
import { CommandError } from './command-error.js'

/**
 * Runs a command on the database that the settings name and prints what it answers. Standard output is for that alone: the log goes to
 * standard error, and so does the reason of a failure, with exit code 1.
 */
export async function runWithServices (work: (services: Services, config: Config) => Promise<string>): Promise<void> {
  try {
    const config = loadConfig()
    const database = await openDatabase(config, pino({ level: 'warn' }, pino.destination({ dest: 2, sync: true })))
    try {
      process.stdout.write(await work(await createServices(database, config), config))
    } finally {
      await database.close()
    }
  } catch (error) {
    process.stderr.write(`${error instanceof CommandError ? error.message : explainFailure(error)}\n`)
    process.exitCode = 1
  }
}
