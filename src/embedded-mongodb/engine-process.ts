/**
 * Entry of the engine's process: opens one data directory with MongoDB's engine and serves it on a socket, until it is told to stop
 * (SIGTERM) or its supervisor is gone. The engine is native code whose faults end the process, so it has one of its own.
 */
import { rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { setPriority } from 'node:os'
import { setCacheSize } from './cache-size.js'
import { writeHolder } from './data-directory.js'
import type { EngineArguments, EngineFailure, EngineMessage } from './engine-messages.js'
import type { NativeEngine, NativeLibrary } from './native-engine.js'
import { listen, type WireListener } from './wire-listener.js'

/** An orderly end takes at most this long; then the process ends at once, which the journal makes safe. Milliseconds. */
const CLOSING_LIMIT = 10_000

/** Of 19. While an import keeps every processor busy, the API comes first: it is who other requests wait for, and many need nothing of the engine. */
const LOW_PRIORITY = 3

let engine: NativeEngine | undefined
let listener: WireListener | undefined
let stopping = false

// A Ctrl-C in a terminal reaches this process too: the supervisor decides when the engine ends, after its last requests.
process.on('SIGINT', () => {})
process.on('SIGHUP', () => {})
process.on('SIGTERM', () => { stop().catch(abort) })
process.on('disconnect', () => { stop().catch(abort) })
// The supervisor reads these; when it is gone, nobody does.
process.stdout.on('error', () => {})
process.stderr.on('error', () => {})

// On Linux for this thread; those of the engine, which are yet to come, inherit it.
setPriority(LOW_PRIORITY)
const opening = start(process.argv.slice(2) as EngineArguments)
await opening
if (!process.connected) await stop()

async function start ([nativeLibrary, dataDirectory, socketPath, cacheMegabytes]: EngineArguments): Promise<void> {
  const loaded = await step('LOAD', () => createRequire(import.meta.url)(nativeLibrary) as NativeLibrary)
  const opened = await step('OPEN', () => loaded.Engine.open(dataDirectory))
  engine = opened
  await step('OPEN', async () => { await setCacheSize(opened, cacheMegabytes) })
  await step('LISTEN', async () => {
    await writeHolder(dataDirectory, { engine: process.pid, exchange: process.ppid })
    // The directory is ours now, so a socket that is still there is what an earlier engine left behind.
    await rm(socketPath, { force: true })
    if (!stopping) {
      listener = await listen(opened, socketPath,
        error => { tell({ type: 'protocol-error', message: error.message }).catch(abort) })
    }
  })
  await tell({ type: 'ready' })
}

async function step<Result> (reason: EngineFailure, work: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    await tell({ type: 'failed', reason: message.includes('DBPathInUse') ? 'IN_USE' : reason, message })
    await engine?.close()
    process.exit(1)
  }
}

async function stop (): Promise<void> {
  if (stopping) return
  stopping = true
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), CLOSING_LIMIT)
  await opening
  await listener?.close()
  await engine?.close()
  process.exit(0)
}

/** Something in the orderly end failed: what is left to do is to let go of the data directory. */
function abort (error: unknown): void {
  console.error(error)
  process.exit(1)
}

/** Resolves when the message is on its way, or when there is nobody left to tell. */
async function tell (message: EngineMessage): Promise<void> {
  await new Promise<void>(resolve => {
    if (process.connected) process.send?.(message, undefined, undefined, () => resolve())
    else resolve()
  })
}
