/**
 * Admitted lines of an import on their way into the store, by the same writer as every push. Lines about one product are written in
 * the order of the file, each as a version of its own.
 */
import type { Caller } from '../../domain/access.js'
import type { WriteAuthor } from '../../domain/audit.js'
import type { LineOutcome } from '../../domain/import.js'
import type { Issue } from '../../domain/issue.js'
import type { AcceptedRecord } from '../../domain/product.js'
import type { Proposal } from '../../domain/write-decision.js'
import type { LinePlace } from '../../storage/import-results.js'
import type { AppliedWrite, ImportTraces } from '../../storage/import-traces.js'
import type { ProductWriter, WriteResult } from '../../storage/product-writer.js'
import { issuesOf, type AdmittedLine } from './line-admission.js'
import { refusal } from './writing.js'

export interface JudgedLine {
  place: LinePlace
  outcome: LineOutcome
  /** Undefined when it cannot be told which product a rejected line is about. */
  productId: string | undefined
  version?: number
  /** Errors of a rejected line, warnings of another one. */
  issues: readonly Issue[]
  /** Warnings about the submission, the same for each such line: counted, and not kept line by line. */
  notices?: readonly Issue[]
  columnOf?: (pointer: string) => string
}

export interface IngestContext {
  caller: Caller
  author: WriteAuthor
  importId: string
  dryRun: boolean
  /** An earlier worker may have written some of these lines. */
  replay: boolean
  /** None of the products is likely to be stored. */
  areNew: boolean
  /** Throws when the worker has lost the import. */
  assertCurrent: () => void
}

export type ProductIngest = ReturnType<typeof createProductIngest>

export function createProductIngest (parts: { writer: ProductWriter, traces: ImportTraces }) {
  /** Writes the admitted lines; one outcome for each line, in their order. */
  async function writeLines (lines: readonly AdmittedLine[], context: IngestContext): Promise<JudgedLine[]> {
    const judged = new Map<AdmittedLine, JudgedLine>()
    const toWrite: WritableLine[] = []
    for (const line of lines) {
      if ('record' in line) toWrite.push(line)
      else if ('issues' in line) judged.set(line, { ...placeOf(line), outcome: 'rejected', productId: line.productId, issues: line.issues })
    }
    const remaining = context.replay && !context.dryRun ? await recallApplied(toWrite, context, judged) : toWrite
    const contested: WritableLine[] = []
    let areNew = context.areNew && !context.replay
    for (const round of roundsOf(remaining)) {
      const results = await writeRound(round, context, areNew)
      // What is left are products that were in this round.
      areNew = false
      for (const [line, result] of results) {
        if (result.outcome === 'refused' && result.reason === 'gtin-owned' && !context.dryRun) contested.push(line)
        judged.set(line, judge(line, result, context))
      }
    }
    // A GTIN may have been given up by a line before it: those refused for one get a second chance.
    for (const round of roundsOf(contested)) {
      for (const [line, result] of await writeRound(round, context)) judged.set(line, judge(line, result, context))
    }
    if (context.replay && !context.dryRun) await correctUnchanged(remaining, context, judged)
    return lines.map(line => 'unchanged' in line ? unchanged(line) : judged.get(line) as JudgedLine)
  }

  async function writeRound (lines: readonly WritableLine[], { caller, author, importId, dryRun, assertCurrent }: IngestContext, areNew = false): Promise<Array<[WritableLine, WriteResult]>> {
    const results = await parts.writer.write(lines.map(({ record, place, lineHash }): Proposal => ({
      kind: 'publish', author, record, vendor: caller.organizationId, origin: { import: importId, line: place.line, ...(lineHash !== undefined && { hash: lineHash }) }
    })), { dryRun, areNew, assertCurrent })
    return lines.map((line, index) => [line, results[index] as WriteResult])
  }

  /**
   * Finds out which lines a worker that vanished had written already, by the versions that they left. Those are reported as what
   * they were then; so is a line that a later one of the same product has overtaken.
   */
  async function recallApplied (lines: readonly WritableLine[], { importId, assertCurrent }: IngestContext, judged: Map<AdmittedLine, JudgedLine>): Promise<WritableLine[]> {
    assertCurrent()
    const applied = await parts.traces.find(importId, lines.map(({ record }) => record.productId))
    return lines.filter(line => {
      const writes = applied.get(line.record.productId) ?? []
      const own = writes.find(write => write.line === line.place.line)
      if (own !== undefined) judged.set(line, recalled(line, own))
      else if (writes.some(write => write.line > line.place.line)) {
        // Nothing of it was stored although a later line was: at its time it changed nothing.
        const version = writes.findLast(write => write.line < line.place.line)?.version
        judged.set(line, { ...accepted(line), outcome: 'unchanged', ...(version !== undefined && { version }) })
      } else return true
      return false
    })
  }

  /** A worker that was only slow may have written a line between our look and our write: then it was no unchanged line. */
  async function correctUnchanged (lines: readonly WritableLine[], { importId }: IngestContext, judged: Map<AdmittedLine, JudgedLine>): Promise<void> {
    const unchanged = lines.filter(line => judged.get(line)?.outcome === 'unchanged')
    const applied = await parts.traces.find(importId, unchanged.map(({ record }) => record.productId))
    for (const line of unchanged) {
      const own = applied.get(line.record.productId)?.find(write => write.line === line.place.line)
      if (own !== undefined) judged.set(line, recalled(line, own))
    }
  }

  return { writeLines }
}

type WritableLine = Extract<AdmittedLine, { record: AcceptedRecord }>

/** Lines about the same product go into rounds that follow one another, because the writer takes each product once. */
function * roundsOf (lines: readonly WritableLine[]): Generator<WritableLine[]> {
  let rest = lines
  while (rest.length > 0) {
    const taken = new Set<string>()
    const later: WritableLine[] = []
    const round = rest.filter(line => {
      const { productId } = line.record
      const first = !taken.has(productId)
      taken.add(productId)
      if (!first) later.push(line)
      return first
    })
    yield round
    rest = later
  }
}

function placeOf ({ place, columnOf }: AdmittedLine): Pick<JudgedLine, 'place' | 'columnOf'> {
  return columnOf === undefined ? { place } : { place, columnOf }
}

function accepted (line: WritableLine): Omit<JudgedLine, 'outcome'> {
  const { productId, warnings, notices } = line.record
  return { ...placeOf(line), productId, issues: warnings, ...(notices.length > 0 && { notices }) }
}

function unchanged ({ place, columnOf, unchanged: { productId, version, warnings } }: Extract<AdmittedLine, { unchanged: unknown }>): JudgedLine {
  const line: JudgedLine = { place, outcome: 'unchanged', productId, version, issues: warnings }
  return columnOf === undefined ? line : { ...line, columnOf }
}

function recalled (line: WritableLine, { outcome, version }: AppliedWrite): JudgedLine {
  if (outcome === 'withdrawn') throw new Error('A line of an import cannot have withdrawn its product')
  return { ...accepted(line), outcome, version }
}

function judge (line: WritableLine, result: WriteResult, _context: IngestContext): JudgedLine {
  if (result.outcome === 'refused') {
    return { ...accepted(line), outcome: 'rejected', issues: issuesOf(refusal(result, line.record.productId, line.record)) }
  }
  if (result.outcome === 'withdrawn') throw new Error('A published record cannot be answered with a withdrawal')
  return { ...accepted(line), outcome: result.outcome, version: result.version }
}
