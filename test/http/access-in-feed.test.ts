import t from 'tap'
import { canonicalJson } from '../../src/domain/canonical-json.js'
import { createFeedPositions } from '../../src/storage/feed-positions.js'
import { placementAfter, productsCollection } from '../../src/storage/product-documents.js'
import { openTestExchange, type Member } from '../support/exchange.js'
import { olderCursor } from '../support/older-cursors.js'
import { recordOf } from '../support/records.js'

interface Page { items: Array<{ op: string, productId: string, reason?: string, version: number, identifiers: Array<{ scheme: string }> }>, nextCursor: string, hasMore: boolean }

t.test('gained and lost access is told page by page, counted, and forgotten with the retention', async t => {
  const exchange = await openTestExchange(t)
  const { app, vendor, distributor, reseller, connection, services } = exchange
  const call = async (member: Member, method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, payload?: object) => {
    const answer = await app.inject({ method, url, headers: member.headers, ...(payload && { payload }) })
    if (answer.statusCode >= 300) throw new Error(answer.body)
    return answer.json<Record<string, unknown>>()
  }
  const changes = async (cursor: string, limit = 100): Promise<Page> => await call(distributor, 'GET', `/v1/changes?cursor=${cursor}&limit=${limit}`) as unknown as Page
  const pending = async (cursor: string) => (await call(distributor, 'GET', `/v1/changes/status?cursor=${cursor}`))['pending']

  await call(vendor, 'PUT', '/v1/audiences', { default: 'closed', categories: {} })
  const ids: string[] = []
  for (const [index, category] of ['laptop', 'laptop', 'laptop', 'monitor'].entries()) {
    ids.push((await call(vendor, 'POST', '/v1/products', recordOf({ manufacturerPartNumber: `A/${index}`, category })))['productId'] as string)
  }
  const laptops = ids.slice(0, 3)
  const start = await call(distributor, 'GET', '/v1/changes?from=now') as unknown as Page
  t.equal(await pending(start.nextCursor), 0)

  const { grantId } = await call(vendor, 'POST', '/v1/grants', { organizations: [distributor.organizationId], categories: ['laptop'] })
  t.equal(await pending(start.nextCursor), 3)
  const walked: string[] = []
  let page = await changes(start.nextCursor, 1)
  for (;;) {
    for (const { op, productId } of page.items) walked.push(`${op} ${productId}`)
    if (!page.hasMore) break
    page = await changes(page.nextCursor, 1)
  }
  t.same(walked, laptops.map(id => `upsert ${id}`), 'each once, with cursors inside the change of access')
  t.equal(await pending(page.nextCursor), 0)
  const { organizationId } = distributor
  const [event] = await connection.db.collection('access_events').find().toArray()
  const older = await olderCursor(connection.db, { list: 'changes', organizationId, query: [canonicalJson({}), null] }, [Number(event?.['seq']) - 1, ids.length, 0, laptops[0]])
  t.equal(await pending(older), 3)
  t.same((await changes(older)).items.map(({ productId }) => productId), laptops, 'behind a cursor of an older version in the middle of it, from its beginning')
  const others = await app.inject({ url: '/v1/changes', headers: reseller.headers })
  t.same(others.json<Page>().items, [], 'nobody else is told')

  await call(vendor, 'DELETE', `/v1/products/${laptops[0]}`)
  await call(vendor, 'DELETE', `/v1/grants/${grantId as string}`)
  t.equal(await pending(page.nextCursor), 3)
  const lost = await changes(page.nextCursor)
  t.same(lost.items.map(({ op, productId, reason }) => [op, productId, reason]), laptops.map(id => ['delete', id, 'access-revoked']), 'the one that was withdrawn before among them')
  t.ok(lost.items.every(({ identifiers }) => identifiers.some(({ scheme }) => scheme === 'mpn')))
  t.same((await changes(lost.nextCursor)).items, [])
  t.same((await call(distributor, 'GET', '/v1/changes?from=beginning') as unknown as Page).items, [], 'who begins now has nothing to forget')

  const longAgo = new Date(Date.now() - 100 * 86_400_000)
  await connection.db.collection('access_events').updateMany({}, { $set: { writtenAt: longAgo } })
  t.match(await services.feedUpkeep.run(), { removed: 0 })
  const expired = await app.inject({ url: `/v1/changes?cursor=${start.nextCursor}`, headers: distributor.headers })
  t.equal(expired.statusCode, 410, 'what it has not seen is about to be forgotten')
  await connection.db.collection('feed').updateOne({}, { $set: { horizonAt: longAgo } })
  await services.feedUpkeep.run()
  t.equal(await connection.db.collection('access_events').countDocuments(), 1, 'what stands behind a younger withdrawal stays with it')
  t.same((await changes(lost.nextCursor)).items, [], 'who has seen everything goes on')
})

t.test('a product that moves out of sight is removed from those who saw it, and named to nobody else', async t => {
  const { app, vendor, distributor, reseller } = await openTestExchange(t)
  const call = async (member: Member, method: 'GET' | 'POST' | 'PUT', url: string, payload?: object) =>
    (await app.inject({ method, url, headers: member.headers, ...(payload && { payload }) })).json<Record<string, unknown>>()
  await call(vendor, 'PUT', '/v1/audiences', { default: 'closed', categories: {} })
  await call(vendor, 'POST', '/v1/grants', { organizations: [distributor.organizationId], categories: ['laptop'] })
  const { productId } = await call(vendor, 'POST', '/v1/products', recordOf({ category: 'laptop', gtins: ['9521234543213'] }))
  const cursors = await Promise.all([distributor, reseller].map(async member => (await call(member, 'GET', '/v1/changes'))['nextCursor'] as string))
  await call(vendor, 'POST', '/v1/products', recordOf({ category: 'monitor', gtins: ['9521234543220'] }))
  const [seen, unseen] = await Promise.all([distributor, reseller].map(async (member, index) => (await call(member, 'GET', `/v1/changes?cursor=${cursors[index]}`))['items'] as Page['items']))
  t.match(seen, [{ op: 'delete', productId, reason: 'access-revoked', version: 2 }])
  t.same(seen?.[0]?.identifiers.map(({ scheme }) => scheme), ['mpn'], 'a GTIN that it has since it is hidden is not told')
  t.same(unseen, [])
})

for (const [what, isMovedLate] of [['what left an audience before', false], ['what is just leaving an audience when', true]] as const) {
  t.test(`${what} its access begins is ${isMovedLate ? 'removed from the organisation, which may have seen it' : 'not named to the organisation'}, whatever others are writing meanwhile`, async t => {
    const { app, vendor, distributor, connection } = await openTestExchange(t)
    const call = async (member: Member, method: 'GET' | 'POST' | 'PUT', url: string, payload?: object) =>
      (await app.inject({ method, url, headers: member.headers, ...(payload && { payload }) })).json<Record<string, unknown>>()
    await call(vendor, 'PUT', '/v1/audiences', { default: 'closed', categories: {} })
    await call(vendor, 'POST', '/v1/products', recordOf({ category: 'monitor', manufacturerPartNumber: 'OTHER' }))
    const { productId } = await call(vendor, 'POST', '/v1/products', recordOf({ category: 'laptop' }))
    const cursor = (await call(distributor, 'GET', '/v1/changes?from=now'))['nextCursor'] as string
    const feed = createFeedPositions(connection.db, { newId: () => 'slow', monotonicMs: () => 0 })
    const slow = await feed.reserve(1)
    if (!isMovedLate) await call(vendor, 'POST', '/v1/products', recordOf({ category: 'monitor' }))
    await call(vendor, 'POST', '/v1/grants', { organizations: [distributor.organizationId], categories: ['laptop'] })
    if (isMovedLate) {
      const products = productsCollection(connection.db)
      const before = await products.findOne({ _id: productId as string })
      const moved = placementAfter(before ?? undefined, `${vendor.organizationId}/monitor`, { seq: slow.first, at: new Date() })
      await products.updateOne({ _id: productId as string }, { $set: { seq: slow.first, ...moved } })
    }
    await feed.release(slow)
    const { items } = await call(distributor, 'GET', `/v1/changes?cursor=${cursor}`) as unknown as Page
    t.same(items.map(({ op, productId, reason }) => [op, productId, reason]), isMovedLate ? [['delete', productId, 'access-revoked']] : [])
  })
}
