import type { Logger } from 'pino'
import type { FeedUpkeep } from '../services/changes/feed-upkeep.js'

const PERIOD_MS = 30_000

/** Keeps the feed in order from time to time, until the function that it returns is called and has resolved. */
export function startFeedUpkeep (upkeep: FeedUpkeep, logger: Logger): () => Promise<void> {
  let running: Promise<void> | undefined
  const timer = setInterval(() => { running ??= runOnce().finally(() => { running = undefined }) }, PERIOD_MS).unref()

  async function runOnce (): Promise<void> {
    try {
      const done = await upkeep.run()
      if (Object.values(done).some(count => count > 0)) logger.info(done, 'The feed was put in order')
    } catch (error) {
      // The next turn does what this one left.
      logger.warn({ err: error }, 'The feed could not be put in order')
    }
  }

  return async () => {
    clearInterval(timer)
    await running
  }
}
