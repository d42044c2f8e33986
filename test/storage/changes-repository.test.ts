import t from 'tap'
import { createChangesRepository } from '../../src/storage/changes-repository.js'
import { migrate } from '../../src/storage/migrations.js'
import { productsCollection, type ProductDocument } from '../../src/storage/product-documents.js'
import { openTestDatabase } from '../support/database.js'

const ROWS = 40
const ROW_BYTES = 1_048_576

t.test('a read of more than the database answers at once ends early, and says how far it is complete', async t => {
  const db = await openTestDatabase(t)
  await migrate(db)
  const record = Buffer.alloc(ROW_BYTES, 'x')
  for (let seq = 1; seq <= ROWS; seq++) {
    await productsCollection(db).insertOne({ _id: `p-${seq}`, seq, version: 1, publishedAt: new Date(0), record, audience: 'org/laptop', audienceSince: 0 } as ProductDocument)
  }
  const changes = createChangesRepository(db)
  const found: number[] = []
  const sizes: number[] = []
  for (let after = 0; after < ROWS;) {
    const { size, upTo, decode } = await changes.read({ after, upTo: ROWS }, { kind: 'everything' }, { limit: 500, withFields: false })
    found.push(...decode(0, size).map(({ position }) => position))
    t.equal(found.at(-1), upTo)
    sizes.push(size)
    after = upTo
  }
  t.same(found, Array.from({ length: ROWS }, (_, index) => index + 1))
  t.ok(sizes.length > 2 && sizes.every(size => size <= 16), `at most 16 MiB at a time: ${sizes.join(', ')}`)

  const halved = await changes.read({ after: -80, upTo: 1_000 }, { kind: 'everything' }, { limit: 200, withFields: false })
  t.same(halved.decode(0, halved.size).map(({ position }) => position), found.slice(0, halved.size), 'nothing behind a half that ended early')
  const limited = await changes.read({ after: 10, upTo: ROWS }, { kind: 'everything' }, { limit: 3, withFields: false })
  t.same(limited.decode(0, limited.size).map(({ position }) => position), [11, 12, 13])
  t.equal(limited.upTo, 13)
})
