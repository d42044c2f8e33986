/**
 * Counters that tell every process that something it holds in memory changed: the facts about access, and organisations with
 * their clients. Whoever changes one of them raises its counter afterwards. Beside that of access stands the time up to which the
 * feed has been told what began and ended by itself.
 */
import type { Db } from 'mongodb'
import { insertIfAbsent, MAX_TIME_MS } from './connection.js'

type Subject = 'access' | 'identity'

interface StateDocument { _id: Subject, version: number, toldUntil?: Date }

export type AccessVersion = ReturnType<typeof createAccessVersion>
export type IdentityVersion = ReturnType<typeof createIdentityVersion>

export const createIdentityVersion = (db: Db) => versionOf(db, 'identity')

export function createAccessVersion (db: Db) {
  return {
    ...versionOf(db, 'access'),

    /** The version, and the time (milliseconds since 1970) up to which the feed has been told. */
    readState: async (): Promise<{ version: number, toldUntil: number }> => {
      const state = await statesOf(db).findOne({ _id: 'access' }, { maxTimeMS: MAX_TIME_MS, readConcern: 'majority' })
      return { version: state?.version ?? 0, toldUntil: state?.toldUntil?.getTime() ?? 0 }
    },

    /** The feed has been told of everything that began or ended by itself up to this time. */
    tellUntil: async (until: Date): Promise<void> => {
      await statesOf(db).updateOne({ _id: 'access' }, { $inc: { version: 1 }, $max: { toldUntil: until } }, { upsert: true, maxTimeMS: MAX_TIME_MS })
    }
  }
}

/** Run once per database by the migrations: what began and ended before is not told any more. */
export async function ensureAccessState (db: Db): Promise<void> {
  const states = statesOf(db)
  await insertIfAbsent(async () => await states.updateOne({ _id: 'access' }, { $setOnInsert: { version: 0 } }, { upsert: true, maxTimeMS: MAX_TIME_MS }))
  await states.updateOne({ _id: 'access', toldUntil: { $exists: false } }, { $currentDate: { toldUntil: true } }, { maxTimeMS: MAX_TIME_MS })
}

function versionOf (db: Db, subject: Subject) {
  const states = statesOf(db)

  return {
    read: async (): Promise<number> => {
      const state = await states.findOne({ _id: subject }, { maxTimeMS: MAX_TIME_MS, readConcern: 'majority' })
      return state?.version ?? 0
    },

    /** Returns the new version. */
    raise: async (): Promise<number> => {
      const state = await states.findOneAndUpdate({ _id: subject }, { $inc: { version: 1 } }, { upsert: true, returnDocument: 'after', maxTimeMS: MAX_TIME_MS })
      return state?.version ?? 1
    }
  }
}

function statesOf (db: Db) {
  return db.collection<StateDocument>('access_state')
}
