/** Threads for what takes long or comes from outside. */
import { setFlagsFromString } from 'node:v8'
import { Worker, type WorkerOptions } from 'node:worker_threads'

/**
 * V8 looks at its flags when it makes a heap. Those that the process was started with would take the place of a thread's own limits (`npm start`
 * sets them); for the heap of the process itself they have done their work.
 */
const FLAGS = ['--max-old-space-size=0', '--initial-old-space-size=8']

/** Starts a thread that keeps to its limits of memory, and knows nothing of the environment. */
export function startThread (module: URL, options: Pick<WorkerOptions, 'workerData'> & Required<Pick<WorkerOptions, 'resourceLimits'>>): Worker {
  for (const flag of FLAGS) setFlagsFromString(flag)
  return new Worker(module, { ...options, env: {} })
}
