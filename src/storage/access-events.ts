/**
 * `access_events`: changes of access in the order of the feed. An event names audiences, never products: a reader expands it
 * into the products that are in them when it reads.
 */
import type { Db, IndexDescription } from 'mongodb'
import type { PastShift } from '../domain/access-history.js'
import type { AccessShift } from '../domain/access-shift.js'
import { createAccessVersion } from './access-version.js'
import { MAX_TIME_MS } from './connection.js'

interface AccessEventDocument {
  _id: string
  /** Feed position. Several documents may share one: they are one event. */
  seq: number
  /** What was being written when access changed. */
  unsettled?: PastShift['unsettled']
  /** Of older events: everything behind this position may have been being written. */
  from?: number
  /** Ids, or {@link EVERYBODY} alone. */
  organizations: readonly string[]
  except: readonly string[]
  gained: readonly string[]
  lost: readonly string[]
  /** When access changed. */
  at: Date
  /** It changed by itself. */
  isByClock: boolean
  writtenAt: Date
}

/** What one organisation is told at one position of the feed. Audiences are in order. */
export type AccessEvent = PastShift

const EVERYBODY = '*'

export const ACCESS_EVENTS = 'access_events'

export const ACCESS_EVENT_INDEXES: IndexDescription[] = [
  // The next event of an organisation behind a cursor.
  { name: 'organization', key: { organizations: 1, seq: 1 } },
  // The events in a range of positions, for the sweep and for ranges whose writer is gone.
  { name: 'feed', key: { seq: 1 } }
]

/** Reads what a majority has, as all readers of the feed do. */
const SETTLED = { maxTimeMS: MAX_TIME_MS, readConcern: 'majority' } as const

export type AccessEvents = ReturnType<typeof createAccessEvents>

export function createAccessEvents (db: Db) {
  const events = db.collection<AccessEventDocument>(ACCESS_EVENTS)
  const version = createAccessVersion(db)

  function concerning (organizationId: string) {
    return { organizations: { $in: [organizationId, EVERYBODY] }, except: { $ne: organizationId } }
  }

  return {
    /** @param stamp.newId for each shift an id of its own */
    add: async (shifts: readonly AccessShift[], { position, writtenAt, newId, ...moment }: Pick<PastShift, 'position' | 'unsettled' | 'at' | 'isByClock'> & { writtenAt: Date, newId: () => string }): Promise<void> => {
      if (shifts.length === 0) return
      await events.insertMany(shifts.map(({ organizations, except, gained, lost }) => ({
        _id: newId(), seq: position, organizations: organizations === 'everybody' ? [EVERYBODY] : organizations, except, gained, lost, ...moment, writtenAt
      })), { maxTimeMS: MAX_TIME_MS })
    },

    /** Takes an event back whose change was not made. */
    remove: async (position: number): Promise<void> => { await events.deleteMany({ seq: position }, { maxTimeMS: MAX_TIME_MS }) },

    /** The organisation's first event in the range; null if there is none. */
    first: async (organizationId: string, range: { after: number, upTo: number }): Promise<AccessEvent | null> => {
      const next = await events.findOne({ ...concerning(organizationId), seq: { $gt: range.after, $lte: range.upTo } }, { ...SETTLED, sort: { seq: 1 }, projection: { seq: 1 } })
      if (next === null) return null
      return merged(await events.find({ ...concerning(organizationId), seq: next.seq }, SETTLED).toArray())[0] ?? null
    },

    /** The organisation's events in the range, in order, at most `limit`. */
    within: async (organizationId: string, range: { after: number, upTo: number }, limit: number): Promise<AccessEvent[]> => merged(await events.find(
      { ...concerning(organizationId), seq: { $gt: range.after, $lte: range.upTo } }, { ...SETTLED, sort: { seq: 1 }, limit }
    ).toArray()),

    /** All of the organisation's events about any of these audiences, in order. */
    about: async (organizationId: string, audiences: readonly string[]): Promise<AccessEvent[]> => merged(await events.find(
      { ...concerning(organizationId), $or: [{ gained: { $in: [...audiences] } }, { lost: { $in: [...audiences] } }] }, { ...SETTLED, sort: { seq: 1 } }
    ).toArray()),

    hasAny: async (range: { after: number, upTo: number }): Promise<boolean> =>
      await events.findOne({ seq: { $gt: range.after, $lte: range.upTo } }, { maxTimeMS: MAX_TIME_MS, projection: { _id: 1 } }) !== null,

    /**
     * Gives the events of a range, whose writer is gone, a new position. What was written meanwhile may have come before or after the change.
     * The writer may have changed the facts without saying so to other processes: that is said here.
     */
    move: async (range: { after: number, upTo: number }, position: number): Promise<void> => {
      await version.raise()
      await events.updateMany({ seq: { $gt: range.after, $lte: range.upTo } }, { $set: { seq: position }, $push: { unsettled: { after: range.after, upTo: position } } }, { maxTimeMS: MAX_TIME_MS })
    },

    /** The first events behind a position, for the sweep. */
    oldest: async (after: number, limit: number): Promise<Array<{ position: number, writtenAt: Date }>> => {
      const found = await events.find({ seq: { $gt: after } }, { projection: { seq: 1, writtenAt: 1 }, sort: { seq: 1 }, limit, maxTimeMS: MAX_TIME_MS }).toArray()
      return found.map(({ seq, writtenAt }) => ({ position: seq, writtenAt }))
    },

    /** Forgets the events up to a position; returns how many there were. */
    removeUpTo: async (position: number): Promise<number> => (await events.deleteMany({ seq: { $lte: position } }, { maxTimeMS: MAX_TIME_MS })).deletedCount
  }
}

function merged (documents: readonly AccessEventDocument[]): AccessEvent[] {
  const byPosition = new Map<number, AccessEventDocument[]>()
  for (const document of documents) byPosition.set(document.seq, [...byPosition.get(document.seq) ?? [], document])
  return [...byPosition].map(([position, parts]) => ({
    position,
    unsettled: parts.flatMap(({ seq, from, unsettled = [] }) => from === undefined ? unsettled : [...unsettled, { after: from, upTo: seq }]),
    at: (parts[0] as AccessEventDocument).at,
    isByClock: (parts[0] as AccessEventDocument).isByClock,
    gained: [...new Set(parts.flatMap(({ gained }) => gained))].sort(),
    lost: [...new Set(parts.flatMap(({ lost }) => lost))].sort()
  }))
}
