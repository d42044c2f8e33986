/** Counts the products of every audience now and then, so that reads are planned by what there is. */
import type { Logger } from 'pino'

const SECONDS = 1_000

/** The counts only choose between ways to read, so they may be old. */
const EVERY_MS = 600 * SECONDS

/** Returns what ends it. */
export function startAccessUpkeep (recount: () => Promise<void>, logger: Logger): () => Promise<void> {
  let running = Promise.resolve()
  const run = (): void => {
    running = recount().catch((error: unknown) => { logger.warn({ err: error }, 'The audiences could not be counted; trying again later') })
  }
  run()
  const timer = setInterval(run, EVERY_MS)
  return async () => {
    clearInterval(timer)
    await running
  }
}
