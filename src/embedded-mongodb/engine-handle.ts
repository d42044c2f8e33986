import { fork } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { EngineArguments, EngineFailure, EngineMessage } from './engine-messages.js'

const ENTRY = fileURLToPath(new URL('engine-process.js', import.meta.url))
/** An engine that was told to stop and has not after this long is killed, which the journal makes safe. Milliseconds. */
const STOPPING_LIMIT = 10_000

/** How an engine's process ended. */
export interface EngineExit {
  pid: number | undefined
  code: number | null
  signal: NodeJS.Signals | null
  /** Milliseconds from ready to the end; undefined if it never got ready. */
  servedMs: number | undefined
  /** What it said before it ended, if it could. */
  failure: { reason: EngineFailure, message: string } | undefined
}

export interface EngineHandle {
  pid: number | undefined
  /** Resolves once the engine serves its socket (undefined) or has ended before that. Never rejects. */
  started: Promise<EngineExit | undefined>
  /** Resolves when the process has ended. Never rejects. */
  exited: Promise<EngineExit>
  /** Ends the process in order, by force after 10 s. */
  stop (): Promise<EngineExit>
}

/** Starts one engine process. `onLine` gets what it prints, `onProtocolError` why it closed a connection. */
export function launchEngine (args: EngineArguments, onLine: (line: string) => void, onProtocolError: (message: string) => void): EngineHandle {
  const child = fork(ENTRY, args, { execArgv: [], env: engineEnvironment(), stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
  let readyAt: number | undefined
  let failure: EngineExit['failure']

  for (const output of [child.stdout, child.stderr]) {
    if (output !== null) createInterface({ input: output }).on('line', onLine)
  }

  const exited = new Promise<EngineExit>(resolve => {
    const end = (code: number | null, signal: NodeJS.Signals | null): void => {
      resolve({ pid: child.pid, code, signal, servedMs: readyAt === undefined ? undefined : performance.now() - readyAt, failure })
    }
    child.once('exit', end)
    child.once('error', error => {
      if (child.pid !== undefined) return
      failure = { reason: 'LOAD', message: error.message }
      end(null, null)
    })
  })

  const ready = new Promise<undefined>(resolve => {
    child.on('message', (message: EngineMessage) => {
      if (message.type === 'ready') {
        readyAt = performance.now()
        resolve(undefined)
      } else if (message.type === 'failed') {
        failure = message
      } else {
        onProtocolError(message.message)
      }
    })
  })

  return {
    pid: child.pid,
    started: Promise.race([ready, exited]),
    exited,
    async stop () {
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), STOPPING_LIMIT)
      const exit = await exited
      clearTimeout(timer)
      return exit
    }
  }
}

/**
 * The exchange's own environment, without the options that are meant for its process (inspector, loaders). Eight arenas of glibc's allocator
 * however many cores there are, since free memory adds up in them; with two, the engine's threads wait for each other.
 */
function engineEnvironment (): NodeJS.ProcessEnv {
  // eslint-disable-next-line no-restricted-properties -- handed on, not read
  return { ...process.env, NODE_OPTIONS: '', MALLOC_ARENA_MAX: '8' }
}
