/** The process entry: reads the configuration, starts the exchange, says where it is, and ends it in order. */
import type { Logger } from 'pino'
import { startExchange, type Exchange } from './composition-root.js'
import { loadConfig, type Config } from './config.js'
import { explainFailure } from './explain-failure.js'
import { createLogger } from './logger.js'

/** What is in flight gets this long to finish after SIGTERM (milliseconds); the process has ended before ten seconds are over. */
const GRACE_MS = 9_000

try {
  const config = loadConfig()
  const logger = createLogger(config)
  const exchange = await startExchange(config, logger, error => {
    logger.fatal({ err: error }, 'The database cannot be kept running, so the exchange ends')
    process.exit(1)
  })
  endInOrder(exchange, logger)
  // A start leaves much behind that nobody needs any more. `npm start` gives the process the means to let go of it before work begins.
  globalThis.gc?.()
  process.stdout.write(`${greeting(exchange, config)}\n`)
} catch (error) {
  process.stderr.write(`${explainFailure(error)}\n`)
  process.exit(1)
}

/**
 * SIGTERM and SIGINT stop the exchange and exit 0; an unexpected error stops it and exits 1. Repeated signals change nothing: npm and a
 * terminal both pass one Ctrl-C on, so the second is no sign of impatience.
 */
function endInOrder (exchange: Exchange, logger: Logger): void {
  let ending = false
  async function end (exitCode: number): Promise<void> {
    if (ending) return
    ending = true
    setTimeout(() => {
      logger.error('Not everything ended in time; ending now')
      process.exit(1)
    }, GRACE_MS).unref()
    try {
      await exchange.close()
    } catch (error) {
      logger.error({ err: error }, 'Stopping did not go as it should')
      process.exit(1)
    }
    process.exit(exitCode)
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (!ending) logger.info(`Stopping after ${signal}: no new requests are accepted, those in flight are finished`)
      void end(0)
    })
  }
  for (const fault of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(fault, (error: unknown) => {
      logger.fatal({ err: error }, 'Ending after an unexpected error')
      void end(1)
    })
  }
}

/** What a person wants to know first. */
function greeting ({ url, demo }: Exchange, config: Config): string {
  const base = config.publicBaseUrl ?? url
  const rows: Array<[string, string]> = [
    ['API', `${base}/v1`],
    ['Documentation', `${base}/docs`],
    ['OpenAPI', `${base}/openapi.json`],
    ['Database', config.mongodbUri === undefined ? `embedded, in ${config.dataDir} (for trials; set MONGODB_URI for data that must last)` : `${config.mongodbDatabase} on the server of MONGODB_URI`],
    ...(demo === null ? [] : [['Credentials', demo.credentialsPath] as [string, string]])
  ]
  return ['', 'The product ESG data exchange is running.', '', ...rows.map(([label, value]) => `  ${label.padEnd(14)} ${value}`), ''].join('\n')
}
