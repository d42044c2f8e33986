/**
 * Use cases of followers: a page of changes, waiting for the next one, everything up to the head as a stream, and how far
 * behind a cursor is.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { requireScope, type Caller } from '../../domain/access.js'
import { deliveryFor, type Delivery, type FeedStreamPart } from '../../domain/change.js'
import { ExchangeError } from '../../domain/problems.js'
import type { ProductFilters } from '../../domain/product-filters.js'
import type { VisibilityOf } from '../../domain/visibility.js'
import type { Watermark } from '../../storage/feed-positions.js'
import { SEALED_TOGETHER, type Cursors } from '../cursors.js'
import type { Representations } from '../products/representation.js'
import { feedCursors, requireUnexpired, standpointBehind, type FeedCursors, type FeedStart, type Standpoint } from './feed-cursor.js'
import type { Chunk, FeedOrder, FeedReader } from './feed-order.js'
import type { HeadWatch } from './head-watch.js'

export interface ChangePage {
  deliveries: Delivery[]
  /** Always there: pass it back even when the page is empty. */
  nextCursor: string
  hasMore: boolean
  /** When the head was read that this page goes up to. */
  asOf: Date
}

export interface ChangePageRequest extends FeedStart {
  limit: number
  /** Schema version to read records in. */
  schema?: string
  /** How long to wait for a change when there is none; `signal` ends the wait. */
  wait?: { ms: number, signal: AbortSignal }
}

export interface FeedStatus {
  /** Changes behind the cursor; absent without one. Counting ends at {@link MOST_COUNTED}. */
  pending?: number
  pendingIsExact?: boolean
  /** When the oldest of them happened. */
  oldestPendingAt?: Date
  /** For how long writes in progress have been holding the head back, in milliseconds. */
  lagMs: number
  retentionDays: number
  asOf: Date
}

/** Changes per database read. */
const CHUNK = 500

/**
 * Changes that a stream sends at a time, whole groups of sealed cursors; in between, the process attends to everything else. They do not
 * depend on the chunks that were read, whose ends would tell how many hidden changes lie before them.
 */
const SLICE = 15 * SEALED_TOGETHER

/** Chunks that are being read or wait to be sent. */
const READ_AHEAD = 3

/** Where at least this share of the positions has a visible change, chunks are read by positions, each without waiting for the one before it. */
const DENSE = 0.5

/** Changes looked at for one page of a filter that hides most of them; what is left comes with the next page. */
const MOST_CONSIDERED = 10_000

const MOST_COUNTED = 100_000

/** Tombstones are taken away a minute after the head has said so; a page that took longer asks the head again. */
const MAX_PAGE_MS = 30_000

/** The head of the feed, and the monotonic time before it was read. */
interface Sight { head: Watermark, at: number }

interface Permission extends Sight { reader: FeedReader }

interface StreamReader { caller: Caller, isFiltered: boolean }

/** A chunk behind a standpoint; `isWhole` unless it was to cover certain positions and ends before the last of them. */
interface ReadAhead { from: Standpoint, chunk: Chunk, isWhole: boolean }

/** Behind everything. */
const END: Standpoint = { position: Infinity, startedAt: 0 }

export type ChangeFeed = ReturnType<typeof createChangeFeed>

/** What a follower may see is asked after the head was read: whatever made the changes up to it visible or hid them is decided by then. */
const UP_TO_DATE = { upToDate: true }

export function createChangeFeed (parts: {
  readHead: () => Promise<Watermark>
  order: FeedOrder
  cursors: Cursors
  headWatch: HeadWatch
  representations: Representations
  visibilityOf: VisibilityOf
  now: () => Date
  monotonicMs: () => number
  retentionDays: number
}) {
  /** The changes after a cursor, oldest first; with `wait`, the first ones that come. */
  async function page (caller: Caller, filters: ProductFilters, request: ChangePageRequest): Promise<ChangePage> {
    requireScope(caller, 'changes:read')
    const deliver = deliveryIn(filters, request.schema)
    const cursors = cursorsOf(caller, filters, request.schema)
    const deadline = parts.monotonicMs() + (request.wait?.ms ?? 0)
    let sight = await look()
    let standpoint = cursors.standpointOf(request, sight.head)
    for (;;) {
      const asOf = parts.now()
      const reader = await readerOf(caller)
      const { deliveries, end, isLast } = await readPage(standpoint, sight, reader, { filters, deliver, limit: request.limit })
      standpoint = end
      const remainingMs = deadline - parts.monotonicMs()
      const mayWait = request.wait !== undefined && !request.wait.signal.aborted && !parts.headWatch.isClosed() && remainingMs > 0
      if (deliveries.length > 0 || !isLast || !mayWait) return { deliveries, nextCursor: cursors.encode(standpoint), hasMore: !isLast, asOf }
      await parts.headWatch.waitBeyond(end.position, { timeoutMs: remainingMs, signal: request.wait!.signal })
      sight = await look()
      requireUnexpired(standpoint, sight.head)
    }
  }

  /**
   * What a follower gets of a change, in the schema version that it reads. A product with no place in that version leaves its view, as
   * one does that no longer matches its filters: told with the reason, so that the copy holds nothing outdated.
   */
  function deliveryIn (filters: ProductFilters, schema: string | undefined, purpose: { once?: boolean } = {}): ReturnType<typeof deliveryFor> {
    const deliver = deliveryFor(filters)
    if (schema === undefined) return deliver
    parts.representations.target(schema)
    return (change, startedAt) => {
      const delivery = deliver(change, startedAt)
      if (delivery?.op !== 'upsert') return delivery
      const representation = parts.representations.represent(schema, delivery.product, purpose)
      if ('product' in representation) return { ...delivery, product: representation.product }
      return { op: 'delete', change, reason: 'not-representable', schemaVersion: delivery.product.schemaVersion, available: representation.available }
    }
  }

  /** @throws ExchangeError `schema-version-unavailable` */
  function cursorsOf (caller: Caller, filters: ProductFilters, schema: string | undefined): FeedCursors {
    const schemaVersion = schema === undefined ? undefined : parts.representations.target(schema)
    return feedCursors(parts.cursors, caller.organizationId, { filters, schemaVersion })
  }

  async function look (): Promise<Sight> {
    const at = parts.monotonicMs()
    return { head: await parts.readHead(), at }
  }

  async function readPage (
    standpoint: Standpoint, sight: Sight, reader: FeedReader, query: { filters: ProductFilters, deliver: ReturnType<typeof deliveryFor>, limit: number }
  ): Promise<{ deliveries: Delivery[], end: Standpoint, isLast: boolean }> {
    const filtered = isFiltered(query.filters)
    const deliveries: Delivery[] = []
    let end = standpoint
    for (let considered = 0; ;) {
      const chunk = await readChunk(end, sight, reader, { isFiltered: filtered, limit: filtered ? CHUNK : query.limit })
      const rows = chunk.rows(0, chunk.size)
      for (const change of rows) {
        if (deliveries.length === query.limit) return { deliveries, end, isLast: false }
        const delivery = query.deliver(change, standpoint.startedAt)
        if (delivery !== null) deliveries.push(delivery)
        end = standpointBehind(change, standpoint.startedAt)
      }
      end = chunk.end
      considered += chunk.considered
      if (chunk.isLast || deliveries.length === query.limit || considered >= MOST_CONSIDERED) return { deliveries, end, isLast: chunk.isLast }
    }
  }

  /** What follows a standpoint. The end of the last chunk is the head, past everything that is not there to be read. */
  async function readChunk (standpoint: Standpoint, { head, at }: Sight, reader: FeedReader, query: { isFiltered: boolean, limit: number }): Promise<Chunk> {
    const chunk = await parts.order.read(standpoint, head, reader, query)
    if (parts.monotonicMs() - at > MAX_PAGE_MS) requireUnexpired(standpoint, await parts.readHead())
    return chunk
  }

  /**
   * Everything from the cursor up to the head as it stands now. Refusals reject before the first part; after that a failure
   * ends the stream without its last part, and the cursor of any line that arrived goes on from there.
   */
  async function stream (caller: Caller, filters: ProductFilters, start: FeedStart & { schema?: string }): Promise<AsyncIterable<FeedStreamPart>> {
    requireScope(caller, 'changes:read')
    const cursors = cursorsOf(caller, filters, start.schema)
    const head = await parts.readHead()
    const asOf = parts.now()
    const standpoint = cursors.standpointOf(start, head)
    const deliver = deliveryIn(filters, start.schema, { once: true })
    const { startedAt } = standpoint

    async function * streamParts (): AsyncGenerator<FeedStreamPart> {
      let waiting: Delivery[] = []
      const part = (deliveries: Delivery[]): FeedStreamPart => ({ deliveries, cursors: cursors.encodeBehind(deliveries.map(({ change }) => change), startedAt) })
      for await (const { size, rows } of chunksUpTo(head.position, standpoint, { caller, isFiltered: isFiltered(filters) })) {
        for (let first = 0; first < size; first += SLICE) {
          waiting.push(...rows(first, Math.min(first + SLICE, size)).flatMap(change => deliver(change, startedAt) ?? []))
          if (waiting.length < SLICE) continue
          yield part(waiting.slice(0, SLICE))
          waiting = waiting.slice(SLICE)
        }
      }
      if (waiting.length > 0) yield part(waiting)
      yield { nextCursor: cursors.encode({ position: Math.max(standpoint.position, head.position), startedAt }), asOf }
    }
    return streamParts()
  }

  /**
   * Reads ahead, so that the database works while this process decodes and the follower receives. A stream can take hours, so cursor and
   * visibility are judged before each chunk; the head that it goes up to stays the same.
   */
  async function * chunksUpTo (upTo: number, standpoint: Standpoint, { caller, isFiltered }: StreamReader): AsyncGenerator<Chunk> {
    const read = async (start: Promise<Standpoint>, length: number | undefined): Promise<ReadAhead | null> => {
      // Asked for while the chunk before is being read, so that this one does not wait for it.
      const permission = handled(permit(caller))
      const from = await start
      if (from.position >= upTo) return null
      const { head, at, reader } = await permission
      requireUnexpired(from, head)
      const end = length === undefined ? upTo : Math.min(from.position + length, upTo)
      const chunk = await readChunk(from, { head: { ...head, position: end }, at }, reader, { isFiltered, limit: length ?? CHUNK })
      return { from, chunk, isWhole: length === undefined || (chunk.end.position === end && chunk.end.inside === undefined) }
    }
    let reads: Array<Promise<ReadAhead | null>> = []
    /** Where the next chunk begins, and how many positions it covers; undefined: as many as it takes to fill it. */
    let start = Promise.resolve(standpoint)
    let length: number | undefined
    const readMore = (): void => {
      while (reads.length < READ_AHEAD) {
        const pending = handled(read(start, length))
        reads.push(pending)
        const by = length
        start = by === undefined ? handled(pending.then(ahead => ahead?.chunk.end ?? END)) : start.then(({ position, startedAt }) => ({ position: position + by, startedAt }))
      }
    }
    for (readMore(); ;) {
      const ahead = await reads.shift()
      if (ahead === undefined || ahead === null) return
      const { from, chunk, isWhole } = ahead
      length = lengthBehind(from, chunk)
      if (!isWhole) {
        reads = []
        start = Promise.resolve(chunk.end)
      }
      readMore()
      await nextTurn() // The questions are sent before this process is busy decoding.
      yield chunk
    }
  }

  /** The head as it is, and then what the caller may see. */
  async function permit (caller: Caller): Promise<Permission> {
    if (parts.headWatch.isClosed()) throw new ExchangeError('unavailable', 'The exchange is being stopped. Go on from the cursor of the last line.', { retryAfterSeconds: 2 })
    return { ...await look(), reader: await readerOf(caller) }
  }

  async function readerOf (caller: Caller): Promise<FeedReader> {
    return { organizationId: caller.organizationId, visibility: await parts.visibilityOf(caller, UP_TO_DATE) }
  }

  /** How far behind a cursor is, and the feed behind its writers. */
  async function status (caller: Caller, filters: ProductFilters, start: { cursor?: string, schema?: string }): Promise<FeedStatus> {
    requireScope(caller, 'changes:read')
    const cursors = cursorsOf(caller, filters, start.schema)
    const sight = await look()
    const { head } = sight
    const feed = { lagMs: head.lagMs, retentionDays: parts.retentionDays, asOf: parts.now() }
    if (start.cursor === undefined) return feed
    const standpoint = cursors.standpointOf(start, head)
    const reader = await readerOf(caller)
    const [pending, chunk] = await Promise.all([
      parts.order.count(standpoint, head, reader, MOST_COUNTED),
      readChunk(standpoint, sight, reader, { isFiltered: false, limit: 1 })
    ])
    const [oldest] = chunk.rows(0, 1)
    return { pending, pendingIsExact: pending < MOST_COUNTED, ...(oldest !== undefined && { oldestPendingAt: chunk.since ?? oldest.changedAt }), ...feed }
  }

  return { page, stream, status }
}

/** How many positions a chunk covers that follows this one; undefined where too few of them would be found. */
function lengthBehind (from: Standpoint, { size, end }: Chunk): number | undefined {
  const density = size / (end.position - from.position)
  return density >= DENSE ? Math.ceil(CHUNK / Math.min(density, 1)) : undefined
}

function isFiltered (filters: ProductFilters): boolean {
  return Object.keys(filters).length > 0
}

/** Whoever awaits it gets the error; when nobody does any more, because the follower went away, it is of no interest. */
function handled<T> (promise: Promise<T>): Promise<T> {
  promise.catch(() => {})
  return promise
}
