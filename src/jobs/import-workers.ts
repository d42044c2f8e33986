/** Works on imports for as long as the process runs, one turn after the other, and sweeps what is no longer needed. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'

/** What the imports offer to their workers. */
export interface ImportWork {
  /** False when there is nothing to do. */
  workOnNext: (worker: string, stopping: () => boolean) => Promise<boolean>
  sweepForgotten: (before: Date) => Promise<number>
  sweepFinished: (before: Date) => Promise<number>
  /** Calls back whenever an import of this process is queued. */
  whenQueued: (wake: () => void) => void
}

/** An import that another process has queued is found within this time (milliseconds). */
const POLL_MS = 1_000

/** Pause after a failure, so that a database that is away is not called without end (milliseconds). */
const PAUSE_MS = 2_000

const SWEEP_MS = 600_000

/** An upload that has not said for this long that it goes on has lost its process (milliseconds). */
const FORGOTTEN_MS = 3_600_000

/** Finished imports, their results and rejected lines are kept this long (milliseconds). */
const KEPT_MS = 30 * 86_400_000

/** Starts working; call the answer to stop: it resolves when the turn that is under way has ended. */
export function startImportWorkers (work: ImportWork, options: { worker: string, logger: Logger, now: () => Date }): () => Promise<void> {
  const { worker, logger, now } = options
  const stop = new AbortController()
  const stopping = (): boolean => stop.signal.aborted
  let wakeUp = new AbortController()
  work.whenQueued(() => { wakeUp.abort() })

  async function pause (ms: number): Promise<void> {
    if (stopping()) return
    await sleep(ms, undefined, { signal: wakeUp.signal, ref: false }).catch(() => {})
    wakeUp = new AbortController()
  }

  async function run (): Promise<void> {
    let sweptAt = -Infinity
    while (!stopping()) {
      try {
        const worked = await work.workOnNext(worker, stopping)
        if (now().getTime() - sweptAt > SWEEP_MS) {
          sweptAt = now().getTime()
          await work.sweepForgotten(new Date(sweptAt - FORGOTTEN_MS))
          await work.sweepFinished(new Date(sweptAt - KEPT_MS))
        }
        if (!worked) await pause(POLL_MS)
      } catch (error) {
        if (stopping()) return
        logger.warn({ err: error }, 'A turn of an import failed; it is taken up again when its hold has run out')
        await pause(PAUSE_MS)
      }
    }
  }

  const running = run()
  return async () => {
    stop.abort()
    wakeUp.abort()
    await running
  }
}
