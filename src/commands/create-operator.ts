/**
 * Makes an operator's credential and prints it, once:
 *
 *     node dist/src/commands/create-operator.js [--name "Exchange operator"] [--id org_exchange-operator]
 *
 * It uses the database that the settings name; the embedded one must not be in use by a running exchange.
 */
import { parseArgs } from 'node:util'
import { pino } from 'pino'
import { createServices, openDatabase } from '../composition-root.js'
import { loadConfig } from '../config.js'
import { createOperatorCredential, describeCredential } from '../services/identity/operator-credential.js'

try {
  process.stdout.write(await createOperator())
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}

async function createOperator (): Promise<string> {
  const { values } = parseArgs({ options: { name: { type: 'string', default: 'Exchange operator' }, id: { type: 'string' } } })
  const config = loadConfig()
  // Standard output is for the credential alone.
  const database = await openDatabase(config, pino({ level: 'warn' }, pino.destination({ dest: 2, sync: true })))
  try {
    const { administration } = await createServices(database, config)
    return describeCredential(await createOperatorCredential(administration, values))
  } finally {
    await database.close()
  }
}
