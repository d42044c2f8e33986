import { MongoClient, type CommandStartedEvent, type Document } from 'mongodb'
import t from 'tap'
import type { AuditEvent } from '../../src/domain/audit.js'
import { firstEventIdAt, newEventId } from '../../src/services/audit/event-ids.js'
import { createAuditLog, type AuditReader, type EventFilters } from '../../src/storage/audit-log.js'
import { AUDIT_EVENTS, createAuditRepository } from '../../src/storage/audit-repository.js'
import { migrate } from '../../src/storage/migrations.js'
import { testDatabase } from '../support/engine.js'

const AT = Date.parse('2026-11-01T00:00:00Z')
const EVENTS = 3_000
const LIMIT = 20

/** Of every hundred events one is of org_small; everything else about them may be the same. */
function events (): AuditEvent[] {
  return Array.from({ length: EVENTS }, (_, index): AuditEvent => {
    const at = new Date(AT + index * 1_000)
    const organizationId = index % 100 === 0 ? 'org_small' : 'org_large'
    const actor = { organizationId, clientId: index % 2 === 0 ? 'even' : 'odd' }
    const operation = index % 300 === 0 ? 'rare' : 'frequent'
    return index % 3 === 0
      ? { id: newEventId(at), at, organizationId, actor: { ...actor, requestId: 'the-same' }, operation, resource: { type: 'grant', id: `grt_${index % 30}` }, outcome: 'succeeded' }
      : { id: newEventId(at), at, organizationId, actor, operation, importId: 'the-import', products: [{ productId: 'p', outcome: 'updated', version: index + 1, requestId: 'the-same' }, { productId: 'q', outcome: 'updated', version: 1, requestId: 'another' }] }
  })
}

t.test('every filter is an index: what a page costs follows what is on it', async t => {
  const { uri, databaseName } = await testDatabase(t)
  const client = new MongoClient(uri, { monitorCommands: true, ignoreUndefined: true })
  t.teardown(async () => { await client.close() })
  const db = client.db(databaseName)
  await migrate(db)
  const stored = events()
  await createAuditRepository(db).append(stored)
  const log = createAuditLog(db, { firstIdAt: firstEventIdAt })

  async function examined (work: () => Promise<void>): Promise<number> {
    const reads: Document[] = []
    const note = ({ command }: CommandStartedEvent): void => { if (command['find'] === AUDIT_EVENTS) reads.push(command) }
    client.on('commandStarted', note)
    await work()
    client.off('commandStarted', note)
    let sum = 0
    for (const { find, filter, sort, hint, limit } of reads) {
      const { executionStats } = await db.command({ explain: { find, filter, ...(sort && { sort }), ...(hint && { hint }), ...(limit && { limit }) }, verbosity: 'executionStats' })
      sum += Number(executionStats.totalKeysExamined)
    }
    return sum
  }

  const small: AuditReader = { organizationId: 'org_small' }
  const range = { since: new Date(AT + 1_000_000), until: new Date(AT + 1_300_000) }
  const cases: Array<[AuditReader, EventFilters]> = []
  for (const reader of [small, 'everybody'] as const) {
    const organizationId = reader === small ? 'org_small' : 'org_large'
    const filters: EventFilters[] = [
      {}, { operation: ['rare'] }, { operation: ['rare', 'frequent'] }, { client: { organizationId, clientId: 'even' } }, { client: { organizationId, clientId: 'nobody' } },
      { resourceId: 'grt_0' }, { resourceId: 'grt_none' }, { importId: 'none' }, { requestId: 'none' }
    ]
    // Everybody's events of one import or request are those of one organisation; here all share them.
    if (reader === small) filters.push({ importId: 'the-import' }, { requestId: 'the-same' }, { client: { organizationId: 'org_small', clientId: 'odd' } })
    for (const filter of filters) cases.push([reader, filter], [reader, { ...filter, ...range }])
  }
  for (const [reader, filter] of cases) {
    const wanted = stored.filter(event => isWanted(event, reader, filter)).reverse().slice(0, LIMIT).map(({ id }) => id)
    let found: string[] = []
    const cost = await examined(async () => { found = (await log.read(reader, filter, { limit: LIMIT })).map(({ id }) => id) })
    const name = `${reader === 'everybody' ? reader : 'one'} ${JSON.stringify(filter)}`
    t.same(found, wanted, `${name}: the newest`)
    // Some keys more where the index is merged from several places, and where operators read what organisations share.
    const merged = reader === 'everybody' && filter.resourceId === 'grt_0' ? 100 : 10
    t.ok(cost <= wanted.length + merged, `${name}: ${cost} keys for ${wanted.length} events`)
    const start = wanted[3]
    if (start !== undefined) t.same((await log.read(reader, filter, { upTo: start, limit: 2 })).map(({ id }) => id), wanted.slice(3, 5), `${name}: going on`)
  }
})

function isWanted ({ at, organizationId, actor, operation, importId, ...rest }: AuditEvent, reader: AuditReader, filter: EventFilters): boolean {
  return (reader === 'everybody' || organizationId === reader.organizationId) &&
    (filter.since === undefined || at >= filter.since) && (filter.until === undefined || at < filter.until) &&
    (filter.operation === undefined || filter.operation.includes(operation)) &&
    (filter.client === undefined || (actor.clientId === filter.client.clientId && organizationId === filter.client.organizationId)) &&
    (filter.resourceId === undefined || ('resource' in rest && rest.resource.id === filter.resourceId)) &&
    (filter.importId === undefined || importId === filter.importId) && (filter.requestId === undefined || filter.requestId === 'the-same')
}

t.test('events of before are given their readers once', async t => {
  const { uri, databaseName } = await testDatabase(t)
  const client = new MongoClient(uri, { ignoreUndefined: true })
  t.teardown(async () => { await client.close() })
  const db = client.db(databaseName)
  const at = new Date(AT)
  const id = newEventId(at)
  await db.collection<{ _id: string }>(AUDIT_EVENTS).insertOne({
    _id: id, at, organizationId: 'org_a', actor: { organizationId: 'org_operator', clientId: 'x' }, operation: 'createClient', resource: { type: 'client' }, outcome: 'succeeded'
  } as never)
  await migrate(db)
  const log = createAuditLog(db, { firstIdAt: firstEventIdAt })
  for (const organizationId of ['org_a', 'org_operator']) t.equal((await log.read({ organizationId }, {}, { limit: 2 })).length, 1)
  t.equal((await log.read({ organizationId: 'org_b' }, {}, { limit: 2 })).length, 0)
})
