/** The engine's own cache of the database. With its default of 256 MB, writes into a larger database spend more time on making room than on writing. */
import { totalmem } from 'node:os'
import type { NativeEngine } from './native-engine.js'
import { command, isOk } from './wire-message.js'

const SMALLEST_MB = 256
const LARGEST_MB = 4_096

/** In megabytes: a quarter of the memory that this process may use, in bounds. A larger one saves little, since the system caches the files too. */
export function defaultCacheMegabytes (): number {
  // Where nothing limits the process, some systems answer 0, and others a number beyond all memory.
  const allowed = process.constrainedMemory() || Infinity
  const megabytes = Math.floor(Math.min(allowed, totalmem()) / 4 / 1_048_576)
  return Math.min(Math.max(megabytes, SMALLEST_MB), LARGEST_MB)
}

/**
 * What was written may fill this much of the cache (percent) before it is moved to the data files, rather than 2.5: pages that are written again
 * and again, as those of indexes are, are moved once a minute and not once every few thousand records. The journal makes all of it durable before.
 */
const UNMOVED = 'eviction_dirty_target=60,eviction_dirty_trigger=80,eviction_updates_target=60,eviction_updates_trigger=80,eviction=(threads_min=1,threads_max=4)'

/** Asks the engine itself, since the listener keeps `setParameter` from clients. */
export async function setCacheSize (engine: Pick<NativeEngine, 'roundTrip'>, megabytes: string): Promise<void> {
  const { response } = await engine.roundTrip(command([['setParameter', 1], ['wiredTigerEngineRuntimeConfig', `cache_size=${megabytes}MB,${UNMOVED}`], ['$db', 'admin']]))
  if (!isOk(response)) throw new Error(`the engine did not take a cache of ${megabytes} MB`)
}
