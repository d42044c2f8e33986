import { randomUUID } from 'node:crypto'
import t from 'tap'
import { createProductCatalogue } from '../../src/storage/product-catalogue.js'
import { productsCollection, toProductDocument, type ProductDocument } from '../../src/storage/product-documents.js'
import { openTestDatabase } from '../support/database.js'
import { syntheticRecord } from './synthetic-record.js'

const PRODUCTS = 5_000

t.test('a catalogue is read whole, in as many parts of the ids as it takes', async t => {
  const db = await openTestDatabase(t)
  const stored = Array.from({ length: PRODUCTS }, (_, index): ProductDocument => {
    const stamp = { version: 1, seq: index + 1, born: index + 1, vendor: 'org_a', publishedAt: new Date(), outcome: 'created' as const, auditId: 'none' }
    const record = syntheticRecord(randomUUID(), index)
    const manufacturerKey = index % 10 === 0 ? 'other' : index % 2 === 0 ? 'one' : 'two'
    const document = toProductDocument({ ...record, promoted: { ...record.promoted, manufacturerKey } }, stamp, { audience: 'org_a/laptop', audienceSince: index + 1 })
    return index % 7 === 0 ? { ...document, withdrawn: true } : document
  })
  await productsCollection(db).insertMany(stored)
  const wanted = stored.filter(({ withdrawn, manufacturerKey }) => withdrawn !== true && manufacturerKey !== 'other').map(({ _id }) => _id).sort()
  const catalogue = createProductCatalogue(db)
  for (const parts of [1, 3]) {
    const found: string[] = []
    for (let part = 0; part < parts; part++) {
      const range = { from: Math.ceil(2 ** 32 / parts * part), to: Math.ceil(2 ** 32 / parts * (part + 1)) }
      const sizes = new Set<number>()
      for await (const products of catalogue.liveProducts(new Set(['one', 'two', 'nobody']), range)) {
        const ids = products.map(({ productId }) => productId)
        t.ok(ids.map(id => Number.parseInt(id.slice(0, 8), 16)).every(first => first >= range.from && first < range.to), 'within the range')
        sizes.add(ids.length)
        found.push(...ids)
      }
      t.ok(sizes.size > 1, 'in groups')
    }
    t.same(found.sort(), wanted, `each once, in ${parts}`)
  }
})
