/** The one connection to MongoDB: driver options that the whole storage relies on, and the readiness probe. */
import { MongoBulkWriteError, MongoClient, MongoNetworkError, MongoServerError, MongoServerSelectionError, type Db, type WriteConcernSettings } from 'mongodb'

/**
 * Every operation carries `maxTimeMS`, so that a slow one cannot hold the engine's few workers. A feed reservation's lease
 * is three times this bound: a write that was started within its lease has ended before the lease is over.
 */
export const MAX_TIME_MS = 10_000

export interface Connection {
  db: Db
  /** Resolves when the database answers; rejects otherwise. */
  ping: () => Promise<void>
  close: () => Promise<void>
}

export async function connect (options: { uri: string, database: string, poolSize: number }): Promise<Connection> {
  const client = new MongoClient(options.uri, {
    appName: 'esg-exchange',
    maxPoolSize: options.poolSize,
    ignoreUndefined: true,
    promoteBuffers: true,
    serverSelectionTimeoutMS: 5_000
  })
  await client.connect()
  const db = client.db(options.database, { writeConcern: durableWriteConcern(await client.db('admin').command({ hello: 1 })) })
  return {
    db,
    ping: async () => { await db.command({ ping: 1 }, { timeoutMS: 2_000 }) },
    close: async () => { await client.close() }
  }
}

/**
 * Acknowledged means on disk, on a majority of what there is: what was answered with 2xx survives a crash and a fail-over. A
 * server without a replica set must not be asked for a majority: the embedded engine then skips the journal, although `j` is
 * set, and loses the last milliseconds of acknowledged writes when it is killed.
 */
function durableWriteConcern (hello: { setName?: string, msg?: string }): WriteConcernSettings {
  const hasMajority = hello.setName !== undefined || hello.msg === 'isdbgrid'
  return hasMajority ? { w: 'majority', journal: true } : { w: 1, journal: true }
}

/** True for a unique-index violation. */
export function isDuplicateKey (error: unknown): boolean {
  return error instanceof MongoServerError && error.code === 11000
}

/** Runs an upsert that only ever inserts; losing the race to insert is success too. */
export async function insertIfAbsent (upsert: () => Promise<unknown>): Promise<void> {
  try {
    await upsert()
  } catch (error) {
    if (!isDuplicateKey(error)) throw error
  }
}

/** True when the server has no room left on its disk (OutOfDiskSpace), or the local disk has none, or no more for this user. */
export function isStorageFull (error: unknown): boolean {
  if (error instanceof MongoServerError) return error.code === 14031
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')
}

/** Server codes that mean "not now": time limit, shutdown, step-down, interrupted. */
const TRANSIENT_CODES = new Set([50, 89, 91, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436])

/** True when the database could not answer in time or at all; repeating the operation later is right. */
export function isUnavailable (error: unknown): boolean {
  if (error instanceof MongoNetworkError || error instanceof MongoServerSelectionError) return true
  // The driver wraps a connection that broke during a bulk write; nothing is known of the rows then.
  if (error instanceof MongoBulkWriteError && error.errorResponse instanceof Error) return isUnavailable(error.errorResponse)
  if (error instanceof MongoServerError) return TRANSIENT_CODES.has(Number(error.code))
  return error instanceof Error && /^Mongo(OperationTimeout|PoolClosed|PoolCleared|TopologyClosed|NotConnected|WaitQueueTimeout)/.test(error.name)
}
