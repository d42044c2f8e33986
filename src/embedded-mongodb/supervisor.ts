import { setTimeout as delay } from 'node:timers/promises'
import { readHolder } from './data-directory.js'
import { EmbeddedMongodbError, systemErrorCode } from './embedded-mongodb-error.js'
import { launchEngine, type EngineExit, type EngineHandle } from './engine-handle.js'
import { describeExit } from './exit-description.js'

/** The part of pino's logger that is used here. */
export interface EngineLogger {
  debug (fields: object, message: string): void
  info (fields: object, message: string): void
  warn (fields: object, message: string): void
  error (fields: object, message: string): void
}

export interface SupervisorOptions {
  nativeLibrary: string
  /** Real path. */
  dataDirectory: string
  socketPath: string
  cacheMegabytes: number
  logger: EngineLogger
  /** How long a start waits for another process to let go of the data directory, in milliseconds. */
  patience: number
  onUnexpectedExit: (exit: EngineExit) => void
  onGiveUp: (error: EmbeddedMongodbError) => void
}

export interface Supervisor {
  /** Process id of the running engine; undefined between an end and the next start. */
  pid (): number | undefined
  stop (): Promise<void>
}

/** An engine that serves for less than this before it ends has ended quickly. Milliseconds. */
const QUICK_END = 10_000
/** After this many quick ends in a row there is no further start. */
const MAX_QUICK_ENDS = 5
/** Pause before the first restart, doubled for every further one up to the second figure. Milliseconds. */
const BACK_OFF = { first: 200, longest: 5_000 }
/** Pause between two attempts at a data directory that is in use; and between two reports that a start takes long. Milliseconds. */
const RETRY_IN_USE = 400
const REPORT_SLOW_START = 10_000

/**
 * Starts the engine and keeps it running: when its process ends by itself it is started again at the same socket, after a growing pause.
 * Resolves when the engine serves; throws when the first start fails, since a restart would hide the reason.
 */
export async function superviseEngine (options: SupervisorOptions): Promise<Supervisor> {
  const { nativeLibrary, dataDirectory, socketPath, cacheMegabytes, logger } = options
  const stopping = new AbortController()
  let engine: EngineHandle | undefined
  const pid = (): number | undefined => engine?.pid

  async function launchOnce (): Promise<EngineExit | undefined> {
    const launched = launchEngine([nativeLibrary, dataDirectory, socketPath, String(cacheMegabytes)],
      line => logger.warn({ engine: launched.pid }, `The database engine says: ${line}`),
      message => logger.warn({ engine: launched.pid }, `The database engine closed a connection: ${message}`))
    engine = launched
    const slow = setInterval(() => logger.info({ engine: launched.pid },
      'The database engine is still starting: it recovers what was written since its last checkpoint'), REPORT_SLOW_START)
    const ended = await launched.started
    clearInterval(slow)
    if (ended !== undefined) engine = undefined
    return ended
  }

  /** Starts an engine; waits for a predecessor that is just closing. Answers how it ended if it did not get to serve. */
  async function launch (): Promise<EngineExit | undefined> {
    const deadline = performance.now() + options.patience
    for (let attempt = 1; ; attempt++) {
      const ended = await launchOnce()
      if (ended?.failure?.reason !== 'IN_USE' || performance.now() >= deadline) return ended
      if (attempt === 1) logger.info({ dataDirectory }, 'Another process still uses the data directory; waiting for it to let go')
      await pause(RETRY_IN_USE)
      if (stopping.signal.aborted) return ended
    }
  }

  async function pause (milliseconds: number): Promise<void> {
    await delay(milliseconds, undefined, { signal: stopping.signal }).catch(() => {})
  }

  /** Runs as long as the engine is wanted. */
  async function keepRunning (): Promise<void> {
    let quickEnds = 0
    let ended: EngineExit | undefined
    while (!stopping.signal.aborted) {
      ended ??= await engine?.exited
      engine = undefined
      if (stopping.signal.aborted || ended === undefined) return
      const description = await describeExit(ended, dataDirectory)
      options.onUnexpectedExit(ended)
      quickEnds = (ended.servedMs ?? 0) < QUICK_END ? quickEnds + 1 : 1
      if (quickEnds >= MAX_QUICK_ENDS) return giveUp(description, quickEnds)
      const wait = Math.min(BACK_OFF.first * 2 ** (quickEnds - 1), BACK_OFF.longest)
      logger.error({ engine: ended.pid, signal: ended.signal, code: ended.code },
        `The database engine ended unexpectedly. ${description} It is started again in ${wait} ms; no acknowledged write is lost.`)
      await pause(wait)
      if (stopping.signal.aborted) return
      ended = await launch()
      if (ended === undefined) logger.info({ engine: pid() }, 'The database engine is running again')
    }
  }

  function giveUp (description: string, times: number): void {
    const error = new EmbeddedMongodbError('ENGINE_STOPPED', `The database engine ended ${times} times in a row shortly after its start and is ` +
      `not started again. ${description} Look at the disk of ${dataDirectory}, then start the exchange again.`)
    logger.error({ err: error }, error.message)
    options.onGiveUp(error)
  }

  const ended = await launch()
  if (ended !== undefined) throw await startError(ended, dataDirectory)
  const running = keepRunning()

  return {
    pid,
    async stop () {
      stopping.abort()
      const exit = await engine?.stop()
      if (exit?.signal === 'SIGKILL') {
        logger.warn({ engine: exit.pid }, 'The database engine did not stop in time and was killed; the journal keeps every acknowledged write')
      }
      await running
    }
  }
}

function isAlive (pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return systemErrorCode(error) === 'EPERM'
  }
}

async function startError (ended: EngineExit, dataDirectory: string): Promise<EmbeddedMongodbError> {
  if (ended.failure?.reason === 'IN_USE') {
    const holder = await readHolder(dataDirectory)
    const who = holder === undefined ? '' : ` (pid ${isAlive(holder.exchange) ? holder.exchange : holder.engine})`
    return new EmbeddedMongodbError('DATA_DIRECTORY_IN_USE',
      `Another process uses the data directory ${dataDirectory}${who}. Stop it first, or name another directory.`)
  }
  const description = await describeExit(ended, dataDirectory)
  if (ended.failure?.reason === 'LOAD') {
    return new EmbeddedMongodbError('ENGINE_UNUSABLE',
      `The embedded MongoDB engine can't be loaded. ${description} Set MONGODB_URI to a MongoDB server instead.`)
  }
  return new EmbeddedMongodbError('ENGINE_STOPPED', `The embedded MongoDB engine could not open ${dataDirectory}. ${description}`)
}
