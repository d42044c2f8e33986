import t from 'tap'
import { openTestExchange, type TestExchange } from '../support/exchange.js'
import { olderCursor } from '../support/older-cursors.js'
import { demonstrationGtin, recordOf } from '../support/records.js'

let exchange: TestExchange
t.before(async () => {
  exchange = await openTestExchange(t)
  const items = Array.from({ length: 25 }, (_, index) => ({
    op: 'submit',
    record: recordOf(
      {
        manufacturerPartNumber: `LIST-${index}`,
        gtins: [demonstrationGtin(1000 + index)],
        category: index % 5 === 0 ? 'monitor' : 'laptop',
        ...(index >= 20 && { manufacturerName: 'Südlicht Computer' })
      },
      index % 2 === 0 ? {} : { packaging: undefined as never }
    )
  }))
  const answer = await exchange.app.inject({ method: 'POST', url: '/v1/products/batch', headers: exchange.vendor.headers, payload: { items } })
  if (answer.statusCode !== 200) throw new Error(answer.body)
})

async function list (query: string, headers = exchange.reseller.headers) {
  return await exchange.app.inject({ url: `/v1/products${query}`, headers })
}

const partNumbersOf = (answer: Awaited<ReturnType<typeof list>>): string[] =>
  answer.json().items.map((item: { record: { product: { manufacturerPartNumber: string } } }) => item.record.product.manufacturerPartNumber)

t.test('pages are complete, without repetition, and linked', async t => {
  const seen: string[] = []
  let url = '?limit=10&category=laptop&category=monitor'
  let pages = 0
  for (;;) {
    const page = await list(url)
    t.equal(page.statusCode, 200)
    seen.push(...partNumbersOf(page))
    pages++
    if (!page.json().hasMore) {
      t.notOk('nextCursor' in page.json())
      t.equal(page.headers['link'], undefined)
      break
    }
    const next = /^<([^>]+)>; rel="next"$/.exec(String(page.headers['link']))?.[1] ?? ''
    t.match(next, /^\/v1\/products\?limit=10&category=laptop&category=monitor&cursor=/, 'with all original parameters')
    t.equal(new URL(next, 'http://x').searchParams.get('cursor'), page.json().nextCursor)
    url = next.slice('/v1/products'.length)
  }
  t.equal(pages, 3)
  t.same(seen, Array.from({ length: 25 }, (_, index) => `LIST-${index}`), 'in the order in which they were first published')
})

t.test('filters combine, their values are alternatives', async t => {
  t.equal(partNumbersOf(await list('?category=monitor')).length, 5)
  t.equal(partNumbersOf(await list('?category=monitor&manufacturer=s%C3%BCdlicht%20%20COMPUTER')).length, 1)
  t.same(partNumbersOf(await list('?mpn=list-3&mpn=LIST-4')).sort(), ['LIST-3', 'LIST-4'])
  t.same(partNumbersOf(await list(`?gtin=${demonstrationGtin(1007)}`)), ['LIST-7'])
  t.same(partNumbersOf(await list(`?gtin=${demonstrationGtin(4711)}`)), [])
  t.equal(partNumbersOf(await list('?hasGroup=packaging')).length, 13)
  t.equal(partNumbersOf(await list('?hasGroup=refurbishment')).length, 0)
  t.equal(partNumbersOf(await list('?plasticFreePackaging=true')).length, 13)
  t.equal(partNumbersOf(await list('?maxTotalKgCo2e=241.9')).length, 0)
  t.equal(partNumbersOf(await list('?maxTotalKgCo2e=242')).length, 25)
  t.equal(partNumbersOf(await list('?minRecycledPercent=1')).length, 0)
  t.equal(partNumbersOf(await list('?assuranceLevel=selfDeclared')).length, 13)
  t.equal(partNumbersOf(await list(`?vendor=${exchange.vendor.organizationId}`)).length, 25)
  t.equal(partNumbersOf(await list('?vendor=org_nobody')).length, 0)
  t.equal(partNumbersOf(await list('?updatedSince=2020-01-01T00:00:00Z')).length, 25)
  t.equal(partNumbersOf(await list('?updatedSince=2199-01-01T00:00:00Z')).length, 0)
  t.equal(partNumbersOf(await list('?schema=1')).length, 25)
})

t.test('cursors belong to their list, filters and organisation, and cannot be forged', async t => {
  const { nextCursor } = (await list('?limit=5&category=laptop')).json()
  t.equal((await list(`?limit=7&category=laptop&cursor=${nextCursor}`)).statusCode, 200, 'the page size may change')
  const [head, ...rest] = nextCursor as string
  const inOrderOfIds = await olderCursor(
    exchange.connection.db, { list: 'products', organizationId: exchange.reseller.organizationId, query: { category: ['laptop'] } }, '00000000-0000-5000-8000-000000000000'
  )
  const cases = [
    await list(`?limit=5&category=monitor&cursor=${nextCursor}`),
    await list(`?limit=5&cursor=${nextCursor}`),
    await list(`?limit=5&category=laptop&cursor=${nextCursor}`, exchange.distributor.headers),
    await list(`?limit=5&category=laptop&cursor=${head === 'A' ? 'B' : 'A'}${rest.join('')}`),
    await list('?limit=5&category=laptop&cursor=nonsense'),
    await list(`?limit=5&category=laptop&cursor=${nextCursor.slice(0, -8)}`),
    await list(`?limit=5&category=laptop&cursor=${inOrderOfIds}`)
  ]
  for (const answer of cases) {
    t.match({ status: answer.statusCode, ...answer.json() }, { status: 400, code: 'invalid-cursor', errors: [{ parameter: 'cursor', code: 'INVALID_CURSOR' }] })
  }
})

t.test('what is no GTIN is refused wherever it filters', async t => {
  const right = demonstrationGtin(1007)
  const wrong = `${right.slice(0, -1)}${(Number(right.at(-1)) + 1) % 10}`
  for (const path of ['/v1/products', '/v1/changes', '/v1/changes/stream', '/v1/changes/status', '/v1/products/export']) {
    for (const value of ['abc', wrong, '4711']) {
      const answer = await exchange.app.inject({ url: `${path}?gtin=${right}&gtin=${value}`, headers: exchange.reseller.headers })
      t.match({ status: answer.statusCode, ...answer.json() }, {
        status: 400,
        code: 'invalid-parameter',
        errors: [{ parameter: 'gtin', code: 'PARAMETER_VALUE', expected: 'a GTIN of 8, 12, 13 or 14 digits with its right check digit', received: value }]
      }, `${path} ${value}`)
    }
  }
})
