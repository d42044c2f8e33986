/** Pages over 10,000 products as they are walked by readers who see none, few, half or nearly all of them, and by filters. */
import { randomUUID } from 'node:crypto'
import { MongoClient, type CommandStartedEvent, type Document } from 'mongodb'
import t from 'tap'
import { decideBy, NO_ACCESS_FACTS } from '../../src/domain/access-policy.js'
import type { ProductFilters } from '../../src/domain/product-filters.js'
import { audienceOfToken, audienceToken, sees, type Visibility } from '../../src/domain/visibility.js'
import { createAccessVersion } from '../../src/storage/access-version.js'
import { createAudienceRegistry } from '../../src/storage/audience-registry.js'
import { createGtinClaims } from '../../src/storage/gtin-claims.js'
import { productsCollection, toProductDocument, type ProductDocument } from '../../src/storage/product-documents.js'
import { createProductsRepository } from '../../src/storage/products-repository.js'
import { migrate } from '../../src/storage/migrations.js'
import { testDatabase } from '../support/engine.js'
import { syntheticRecord } from './synthetic-record.js'

const PRODUCTS = 10_000
const LIMIT = 500
const CATEGORIES = ['laptop', 'monitor', 'tablet', 'server', 'printer']
/** Each holds one product in a hundred. */
const VENDORS = Array.from({ length: 100 }, (_, index) => `org_v${String(index).padStart(3, '0')}`)
const AT = 1

function documents (): ProductDocument[] {
  return Array.from({ length: PRODUCTS }, (_, index) => {
    const vendor = VENDORS[index % VENDORS.length] as string
    const category = CATEGORIES[Math.floor(index / VENDORS.length) % CATEGORIES.length] as string
    const record = syntheticRecord(randomUUID(), index)
    // Neither in the order in which they are stored nor in that of ids.
    const born = (index * 7_919) % PRODUCTS + 1
    const stamp = { version: 1, seq: index + 1, born, vendor, publishedAt: new Date(AT), outcome: 'created' as const, auditId: 'none' }
    const promoted = {
      ...record.promoted,
      category,
      manufacturerKey: `manufacturer ${index % 50}`,
      partNumberKey: `PN-${index % 200}`,
      ...(index % 10 === 0 && { condition: 'used' }),
      ...(index % 4 === 0 && { plasticFreePackaging: index % 8 === 0 })
    }
    return toProductDocument({ ...record, promoted }, stamp, { audience: audienceToken(vendor, { category }), audienceSince: index + 1 })
  })
}

t.test('pages are complete, without repetition and without gaps, at a cost that follows what is visible', async t => {
  const { uri, databaseName } = await testDatabase(t)
  const client = new MongoClient(uri, { monitorCommands: true, ignoreUndefined: true })
  t.teardown(async () => { await client.close() })
  const db = client.db(databaseName)
  await migrate(db)
  const stored = documents()
  for (let start = 0; start < stored.length; start += 1_000) await productsCollection(db).insertMany(stored.slice(start, start + 1_000))
  const registry = createAudienceRegistry(db, { version: createAccessVersion(db), onAdded: () => {} })
  await registry.register(stored.map(({ audience }) => audience))
  await registry.recount()
  const audiences = await registry.list()
  t.equal(audiences.length, VENDORS.length * CATEGORIES.length)
  t.ok(audiences.every(({ token, products }) => products === 20 && audienceOfToken(token).vendor.startsWith('org_v')), 'every audience is counted')
  const repository = createProductsRepository(db, { claims: createGtinClaims(db) })

  /** A reader to whom the first vendors have closed their products. */
  function readerWithout (closed: number): Visibility {
    const policies = VENDORS.slice(0, closed).map(vendor => ({ vendor, default: 'closed' as const, categories: {} }))
    return decideBy({ ...NO_ACCESS_FACTS, policies, audiences }).visibilityOf('org_reader', AT).visibility
  }

  /** A reader to whom every vendor has closed its products, and some have granted one category. */
  function readerWith (granting: number, category: string): Visibility {
    const policies = VENDORS.map(vendor => ({ vendor, default: 'closed' as const, categories: {} }))
    const grants = VENDORS.slice(0, granting).map(vendor => ({
      id: vendor, vendor, organizations: ['org_reader'], groups: [], categories: [category], createdAt: new Date(AT)
    }))
    return decideBy({ ...NO_ACCESS_FACTS, policies, grants, audiences }).visibilityOf('org_reader', AT).visibility
  }

  async function walk (visibility: Visibility, filters: ProductFilters, limit: number): Promise<{ ids: string[], sizes: number[] }> {
    const ids: string[] = []
    const sizes: number[] = []
    for (let after: number | undefined; ;) {
      const page = await repository.list(filters, visibility, { ...(after !== undefined && { after }), limit })
      sizes.push(page.length)
      ids.push(...page.map(({ productId }) => productId))
      after = page.at(-1)?.born
      if (page.length < limit) return { ids, sizes }
    }
  }

  /** What the engine says of the reads of products that are made meanwhile: documents that they examine, and plans that do not follow an index. */
  async function explained (work: () => Promise<void>): Promise<{ examined: number, unordered: string[] }> {
    const reads: Document[] = []
    const note = ({ command }: CommandStartedEvent): void => { if (command['find'] === 'products') reads.push(command) }
    client.on('commandStarted', note)
    await work()
    client.off('commandStarted', note)
    let examined = 0
    const unordered: string[] = []
    for (const { find, filter, sort, projection, hint, limit } of reads) {
      const explained = await db.command({ explain: { find, filter, projection, ...(sort && { sort }), ...(hint && { hint }), ...(limit && { limit }) }, verbosity: 'executionStats' })
      const { totalDocsExamined } = explained['executionStats'] as { totalDocsExamined: number }
      examined += Number(totalDocsExamined)
      const { winningPlan } = explained['queryPlanner'] as { winningPlan: Document }
      if (/"stage":"(SORT|COLLSCAN)"/.test(JSON.stringify(winningPlan))) unordered.push(JSON.stringify(winningPlan))
    }
    return { examined, unordered }
  }

  const readers: Array<[string, Visibility, ProductFilters, number]> = [
    ['nothing', readerWithout(100), {}, 0],
    ['1 %', readerWithout(99), {}, 100],
    ['50 %', readerWithout(50), {}, 5_000],
    ['99 %', readerWithout(1), {}, 9_900],
    ['everything', { kind: 'everything' }, {}, 10_000],
    ['one category of ten vendors', readerWith(10, 'laptop'), {}, 200],
    ['a category of which 1 % is visible', readerWith(1, 'laptop'), { category: ['laptop'] }, 20],
    ['a vendor that is closed', readerWithout(1), { vendor: [VENDORS[0] as string] }, 0],
    ['200 audiences, more than are merged at once', readerWithout(60), {}, 4_000]
  ]
  for (const [name, visibility, filters, expected] of readers) {
    const wanted = stored
      .filter(({ vendor, audience, category }) => sees(visibility, { vendor, audience }) &&
        (filters.category?.includes(category) ?? true) && (filters.vendor?.includes(vendor) ?? true))
      .sort((a, b) => a.born - b.born).map(({ _id }) => _id)
    t.equal(wanted.length, expected, `${name}: as many as expected`)
    let walked: Awaited<ReturnType<typeof walk>> = { ids: [], sizes: [] }
    const { examined: cost, unordered } = await explained(async () => { walked = await walk(visibility, filters, LIMIT) })
    t.same(walked.ids, wanted, `${name}: every product once, in order`)
    t.same(walked.sizes.slice(0, -1).filter(size => size !== LIMIT), [], `${name}: no short page before the last`)
    // Where more audiences are visible than are merged at once, each part is asked for a whole page.
    t.ok(cost <= (name.includes('merged') ? 3 : 2.2) * expected + LIMIT, `${name}: ${cost} documents examined for ${expected}`)
    t.same(unordered, [], `${name}: read in the order of an index`)
  }

  const narrowed: Array<[ProductFilters, (document: ProductDocument) => boolean]> = [
    [{ manufacturer: ['Manufacturer 3'] }, ({ manufacturerKey }) => manufacturerKey === 'manufacturer 3'],
    [{ manufacturer: ['Manufacturer 3', 'Manufacturer 4', 'nobody'] }, ({ manufacturerKey }) => ['manufacturer 3', 'manufacturer 4'].includes(manufacturerKey)],
    [{ mpn: ['PN-7', 'PN-8'] }, ({ partNumberKey }) => ['PN-7', 'PN-8'].includes(partNumberKey)],
    [{ category: ['laptop'] }, ({ category }) => category === 'laptop'],
    [{ category: ['laptop', 'server'] }, ({ category }) => ['laptop', 'server'].includes(category)],
    [{ vendor: ['org_v001', 'org_v002'] }, ({ vendor }) => ['org_v001', 'org_v002'].includes(vendor)],
    [{ condition: ['used'] }, ({ condition }) => condition === 'used'],
    [{ plasticFreePackaging: true }, ({ plasticFreePackaging }) => plasticFreePackaging === true],
    [{ category: ['laptop'], plasticFreePackaging: true }, ({ category, plasticFreePackaging }) => category === 'laptop' && plasticFreePackaging === true]
  ]
  for (const [filters, meets] of narrowed) {
    for (const [reader, visibility] of [['all', { kind: 'everything' }], ['most', readerWithout(1)]] as const) {
      const name = `${JSON.stringify(filters)} of ${reader}`
      const wanted = stored.filter(document => meets(document) && sees(visibility, document)).sort((a, b) => a.born - b.born).map(({ _id }) => _id)
      t.ok(wanted.length > 0)
      let ids: string[] = []
      const { examined, unordered } = await explained(async () => { ({ ids } = await walk(visibility, filters, 40)) })
      t.same(ids, wanted, `${name}: every product once, in order`)
      t.same(unordered, [], `${name}: read in the order of an index`)
      t.ok(Object.keys(filters).length > 1 || (examined > 0 && examined <= 1.1 * wanted.length + LIMIT), `${name}: ${examined} documents examined for ${wanted.length}`)
    }
  }

  const found = await explained(async () => {
    const matches = (await repository.findByPartNumber(['PN-7'], { kind: 'everything' })).get('PN-7')
    const wanted = stored.filter(({ partNumberKey }) => partNumberKey === 'PN-7').sort((a, b) => a.born - b.born).map(({ _id }) => _id)
    t.same(matches?.matches.map(({ productId }) => productId), wanted.slice(0, 10), 'look-ups name the first')
  })
  t.same(found.unordered, [])
})
