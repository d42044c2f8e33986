/**
 * Works on one import for one turn, in steps that each happen once: what a step has written and counted is noted by a single
 * update that only the holder of the import can make.
 */
import { isDeepStrictEqual } from 'node:util'
import { commandCaller } from '../command-caller.js'
import { authorOf, createBreakdown, NO_COUNTS, type ImportJob, type ImportState } from '../../domain/import.js'
import { MAX_ISSUES_PER_DOCUMENT, type Issue } from '../../domain/issue.js'
import type { Caller } from '../../domain/access.js'
import type { Organization } from '../../domain/organization.js'
import { BEGINNING_BYTES, openImportSource, type ImportSource } from '../../formats/import-source.js'
import type { SourcePosition } from '../../formats/source-line.js'
import type { ImportFiles } from '../../storage/import-files.js'
import type { ImportResults, StoredLine } from '../../storage/import-results.js'
import type { ClaimedImport, ImportsRepository } from '../../storage/imports-repository.js'
import type { OrganizationsRepository } from '../../storage/organizations-repository.js'
import type { JudgedLine, ProductIngest } from '../products/ingest.js'
import type { LineAdmission } from '../products/line-admission.js'
import { handled } from './handled.js'
import { ImportLost, type Hold } from './hold.js'
import type { CatalogReplacement } from './replacement.js'
import { prepareSteps, STEP_LINES, STEPS_AHEAD } from './steps-ahead.js'

/** A worker that has not taken a step for this long has lost its import (milliseconds). */
export const LEASE_MS = 45_000

/** Nothing is written after this share of the lease: a command that was started then has ended within the lease. */
const WRITE_DEADLINE = 0.45

/** One turn; then another organisation's import is next, if one waits (milliseconds). */
const TURN_MS = 2_000

/** Steps whose writes are on their way at the same time. */
const STEPS_IN_FLIGHT = 2

/** Findings of one line that are kept. */
const ISSUES_PER_LINE = Math.min(20, MAX_ISSUES_PER_DOCUMENT)

/** How often an import may lose its worker before it is given up: then it is the import that ends the workers. */
const MAX_TAKEOVERS = 100

export function createImportWorking (parts: {
  imports: ImportsRepository
  files: ImportFiles
  results: ImportResults
  admission: LineAdmission
  ingest: ProductIngest
  replacement: CatalogReplacement
  organizations: OrganizationsRepository
  isFileGone: (error: unknown) => boolean
  monotonicMs: () => number
  leaseMs: number
}) {
  const { imports, files, results, admission, ingest, leaseMs } = parts

  /**
   * Takes the next import and works on it for a turn; false when there is none. Rejects when the database or the thread that judges lines fails: then the import
   * stays held, and another worker takes it over when the lease has run out.
   */
  async function workOnNext (worker: string, stopping: () => boolean): Promise<boolean> {
    const claimed = await imports.claim(worker, leaseMs)
    if (claimed === null) return false
    const hold = createHold(worker, claimed)
    try {
      if (hold.cancelRequested) {
        await end(hold, 'cancelled')
      } else if (claimed.job.takeovers > MAX_TAKEOVERS) {
        await end(hold, 'failed', { code: 'WORKER_LOST', detail: `The import was begun again ${MAX_TAKEOVERS} times and never came to its end.` })
      } else {
        await workOrFail(hold, stopping)
      }
    } catch (error) {
      if (!(error instanceof ImportLost)) throw error
    }
    return true
  }

  /** A turn goes on for as long as no other organisation waits, and the one whose it is may do what it might at first. */
  function createTurn (hold: Hold, organization: Organization, stopping: () => boolean): () => Promise<boolean> {
    let begunAt = parts.monotonicMs()
    return async () => {
      if (stopping() || hold.cancelRequested) return true
      if (parts.monotonicMs() - begunAt <= TURN_MS) return false
      begunAt = parts.monotonicMs()
      return await imports.isAnotherWaiting(organization.id) || !isDeepStrictEqual(await parts.organizations.findById(organization.id), organization)
    }
  }

  function createHold (worker: string, { job, step, abandoned }: ClaimedImport): Hold {
    let currentStep = step
    let steppedAt = parts.monotonicMs()
    const { checkpoint, counts, breakdown, unidentified } = job
    return {
      job,
      abandoned,
      cancelRequested: job.cancelRequested,
      progress: { checkpoint, counts: { ...NO_COUNTS, ...counts }, breakdown, unidentified },
      assertCurrent: () => { if (parts.monotonicMs() - steppedAt > leaseMs * WRITE_DEADLINE) throw new ImportLost() },
      async advance (change) {
        const at = parts.monotonicMs()
        const answer = await imports.advance(job.id, { worker, step: currentStep, leaseMs }, { addActiveMs: at - steppedAt, ...change })
        if (answer === null) throw new ImportLost()
        if (change.progress !== undefined) this.progress = change.progress
        currentStep += 1
        steppedAt = at
        this.cancelRequested = answer.cancelRequested
      }
    }
  }

  async function workOrFail (hold: Hold, stopping: () => boolean): Promise<void> {
    try {
      await work(hold, stopping)
    } catch (error) {
      if (!parts.isFileGone(error)) throw error
      await end(hold, 'failed', { code: 'FILE_GONE', detail: `The file of the import is not stored any more, or not as a whole. ${hold.progress.counts.lines} of its lines were worked through.` })
    }
  }

  async function work (hold: Hold, stopping: () => boolean): Promise<void> {
    const organization = await parts.organizations.findById(hold.job.organizationId)
    if (organization === null || organization.disabledAt !== undefined) return await end(hold, 'failed', { code: 'ORGANIZATION_GONE', detail: 'The organisation does not exist any more, or it is disabled.' })
    const caller = commandCaller(organization, hold.job.clientId)
    const turnIsOver = createTurn(hold, organization, stopping)
    if (hold.progress.checkpoint.phase === 'lines' && !await workOnLines(hold, caller, turnIsOver)) return await letGo(hold)
    if (hold.job.mode === 'replace-catalog') {
      if (hold.progress.checkpoint.phase === 'plan' && await parts.replacement.plan(hold, caller) === 'wait') return
      if (!hold.job.dryRun && hold.progress.checkpoint.phase === 'withdraw' && !await parts.replacement.withdraw(hold, caller, turnIsOver)) return await letGo(hold)
    }
    const { counts } = hold.progress
    if (counts.lines === 0) await end(hold, 'failed', { code: 'NO_RECORDS', detail: 'The file has no records.' })
    else await end(hold, counts.rejected > 0 ? 'completed_with_errors' : 'completed')
  }

  /** The turn is over, and the import is not. */
  async function letGo (hold: Hold): Promise<void> {
    if (hold.cancelRequested) await end(hold, 'cancelled')
    else await hold.advance({ release: 'running' })
  }

  async function end (hold: Hold, state: ImportState, note?: ImportJob['note']): Promise<void> {
    await hold.advance({ release: state, ...(note !== undefined && { note }) })
    // The file is kept for as long as rejected lines may be asked for.
    if (hold.progress.counts.rejected === 0) await files.remove(hold.job.id)
  }

  /** Works through lines until the file or the turn ends; true when the file has ended. */
  async function workOnLines (hold: Hold, caller: Caller, turnIsOver: () => Promise<boolean>): Promise<boolean> {
    const { job } = hold
    const source = await openSource(job)
    let replayedLines = 0
    if (hold.abandoned) {
      await results.forget(job.id, { line: hold.progress.checkpoint.line })
      replayedLines = STEPS_IN_FLIGHT * STEP_LINES
    }
    // The parsers of tables may hold pieces for longer than their rows say.
    const recycling = job.format === 'ndjson' ? files.newRecycling() : undefined
    const groups = source.read(files.read(job.id, hold.progress.checkpoint.offset, job.bytes, recycling), hold.progress.checkpoint)
    const ahead = prepareSteps(groups, { admission, caller, dryRun: job.dryRun, compare: !hold.abandoned, isBeginning: hold.progress.counts.lines === 0 })
    const inFlight: Array<{ products: Set<string>, written: Promise<JudgedLine[]>, noted: Promise<void> }> = []
    let noted: Promise<void> = Promise.resolve()
    let ended = true
    /** Of the latest step that was written, no product was stored before. */
    let wereNew = false
    /** Products of the latest steps, as many as can have been under way when a step was prepared. */
    const recent: Array<Set<string>> = []
    try {
      for (let step = await ahead.take(); step !== undefined; step = await ahead.take()) {
        const { end, read, products, compared } = step
        const isLast = await turnIsOver() && end.offset < job.bytes
        // Lines about one product are judged and written in the order of the file, also across steps.
        for (const other of inFlight) if (intersect(products, other.products)) await other.written
        const replay = replayedLines > 0
        replayedLines -= read.length
        const isOutdated = replay || recent.some(others => intersect(products, others))
        const stored = isOutdated ? undefined : await step.stored
        const admitting = handled(admission.admitLines(caller, read, { dryRun: job.dryRun, ...(stored && { stored }) }))
        // Only now: what is judged in the thread is judged in the order in which it is asked.
        if (!isLast) ahead.prepareMore()
        const admitted = await admitting
        // Nothing looks at the bytes of these lines any more.
        recycling?.takeBack(end.offset)
        if (inFlight.length >= STEPS_IN_FLIGHT) await inFlight.shift()?.noted
        // Many lines are not asked about: those of which the bytes do not tell the product, and all where comparing is not worth while.
        const areNew = !isOutdated && (compared * 2 > read.length ? stored?.size === 0 : wereNew)
        const written = ingest.writeLines(admitted, {
          caller, author: authorOf(job), importId: job.id, dryRun: job.dryRun, replay, areNew, assertCurrent: hold.assertCurrent
        })
        written.then(judged => {
          admission.letGo(admitted)
          ahead.learn({ stored: countOf(judged, 'unchanged'), of: judged.length })
          wereNew = countOf(judged, 'updated') + countOf(judged, 'unchanged') === 0
        }, () => {})
        noted = handled(note(hold, noted, written, end))
        inFlight.push({ products, written, noted })
        recent.push(products)
        if (recent.length > STEPS_IN_FLIGHT + STEPS_AHEAD) recent.shift()
        if (isLast) {
          ended = false
          break
        }
      }
    } finally {
      await ahead.close()
      await Promise.allSettled(inFlight.flatMap(({ written, noted }) => [written, noted]))
    }
    await noted
    if (ended && job.mode === 'replace-catalog') {
      await hold.advance({ progress: { ...hold.progress, checkpoint: { ...hold.progress.checkpoint, phase: 'plan' } } })
    }
    return ended
  }

  /** Stores the results of a step once it and all before it are written, and notes that it is done. */
  async function note (hold: Hold, before: Promise<void>, written: Promise<JudgedLine[]>, end: SourcePosition): Promise<void> {
    const judged = await written
    await before
    const { counts, breakdown, checkpoint, unidentified } = hold.progress
    const next = { ...counts, lines: counts.lines + judged.length }
    const kinds = createBreakdown(breakdown)
    let nameless = unidentified
    for (const { outcome, productId, issues, notices = [], place } of judged) {
      next[outcome]++
      if (productId === undefined) nameless++
      if (issues.length + notices.length > 0) kinds.add([...issues, ...notices], place.line)
    }
    await results.putLines(hold.job.id, judged.map(storedLine))
    await hold.advance({
      progress: {
        counts: next,
        breakdown: kinds.list(),
        unidentified: nameless,
        checkpoint: { ...checkpoint, ...end }
      }
    })
  }

  async function openSource (job: ImportJob): Promise<ImportSource> {
    const pieces: Buffer[] = []
    if (job.format !== 'ndjson') for await (const bytes of files.read(job.id, 0, Math.min(BEGINNING_BYTES, job.bytes))) pieces.push(bytes)
    const source = openImportSource(job.format, Buffer.concat(pieces), job)
    if ('faults' in source) throw new Error(`The header of import ${job.id} was accepted and cannot be read any more`)
    return source
  }

  return { workOnNext }
}

function countOf (lines: readonly JudgedLine[], outcome: JudgedLine['outcome']): number {
  return lines.filter(line => line.outcome === outcome).length
}

function intersect (left: ReadonlySet<string>, right: ReadonlySet<string>): boolean {
  for (const value of left) if (right.has(value)) return true
  return false
}

function storedLine ({ place, outcome, productId, version, issues, columnOf }: JudgedLine): StoredLine {
  return {
    line: place.line,
    outcome,
    ...(productId !== undefined && { productId }),
    ...(version !== undefined && { version }),
    ...(issues.length > 0 && { issues: issues.slice(0, ISSUES_PER_LINE).map(issue => withColumn(issue, columnOf)) }),
    ...(outcome === 'rejected' && { place })
  }
}

function withColumn (issue: Issue, columnOf: JudgedLine['columnOf']): Issue & { column?: string } {
  const column = columnOf?.(issue.pointer)
  return column === undefined || column === '' ? issue : { ...issue, column }
}
