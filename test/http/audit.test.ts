import { randomUUID } from 'node:crypto'
import t from 'tap'
import type { AuditActor } from '../../src/domain/audit.js'
import { productIdOf } from '../../src/domain/identity/product-key.js'
import { createAuditTrail } from '../../src/services/audit/audit-trail.js'
import { newEventId } from '../../src/services/audit/event-ids.js'
import { createAuditRepository } from '../../src/storage/audit-repository.js'
import { openTestExchange, type Member, type TestExchange } from '../support/exchange.js'
import { catalogueRecord, importing, ndjson } from '../support/imports.js'
import { recordOf } from '../support/records.js'

interface Item {
  eventId: string
  at: string
  organizationId: string
  actor: AuditActor
  operation: string
  importId?: string
  resource: { type: string, id?: string }
  outcome: string
  before?: Record<string, unknown>
  after?: Record<string, unknown>
}

interface AuditPage { items: Item[], nextCursor?: string, hasMore: boolean }

function reading ({ app }: TestExchange) {
  async function ask (member: Member, query: Record<string, string>) {
    return await app.inject({ url: '/v1/audit-events', headers: member.headers, query })
  }
  async function page (member: Member, query: Record<string, string> = {}): Promise<AuditPage> {
    const answer = await ask(member, query)
    if (answer.statusCode !== 200) throw new Error(answer.body)
    return answer.json()
  }
  /** All entries, in pages of that size. */
  async function walk (member: Member, query: Record<string, string>, limit: number): Promise<Item[]> {
    const items: Item[] = []
    for (let cursor: string | undefined; ;) {
      const found = await page(member, { ...query, limit: String(limit), ...(cursor !== undefined && { cursor }) })
      if (found.hasMore && found.items.length !== limit) throw new Error(`A page of ${found.items.length} items before the last`)
      items.push(...found.items)
      cursor = found.nextCursor
      if (cursor === undefined) return items
    }
  }
  return { ask, page, walk }
}

const idOf = (index: number) => productIdOf('Nordwind Systems', catalogueRecord(index).product.manufacturerPartNumber)
const inShort = ({ operation, resource, before, after }: Item) => `${operation} ${resource.id} ${before?.['version'] ?? '-'} ${after?.['version']} ${after?.['outcome']}`

async function submit ({ app }: TestExchange, member: Member, record: object, headers: Record<string, string> = {}): Promise<string> {
  const answer = await app.inject({ method: 'POST', url: '/v1/products', headers: { ...member.headers, ...headers }, payload: record })
  if (answer.statusCode >= 300) throw new Error(answer.body)
  return answer.json().productId
}

t.test('every way to write a product leaves an entry that says who, from where, with which request, and which version became which', async t => {
  const exchange = await openTestExchange(t)
  const { app, vendor } = exchange
  const { page } = reading(exchange)
  const headers = { ...vendor.headers, 'x-request-id': 'first-request-1' }
  const id = await submit(exchange, vendor, catalogueRecord(1), headers)
  await submit(exchange, vendor, catalogueRecord(1))
  await app.inject({ method: 'PUT', url: `/v1/products/${id}`, headers: vendor.headers, payload: catalogueRecord(1, 2) })
  await app.inject({ method: 'PATCH', url: `/v1/products/${id}`, headers: { ...vendor.headers, 'content-type': 'application/merge-patch+json' }, payload: { product: { massKg: 3 } } })
  await app.inject({ method: 'DELETE', url: `/v1/products/${id}`, headers: vendor.headers })
  await app.inject({
    method: 'POST',
    url: '/v1/products/batch',
    headers: vendor.headers,
    payload: { items: [{ op: 'submit', record: catalogueRecord(1, 4) }, { op: 'submit', record: catalogueRecord(2) }, { op: 'submit', record: { bad: true } }] }
  })
  await app.inject({ method: 'POST', url: '/v1/products?dryRun=true', headers: vendor.headers, payload: catalogueRecord(3) })

  const { items } = await page(vendor)
  t.same(items.map(inShort), [
    `writeProductBatch ${id} 4 5 created`,
    `writeProductBatch ${idOf(2)} - 1 created`,
    `withdrawProduct ${id} 3 4 withdrawn`,
    `patchProduct ${id} 2 3 updated`,
    `replaceProduct ${id} 1 2 updated`,
    `submitProduct ${id} - 1 created`
  ], 'newest first; neither what changed nothing nor a dry run is there')
  t.equal(items[0]?.eventId, items[1]?.eventId, 'what was written in one go is one event')
  t.match(items.at(-1), {
    organizationId: 'org_nordwind-group',
    actor: { organizationId: 'org_nordwind-group', clientId: vendor.clientId, credentialId: /^sec_[0-9a-f]{12}$/, ip: '127.0.0.1', requestId: 'first-request-1' },
    resource: { type: 'product' },
    outcome: 'succeeded'
  })
  t.ok(items.every(({ at }) => Math.abs(Date.parse(at) - Date.now()) < 60_000))
  t.same((await page(vendor, { productId: id })).items, items.filter(({ resource }) => resource.id === id), 'of one product the same')
  t.same((await page(vendor, { requestId: 'first-request-1' })).items, items.slice(-1))
  t.same((await page(vendor, { operation: 'withdrawProduct' })).items, items.slice(2, 3))
  t.same((await page(vendor, { client: vendor.clientId })).items, items)
})

t.test('single writes that come at the same time are told apart by their requests', async t => {
  const exchange = await openTestExchange(t)
  const { vendor } = exchange
  const { page } = reading(exchange)
  await Promise.all(Array.from({ length: 30 }, async (_, index) => await submit(exchange, vendor, catalogueRecord(index), { 'x-request-id': `request-${String(index).padStart(3, '0')}` })))
  const { items } = await page(vendor)
  t.equal(items.length, 30)
  t.ok(new Set(items.map(({ eventId }) => eventId)).size < 30, 'some of them share an event')
  for (const { resource, actor } of items) t.equal(resource.id, idOf(Number(actor.requestId?.slice(-3))))
  for (const index of [0, 7, 29]) {
    const ofRequest = (await page(vendor, { requestId: `request-${String(index).padStart(3, '0')}` })).items
    t.same(ofRequest, items.filter(({ resource }) => resource.id === idOf(index)))
    t.same((await page(vendor, { productId: idOf(index) })).items, ofRequest)
  }
})

t.test('an import is recorded by its lines and withdrawals, and by what people did with it', async t => {
  const exchange = await openTestExchange(t)
  const { app, vendor } = exchange
  const { upload, work, run } = importing(exchange, vendor)
  const { page, walk } = reading(exchange)
  const first = await run('format=ndjson', ndjson(Array.from({ length: 1_200 }, (_, index) => catalogueRecord(index))), { 'x-request-id': 'the-upload' })
  const items = await walk(vendor, { importId: first.importId }, 500)
  t.equal(items.length, 1_201)
  t.same(new Set(items.slice(0, -1).map(({ resource }) => resource.id)), new Set(Array.from({ length: 1_200 }, (_, index) => idOf(index))))
  t.ok(items.every(({ importId, operation, actor }) => importId === first.importId && operation === 'createImport' && actor.requestId === 'the-upload' && actor.ip === '127.0.0.1'), 'the author is who uploaded')
  t.match(items.at(-1), { resource: { type: 'import', id: first.importId }, outcome: 'succeeded', after: { format: 'ndjson', mode: 'upsert' } })
  t.same(await walk(vendor, { importId: first.importId }, 7), items, 'in small pages the same, in the same order')

  const replacement = (await upload('format=ndjson&mode=replace-catalog', ndjson(Array.from({ length: 1_000 }, (_, index) => catalogueRecord(index))))).json().importId as string
  await work()
  await app.inject({ method: 'POST', url: `/v1/imports/${replacement}/confirm`, headers: vendor.headers })
  await work()
  await app.inject({ method: 'POST', url: `/v1/imports/${replacement}/cancel`, headers: vendor.headers })
  const replaced = await walk(vendor, { importId: replacement }, 500)
  const [cancel, ...others] = replaced
  t.match(cancel, { operation: 'cancelImport', outcome: 'failed', before: { state: 'completed' } }, 'it came too late')
  t.equal(others.filter(({ after }) => after?.['outcome'] === 'withdrawn').length, 200)
  t.match(others.find(({ operation }) => operation === 'confirmImport'), { outcome: 'succeeded', before: { state: 'awaiting_confirmation' }, after: { plannedWithdrawals: 200 } })
  t.match((await page(vendor, { productId: idOf(1_100) })).items.map(inShort), [`createImport ${idOf(1_100)} 1 2 withdrawn`, `createImport ${idOf(1_100)} - 1 created`])
  t.match((await page(vendor, { resourceId: replacement })).items.map(({ operation }) => operation), ['cancelImport', 'confirmImport', 'createImport'])
})

t.test('the log stays true when products change, are withdrawn and return', async t => {
  const exchange = await openTestExchange(t)
  const { app, vendor } = exchange
  const { walk } = reading(exchange)
  const id = idOf(1)
  const expected: string[] = []
  for (let round = 0; round < 5; round++) {
    for (const massKg of [1, 2, 3]) await submit(exchange, vendor, catalogueRecord(1, massKg + 10 * round))
    await app.inject({ method: 'DELETE', url: `/v1/products/${id}`, headers: vendor.headers })
    const version = round * 4
    expected.unshift(
      `withdrawProduct ${id} ${version + 3} ${version + 4} withdrawn`,
      `submitProduct ${id} ${version + 2} ${version + 3} updated`,
      `submitProduct ${id} ${version + 1} ${version + 2} updated`,
      `submitProduct ${id} ${version || '-'} ${version + 1} created`
    )
    // A tombstone that has left the feed has no position any more.
    await exchange.connection.db.collection<{ _id: string }>('products').updateOne({ _id: id }, { $unset: { seq: true } })
  }
  t.same((await walk(vendor, {}, 500)).map(inShort), expected)
  t.same((await walk(vendor, { productId: id }, 3)).map(inShort), expected)
})

t.test('what was recorded and never written is left out, unless it may still come', async t => {
  const exchange = await openTestExchange(t)
  const { vendor, connection } = exchange
  const { page } = reading(exchange)
  await submit(exchange, vendor, catalogueRecord(1))
  const record = async (at: Date) => {
    await createAuditRepository(connection.db).append([{
      id: newEventId(at),
      at,
      organizationId: vendor.organizationId,
      actor: { organizationId: vendor.organizationId, clientId: vendor.clientId },
      operation: 'submitProduct',
      // Version 1 is there, but it came from another event; version 2 was lost with its process.
      products: [{ productId: idOf(1), outcome: 'created', version: 1 }, { productId: idOf(1), outcome: 'updated', version: 2 }]
    }])
  }
  await record(new Date(Date.now() - 120_000))
  t.same((await page(vendor)).items.map(inShort), [`submitProduct ${idOf(1)} - 1 created`])
  await record(new Date())
  t.same((await page(vendor)).items.map(({ outcome }) => outcome), ['pending', 'pending', 'succeeded'])
  t.same((await page(vendor, { productId: idOf(1) })).items.map(({ outcome }) => outcome), ['succeeded'])
})

t.test('pages are complete and repeat nothing while others write', async t => {
  const exchange = await openTestExchange(t)
  const { app, vendor } = exchange
  const { page, walk } = reading(exchange)
  for (let batch = 0; batch < 3; batch++) {
    const items = Array.from({ length: 40 }, (_, index) => ({ op: 'submit', record: catalogueRecord(index, 1 + batch) }))
    await app.inject({ method: 'POST', url: '/v1/products/batch', headers: vendor.headers, payload: { items } })
    await submit(exchange, vendor, catalogueRecord(100 + batch))
  }
  const before = (await walk(vendor, {}, 500)).map(inShort)
  t.equal(before.length, 123)
  const seen: string[] = []
  for (let cursor: string | undefined; ;) {
    const found = await page(vendor, { limit: '11', ...(cursor !== undefined && { cursor }) })
    seen.push(...found.items.map(inShort))
    cursor = found.nextCursor
    if (cursor === undefined) break
    await submit(exchange, vendor, catalogueRecord(1, 50 + seen.length))
  }
  t.same(seen, before)
})

t.test('times bound the log, and filters that exclude each other are refused', async t => {
  const exchange = await openTestExchange(t)
  const { vendor } = exchange
  const { ask, page } = reading(exchange)
  for (const index of [1, 2, 3]) {
    await submit(exchange, vendor, catalogueRecord(index))
    await new Promise(resolve => setTimeout(resolve, 5))
  }
  const [third, second, first] = (await page(vendor)).items
  const ids = async (query: Record<string, string>) => (await page(vendor, query)).items.map(({ eventId }) => eventId)
  t.same(await ids({ since: second!.at }), [third!.eventId, second!.eventId])
  t.same(await ids({ until: second!.at }), [first!.eventId])
  t.same(await ids({ since: second!.at, until: third!.at, operation: 'submitProduct' }), [second!.eventId])
  t.same(await ids({ productId: idOf(1), since: second!.at }), [])
  const linked = await ask(vendor, { since: first!.at, limit: '1' })
  const next = /<([^>]+)>/.exec(String(linked.headers['link']))?.[1] ?? ''
  t.match((await exchange.app.inject({ url: next, headers: vendor.headers })).json(), { items: [{ eventId: second!.eventId }] }, 'the link keeps the filters')
  const refused = await ask(vendor, { productId: idOf(1), operation: 'submitProduct' })
  t.match({ status: refused.statusCode, ...refused.json() }, { status: 400, code: 'invalid-parameter', errors: [{ parameter: 'productId', code: 'PARAMETER_CONFLICT' }] })
  t.equal((await ask(vendor, { since: 'yesterday' })).statusCode, 400)
  t.equal((await ask(vendor, { actor: 'x' })).statusCode, 400)
})

t.test('another tenant finds nothing, whatever it guesses', async t => {
  const exchange = await openTestExchange(t)
  const { app, vendor, otherVendor, distributor } = exchange
  const { ask, page } = reading(exchange)
  const { run } = importing(exchange, vendor)
  const { importId } = await run('format=ndjson', ndjson([1, 2, 3].map(index => catalogueRecord(index))), { 'x-request-id': 'shared-request' })
  await submit(exchange, vendor, catalogueRecord(9))
  await submit(exchange, otherVendor, recordOf({ manufacturerName: 'Kiesel Devices' }), { 'x-request-id': 'shared-request' })
  const grant = await app.inject({ method: 'POST', url: '/v1/grants', headers: vendor.headers, payload: { organizations: [distributor.organizationId] } })
  const mine = await page(vendor, { limit: '2' })
  t.ok(mine.nextCursor)
  const { clientId } = vendor
  const guesses: Array<Record<string, string>> = [
    {}, { productId: idOf(1) }, { productId: randomUUID() }, { importId }, { resourceId: importId }, { resourceId: grant.json().grantId }, { requestId: 'shared-request' },
    { client: clientId }, { operation: 'createImport' }, { since: '2020-01-01T00:00:00Z' }
  ]
  for (const intruder of [otherVendor, distributor]) {
    for (const guess of guesses) {
      const { items, hasMore } = await page(intruder, guess)
      t.same(items.filter(({ organizationId, actor }) => organizationId !== intruder.organizationId || actor.organizationId !== intruder.organizationId), [], JSON.stringify(guess))
      t.equal(hasMore, false)
    }
    t.match((await ask(intruder, { limit: '2', cursor: mine.nextCursor ?? '' })).json(), { status: 400, code: 'invalid-cursor' })
    t.match((await ask(intruder, { organization: vendor.organizationId })).json(), { status: 403, code: 'role-not-allowed' })
    t.match((await ask(intruder, { organization: 'org_nobody' })).json(), { status: 403, code: 'role-not-allowed' }, 'the same for one that does not exist')
  }
  t.match((await ask(vendor, { limit: '3', cursor: mine.nextCursor ?? '', operation: 'createGrant' })).json(), { code: 'invalid-cursor' }, 'a cursor belongs to its filters')
  t.equal((await page(otherVendor, { requestId: 'shared-request' })).items.length, 1)
  t.equal((await page(vendor, { requestId: 'shared-request' })).items.length, 4)
  const blind = await exchange.addMember({ name: 'Blind', role: 'distributor', scopes: ['products:read'] })
  t.match((await ask(blind, {})).json(), { status: 403, code: 'insufficient-scope' })
})

t.test('a product that changes hands takes no history of its former publisher with it', async t => {
  const exchange = await openTestExchange(t)
  const { vendor, otherVendor, connection } = exchange
  const { page } = reading(exchange)
  await submit(exchange, vendor, recordOf({ manufacturerPartNumber: 'MOVES' }))
  // The operator gives the manufacturer to another vendor.
  const organizations = connection.db.collection<{ _id: string }>('organizations')
  const moved = await organizations.findOne({ _id: vendor.organizationId })
  await organizations.updateOne({ _id: vendor.organizationId }, { $set: { manufacturers: [] } })
  await organizations.updateOne({ _id: otherVendor.organizationId }, { $set: { manufacturers: (moved as unknown as { manufacturers: unknown }).manufacturers } } as never)
  const heir = await exchange.addMember({ name: 'Kiesel', role: 'vendor' })
  const productId = await submit(exchange, heir, recordOf({ manufacturerPartNumber: 'MOVES', massKg: 9 }))
  t.same((await page(heir, { productId })).items.map(inShort), [`submitProduct ${productId} 1 2 updated`])
  t.same((await page(vendor, { productId })).items.map(inShort), [`submitProduct ${productId} - 1 created`])
})

t.test('the operator reads everything, and is seen by others without its credential', async t => {
  const exchange = await openTestExchange(t)
  const { vendor, otherVendor, operator, connection } = exchange
  const { page } = reading(exchange)
  const productId = await submit(exchange, vendor, catalogueRecord(1), { 'x-request-id': 'request-1' })
  await submit(exchange, otherVendor, recordOf({ manufacturerName: 'Kiesel Devices' }))
  const trail = createAuditTrail({ events: createAuditRepository(connection.db), now: () => new Date(), newId: newEventId })
  const caller = { ...await exchange.services.identity.authenticateApiKey(operator.headers['x-api-key'], '192.0.2.99'), origin: { id: 'operator-request', ip: '192.0.2.99' } }
  await trail.audited(caller, { operation: 'disableClient', organizationId: vendor.organizationId, resource: { type: 'client', id: 'some-client' } }, async () => ({ after: { disabled: true }, result: null }))

  t.same((await page(operator)).items.map(({ operation }) => operation), ['disableClient', 'submitProduct', 'submitProduct'])
  t.same((await page(operator, { organization: vendor.organizationId })).items.map(({ operation }) => operation), ['disableClient', 'submitProduct'])
  t.match((await page(operator, { resourceId: 'some-client' })).items, [{ actor: { clientId: operator.clientId, ip: '192.0.2.99' } }])
  t.equal((await page(operator, { client: vendor.clientId })).items.length, 1)
  t.equal((await page(operator, { client: operator.clientId, organization: vendor.organizationId })).items.length, 1)
  t.equal((await page(operator, { client: 'nobody', organization: vendor.organizationId })).items.length, 0)
  t.equal((await page(operator, { productId })).items.length, 1)
  t.equal((await page(operator, { requestId: 'request-1' })).items.length, 1)
  t.equal((await page(operator, { operation: 'submitProduct' })).items.length, 2)
  t.equal((await page(operator, { operation: 'submitProduct', organization: vendor.organizationId })).items.length, 1)

  const [seen] = (await page(vendor)).items
  t.same(seen?.actor, { organizationId: operator.organizationId })
  t.match(seen, { resource: { type: 'client', id: 'some-client' }, outcome: 'succeeded', after: { disabled: true } })
  t.equal((await page(vendor, { client: operator.clientId })).items.length, 0, 'nor can it be guessed')
  t.equal((await page(otherVendor)).items.length, 1)
})

t.test('what a deleted client did is found with its organisation, and the question without it is no empty answer', async t => {
  const exchange = await openTestExchange(t)
  const { app, operator, distributor } = exchange
  const made = await app.inject({ method: 'POST', url: '/v1/clients', headers: distributor.headers, payload: { name: 'x', scopes: ['org:admin'] } })
  const { clientId, apiKey } = made.json<{ clientId: string, apiKey: string }>()
  t.equal((await app.inject({ method: 'POST', url: '/v1/clients', headers: { 'x-api-key': apiKey }, payload: { name: 'y', scopes: [] } })).statusCode, 201)
  t.equal((await app.inject({ method: 'DELETE', url: `/v1/clients/${clientId}`, headers: distributor.headers })).statusCode, 200)
  const ask = async (query: string) => (await app.inject({ url: `/v1/audit-events?client=${clientId}${query}`, headers: operator.headers })).json()
  t.match(await ask(''), { status: 400, code: 'invalid-parameter', errors: [{ parameter: 'organization' }] })
  t.match(await ask(`&organization=${distributor.organizationId}`), { items: [{ operation: 'createClient' }] })
})
