/** The counter that tells every process that the facts about access changed. Whoever changes a fact raises it afterwards. */
import type { Db } from 'mongodb'
import { MAX_TIME_MS } from './connection.js'

interface AccessStateDocument { _id: 'access', version: number }

export type AccessVersion = ReturnType<typeof createAccessVersion>

export function createAccessVersion (db: Db) {
  const states = db.collection<AccessStateDocument>('access_state')

  return {
    read: async (): Promise<number> => {
      const state = await states.findOne({ _id: 'access' }, { maxTimeMS: MAX_TIME_MS, readConcern: 'majority' })
      return state?.version ?? 0
    },

    /** Returns the new version. */
    raise: async (): Promise<number> => {
      const state = await states.findOneAndUpdate({ _id: 'access' }, { $inc: { version: 1 } }, { upsert: true, returnDocument: 'after', maxTimeMS: MAX_TIME_MS })
      return state?.version ?? 1
    }
  }
}
