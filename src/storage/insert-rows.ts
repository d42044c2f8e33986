/** The driver's `insertMany`, for what is written most. */
import { MongoNetworkError, MongoServerError, WriteConcern, type Collection, type Db, type Document } from 'mongodb'
import { MAX_TIME_MS } from './connection.js'

/** After these the driver would repeat a write of its own: the server is not the primary any more, shuts down, or could not be reached by the router. */
const FAIL_OVER_CODES = new Set([6, 7, 89, 91, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436])
const DUPLICATE_KEY = 11000

/** That the write concern was not met, the driver throws. */
interface InsertAnswer { writeErrors?: Array<{ index: number, code: number, errmsg: string }> }

export interface Inserted {
  /** Offsets of the rows whose ids are taken. */
  taken: number[]
  /** A first command ended without an answer, so some of these rows may be those that it stored. */
  isRepeated: boolean
}

/**
 * Inserts rows that fit into one command together (16 MiB). `insertMany` copies every row four times on its way to the socket (driver 7.9), and this
 * twice, which the collector feels with large rows. The driver repeats its own writes after a fail-over; this does it itself.
 *
 * @param mayRepeat whether more may be written still; otherwise a failure is final, and what it stored unknown
 */
export async function insertRows<Row extends Document> (db: Db, collection: Collection<Row>, rows: readonly Row[], mayRepeat = (): boolean => true): Promise<Inserted> {
  try {
    return { taken: await insertOnce(db, collection, rows), isRepeated: false }
  } catch (error) {
    if (!isFailOver(error) || !mayRepeat()) throw error
    return { taken: await insertOnce(db, collection, rows), isRepeated: true }
  }
}

async function insertOnce<Row extends Document> (db: Db, collection: Collection<Row>, rows: readonly Row[]): Promise<number[]> {
  const command: Document = { insert: collection.collectionName, documents: rows, ordered: false, maxTimeMS: MAX_TIME_MS }
  if (collection.writeConcern !== undefined) WriteConcern.apply(command, collection.writeConcern)
  const { writeErrors = [] } = await db.command(command, { ignoreUndefined: true }) as InsertAnswer
  const failure = writeErrors.find(({ code }) => code !== DUPLICATE_KEY)
  if (failure !== undefined) throw new MongoServerError({ message: failure.errmsg, ...failure })
  return writeErrors.map(({ index }) => index)
}

function isFailOver (error: unknown): boolean {
  return error instanceof MongoNetworkError || (error instanceof MongoServerError && FAIL_OVER_CODES.has(Number(error.code)))
}
