import { gunzipSync } from 'node:zlib'
import t from 'tap'
import { EXAMPLE_RECORD } from '../../src/http/record-examples.js'
import { openTestExchange, type TestExchange } from '../support/exchange.js'

interface Item {
  op: string
  productId: string
  version: number
  changedAt: string
  identifiers: Array<{ scheme: string, value: string, issuer?: string }>
  reason?: string
  product?: { record: unknown, version: number }
  cursor: string
}
interface Page { items: Item[], nextCursor: string, hasMore: boolean, asOf: string }

function record (partNumber: string, product: Record<string, unknown> = {}) {
  const { gtins: _gtins, ...example } = EXAMPLE_RECORD.product
  return { ...structuredClone(EXAMPLE_RECORD), product: { ...example, manufacturerPartNumber: partNumber, ...product } }
}

async function publish ({ app, vendor }: TestExchange, document: unknown): Promise<string> {
  const answer = await app.inject({ method: 'POST', url: '/v1/products', headers: vendor.headers, payload: document as object })
  if (answer.statusCode >= 300) throw new Error(answer.body.slice(0, 500))
  return answer.json<{ productId: string }>().productId
}

async function withdraw ({ app, vendor }: TestExchange, productId: string): Promise<void> {
  const answer = await app.inject({ method: 'DELETE', url: `/v1/products/${productId}`, headers: vendor.headers })
  if (answer.statusCode >= 300) throw new Error(answer.body.slice(0, 500))
}

async function get ({ app, distributor }: TestExchange, query: string, headers: Record<string, string> = distributor.headers) {
  return await app.inject({ url: `/v1/changes${query}`, headers: { ...distributor.headers, ...headers } })
}

async function page (exchange: TestExchange, query: string): Promise<Page> {
  const answer = await get(exchange, query)
  if (answer.statusCode !== 200) throw new Error(answer.body.slice(0, 500))
  return answer.json<Page>()
}

function linesOf (body: string): Array<Partial<Item & { nextCursor: string, asOf: string }>> {
  return body.trimEnd().split('\n').map(line => JSON.parse(line) as Partial<Item>)
}

t.test('a follower gets every change once it is made, and the withdrawal with all identifiers', async t => {
  const exchange = await openTestExchange(t)
  const empty = await page(exchange, '')
  t.match(empty, { items: [], hasMore: false, nextCursor: /.+/, asOf: /Z$/ })

  const a = await publish(exchange, record('A/1', { gtins: ['9521234543213'], externalIds: [{ scheme: 'eprel', value: '123456' }] }))
  const b = await publish(exchange, record('B/1'))
  const first = await page(exchange, `?cursor=${empty.nextCursor}&limit=1`)
  t.match(first, {
    items: [{
      op: 'upsert',
      productId: a,
      version: 1,
      identifiers: [
        { scheme: 'mpn', value: 'A/1', issuer: 'Nordwind Systems' }, { scheme: 'gtin', value: '09521234543213' }, { scheme: 'eprel', value: '123456' }
      ],
      product: { productId: a, version: 1, schemaVersion: '1.1.0', warnings: [], record: { product: { manufacturerPartNumber: 'A/1' } } }
    }],
    hasMore: true
  })
  const second = await page(exchange, `?cursor=${first.nextCursor}`)
  t.match(second.items.map(item => item.productId), [b])
  t.equal(second.hasMore, false)

  await publish(exchange, record('B/1', { massKg: 2 }))
  await withdraw(exchange, a)
  const third = await page(exchange, `?cursor=${second.nextCursor}`)
  t.match(third.items, [{ op: 'upsert', productId: b, version: 2 }, { op: 'delete', productId: a, version: 2, reason: 'withdrawn', identifiers: first.items[0]?.identifiers }])
  t.equal(third.items[1]?.product, undefined)
  t.match(await page(exchange, `?cursor=${third.nextCursor}`), { items: [], nextCursor: /.+/ })

  const again = await page(exchange, '?from=beginning')
  t.same(again.items.map(({ productId, op }) => [productId, op]), [[b, 'upsert'], [a, 'delete']], 'only the latest state, withdrawals too')
  t.same((await page(exchange, '?from=now')).items, [])
})

t.test('a page links to the next one', async t => {
  const exchange = await openTestExchange(t)
  await publish(exchange, record('A'))
  await publish(exchange, record('B'))
  const answer = await get(exchange, '?from=beginning&limit=1&category=laptop')
  const link = /^<(\/v1\/changes)(\?[^>]*)>; rel="next"$/.exec(String(answer.headers['link']))
  t.match(link?.[2], /category=laptop/)
  const next = await page(exchange, link?.[2] ?? '')
  t.equal(next.items.length, 1)
  t.equal(answer.headers['cache-control'], 'private, no-cache')
})

t.test('a product that stops matching the filters reaches a follower that may hold it', async t => {
  const exchange = await openTestExchange(t)
  const a = await publish(exchange, record('A'))
  const b = await publish(exchange, record('B', { category: 'monitor' }))
  const start = await page(exchange, '?category=laptop')
  t.same(start.items.map(item => item.productId), [a], 'what did not match when the follower began is left out')

  await publish(exchange, record('A', { category: 'tablet' }))
  await publish(exchange, record('C', { category: 'monitor' }))
  await withdraw(exchange, b)
  const next = await page(exchange, `?category=laptop&cursor=${start.nextCursor}`)
  t.match(next.items, [{ op: 'delete', productId: a, version: 2, reason: 'no-longer-matching' }])
  t.equal(next.items.length, 1, 'not: a new product that never matched, and the withdrawal of one')

  await withdraw(exchange, a)
  const last = await page(exchange, `?category=laptop&cursor=${start.nextCursor}`)
  t.match(last.items, [{ op: 'delete', productId: a, version: 3, reason: 'withdrawn' }], 'also when the change in between was not seen')
})

t.test('cursors are bound to organisation and filters, and cannot be altered', async t => {
  const exchange = await openTestExchange(t)
  await publish(exchange, record('A'))
  const { nextCursor } = await page(exchange, '?category=laptop&category=monitor')
  t.equal((await get(exchange, `?category=monitor&category=laptop&cursor=${nextCursor}`)).statusCode, 200, 'the order of filters means nothing')

  const refused = async (query: string, headers?: Record<string, string>) => {
    const answer = await get(exchange, query, headers)
    t.equal(answer.statusCode, 400, query)
    t.match(answer.json(), { code: 'invalid-cursor', errors: [{ parameter: 'cursor' }] })
  }
  await refused(`?cursor=${nextCursor}`)
  await refused(`?category=laptop&cursor=${nextCursor}`)
  await refused(`?category=laptop&category=monitor&cursor=${nextCursor}`, exchange.reseller.headers)
  for (let index = 0; index < nextCursor.length; index++) {
    const altered = nextCursor.slice(0, index) + (nextCursor[index] === 'A' ? 'B' : 'A') + nextCursor.slice(index + 1)
    await refused(`?category=laptop&category=monitor&cursor=${altered}`)
  }
  await refused(`?category=laptop&category=monitor&cursor=${nextCursor}A`)
  t.match((await get(exchange, `?from=now&category=laptop&category=monitor&cursor=${nextCursor}`)).json(), { code: 'invalid-parameter' })
  t.match((await get(exchange, '?kategory=laptop')).json(), { code: 'invalid-parameter' })
})

t.test('a cursor that would miss withdrawals is refused with the way to start again', async t => {
  const exchange = await openTestExchange(t)
  const a = await publish(exchange, record('A'))
  const before = await page(exchange, '')
  await withdraw(exchange, a)
  const after = await page(exchange, `?cursor=${before.nextCursor}`)
  t.equal(after.items[0]?.op, 'delete')
  await exchange.connection.db.collection<{ _id: string }>('feed').updateOne({ _id: 'feed' }, { $set: { horizon: 2 } })

  for (const path of ['', '/stream', '/status']) {
    const answer = await get(exchange, `${path}?cursor=${before.nextCursor}`)
    t.equal(answer.statusCode, 410, path)
    t.match(answer.json(), { code: 'cursor-expired', startAgain: 'from=beginning', detail: /from=beginning/ })
  }
  t.equal((await get(exchange, `?cursor=${after.nextCursor}`)).statusCode, 200, 'this one has come past it')
  const fresh = await page(exchange, '?from=beginning&limit=1')
  t.equal((await get(exchange, `?cursor=${fresh.nextCursor}`)).statusCode, 200, 'and this one began after it')
})

t.test('a long poll ends with the first change, with the time, or when the exchange stops', async t => {
  const exchange = await openTestExchange(t)
  const { nextCursor } = await page(exchange, '')
  const waiting = get(exchange, `?cursor=${nextCursor}`, { prefer: 'respond-async, wait=20' })
  await new Promise(resolve => setTimeout(resolve, 300))
  const startedAt = Date.now()
  await publish(exchange, record('A'))
  const answer = await waiting
  t.ok(Date.now() - startedAt < 3_000, `woken after ${Date.now() - startedAt} ms`)
  t.equal(answer.headers['preference-applied'], 'wait=20')
  t.equal(answer.json<Page>().items.length, 1)

  const patient = await get(exchange, `?cursor=${answer.json<Page>().nextCursor}`, { prefer: 'wait=1' })
  t.match(patient.json(), { items: [], hasMore: false })
  t.equal((await get(exchange, '', { prefer: 'wait=900' })).headers['preference-applied'], 'wait=30', 'no longer than that')

  const cut = get(exchange, `?cursor=${patient.json<Page>().nextCursor}`, { prefer: 'wait=30' })
  await new Promise(resolve => setTimeout(resolve, 300))
  const closedAt = Date.now()
  exchange.services.close()
  t.equal((await cut).statusCode, 200)
  t.ok(Date.now() - closedAt < 3_000)
})

t.test('the stream goes up to the head and can be taken up again behind any line', async t => {
  const exchange = await openTestExchange(t)
  const ids: string[] = []
  for (let number = 0; number < 5; number++) ids.push(await publish(exchange, record(`N${number}`)))
  await withdraw(exchange, ids[1] as string)
  const answer = await get(exchange, '/stream')
  t.match(answer.headers['content-type'], /^application\/x-ndjson/)
  const lines = linesOf(answer.body)
  const changes = lines.slice(0, -1)
  t.same(changes.map(line => [line.op, line.productId]), [['upsert', ids[0]], ['upsert', ids[2]], ['upsert', ids[3]], ['upsert', ids[4]], ['delete', ids[1]]])
  const last = lines.at(-1)
  t.same(Object.keys(last ?? {}).sort(), ['asOf', 'nextCursor'])

  const stored = await exchange.app.inject({ url: `/v1/products/${ids[0]}`, headers: exchange.distributor.headers })
  t.ok(answer.body.includes(`"product":${stored.body}}`), 'the product is byte for byte what a read answers')

  for (const [index, line] of changes.entries()) {
    const resumed = linesOf((await get(exchange, `/stream?cursor=${line.cursor}`)).body)
    t.same(resumed.slice(0, -1).map(({ productId }) => productId), changes.slice(index + 1).map(({ productId }) => productId))
  }
  t.same((await page(exchange, `?cursor=${last?.nextCursor}`)).items, [], 'pages go on where the stream ended')
  t.same(linesOf((await get(exchange, `/stream?cursor=${last?.nextCursor}`)).body).length, 1)

  const compressed = await get(exchange, '/stream', { 'accept-encoding': 'gzip, deflate' })
  t.equal(compressed.headers['content-encoding'], 'gzip')
  const withoutCursor = (line: Partial<Item>) => ({ ...line, cursor: undefined })
  t.same(linesOf(gunzipSync(compressed.rawPayload).toString()).slice(0, -1).map(withoutCursor), changes.map(withoutCursor))
})

t.test('a stream of many chunks is whole', async t => {
  const exchange = await openTestExchange(t)
  const items = Array.from({ length: 1_000 }, (_, number) => ({ op: 'submit', ref: String(number), record: record(`M${number}`) }))
  for (const part of [items.slice(0, 501), items.slice(501)]) {
    const answer = await exchange.app.inject({ method: 'POST', url: '/v1/products/batch', headers: exchange.vendor.headers, payload: { items: part } })
    t.equal(answer.statusCode, 200)
  }
  const lines = linesOf((await get(exchange, '/stream')).body)
  t.equal(new Set(lines.slice(0, -1).map(line => line.productId)).size, 1_000)
  const filtered = linesOf((await get(exchange, '/stream?mpn=m7&mpn=M999')).body)
  t.equal(filtered.length, 3)
  const hidden = await page(exchange, '?mpn=m999')
  t.match(hidden, { items: [{ version: 1 }], hasMore: false }, 'a page looks past changes that the filters hide')
})

t.test('the status tells how far behind a cursor is', async t => {
  const exchange = await openTestExchange(t)
  const { nextCursor } = await page(exchange, '')
  t.match((await get(exchange, '/status')).json(), { lagMs: 0, retentionDays: 90 })
  await publish(exchange, record('A'))
  await publish(exchange, record('B'))
  t.match((await get(exchange, `/status?cursor=${nextCursor}`)).json(), { pending: 2, pendingIsExact: true, oldestPendingAt: /Z$/ })
})

t.test('following needs its scope', async t => {
  const exchange = await openTestExchange(t)
  const reader = await exchange.addMember({ name: 'Eckladen IT', role: 'reseller', scopes: ['products:read'] })
  for (const path of ['', '/stream', '/status']) t.equal((await get(exchange, path, reader.headers)).statusCode, 403)
})
