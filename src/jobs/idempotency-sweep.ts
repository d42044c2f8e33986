import type { Logger } from 'pino'
import type { Idempotency } from '../services/idempotency.js'

const PERIOD_MS = 10 * 60_000

/** Removes expired idempotency keys from time to time, until the function that it returns is called and has resolved. */
export function startIdempotencySweep (idempotency: Pick<Idempotency, 'sweep'>, logger: Logger): () => Promise<void> {
  let running: Promise<void> | undefined
  const timer = setInterval(() => { running ??= sweep().finally(() => { running = undefined }) }, PERIOD_MS).unref()

  async function sweep (): Promise<void> {
    try {
      const removed = await idempotency.sweep()
      if (removed > 0) logger.debug({ removed }, 'Expired idempotency keys were removed')
    } catch (error) {
      // The next turn does what this one left.
      logger.warn({ err: error }, 'Expired idempotency keys could not be removed')
    }
  }

  return async () => {
    clearInterval(timer)
    await running
  }
}
