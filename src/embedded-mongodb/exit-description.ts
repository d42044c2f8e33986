import type { EngineExit } from './engine-handle.js'
import { freeBytes, inMegabytes } from './data-directory.js'

/**
 * Says in words how an engine ended and what usually is behind it. A native fault leaves no message of its own, so the state of the disk
 * is looked at now, while it still tells something.
 */
export async function describeExit (exit: EngineExit, dataDirectory: string): Promise<string> {
  if (exit.failure !== undefined) return `It said: ${exit.failure.message}`
  const free = await freeBytes(dataDirectory).then(bytes => `${inMegabytes(bytes)} MB`, () => 'an unknown amount')
  return `It ended without a message (${exit.signal ?? `exit code ${exit.code}`}). ${probableCauses(exit.signal)} (${free} free on the disk of ${dataDirectory}.)`
}

function probableCauses (signal: NodeJS.Signals | null): string {
  if (signal === 'SIGKILL') return 'Probable causes: the system ran out of memory, or somebody killed the process.'
  if (signal === 'SIGILL') return 'Probable cause: this processor lacks instructions that the engine needs (AVX).'
  return 'Probable causes: the disk is full or became read-only, or a file of the database is damaged.'
}
