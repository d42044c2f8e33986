/**
 * Runs compiled tests, each in a process of its own and two at a time, and prints TAP. Tap's own command would load modules into each process that this
 * project has no use for, and turn every stack of an error back into TypeScript, which together takes much processor time.
 */
import t from 'tap'

/** For a file that says nothing else of itself (seconds). */
const timeout = Number(process.env['TAP_TIMEOUT'] ?? 240)
const env = { ...process.env, TAP_TIMEOUT: String(timeout) }

t.setTimeout(0)
t.jobs = 2
for (const file of process.argv.slice(2)) {
  void t.spawn(process.execPath, [file], { name: file, buffered: true, timeout: timeout * 1_000, env })
}
