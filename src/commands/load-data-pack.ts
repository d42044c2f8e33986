/**
 * Loads a data pack into the database that the settings name and prints a report: `npm run load:boavizta -- <path to the CSV>`.
 * Loading the same file again changes nothing. The embedded database must not be in use by a running exchange.
 *
 * Exit codes: 0 loaded (rows may have been rejected; the report says which), 1 failed, 2 called wrongly.
 */
import { Presets, SingleBar } from 'cli-progress'
import { renderBoaviztaReport } from './data-packs/boavizta-report.js'
import { loadBoavizta } from './data-packs/load-boavizta.js'
import { runWithServices } from './running/run-with-services.js'

const USAGE = `Usage: npm run load:boavizta -- <path>

  <path>  boavizta-data-us.csv of https://github.com/Boavizta/environmental-footprint-data
          (Open Database License 1.0; it is not part of this package)
`

/** Milliseconds between two lines of progress where there is no terminal. */
const NO_TERMINAL_INTERVAL_MS = 5_000

const [path, ...others] = process.argv.slice(2)
if (path === undefined || path.startsWith('-') || others.length > 0) {
  process.stderr.write(USAGE)
  process.exitCode = 2
} else {
  await runWithServices(async ({ administration, products }) => {
    const bar = progressBar()
    try {
      return renderBoaviztaReport(path, await loadBoavizta(path, { administration, products, onProgress: bar.show }))
    } finally {
      bar.stop()
    }
  })
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
