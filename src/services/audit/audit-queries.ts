/**
 * Use case: read the audit log. An organisation reads what it did and what was done to its resources; the operator reads all.
 *
 * An act of administration is one entry; an event of product writes is one for each product that was written.
 */
import { aRole, requireScope, type Caller } from '../../domain/access.js'
import { entriesOfAct, entryFor, entryOfWrite, type AuditEntry, type AuditEvent, type AuditedWrite, type AuditFilters, type ProductWritesEvent } from '../../domain/audit.js'
import { ExchangeError } from '../../domain/problems.js'
import type { AuditLog, AuditReader, EventFilters } from '../../storage/audit-log.js'
import type { ClientsRepository } from '../../storage/clients-repository.js'
import type { Cursors } from '../cursors.js'
import { pageOf, type Page, type PageRequest } from '../pages.js'

export interface AuditQuery extends AuditFilters {
  /** For the operator: only events that this organisation owns or acted in. */
  organization?: string
}

/** The filters of which only one can be used at a time. */
const EXCLUSIVE = ['client', 'operation', 'productId', 'resourceId', 'importId', 'requestId'] as const

/** Where a page begins: behind that many entries of an event. */
interface EventPosition { id: string, entries: number }

/** A write that has no version after this time was not made (milliseconds); a writer starts none so late. */
const SETTLED_MS = 60_000

/** Events of a first read; each further one takes twice as many, because an event may hold one entry or a thousand. */
const FIRST_READ = 16
const LARGEST_READ = 128

/** Versions of a product per read; each is looked up in an event of up to a thousand writes. */
const VERSIONS_PER_READ = 100

export type AuditQueries = ReturnType<typeof createAuditQueries>

export function createAuditQueries (parts: { log: AuditLog, clients: Pick<ClientsRepository, 'findById'>, cursors: Cursors, now: () => Date }) {
  const { log, cursors } = parts

  /** Newest first; entries of one product in the order of its versions. */
  async function listAuditEvents (caller: Caller, query: AuditQuery, { cursor, limit }: PageRequest): Promise<Page<AuditEntry>> {
    requireScope(caller, 'audit:read')
    requireOneAtMost(query)
    const { organization, productId, ...filters } = query
    const reader = readerOf(caller, organization)
    const bound = cursors.bind({ list: 'audit-events', organizationId: caller.organizationId, query })
    const start = cursor === undefined ? undefined : bound.decode(cursor)
    const found = productId === undefined
      ? await entriesOfEvents(await eventFiltersOf(caller, reader, filters), reader, start as EventPosition | undefined, limit + 1)
      : await entriesOfProduct(productId, filters, reader, start as number | undefined, limit + 1)
    const { items, ...rest } = pageOf(found, limit, last => bound.encode(last.position))
    return { items: items.map(({ entry }) => caller.role === 'operator' ? entry : entryFor(caller.organizationId, entry)), ...rest }
  }

  /** @throws ExchangeError `invalid-parameter` when nobody can say whose client it is */
  async function eventFiltersOf (caller: Caller, reader: AuditReader, { client: clientId, ...filters }: Omit<AuditFilters, 'productId'>): Promise<EventFilters> {
    if (clientId === undefined) return filters
    if (caller.role !== 'operator') return { ...filters, client: { organizationId: caller.organizationId, clientId } }
    // Commands act under names that are no clients; of these the organisation has to be given.
    const organizationId = (await parts.clients.findById(clientId))?.organizationId ?? (reader === 'everybody' ? undefined : reader.organizationId)
    if (organizationId === undefined) {
      throw new ExchangeError('invalid-parameter', `There is no client ${clientId} now. Of one that was deleted, or of a command, say the organisation.`, {
        issues: [{ parameter: 'organization', code: 'PARAMETER_REQUIRED', detail: 'Entries of what is no client now are found with its organisation only.', expected: 'the id of the organisation' }]
      })
    }
    return { ...filters, client: { organizationId, clientId } }
  }

  async function entriesOfEvents (filters: EventFilters, reader: AuditReader, start: EventPosition | undefined, limit: number): Promise<Found[]> {
    const found: Found[] = []
    let upTo = start?.id
    let size = Math.min(FIRST_READ, limit)
    for (;;) {
      const events = await log.read(reader, filters, { upTo, limit: size + 1 })
      for (const event of events.slice(0, size)) {
        const skip = event.id === start?.id ? start.entries : 0
        found.push(...await entriesOf(event, filters.requestId, skip, limit - found.length))
        if (found.length >= limit) return found
      }
      upTo = events[size]?.id
      if (upTo === undefined) return found
      size = Math.min(size * 2, LARGEST_READ)
    }
  }

  /** The entries of an event behind the first `skip`, at most `limit` of them; of writes that came together, those of one request. */
  async function entriesOf (event: AuditEvent, requestId: string | undefined, skip: number, limit: number): Promise<Found[]> {
    const { id } = event
    if (!('products' in event)) return entriesOfAct(event).map((entry, index) => ({ entry, position: { id, entries: index + 1 } })).slice(skip, skip + limit)
    const { products: writes, ...occurrence } = event
    const isSettled = parts.now().getTime() - event.at.getTime() > SETTLED_MS
    const found: Found[] = []
    for (let start = skip; start < writes.length && found.length < limit;) {
      const some = writes.slice(start, start + limit - found.length)
      const isWanted = (write: AuditedWrite): boolean => requestId === undefined || write.requestId === requestId
      const made = await log.made(id, some.filter(isWanted))
      for (const [offset, write] of some.entries()) {
        if (!isWanted(write) || (!made.has(write) && isSettled)) continue
        found.push({ entry: entryOfWrite(occurrence, write, made.has(write) ? 'succeeded' : 'pending'), position: { id, entries: start + offset + 1 } })
      }
      start += some.length
    }
    return found
  }

  /** The versions of a product say by which events they were made: so no index over all written products is needed. */
  async function entriesOfProduct (
    productId: string, { since, until }: Pick<AuditFilters, 'since' | 'until'>, reader: AuditReader, start: number | undefined, limit: number
  ): Promise<Found[]> {
    const found: Found[] = []
    let before = start
    for (;;) {
      const versions = await log.versionsOf(productId, { before, limit: VERSIONS_PER_READ })
      // Asked also when there is no such product, so that it makes no difference to the time that the answer takes.
      const events = await log.writesOf(productId, reader, versions.flatMap(({ auditId }) => auditId ?? []))
      for (const { auditId, version } of versions) {
        const event = events.get(auditId ?? '')
        const write = event?.products[0]
        if (event === undefined || write === undefined || (since !== undefined && event.at < since) || (until !== undefined && event.at >= until)) continue
        found.push({ entry: entryOfEvent(event, write), position: version })
        if (found.length === limit) return found
      }
      before = versions.at(-1)?.version
      if (versions.length < VERSIONS_PER_READ || before === undefined) return found
    }
  }

  return { listAuditEvents }
}

function entryOfEvent ({ products: _products, ...occurrence }: ProductWritesEvent, write: AuditedWrite): AuditEntry {
  return entryOfWrite(occurrence, write, 'succeeded')
}

interface Found { entry: AuditEntry, position: EventPosition | number }

function readerOf (caller: Caller, organization: string | undefined): AuditReader {
  if (caller.role === 'operator') return organization === undefined ? 'everybody' : { organizationId: organization }
  if (organization !== undefined && organization !== caller.organizationId) {
    throw new ExchangeError('role-not-allowed', `The operator reads the events of other organisations; ${caller.organizationName} is ${aRole(caller.role)}.`)
  }
  return { organizationId: caller.organizationId }
}

function requireOneAtMost (query: AuditQuery): void {
  const [first, second] = EXCLUSIVE.filter(name => query[name] !== undefined)
  if (first === undefined || second === undefined) return
  throw new ExchangeError('invalid-parameter', `The filters ${first} and ${second} cannot be used together.`, {
    issues: [{ parameter: second, code: 'PARAMETER_CONFLICT', detail: `Leave out ${first} or ${second}.`, expected: `one of ${EXCLUSIVE.join(', ')}; since, until and organization go with each of them` }]
  })
}
