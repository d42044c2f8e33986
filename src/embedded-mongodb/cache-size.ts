/** The engine's own cache of the database. With its default of 256 MB, writes into a larger database spend more time on making room than on writing. */
import { totalmem } from 'node:os'
import type { NativeEngine } from './native-engine.js'
import { command, isOk } from './wire-message.js'

const SMALLEST_MB = 256
const LARGEST_MB = 4_096

/**
 * In megabytes: an eighth of the memory that this process may use, in bounds. The engine's process holds up to twice as much; a larger cache saves
 * little, since the system caches the files too.
 */
export function defaultCacheMegabytes (): number {
  // Where nothing limits the process, some systems answer 0, and others a number beyond all memory.
  const allowed = process.constrainedMemory() || Infinity
  const megabytes = Math.floor(Math.min(allowed, totalmem()) / 8 / 1_048_576)
  return Math.min(Math.max(megabytes, SMALLEST_MB), LARGEST_MB)
}

/**
 * When pages that were written move to the data files: above 15 to 30 percent of the cache rather than 2.5 to 5, since those of indexes are written
 * again and again, and are moved each time. Once a minute all are. The journal makes everything durable before.
 */
const EVICTION = 'eviction_dirty_target=30,eviction_dirty_trigger=60,eviction_updates_target=15,eviction_updates_trigger=40,eviction=(threads_min=1,threads_max=4)'

/** Asks the engine itself, since the listener keeps `setParameter` from clients. */
export async function setCacheSize (engine: Pick<NativeEngine, 'roundTrip'>, megabytes: string): Promise<void> {
  const { response } = await engine.roundTrip(command([['setParameter', 1], ['wiredTigerEngineRuntimeConfig', `cache_size=${megabytes}MB,${EVICTION}`], ['$db', 'admin']]))
  if (!isOk(response)) throw new Error(`the engine did not take a cache of ${megabytes} MB`)
}
