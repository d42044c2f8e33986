/** Import jobs. A worker holds a job by a lease; every step it takes is one atomic update that only the holder can make. */
import type { Db, IndexDescription } from 'mongodb'
import { FINAL_STATES, type ImportJob, type ImportProgress, type ImportState } from '../domain/import.js'
import { isDuplicateKey, MAX_TIME_MS } from './connection.js'

export const IMPORTS = 'imports'

export const IMPORT_INDEXES: IndexDescription[] = [
  // The list of an organisation, newest first: ids begin with the time.
  { key: { organizationId: 1, _id: -1 }, name: 'organization' },
  // An upload that is repeated under its own id finds the import that it became.
  {
    key: { organizationId: 1, clientImportId: 1 },
    name: 'client-import-id',
    unique: true,
    partialFilterExpression: { clientImportId: { $type: 'string' } }
  },
  // What workers take next; finished imports by age, for the sweeper.
  { key: { state: 1, servedAt: 1, _id: 1 }, name: 'queue' }
]

interface Lease { worker: string, until: Date }

interface ImportDocument extends Omit<ImportJob, 'id' | keyof ImportProgress> {
  _id: string
  progress: ImportProgress
  /** Rises with every step; makes a step happen once. */
  step: number
  /** When its organisation was last given a turn. */
  servedAt: Date
  lease?: Lease
}

export interface ClaimedImport {
  job: ImportJob
  step: number
  /** The worker before did not let go of it: it may have written more than it has noted. */
  abandoned: boolean
}

/** What a step may change besides the progress. */
export interface StepChange {
  progress?: ImportProgress
  plannedWithdrawals?: number
  note?: ImportJob['note']
  addActiveMs?: number
  /** Ends the step's worker's hold: the job is finished, waits for a confirmation, or goes back to the queue (`running`). */
  release?: ImportState
}

const ACTIVE: readonly ImportState[] = ['queued', 'running']
const UNFINISHED: readonly ImportState[] = [...ACTIVE, 'awaiting_confirmation']
const NEVER = new Date(0)

const TIMED = { maxTimeMS: MAX_TIME_MS }

/** Jobs looked at when one is to be claimed; others may claim the first ones at the same time. */
const CANDIDATES = 16

export type ImportsRepository = ReturnType<typeof createImportsRepository>

/** @param options.readsLocalFiles whether files that lie on the disk can be read here; jobs with such files are else left to others */
export function createImportsRepository (db: Db, { readsLocalFiles = false }: { readsLocalFiles?: boolean } = {}) {
  const imports = db.collection<ImportDocument>(IMPORTS)

  /** Jobs that a worker of this process may take. */
  const free = {
    state: { $in: [...ACTIVE] },
    $or: [{ lease: { $exists: false } }, { $expr: { $lt: ['$lease.until', '$$NOW'] } }],
    ...(!readsLocalFiles && { fileStore: { $exists: false } })
  }

  /** Queues the job; false when its organisation has used the `clientImportId` before. */
  async function add (job: ImportJob): Promise<boolean> {
    const { id, checkpoint, counts, breakdown, unidentified, ...rest } = job
    // A second job of an organisation waits like its first one: it cannot jump the queue by being new.
    const sibling = await imports.findOne(
      { organizationId: job.organizationId, state: { $in: [...ACTIVE] } }, { projection: { servedAt: 1 }, sort: { servedAt: -1 }, ...TIMED }
    )
    try {
      await imports.insertOne({
        _id: id, ...rest, progress: { checkpoint, counts, breakdown, unidentified }, step: 0, servedAt: sibling?.servedAt ?? NEVER
      }, TIMED)
      return true
    } catch (error) {
      if (isDuplicateKey(error)) return false
      throw error
    }
  }

  async function find (organizationId: string, id: string): Promise<ImportJob | null> {
    const document = await imports.findOne({ _id: id, organizationId }, TIMED)
    return document === null ? null : toJob(document)
  }

  async function findByClientImportId (organizationId: string, clientImportId: string): Promise<ImportJob | null> {
    const document = await imports.findOne({ organizationId, clientImportId }, TIMED)
    return document === null ? null : toJob(document)
  }

  async function exists (id: string): Promise<boolean> {
    return await imports.countDocuments({ _id: id }, { limit: 1, ...TIMED }) > 0
  }

  /** Newest first, beginning below `before`. */
  async function list (organizationId: string, page: { before?: string, limit: number }): Promise<ImportJob[]> {
    const documents = await imports.find(
      { organizationId, ...(page.before !== undefined && { _id: { $lt: page.before } }) }, { sort: { _id: -1 }, limit: page.limit, ...TIMED }
    ).toArray()
    return documents.map(toJob)
  }

  async function countUnfinished (organizationId: string): Promise<number> {
    return await imports.countDocuments({ organizationId, state: { $in: [...UNFINISHED] } }, TIMED)
  }

  /**
   * Gives the worker the job that is next: organisations take turns, the one that was served longest ago first, and within one
   * the oldest job. Null when there is nothing to do here. Concurrency: the filter of the update lets one worker win.
   */
  async function claim (worker: string, leaseMs: number): Promise<ClaimedImport | null> {
    const candidates = await imports.find(free, { projection: { _id: 1 }, sort: { servedAt: 1, _id: 1 }, limit: CANDIDATES, ...TIMED }).toArray()
    for (const { _id } of candidates) {
      const before = await imports.findOneAndUpdate({ _id, ...free }, [{
        $set: {
          state: 'running',
          startedAt: { $ifNull: ['$startedAt', '$$NOW'] },
          heartbeatAt: '$$NOW',
          takeovers: { $add: ['$takeovers', { $cond: [{ $eq: [{ $type: '$lease' }, 'object'] }, 1, 0] }] },
          lease: { worker, until: { $add: ['$$NOW', leaseMs] } },
          step: { $add: ['$step', 1] }
        }
      }], { returnDocument: 'before', ...TIMED })
      if (before === null) continue
      await imports.updateMany(
        { organizationId: before.organizationId, state: { $in: [...ACTIVE] } }, [{ $set: { servedAt: '$$NOW' } }], TIMED
      )
      return { job: { ...toJob(before), state: 'running' }, step: before.step + 1, abandoned: before.lease !== undefined }
    }
    return null
  }

  /** Whether another organisation has a job that no worker holds. */
  async function isAnotherWaiting (organizationId: string): Promise<boolean> {
    return await imports.findOne({ organizationId: { $ne: organizationId }, ...free }, { projection: { _id: 1 }, ...TIMED }) !== null
  }

  /**
   * One step of the holder: progress and everything that goes with it in one update, and the lease for another while.
   *
   * @returns whether a cancellation is asked for; null when the job is no longer the worker's
   */
  async function advance (
    id: string, holder: { worker: string, step: number, leaseMs: number }, change: StepChange
  ): Promise<{ cancelRequested: boolean } | null> {
    const { progress, plannedWithdrawals, note, addActiveMs = 0, release } = change
    const finished = release !== undefined && FINAL_STATES.includes(release)
    const after = await imports.findOneAndUpdate({ _id: id, 'lease.worker': holder.worker, step: holder.step }, [
      {
        $set: {
          step: holder.step + 1,
          heartbeatAt: '$$NOW',
          activeMs: { $add: ['$activeMs', addActiveMs] },
          lease: { worker: holder.worker, until: { $add: ['$$NOW', holder.leaseMs] } },
          // Texts may begin with a dollar sign, which is no expression here.
          ...(progress !== undefined && { progress: { $literal: progress } }),
          ...(plannedWithdrawals !== undefined && { plannedWithdrawals }),
          ...(note !== undefined && { note: { $literal: note } }),
          ...(release !== undefined && { state: release }),
          ...(finished && { finishedAt: '$$NOW' })
        }
      },
      ...(release === undefined ? [] : [{ $unset: 'lease' }])
    ], { returnDocument: 'after', projection: { cancelRequested: 1 }, ...TIMED })
    return after === null ? null : { cancelRequested: after.cancelRequested }
  }

  /** Asks for the end of a job. One that no worker holds ends at once, another one at its next step; false when it is over already. */
  async function cancel (organizationId: string, id: string): Promise<boolean> {
    const idle = await imports.updateOne(
      { _id: id, organizationId, state: { $in: [...UNFINISHED] }, lease: { $exists: false } },
      [{
        $set: {
          state: 'cancelled',
          cancelRequested: true,
          finishedAt: '$$NOW',
          step: { $add: ['$step', 1] },
          // What it waited for is not needed any more.
          note: { $cond: [{ $eq: ['$state', 'awaiting_confirmation'] }, '$$REMOVE', '$note'] }
        }
      }], TIMED
    )
    if (idle.matchedCount === 1) return true
    const held = await imports.updateOne({ _id: id, organizationId, state: { $in: [...UNFINISHED] } }, { $set: { cancelRequested: true } }, TIMED)
    return held.matchedCount === 1
  }

  /** Lets a job that waits go on; false when it does not wait. */
  async function confirm (organizationId: string, id: string): Promise<boolean> {
    const { matchedCount } = await imports.updateOne(
      { _id: id, organizationId, state: 'awaiting_confirmation' },
      { $set: { state: 'queued', confirmed: true }, $unset: { note: true } }, TIMED
    )
    return matchedCount === 1
  }

  /** Imports that ended before that time. */
  async function findFinished (before: Date, limit: number): Promise<string[]> {
    const documents = await imports.find(
      { state: { $in: [...FINAL_STATES] }, finishedAt: { $lt: before } }, { projection: { _id: 1 }, limit, ...TIMED }
    ).toArray()
    return documents.map(({ _id }) => _id)
  }

  async function remove (id: string): Promise<void> {
    await imports.deleteOne({ _id: id }, TIMED)
  }

  return { add, find, findByClientImportId, exists, list, countUnfinished, claim, isAnotherWaiting, advance, cancel, confirm, findFinished, remove }
}

function toJob (document: ImportDocument): ImportJob {
  const { _id, progress, step: _step, servedAt: _servedAt, lease: _lease, ...rest } = document
  return { id: _id, ...rest, ...progress }
}
