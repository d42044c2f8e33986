/**
 * Counters that tell every process that something it holds in memory changed: the facts about access, and organisations with
 * their clients. Whoever changes one of them raises its counter afterwards.
 */
import type { Db } from 'mongodb'
import { MAX_TIME_MS } from './connection.js'

type Subject = 'access' | 'identity'

interface StateDocument { _id: Subject, version: number }

export type AccessVersion = ReturnType<typeof createAccessVersion>
export type IdentityVersion = ReturnType<typeof createIdentityVersion>

export const createAccessVersion = (db: Db) => versionOf(db, 'access')
export const createIdentityVersion = (db: Db) => versionOf(db, 'identity')

function versionOf (db: Db, subject: Subject) {
  const states = db.collection<StateDocument>('access_state')

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
