/**
 * What became of every line: one document for each group of some hundred lines, with a byte, an id and a version a line, and
 * details only for lines that have findings. Keyed by import and first line, so that a group stored twice is there once.
 */
import { Binary, type Db, type Filter } from 'mongodb'
import { RESULT_OUTCOMES, type ResultOutcome } from '../domain/import.js'
import type { Issue } from '../domain/issue.js'
import { MAX_TIME_MS } from './connection.js'

/** A finding about a line; in tables it also names the column. */
type LineIssue = Issue & { column?: string }

export interface LineResult {
  /** Absent for products that the file does not name. */
  line?: number
  outcome: ResultOutcome
  /** Absent when it cannot be told which product a rejected line is about. */
  productId?: string
  version?: number
  issues?: readonly LineIssue[]
}

/** Where a rejected line lies in the file. */
export interface LinePlace { line: number, offset: number, length: number }

export type StoredLine = LineResult & { place?: LinePlace }

interface Detail { i: number, issues: readonly LineIssue[], offset?: number, length?: number }

interface GroupDocument {
  _id: { import: string, n: number }
  /** Which outcomes occur, so that a filtered read skips whole groups. */
  kinds: ResultOutcome[]
  outcomes: Buffer
  /** 16 bytes a line; zeros when the product is not known. */
  products: Buffer
  /** 4 bytes a line, little-endian; 0 when there is none. */
  versions: Buffer
  /** 4 bytes a line, little-endian; absent when the lines follow one another. */
  lines?: Buffer
  details?: Detail[]
}

/** Groups from here on are about products that the file does not name. */
const WITHDRAWALS = 2 ** 40

const UNKNOWN_PRODUCT = '00000000-0000-0000-0000-000000000000'

/** Groups read at once. */
const GROUPS = 16

export interface ResultPosition { n: number, i: number }

export type ImportResults = ReturnType<typeof createImportResults>

export function createImportResults (db: Db) {
  const groups = db.collection<GroupDocument>('import_results')

  const timed = { maxTimeMS: MAX_TIME_MS }
  const within = (importId: string, from: number, to = Infinity): Filter<GroupDocument> => ({ _id: { $gte: { import: importId, n: from }, $lt: { import: importId, n: to } } })

  /** Stores the results of lines that follow one another in the file. */
  async function putLines (importId: string, lines: readonly StoredLine[]): Promise<void> {
    const first = lines[0]
    if (first?.line !== undefined) await put({ import: importId, n: first.line }, lines)
  }

  /** Stores what becomes of products that the file does not name. */
  async function putWithdrawals (importId: string, group: number, products: readonly StoredLine[]): Promise<void> {
    await put({ import: importId, n: WITHDRAWALS + group }, products)
  }

  async function put (_id: GroupDocument['_id'], lines: readonly StoredLine[]): Promise<void> {
    await groups.replaceOne({ _id }, toGroup(lines, _id.n), { upsert: true, ...timed })
  }

  /** The products of one group of planned withdrawals; null behind the last one. */
  async function findWithdrawals (importId: string, group: number): Promise<LineResult[] | null> {
    const document = await groups.findOne({ _id: { import: importId, n: WITHDRAWALS + group } }, timed)
    return document === null ? null : [...linesOf(document)].map(({ outcome, productId, version }) => ({ outcome, ...(productId !== undefined && { productId }), ...(version !== undefined && { version }) }))
  }

  /** Forgets what a worker stored beyond the last line that it noted, or beyond the last group of withdrawals. */
  async function forget (importId: string, beyond: { line: number } | { group: number }): Promise<void> {
    const [from, to] = 'line' in beyond ? [beyond.line + 1, WITHDRAWALS] : [WITHDRAWALS + beyond.group, Infinity]
    await groups.deleteMany(within(importId, from, to), timed)
  }

  /** A page of results in the order of the lines. */
  async function list (
    importId: string, page: { outcomes?: readonly ResultOutcome[], after?: ResultPosition, limit: number }
  ): Promise<{ items: LineResult[], next?: ResultPosition }> {
    const items: LineResult[] = []
    const { outcomes, after, limit } = page
    for await (const { document, line } of walk(within(importId, after?.n ?? 0), outcomes)) {
      if (after !== undefined && document._id.n === after.n && line.i <= after.i) continue
      const { i, place: _place, ...result } = line
      items.push(result)
      if (items.length === limit) return { items, next: { n: document._id.n, i } }
    }
    return { items }
  }

  /** Where the rejected lines are, in their order. */
  async function * rejectedPlaces (importId: string): AsyncGenerator<LinePlace> {
    for await (const { line } of walk(within(importId, 0, WITHDRAWALS), ['rejected'])) if (line.place !== undefined) yield line.place
  }

  async function * walk (filter: Filter<GroupDocument>, outcomes: readonly ResultOutcome[] | undefined) {
    const query = outcomes === undefined ? filter : { ...filter, kinds: { $in: [...outcomes] } }
    const wanted = outcomes === undefined ? undefined : new Set(outcomes)
    for await (const document of groups.find(query, { sort: { _id: 1 }, batchSize: GROUPS, ...timed })) {
      for (const line of linesOf(document)) if (wanted === undefined || wanted.has(line.outcome)) yield { document, line }
    }
  }

  /** The ids of all products that the file names, 16 bytes each, group by group. */
  async function * namedProducts (importId: string): AsyncGenerator<Buffer> {
    const found = groups.find(within(importId, 0, WITHDRAWALS), { projection: { products: 1 }, sort: { _id: 1 }, batchSize: 256, ...timed })
    for await (const { products } of found) yield products
  }

  async function remove (importId: string): Promise<void> {
    for (;;) {
      const some = await groups.find(within(importId, 0), { projection: { _id: 1 }, limit: 1000, ...timed }).toArray()
      if (some.length === 0) return
      await groups.deleteMany({ _id: { $in: some.map(({ _id }) => _id) } }, timed)
    }
  }

  return { putLines, putWithdrawals, findWithdrawals, forget, list, rejectedPlaces, namedProducts, remove }
}

function toGroup (lines: readonly StoredLine[], first: number): Omit<GroupDocument, '_id'> {
  const outcomes = Buffer.alloc(lines.length)
  const products = Buffer.alloc(lines.length * 16)
  const versions = Buffer.alloc(lines.length * 4)
  const numbers = Buffer.alloc(lines.length * 4)
  const details: Detail[] = []
  let contiguous = true
  for (const [i, { line = 0, outcome, productId, version, issues, place }] of lines.entries()) {
    outcomes[i] = RESULT_OUTCOMES.indexOf(outcome)
    if (productId !== undefined) products.write(productId.replaceAll('-', ''), i * 16, 'hex')
    versions.writeUInt32LE(version ?? 0, i * 4)
    numbers.writeUInt32LE(line, i * 4)
    if (first < WITHDRAWALS && line !== first + i) contiguous = false
    if (issues !== undefined || place !== undefined) details.push({ i, issues: issues ?? [], ...(place && { offset: place.offset, length: place.length }) })
  }
  return {
    kinds: [...new Set(lines.map(({ outcome }) => outcome))],
    outcomes,
    products,
    versions,
    ...(!contiguous && { lines: numbers }),
    ...(details.length > 0 && { details })
  }
}

function * linesOf ({ _id: { n }, outcomes, products, versions, lines, details = [] }: GroupDocument): Generator<StoredLine & { i: number }> {
  const detailOf = new Map(details.map(detail => [detail.i, detail]))
  for (let i = 0; i < outcomes.length; i++) {
    const line = n >= WITHDRAWALS ? undefined : lines === undefined ? n + i : lines.readUInt32LE(i * 4)
    const productId = uuidOf(products.subarray(i * 16, i * 16 + 16))
    const version = versions.readUInt32LE(i * 4)
    const detail = detailOf.get(i)
    yield {
      i,
      ...(line !== undefined && { line }),
      outcome: RESULT_OUTCOMES[outcomes[i] as number] as ResultOutcome,
      ...(productId !== UNKNOWN_PRODUCT && { productId }),
      ...(version > 0 && { version }),
      ...(detail !== undefined && detail.issues.length > 0 && { issues: detail.issues }),
      ...(line !== undefined && detail?.offset !== undefined && detail.length !== undefined && { place: { line, offset: detail.offset, length: detail.length } })
    }
  }
}

function uuidOf (bytes: Buffer): string {
  return new Binary(bytes, Binary.SUBTYPE_UUID).toUUID().toHexString()
}
