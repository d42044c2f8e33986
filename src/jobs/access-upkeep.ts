/** Tells followers of grants that begin or end by themselves, and counts the products of every audience now and then. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'

export interface AccessWork {
  /** Tells what has begun or ended by itself since the last time; returns how many moments there were. */
  keepTime: () => Promise<number>
  recount: () => Promise<void>
}

const SECONDS = 1_000

/** How late followers may be told, apart from how long it takes. Who may see what does not wait for it. */
const TIME_EVERY_MS = 1 * SECONDS

/** The counts only choose between ways to read, so they may be old. */
const COUNT_EVERY_MS = 600 * SECONDS

/** Works until the function that it returns is called and has resolved. */
export function startAccessUpkeep (work: AccessWork, logger: Logger): () => Promise<void> {
  const stop = new AbortController()

  async function repeat (everyMs: number, turn: () => Promise<unknown>, complaint: string): Promise<void> {
    while (!stop.signal.aborted) {
      // What fails is taken up again at the next turn.
      await turn().catch((error: unknown) => { logger.warn({ err: error }, complaint) })
      await sleep(everyMs, undefined, { signal: stop.signal, ref: false }).catch(() => {})
    }
  }

  const running = Promise.all([
    repeat(TIME_EVERY_MS, work.keepTime, 'Followers could not be told of grants that began or ended; trying again'),
    repeat(COUNT_EVERY_MS, work.recount, 'The audiences could not be counted; trying again later')
  ])
  return async () => {
    stop.abort()
    await running
  }
}
