/** `audiences`: every audience that some product has or had, so that processes know them without reading products. */
import { MongoBulkWriteError, type Db } from 'mongodb'
import { audienceOfToken, type Audience } from '../domain/visibility.js'
import type { AccessVersion } from './access-version.js'
import { MAX_TIME_MS } from './connection.js'
import { productsCollection } from './product-documents.js'

interface AudienceDocument extends Omit<Audience, 'token'> { _id: string }

const AUDIENCES = 'audiences'

/** Counting reads the index of audiences from end to end: about a second for a million products. */
const COUNT_TIME_MS = 60_000

export type AudienceRegistry = ReturnType<typeof createAudienceRegistry>

/** @param parts.onAdded called when this process has made an audience known */
export function createAudienceRegistry (db: Db, parts: { version: AccessVersion, onAdded: () => void }) {
  const audiences = db.collection<AudienceDocument>(AUDIENCES)
  const known = new Set<string>()

  return {
    /**
     * Makes the audiences known, to all processes, before any product is stored under them. An audience that another process
     * has just added raises the version again, because that process may not have come to it yet.
     */
    register: async (tokens: readonly string[]): Promise<void> => {
      const added = [...new Set(tokens)].filter(token => !known.has(token))
      if (added.length === 0) return
      try {
        await audiences.insertMany(added.map(token => {
          const { token: _id, ...parts } = audienceOfToken(token)
          return { _id, ...parts, products: 0 }
        }), { ordered: false, maxTimeMS: MAX_TIME_MS })
      } catch (error) {
        if (!(error instanceof MongoBulkWriteError) || error.code !== 11000) throw error
      }
      await parts.version.raise()
      for (const token of added) known.add(token)
      parts.onAdded()
    },

    list: async (): Promise<Audience[]> => {
      const found = await audiences.find({}, { maxTimeMS: MAX_TIME_MS }).toArray()
      return found.map(({ _id, ...rest }) => ({ token: _id, ...rest }))
    },

    /** Counts the products of every audience anew. */
    recount: async (): Promise<void> => {
      const counts = await productsCollection(db).aggregate<{ _id: string, products: number }>([
        { $sort: { audience: 1 } },
        { $group: { _id: '$audience', products: { $sum: 1 } } }
      ], { hint: 'audience-born', maxTimeMS: COUNT_TIME_MS }).toArray()
      if (counts.length === 0) return
      await audiences.bulkWrite(counts.map(({ _id, products }) => ({ updateOne: { filter: { _id }, update: { $set: { products } } } })), {
        ordered: false, maxTimeMS: MAX_TIME_MS
      })
      await parts.version.raise()
      parts.onAdded()
    }
  }
}
