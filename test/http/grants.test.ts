import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { EXAMPLE_RECORD } from '../../src/http/record-examples.js'
import { callsOf } from '../support/calls.js'
import { openTestExchange, type Member, type TestExchange } from '../support/exchange.js'

type Json = Record<string, unknown>

function record (partNumber: string, product: Json = {}) {
  const { gtins: _gtins, ...example } = EXAMPLE_RECORD.product
  return { ...structuredClone(EXAMPLE_RECORD), product: { ...example, manufacturerPartNumber: partNumber, ...product } }
}

async function publish (exchange: TestExchange, document: object): Promise<string> {
  const answer = await callsOf(exchange)(exchange.vendor, 'POST', '/v1/products', document)
  if (answer.statusCode >= 300) throw new Error(answer.body)
  return answer.json<{ productId: string }>().productId
}

/** Every way to read a product: what a reader gets that sees it, and that it gets nothing otherwise. */
async function waysToRead (exchange: TestExchange, reader: Member, { productId, partNumber, gtin }: { productId: string, partNumber: string, gtin: string }) {
  const call = callsOf(exchange)
  const lookup = await call(reader, 'POST', '/v1/products/lookup', {
    identifiers: [
      { scheme: 'productId', value: productId }, { scheme: 'gtin', value: gtin }, { scheme: 'mpn', value: partNumber },
      { scheme: 'mpn', value: partNumber, issuer: 'Nordwind Systems' }, { scheme: 'eprel', value: '777' }
    ]
  })
  const list = async (query: string) => (await call(reader, 'GET', `/v1/products${query}`)).json<{ items: unknown[] }>().items.length
  const feed = (await call(reader, 'GET', '/v1/changes')).json<{ items: Array<{ op: string, productId: string }> }>()
  return {
    statuses: [
      (await call(reader, 'GET', `/v1/products/${productId}`)).statusCode,
      (await call(reader, 'GET', `/v1/products/${productId}`, undefined, { 'if-none-match': '"v2"' })).statusCode === 304 ? 200 : 404,
      (await call(reader, 'GET', `/v1/products/${productId}?asOf=${new Date(Date.now() + 1_000).toISOString()}`)).statusCode,
      (await call(reader, 'GET', `/v1/products/${productId}/versions`)).statusCode,
      (await call(reader, 'GET', `/v1/products/${productId}/versions/1`)).statusCode,
      (await call(reader, 'GET', `/v1/products/${productId}/diff?from=1&to=2`)).statusCode,
      ...lookup.json<{ items: Array<{ status: number }> }>().items.map(({ status }) => status)
    ],
    counts: [await list(''), await list(`?mpn=${encodeURIComponent(partNumber)}`), await list(`?gtin=${gtin}`), await list('?category=laptop'), await list(`?vendor=${exchange.vendor.organizationId}`)],
    feed: feed.items.map(({ op }) => op)
  }
}

t.test('what is closed is not there for others, by no way to read, until it is granted, and again when that is revoked', async t => {
  const exchange = await openTestExchange(t)
  const call = callsOf(exchange)
  const { vendor, otherVendor, distributor, reseller, operator } = exchange
  const gtin = '9521234543213'
  const partNumber = 'SECRET/1'
  const document = record(partNumber, { gtins: [gtin], externalIds: [{ scheme: 'eprel', value: '777' }] })
  const productId = await publish(exchange, document)
  await publish(exchange, { ...document, product: { ...document.product, modelName: 'Changed' } })
  const product = { productId, partNumber, gtin }
  const seen = { statuses: Array(11).fill(200), counts: Array(5).fill(1), feed: ['upsert'] }
  const hidden = { statuses: Array(11).fill(404), counts: Array(5).fill(0), feed: [] }
  t.same(await waysToRead(exchange, distributor, product), seen, 'open to every member until the vendor decides otherwise')

  const closed = await call(vendor, 'PUT', '/v1/audiences', { default: 'closed', categories: {} })
  t.equal(closed.statusCode, 200)
  t.same(closed.json(), { default: 'closed', categories: {} })
  for (const member of [distributor, reseller, otherVendor, operator]) t.same(await waysToRead(exchange, member, product), hidden, member.name)
  t.same(await waysToRead(exchange, vendor, product), seen, 'a publisher sees its own')

  const granted = await call(vendor, 'POST', '/v1/grants', { organizations: [distributor.organizationId], categories: [document.product.category] })
  t.equal(granted.statusCode, 201, granted.body)
  t.same(await waysToRead(exchange, distributor, product), seen)
  t.same(await waysToRead(exchange, reseller, product), hidden, 'granted to another')

  const { grantId } = granted.json<{ grantId: string }>()
  t.match((await call(vendor, 'DELETE', `/v1/grants/${grantId}`)).json(), { grantId, state: 'revoked' })
  t.same(await waysToRead(exchange, distributor, product), hidden)
  const missing = randomUUID().replace(/^(.{14})./, '$15').replace(/^(.{19})./, '$1a')
  const [absent, invisible] = await Promise.all([missing, productId].map(async id => await call(distributor, 'GET', `/v1/products/${id}`)))
  t.equal(absent?.body.replaceAll(missing, '-'), invisible?.body.replaceAll(productId, '-'), 'hidden and missing are told apart by nothing')
})

t.test('a category, a list and a group have decisions of their own', async t => {
  const exchange = await openTestExchange(t)
  const call = callsOf(exchange)
  const { vendor, distributor, reseller } = exchange
  const laptop = await publish(exchange, record('L/1'))
  const monitor = await publish(exchange, record('M/1', { category: 'monitor' }))
  const visible = async (member: Member) => (await call(member, 'GET', '/v1/products')).json<{ items: Array<{ productId: string }> }>().items.map(({ productId }) => productId).sort()

  await call(vendor, 'PUT', '/v1/audiences', { default: 'open', categories: { monitor: 'closed' } })
  t.same(await visible(reseller), [laptop])
  const list = (await call(vendor, 'POST', '/v1/product-lists', { name: 'Shown to all', audience: 'open' })).json<{ listId: string }>()
  t.same((await call(vendor, 'POST', `/v1/product-lists/${list.listId}/products`, { add: [monitor] })).json(), { added: 1, removed: 0 })
  t.same(await visible(reseller), [laptop, monitor].sort(), 'the list decides before the category')
  t.same((await call(vendor, 'GET', `/v1/product-lists/${list.listId}/products`)).json<Json>().items, [{ productId: monitor }])

  await call(vendor, 'PUT', `/v1/product-lists/${list.listId}`, { name: 'Partners', audience: 'closed' })
  t.same(await visible(reseller), [laptop])
  const group = (await call(vendor, 'POST', '/v1/groups', { name: 'Partners', members: [distributor.organizationId] })).json<{ groupId: string }>()
  await call(vendor, 'POST', '/v1/grants', { groups: [group.groupId], productLists: [list.listId] })
  t.same(await visible(distributor), [laptop, monitor].sort())
  t.same(await visible(reseller), [laptop])
  await call(vendor, 'PUT', `/v1/groups/${group.groupId}`, { name: 'Partners', members: [reseller.organizationId] })
  t.same(await visible(distributor), [laptop])
  t.same(await visible(reseller), [laptop, monitor].sort())

  const version = async () => (await call(vendor, 'GET', `/v1/products/${monitor}`)).json<{ version: number }>().version
  t.equal(await version(), 1, 'decisions write no product')
  t.equal((await call(vendor, 'DELETE', `/v1/product-lists/${list.listId}`)).statusCode, 200)
  t.same(await visible(reseller), [laptop], 'the category decides again')
})

t.test('a product that is put on a closed list before it is published is never shown', async t => {
  const exchange = await openTestExchange(t)
  const call = callsOf(exchange)
  const { vendor, distributor } = exchange
  const document = record('EMBARGO/1')
  const dryRun = await call(vendor, 'POST', '/v1/products?dryRun=true', document)
  const { productId } = dryRun.json<{ productId: string }>()
  const { listId } = (await call(vendor, 'POST', '/v1/product-lists', { name: 'Launch', audience: 'closed' })).json<{ listId: string }>()
  await call(vendor, 'POST', `/v1/product-lists/${listId}/products`, { add: [productId] })
  const opens = Date.now() + 1_500
  const grant = await call(vendor, 'POST', '/v1/grants', { organizations: [distributor.organizationId], productLists: [listId], validFrom: new Date(opens).toISOString() })
  t.equal(grant.json<Json>().state, 'scheduled')
  t.equal(await publish(exchange, document), productId)
  t.equal((await call(distributor, 'GET', `/v1/products/${productId}`)).statusCode, 404)
  await sleep(opens - Date.now() + 20)
  t.equal((await call(distributor, 'GET', `/v1/products/${productId}`)).statusCode, 200, 'the embargo opened by itself')
  t.equal((await call(vendor, 'GET', `/v1/grants/${grant.json<{ grantId: string }>().grantId}`)).json<Json>().state, 'active')
})

t.test('a preview says what would become visible, and to whom, and changes nothing', async t => {
  const exchange = await openTestExchange(t)
  const call = callsOf(exchange)
  const { vendor, distributor, reseller } = exchange
  const laptop = await publish(exchange, record('L/1'))
  await publish(exchange, record('M/1', { category: 'monitor' }))
  await call(vendor, 'PUT', '/v1/audiences', { default: 'closed', categories: {} })
  await call(vendor, 'POST', '/v1/grants', { organizations: [reseller.organizationId] })
  const terms = { organizations: [distributor.organizationId, reseller.organizationId], categories: ['laptop'] }
  const preview = await call(vendor, 'POST', '/v1/grants/preview', terms)
  t.same(preview.json(), {
    products: 1,
    isExact: true,
    audiences: [{ category: 'laptop', products: 1 }],
    organizations: [
      { id: reseller.organizationId, name: reseller.name, products: 0 },
      { id: distributor.organizationId, name: distributor.name, products: 1 }
    ],
    items: [{ productId: laptop, manufacturerName: 'Nordwind Systems', manufacturerPartNumber: 'L/1', category: 'laptop' }]
  })
  t.equal((await call(distributor, 'GET', `/v1/products/${laptop}`)).statusCode, 404)
})

t.test('who may not decide is told so, and what cannot be decided too', async t => {
  const exchange = await openTestExchange(t)
  const call = callsOf(exchange)
  const { vendor, otherVendor, distributor, operator } = exchange
  t.match((await call(distributor, 'GET', '/v1/audiences')).json(), { status: 403, code: 'insufficient-scope' })
  t.match((await call(operator, 'PUT', '/v1/audiences', { default: 'closed', categories: {} })).json(), { status: 403, code: 'role-not-allowed' })
  t.match((await call(vendor, 'PUT', '/v1/audiences', { default: 'secret', categories: {} })).json(), { status: 422, errors: [{ pointer: '/default' }] })
  t.match((await call(vendor, 'PUT', '/v1/audiences', { default: 'open', categories: { laptops: 'closed' } })).json(), { status: 422 })
  t.match((await call(vendor, 'POST', '/v1/grants', {})).json(), { status: 422, errors: [{ pointer: '/organizations', code: 'REFERENCE_INVALID' }] })
  t.match((await call(vendor, 'POST', '/v1/grants', { organizations: ['org_nobody'] })).json(), { status: 422, errors: [{ pointer: '/organizations/0' }] })
  const period = { organizations: [distributor.organizationId], validFrom: '2027-01-02T00:00:00Z', validTo: '2027-01-01T00:00:00Z' }
  t.match((await call(vendor, 'POST', '/v1/grants', period)).json(), { status: 422, errors: [{ pointer: '/validTo' }] })
  const foreign = (await call(otherVendor, 'POST', '/v1/groups', { name: 'x', members: [] })).json<{ groupId: string }>()
  t.match((await call(vendor, 'POST', '/v1/grants', { groups: [foreign.groupId] })).json(), { status: 422, errors: [{ pointer: '/groups/0' }] })
  t.equal((await call(vendor, 'PUT', `/v1/groups/${foreign.groupId}`, { name: 'mine', members: [] })).statusCode, 404)
  t.equal((await call(vendor, 'DELETE', '/v1/grants/grt_00')).statusCode, 404)
})

t.test('a grant that has ended before it is made is refused, also in a preview', async t => {
  const exchange = await openTestExchange(t)
  const call = callsOf(exchange)
  const { vendor, distributor } = exchange
  const ending = (inMs: number) => ({ organizations: [distributor.organizationId], validTo: new Date(Date.now() + inMs).toISOString() })
  for (const url of ['/v1/grants', '/v1/grants/preview']) {
    t.match((await call(vendor, 'POST', url, ending(-70_000))).json(), { status: 422, errors: [{ pointer: '/validTo', expected: 'a time in the future' }] })
    t.match((await call(vendor, 'POST', url, { ...ending(-70_000), validFrom: '2025-01-01T00:00:00Z' })).json(), { status: 422, errors: [{ pointer: '/validTo' }] })
  }
  t.match((await call(vendor, 'POST', '/v1/grants', ending(-10_000))).json(), { state: 'ended' }, 'a clock that is a little behind is no reason')
  t.match((await call(vendor, 'POST', '/v1/grants', ending(10_000))).json(), { state: 'active' })
})

t.test('a grant that names nobody or nothing any more says so', async t => {
  const exchange = await openTestExchange(t)
  const call = callsOf(exchange)
  const { vendor, distributor } = exchange
  const group = async () => (await call(vendor, 'POST', '/v1/groups', { name: 'Partners', members: [distributor.organizationId] })).json<{ groupId: string }>().groupId
  const list = async () => (await call(vendor, 'POST', '/v1/product-lists', { name: 'Launch' })).json<{ listId: string }>().listId
  const [groupId, otherGroupId, listId] = [await group(), await group(), await list()]
  const grant = async (terms: object) => (await call(vendor, 'POST', '/v1/grants', terms)).json<{ grantId: string }>().grantId
  const organizations = [distributor.organizationId]
  const later = { validFrom: new Date(Date.now() + 60_000).toISOString() }
  const expected = new Map([
    [await grant({ groups: [groupId] }), 'void'],
    [await grant({ groups: [groupId], ...later }), 'void'],
    [await grant({ organizations, productLists: [listId] }), 'void'],
    [await grant({ groups: [groupId, otherGroupId] }), 'active'],
    [await grant({ organizations, groups: [groupId] }), 'active'],
    [await grant({ organizations, productLists: [listId], categories: ['laptop'] }), 'active'],
    [await grant({ organizations, ...later }), 'scheduled']
  ])
  const revoked = await grant({ groups: [groupId] })
  t.match((await call(vendor, 'DELETE', `/v1/grants/${revoked}`)).json(), { state: 'revoked' })
  expected.set(revoked, 'revoked')
  const states = async () => new Set((await call(vendor, 'GET', '/v1/grants')).json<{ items: Array<{ state: string }> }>().items.map(({ state }) => state))
  t.same(await states(), new Set(['active', 'scheduled', 'revoked']))

  await call(vendor, 'DELETE', `/v1/groups/${groupId}`)
  await call(vendor, 'DELETE', `/v1/product-lists/${listId}`)
  const { items } = (await call(vendor, 'GET', '/v1/grants')).json<{ items: Array<{ grantId: string, state: string }> }>()
  t.same(new Map(items.map(({ grantId, state }) => [grantId, state])), expected)
  for (const [grantId, state] of expected) t.match((await call(vendor, 'GET', `/v1/grants/${grantId}`)).json(), { state })
})

t.test('judging a record tells nothing about products that its sender does not see', async t => {
  const exchange = await openTestExchange(t)
  const call = callsOf(exchange)
  const { vendor, distributor } = exchange
  const gtin = '9521234543213'
  await publish(exchange, record('G/1', { gtins: [gtin] }))
  const judge = async (member: Member) => (await call(member, 'POST', '/v1/products/validate', { records: [record('G/2', { gtins: [gtin] })] })).json<{ items: Array<{ valid: boolean }> }>().items[0]?.valid
  t.equal(await judge(distributor), false)
  await call(vendor, 'PUT', '/v1/audiences', { default: 'closed', categories: {} })
  t.equal(await judge(distributor), true)
  t.equal(await judge(vendor), false)
})

t.test('a decision is on record with who made it, from where, and what it was before and after', async t => {
  const exchange = await openTestExchange(t)
  const call = callsOf(exchange)
  const { vendor, distributor, connection } = exchange
  const requestId = randomUUID()
  const granted = await call(vendor, 'POST', '/v1/grants', { organizations: [distributor.organizationId] }, { 'x-request-id': requestId })
  const { grantId } = granted.json<{ grantId: string }>()
  await call(vendor, 'DELETE', `/v1/grants/${grantId}`)
  const events = await connection.db.collection('audit_events').find({}, { sort: { _id: 1 } }).toArray()
  t.match(events, [
    {
      organizationId: vendor.organizationId,
      actor: { organizationId: vendor.organizationId, clientId: vendor.clientId, ip: '127.0.0.1', requestId },
      operation: 'createGrant',
      resource: { type: 'grant', id: grantId },
      outcome: 'succeeded',
      after: { id: grantId, organizations: [distributor.organizationId] }
    },
    { operation: 'revokeGrant', resource: { type: 'grant', id: grantId }, outcome: 'succeeded', before: { id: grantId }, after: { revokedAt: Date } }
  ])
  t.notOk('revokedAt' in (events[1]?.['before'] as object))
})
