/** Finding many documents as bytes. A cursor of the driver takes each of them apart although only its bytes are asked for, which costs more than all else. */
import { BSON, Long, type Db, type Document } from 'mongodb'
import { isUnavailable } from './connection.js'

/** A `find` command without its collection; `limit` is at least 1. */
export interface BytesQuery { filter: Document, limit: number, maxTimeMS: number, projection?: Document, sort?: Document, hint?: string, readConcern?: { level: string } }

export interface FoundBytes {
  documents: Uint8Array[]
  /** There are more, up to the limit: the database answers at most 16 MiB at once. */
  isCut: boolean
}

/** The first documents of a query, at most 16 MiB of them. As with a cursor, the question is repeated once if the database did not come to answer it. */
export async function findBytes (db: Db, collection: string, query: BytesQuery): Promise<FoundBytes> {
  const command = { find: collection, ...query, batchSize: query.limit + 1 }
  const ask = async (): Promise<Document> => await db.command(command, { raw: true })
  const { cursor } = await ask().catch(async (error: unknown) => {
    if (!isUnavailable(error)) throw error
    return await ask()
  })
  const { id, firstBatch } = BSON.deserialize(cursor as Uint8Array, { useBigInt64: true, fieldsAsRaw: { firstBatch: true } }) as { id: bigint, firstBatch: Uint8Array[] }
  const isCut = id !== 0n
  if (isCut) await db.command({ killCursors: collection, cursors: [Long.fromBigInt(id)] })
  return { documents: firstBatch, isCut }
}
