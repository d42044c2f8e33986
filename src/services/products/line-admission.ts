/**
 * Lines of an import on their way to the writer: read, compared with what is stored, and judged where they differ. A line that is
 * what the store has of its product was judged when it came, and is not judged again: most lines of a nightly file are of this kind.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { mayPublish, type Caller } from '../../domain/access.js'
import { productInText } from '../../domain/identity/product-in-text.js'
import type { Issue } from '../../domain/issue.js'
import { ExchangeError, type ProblemIssue } from '../../domain/problems.js'
import type { AcceptedRecord } from '../../domain/product.js'
import type { RecordValidator } from '../../domain/record-validation.js'
import type { ValidationContext } from '../../domain/rule.js'
import { lineHashOf, type ParsedLine, type SourceLine } from '../../formats/source-line.js'
import type { LinePlace } from '../../storage/import-results.js'
import type { StoredContent, StoredContents } from '../../storage/stored-contents.js'
import { judgeLine, productNamedBy, type RejectedLine } from '../judging/judge-line.js'
import type { LineJudging } from '../judging/line-judging.js'
import type { LineToJudge, ThreadVerdict } from '../judging/thread-messages.js'
import type { Admission } from './admission.js'

/** A line that is judged, or is to be compared first. */
export type ReadLine = JudgedLine | ComparedLine

interface JudgedLine { productId: string | undefined, admitted: AdmittedLine }

/** A row of a table has been read to tell its product; of a line of NDJSON the bytes tell, and it is read only if it differs. */
interface ComparedLine { source: SourceLine, productId: string, parsed?: ParsedLine }

/** `compare`: whether it is likely that lines are stored as they are; otherwise all are judged at once. */
interface ReadPurpose { dryRun: boolean, compare: boolean }

/** Not the line itself: its bytes are let go as soon as it is judged. */
interface Place { place: LinePlace, columnOf?: (pointer: string) => string }

/** `lineHash` is that of the line, where nothing but its bytes decides what it says. */
interface JudgedRecord { record: AcceptedRecord, lineHash?: string }

export type AdmittedLine = Place & (JudgedRecord | { unchanged: { productId: string, version: number, warnings: readonly Issue[] } } | RejectedLine)

/** Time for which lines are worked on before other requests get a turn (milliseconds). */
const TURN_MS = 1

export type LineAdmission = ReturnType<typeof createLineAdmission>

export function createLineAdmission (parts: { admission: Admission, validator: RecordValidator, judging: LineJudging, stored: StoredContents, monotonicMs: () => number }) {
  const { admission, validator } = parts

  /** Finds out which products the lines are about, and judges those that cannot be compared with what is stored. */
  async function readLines (caller: Caller, lines: readonly SourceLine[], { dryRun, compare }: ReadPurpose): Promise<ReadLine[]> {
    const context = contextOf(dryRun)
    const unread: SourceLine[] = []
    const read = await inTurns(lines, (source): ReadLine | Promise<ReadLine> | undefined => {
      if (source.bytes === undefined) return readRow(caller, source, context, compare)
      const productId = compare ? productInText(source.bytes) : undefined
      if (productId !== undefined) return { source, productId }
      unread.push(source)
      return undefined
    })
    const judged = await judgeInThread(caller, unread.map(source => ({ source })), context)
    let next = 0
    return read.map(line => line ?? judgedLine(judged[next++] as AdmittedLine))
  }

  async function readRow (caller: Caller, source: SourceLine, context: ValidationContext, compare: boolean): Promise<ReadLine> {
    const parsed = source.parse()
    const productId = compare && !('issues' in parsed) ? productNamedBy(parsed.document) : undefined
    if (productId !== undefined) return { source, productId, parsed }
    return judgedLine(await settle(caller, placeOf(source, parsed), judgeLine(validator, parsed, context)))
  }

  /** What the store has of the products of the lines that are to be compared. */
  async function readStored (lines: readonly ReadLine[]): Promise<Map<string, StoredContent>> {
    return await parts.stored.find(lines.flatMap(line => 'admitted' in line ? [] : [line.productId]))
  }

  /**
   * Judges the lines that are not judged yet and not in the store as they are.
   *
   * @param stored what the store has of their products; without it every line is judged
   */
  async function admitLines (caller: Caller, lines: readonly ReadLine[], { dryRun, stored }: { dryRun: boolean, stored?: ReadonlyMap<string, StoredContent> }): Promise<AdmittedLine[]> {
    const context = contextOf(dryRun)
    const repeated = repeatedProducts(lines)
    const unread: Array<{ source: SourceLine, head?: StoredContent | undefined }> = []
    const admitted = await inTurns(lines, (line): AdmittedLine | Promise<AdmittedLine> | undefined => {
      if ('admitted' in line) return line.admitted
      const { source, productId, parsed } = line
      const known = repeated.has(productId) ? undefined : stored?.get(productId)
      const head = known !== undefined && isOwnAndLive(caller, known) ? known : undefined
      if (parsed !== undefined) return settle(caller, placeOf(source, parsed), judgeLine(validator, parsed, context, head?.hash), head)
      if (head !== undefined && isSameLine(source, head)) return unchangedAt(placeOf(source), head)
      unread.push({ source, head })
      return undefined
    })
    const judged = await judgeInThread(caller, unread, context)
    let next = 0
    return admitted.map(line => line ?? judged[next++] as AdmittedLine)
  }

  /** To be called when the lines are written: nothing may read their records any more. */
  function letGo (lines: readonly AdmittedLine[]): void {
    parts.judging.takeBack(lines.flatMap(line => 'record' in line ? line.record : []))
  }

  /** Lines of NDJSON, with what is stored of their products where they are to be compared with it. */
  async function judgeInThread (caller: Caller, lines: ReadonlyArray<{ source: SourceLine, head?: StoredContent | undefined }>, context: ValidationContext): Promise<AdmittedLine[]> {
    if (lines.length === 0) return []
    const verdicts = await parts.judging.judge(lines.map(({ source, head }): LineToJudge => ({ bytes: source.bytes as Buffer, storedHash: head?.hash })), context)
    return await inTurns(lines, ({ source, head }, index) => settle(caller, placeOf(source), verdicts[index] as ThreadVerdict, head))
  }

  /** What the verdict on a line means for who sent it. Nothing is waited for where nothing has to be: this is done for every line. */
  function settle (caller: Caller, place: Place, verdict: ThreadVerdict, head?: StoredContent): AdmittedLine | Promise<AdmittedLine> {
    if ('isStored' in verdict) return unchangedAt(place, head as StoredContent)
    if ('issues' in verdict) return { ...place, ...verdict }
    const { accepted, compared, lineHash } = verdict
    try {
      admission.assertOwn(caller, accepted)
    } catch (error) {
      if (!(error instanceof ExchangeError)) throw error
      return { ...place, issues: issuesOf(error), productId: accepted.productId }
    }
    const line = (record: AcceptedRecord): AdmittedLine => lineHash === undefined ? { ...place, record } : { ...place, record, lineHash }
    return compared === undefined ? line(accepted) : admission.withComparisons(caller, accepted, compared).then(line)
  }

  function contextOf (dryRun: boolean): ValidationContext {
    return { today: admission.today(), drafts: dryRun }
  }

  /** The stored record came from these very bytes, and could be submitted in this version again. */
  function isSameLine (source: SourceLine, head: StoredContent): boolean {
    return head.lineHash !== undefined && validator.isCurrent({ schemaVersion: head.schemaVersion }) && head.lineHash === lineHashOf(source)
  }

  /** One answer for each item, in turns with whatever else the process does. */
  async function inTurns<Item, Answer> (items: readonly Item[], answer: (item: Item, index: number) => Answer | Promise<Answer>): Promise<Answer[]> {
    const answers: Answer[] = []
    let turnEnds = parts.monotonicMs() + TURN_MS
    for (let index = 0; index < items.length; index++) {
      const given = answer(items[index] as Item, index)
      answers.push(given instanceof Promise ? await given : given)
      if (parts.monotonicMs() < turnEnds) continue
      await nextTurn()
      turnEnds = parts.monotonicMs() + TURN_MS
    }
    return answers
  }

  return { readLines, readStored, admitLines, letGo }
}

function placeOf ({ line, offset, length }: SourceLine, parsed?: ParsedLine): Place {
  const place = { line, offset, length }
  return parsed?.columnOf === undefined ? { place } : { place, columnOf: parsed.columnOf }
}

function judgedLine (admitted: AdmittedLine): JudgedLine {
  return { productId: 'record' in admitted ? admitted.record.productId : 'issues' in admitted ? admitted.productId : admitted.unchanged.productId, admitted }
}

function isOwnAndLive (caller: Caller, head: StoredContent): boolean {
  return !head.withdrawn && head.vendor === caller.organizationId && mayPublish(caller, head.manufacturerKey)
}

function unchangedAt (place: Place, { productId, version, warnings }: StoredContent): AdmittedLine {
  return { ...place, unchanged: { productId, version, warnings } }
}

/** The products that the lines are about. */
export function productsOf (lines: readonly ReadLine[]): Set<string> {
  return new Set(lines.flatMap(({ productId }) => productId ?? []))
}

/** Products of several lines: each of these lines is compared with what the one before it leaves. */
function repeatedProducts (lines: readonly ReadLine[]): Set<string> {
  const seen = new Set<string>()
  const repeated = new Set<string>()
  for (const { productId } of lines) {
    if (productId === undefined) continue
    if (seen.has(productId)) repeated.add(productId)
    seen.add(productId)
  }
  return repeated
}

export function issuesOf (error: ExchangeError): Issue[] {
  const issues = error.issues.filter((issue: ProblemIssue): issue is Issue => 'pointer' in issue)
  if (issues.length > 0) return issues
  return [{ code: error.code.toUpperCase().replaceAll('-', '_'), severity: 'error', pointer: '', detail: error.message }]
}
