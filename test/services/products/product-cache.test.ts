import t from 'tap'
import type { ProductSnapshot } from '../../../src/domain/product.js'
import { productBody } from '../../../src/formats/product-json.js'
import { createProductCache, MAX_STALENESS_MS, type ProductCache } from '../../../src/services/products/product-cache.js'

const EVERYTHING = { kind: 'everything' } as const

function snapshot (productId: string, version: number, bytes = 10): ProductSnapshot {
  return {
    product: {
      productId, version, vendor: 'org_a', publishedAt: new Date(0), schemaVersion: '1.0.0', record: Buffer.from(`{"a":"${'x'.repeat(bytes)}"}`), warnings: []
    },
    scope: { vendor: 'org_a', audience: 'org_a/laptop' }
  }
}

/** A cache over a store in memory whose reads can be held up. */
function openCache (maxBytes = 1_000_000) {
  const store = new Map<string, ProductSnapshot>()
  let clock = 0
  let reads = 0
  let gate = Promise.resolve()
  const cache = createProductCache({
    load: async productId => {
      reads++
      const found = store.get(productId)
      await gate
      return found
    },
    maxBytes,
    monotonicMs: () => clock
  })
  cache.confirm(clock)
  return {
    cache,
    put: (productId: string, version: number, bytes?: number) => { store.set(productId, snapshot(productId, version, bytes)) },
    remove: (productId: string) => { store.delete(productId) },
    versionOf: async (productId: string) => (await cache.find(productId, EVERYTHING))?.version ?? null,
    reads: () => reads,
    passTime: (ms: number) => { clock += ms },
    confirm: () => { cache.confirm(clock) },
    holdReads: () => {
      let open = () => {}
      gate = new Promise(resolve => { open = resolve })
      return () => { open() }
    }
  }
}

t.test('a second read comes from memory, with the bytes of the first', async t => {
  const { cache, put, reads } = openCache()
  put('a', 1)
  const first = await cache.find('a', EVERYTHING)
  const second = await cache.find('a', EVERYTHING)
  t.equal(reads(), 1)
  t.equal(productBody(second!), productBody(first!), 'the very same buffer')
  t.equal(second!.record.buffer, productBody(second!).buffer, 'the record is a part of it')
  t.same(JSON.parse(productBody(second!).toString()), {
    productId: 'a', version: 1, vendor: 'org_a', publishedAt: '1970-01-01T00:00:00.000Z', schemaVersion: '1.0.0', record: { a: 'xxxxxxxxxx' }, warnings: []
  })
  const projected = { ...second!, record: Buffer.from('{}') }
  t.match(productBody(projected).toString(), /"record":{}/, 'a projection of it is not mistaken for it')
})

t.test('a change or withdrawal that is told is not answered any more', async t => {
  const { cache, put, remove, versionOf } = openCache()
  put('a', 1)
  await versionOf('a')
  put('a', 2)
  t.equal(await versionOf('a'), 1)
  cache.invalidate('a', 1)
  t.equal(await versionOf('a'), 1, 'that was known')
  cache.invalidate('a', 2)
  t.equal(await versionOf('a'), 2)
  remove('a')
  cache.invalidate('a', 3)
  t.equal(await versionOf('a'), null)
})

t.test('what was read before a change and arrives after it is not kept', async t => {
  const tellings = [
    (cache: ProductCache) => { cache.invalidate('a', 2) },
    (cache: ProductCache) => { cache.invalidate('a') },
    (cache: ProductCache) => { cache.clear() }
  ]
  for (const tell of tellings) {
    const { cache, put, versionOf, holdReads, reads } = openCache()
    put('a', 1)
    const letThrough = holdReads()
    const early = versionOf('a')
    put('a', 2)
    tell(cache)
    letThrough()
    t.equal(await early, 1, 'whoever asked before the change may get what was before it')
    t.equal(await versionOf('a'), 2, 'whoever asks after it may not')
    t.equal(reads(), 2)
    t.equal(await versionOf('a'), 2)
    t.equal(reads(), 2, 'and that is kept')
  }
})

t.test('nothing is answered from memory when it is not known to be fresh', async t => {
  const { put, versionOf, passTime, confirm } = openCache()
  put('a', 1)
  await versionOf('a')
  put('a', 2)
  passTime(MAX_STALENESS_MS)
  t.equal(await versionOf('a'), 1, 'within the bound')
  passTime(1)
  t.equal(await versionOf('a'), 2, 'beyond it the database answers')
  confirm()
  t.equal(await versionOf('a'), 2)
})

t.test('memory is bounded in bytes', async t => {
  const { cache, put, versionOf, reads } = openCache(100_000)
  for (let number = 0; number < 100; number++) {
    put(`p${number}`, 1, 5_000)
    await versionOf(`p${number}`)
  }
  t.ok(cache.bytes() <= 100_000 && cache.bytes() > 90_000, `${cache.bytes()} bytes`)
  await versionOf('p99')
  t.equal(reads(), 100)
  await versionOf('p0')
  t.equal(reads(), 101, 'the oldest had to go')
})

t.test('that somebody may not see a product is not answered from memory', async t => {
  const { cache, put, reads } = openCache()
  const blind = { kind: 'partial', restrictedVendors: new Set(['org_a']), grantedAudiences: new Set<string>(), audiences: [] } as const
  put('a', 1)
  await cache.find('a', EVERYTHING)
  for (let round = 0; round < 3; round++) t.equal(await cache.find('a', blind), null)
  t.equal(reads(), 4, 'each goes to the database, like one for a product that does not exist')
  for (let round = 0; round < 3; round++) t.equal(await cache.find('b', blind), null)
  t.equal(reads(), 7)
  await cache.find('a', EVERYTHING)
  t.equal(reads(), 7, 'and drives nothing out')
})
