/**
 * Loads a data pack into the database that the settings name and prints a report: `npm run load:boavizta -- <path to the CSV>`.
 * Loading the same file again changes nothing. The embedded database must not be in use by a running exchange.
 *
 * Exit codes: 0 loaded (rows may have been rejected; the report says which), 1 failed, 2 called wrongly.
 */
import { parseArgs } from 'node:util'
import { Presets, SingleBar } from 'cli-progress'
import { pino } from 'pino'
import { createServices, openDatabase } from '../composition-root.js'
import { loadConfig } from '../config.js'
import { DataPackError } from './data-packs/boavizta-csv.js'
import { renderBoaviztaReport } from './data-packs/boavizta-report.js'
import { loadBoavizta } from './data-packs/load-boavizta.js'

const USAGE = `Usage: npm run load:boavizta -- <path>

  <path>  boavizta-data-us.csv of https://github.com/Boavizta/environmental-footprint-data
          (Open Database License 1.0; it is not part of this package)
`

/** Milliseconds between two lines of progress where there is no terminal. */
const NO_TERMINAL_INTERVAL_MS = 5_000

const path = argument()
if (path === undefined) {
  process.stderr.write(USAGE)
  process.exitCode = 2
} else {
  try {
    await load(path)
  } catch (error) {
    if (!(error instanceof DataPackError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
  }
}

/** The one argument; undefined when there is none, or more than one. */
function argument (): string | undefined {
  const { positionals } = parseArgs({ allowPositionals: true, strict: false })
  return positionals.length === 1 ? positionals[0] : undefined
}

async function load (path: string): Promise<void> {
  const config = loadConfig()
  // Standard output is for the report alone.
  const logger = pino({ level: 'warn' }, pino.destination({ dest: 2, sync: true }))
  const database = await openDatabase(config, logger)
  const bar = progressBar()
  try {
    const { administration, products } = await createServices(database, config)
    const loaded = await loadBoavizta(path, {
      administration,
      products,
      onProgress: (done, rows) => { bar.show(done, rows) }
    })
    bar.stop()
    process.stdout.write(renderBoaviztaReport(path, loaded))
  } finally {
    bar.stop()
    await database.close()
  }
}

/** On a terminal a bar that moves, elsewhere a line now and then; both on standard error. */
function progressBar () {
  const bar = new SingleBar({
    format: '{bar} {percentage} % | {value} of {total} rows | {eta_formatted} left',
    stream: process.stderr,
    noTTYOutput: true,
    notTTYSchedule: NO_TERMINAL_INTERVAL_MS,
    hideCursor: true
  }, Presets.shades_classic)
  return {
    show (done: number, rows: number): void {
      if (bar.isActive) bar.update(done)
      else bar.start(rows, done)
    },
    stop (): void {
      if (bar.isActive) bar.stop()
    }
  }
}
