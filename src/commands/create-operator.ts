/**
 * Makes an operator's credential and prints it, once:
 *
 *     node dist/src/commands/create-operator.js [--name "Exchange operator"] [--id org_exchange-operator]
 *
 * It uses the database that the settings name; the embedded one must not be in use by a running exchange.
 */
import { parseArgs } from 'node:util'
import { createOperatorCredential, describeCredential } from '../services/identity/operator-credential.js'
import { runWithServices } from './running/run-with-services.js'

await runWithServices(async ({ administration }) => {
  const { values } = parseArgs({ options: { name: { type: 'string', default: 'Exchange operator' }, id: { type: 'string' } } })
  return describeCredential(await createOperatorCredential(administration, values))
})
