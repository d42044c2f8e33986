/**
 * Lines of an import on their way to the writer: read, compared with what is stored, and judged where they differ. A line that is
 * what the store has of its product was judged when it came, and is not judged again: most lines of a nightly file are of this kind.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { mayPublish, type Caller } from '../../domain/access.js'
import { productInText } from '../../domain/identity/product-in-text.js'
import { productIdOf } from '../../domain/identity/product-key.js'
import type { Issue } from '../../domain/issue.js'
import { ExchangeError, type ProblemIssue } from '../../domain/problems.js'
import type { AcceptedRecord } from '../../domain/product.js'
import { contentOfDocument, type RecordContent } from '../../domain/record-content.js'
import { namedProductOf } from '../../domain/schema-versions/registry.js'
import { lineHashOf, type SourceLine } from '../../formats/source-line.js'
import type { StoredContent, StoredContents } from '../../storage/stored-contents.js'
import type { Admission } from './admission.js'

/**
 * A line that is judged, or is to be compared first: by its content, or by its bytes where these tell the product, so that it is read only
 * if it differs. Its document is not kept: few of those that are compared are needed again.
 */
export type ReadLine = JudgedLine | ComparedLine | UnreadLine

interface JudgedLine { source: SourceLine, productId: string | undefined, admitted: JudgedNow }
interface ComparedLine extends Place { productId: string, content: RecordContent }
interface UnreadLine { source: SourceLine, productId: string, isUnread: true }

/** `compare`: whether it is likely that lines are stored as they are; otherwise all are judged at once. */
interface ReadPurpose { dryRun: boolean, compare: boolean }

type JudgedNow = Place & ({ record: AcceptedRecord } | RejectedLine)

interface Place { source: SourceLine, columnOf?: (pointer: string) => string }

export type AdmittedLine = Place & (
  | { record: AcceptedRecord }
  | { unchanged: { productId: string, version: number, warnings: readonly Issue[] } }
  | RejectedLine
)

/** `productId` is undefined when it cannot be told which product the line is about. */
interface RejectedLine { issues: readonly Issue[], productId: string | undefined }

/** Time for which lines are worked on before other requests get a turn (milliseconds). */
const TURN_MS = 1

export type LineAdmission = ReturnType<typeof createLineAdmission>

export function createLineAdmission (parts: { admission: Admission, stored: StoredContents, monotonicMs: () => number }) {
  /**
   * Finds out which products the lines are about, and judges those that cannot be compared with what is stored.
   */
  async function readLines (caller: Caller, lines: readonly SourceLine[], purpose: ReadPurpose): Promise<ReadLine[]> {
    return await inTurns(lines, source => {
      const productId = purpose.compare && source.bytes !== undefined ? productInText(source.bytes) : undefined
      return productId === undefined ? readLine(caller, source, purpose) : { source, productId, isUnread: true }
    })
  }

  function readLine (caller: Caller, source: SourceLine, purpose: ReadPurpose): JudgedLine | ComparedLine | Promise<JudgedLine> {
    const parsed = source.parse()
    const place = { source, ...(parsed.columnOf && { columnOf: parsed.columnOf }) }
    if ('issues' in parsed) {
      const issues = parsed.document === undefined ? parsed.issues : parts.admission.issuesOfPart(parsed.document, parsed.issues, purpose)
      return judged({ ...place, issues, productId: productNamedBy(parsed.document) })
    }
    const { document } = parsed
    if (purpose.compare && parts.admission.isCurrent(document)) {
      const productId = productNamedBy(document)
      const content = productId === undefined ? undefined : contentOfDocument(document)
      if (productId !== undefined && content !== undefined) return { ...place, productId, content }
    }
    return admit(caller, document, place, purpose).then(judged)
  }

  async function admit (caller: Caller, document: unknown, place: Place, purpose: { dryRun: boolean, content?: RecordContent }): Promise<JudgedNow> {
    try {
      return { ...place, record: await parts.admission.admit(caller, document, purpose) }
    } catch (error) {
      if (!(error instanceof ExchangeError)) throw error
      return { ...place, issues: issuesOf(error), productId: productNamedBy(document) }
    }
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
    const repeated = repeatedProducts(lines)
    const admitLine = (line: ReadLine): AdmittedLine | Promise<AdmittedLine> => {
      if ('admitted' in line) return line.admitted
      const { source, productId } = line
      const head = repeated.has(productId) ? undefined : stored?.get(productId)
      if ('isUnread' in line) {
        if (head !== undefined && isSameLine(caller, source, head)) return { source, unchanged: unchangedAt(head) }
        const read = readLine(caller, source, { dryRun, compare: head !== undefined })
        return read instanceof Promise ? read.then(({ admitted }) => admitted) : admitLine(read)
      }
      const { content, columnOf } = line
      const place = { source, ...(columnOf && { columnOf }) }
      if (head !== undefined && isUnchanged(caller, content, head)) return { ...place, unchanged: unchangedAt(head) }
      const { document } = source.parse()
      return admit(caller, document, place, { dryRun, content })
    }
    return await inTurns(lines, admitLine)
  }

  /** The stored record came from these very bytes, was published by the caller, and could be again. */
  function isSameLine (caller: Caller, source: SourceLine, head: StoredContent): boolean {
    return head.lineHash !== undefined && isOwnAndLive(caller, head) && parts.admission.isCurrent({ schemaVersion: head.schemaVersion }) && head.lineHash === lineHashOf(source)
  }

  /** One answer for each item, in turns with whatever else the process does. */
  async function inTurns<Item, Answer> (items: readonly Item[], answer: (item: Item) => Answer | Promise<Answer>): Promise<Answer[]> {
    const answers: Answer[] = []
    let turnEnds = parts.monotonicMs() + TURN_MS
    for (const item of items) {
      const given = answer(item)
      answers.push(given instanceof Promise ? await given : given)
      if (parts.monotonicMs() < turnEnds) continue
      await nextTurn()
      turnEnds = parts.monotonicMs() + TURN_MS
    }
    return answers
  }

  return { readLines, readStored, admitLines }
}

function judged (admitted: JudgedNow): JudgedLine {
  return { source: admitted.source, productId: 'record' in admitted ? admitted.record.productId : admitted.productId, admitted }
}

/** The stored record is this very one, was published by the caller, and could be again. */
function isUnchanged (caller: Caller, { hash }: RecordContent, head: StoredContent): boolean {
  return isOwnAndLive(caller, head) && head.hash.equals(hash)
}

function isOwnAndLive (caller: Caller, head: StoredContent): boolean {
  return !head.withdrawn && head.vendor === caller.organizationId && mayPublish(caller, head.manufacturerKey)
}

function unchangedAt ({ productId, version, warnings }: StoredContent): Extract<AdmittedLine, { unchanged: unknown }>['unchanged'] {
  return { productId, version, warnings }
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

/** The product that a document names, if its manufacturer and part number can be read. */
function productNamedBy (document: unknown): string | undefined {
  const named = namedProductOf(document)
  return named === undefined ? undefined : productIdOf(named.manufacturerName, named.manufacturerPartNumber)
}
