import { ConfigError } from './config.js'
import { ExchangeError } from './domain/problems.js'
import { EmbeddedMongodbError } from './embedded-mongodb/embedded-mongodb-error.js'

/** Why a process ends. A fault that a person can mend is a sentence; only a fault of ours shows its stack. */
export function explainFailure (error: unknown): string {
  if (error instanceof ConfigError || error instanceof EmbeddedMongodbError || error instanceof ExchangeError) return error.message
  if (!(error instanceof Error)) return String(error)
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') return 'The port is in use by another program. Stop that, or choose another one with PORT.'
  if (code === 'EACCES') return `The address cannot be used: ${error.message}. Choose another one with HOST and PORT.`
  if (code?.startsWith('ERR_PARSE_ARGS_') === true) return error.message
  if (error.name === 'MongoServerSelectionError') return `The MongoDB server of MONGODB_URI does not answer: ${error.message}`
  return error.stack ?? error.message
}
