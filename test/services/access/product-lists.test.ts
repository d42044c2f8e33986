import { randomBytes, randomUUID } from 'node:crypto'
import t from 'tap'
import { SCOPES_OF_ROLE } from '../../../src/domain/access.js'
import { callerOf } from '../../../src/domain/organization.js'
import { createProductLists } from '../../../src/services/access/product-lists.js'
import { createAuditTrail } from '../../../src/services/audit/audit-trail.js'
import { newEventId } from '../../../src/services/audit/event-ids.js'
import { createCursors } from '../../../src/services/cursors.js'
import { createAccessRepository } from '../../../src/storage/access-repository.js'
import { createAccessVersion } from '../../../src/storage/access-version.js'
import { createAuditRepository } from '../../../src/storage/audit-repository.js'
import { createFeedPositions } from '../../../src/storage/feed-positions.js'
import { placementParts } from '../../storage/placement-parts.js'
import { openTestDatabase } from '../../support/database.js'

const MOST = 5

t.test('an organisation has so many products on its lists, whether there are such products or not', async t => {
  const db = await openTestDatabase(t)
  const now = () => new Date()
  const { audiences, listMembers } = placementParts(db, createFeedPositions(db, { newId: randomUUID, monotonicMs: () => performance.now() }))
  const lists = createProductLists({
    access: createAccessRepository(db, { version: createAccessVersion(db), audiences }),
    members: listMembers,
    change: async ({ store }) => { await store() },
    audit: createAuditTrail({ events: createAuditRepository(db), now, newId: newEventId }),
    cursors: createCursors(randomBytes(32), randomBytes),
    now,
    newId: prefix => `${prefix}_${randomUUID()}`,
    mostListed: MOST
  })
  const callerFor = (id: string) => callerOf({ id, name: id, role: 'vendor', manufacturers: [], createdAt: now() }, { id: 'client', scopes: SCOPES_OF_ROLE.vendor })
  const [vendor, other] = [callerFor('org_a'), callerFor('org_a-2')]
  const first = await lists.create(vendor, { name: 'first' })
  const second = await lists.create(vendor, { name: 'second' })
  const ids = Array.from({ length: MOST + 1 }, () => randomUUID())

  await lists.changeProducts(vendor, first.id, { add: ids.slice(0, 3), remove: [] })
  await lists.changeProducts(vendor, second.id, { add: ids.slice(3, MOST), remove: [] })
  await t.rejects(lists.changeProducts(vendor, second.id, { add: ids.slice(MOST), remove: [] }), { code: 'limit-reached', message: /5 products on its lists/ })
  await t.rejects(lists.changeProducts(vendor, second.id, { add: ids, remove: [] }), { code: 'limit-reached' })
  t.same(await lists.products(vendor, second.id, { limit: 10 }), { items: ids.slice(3, MOST).sort().map(productId => ({ productId })), hasMore: false }, 'nothing of it was done')

  t.same(await lists.changeProducts(vendor, second.id, { add: ids.slice(0, MOST), remove: [] }), { added: MOST, removed: 0 }, 'what is on a list already is moved')
  await lists.changeProducts(vendor, second.id, { add: [], remove: ids.slice(0, 1) })
  t.same(await lists.changeProducts(vendor, first.id, { add: ids.slice(MOST), remove: [] }), { added: 1, removed: 0 }, 'there is room again')
  const theirs = await lists.create(other, { name: 'theirs' })
  t.same(await lists.changeProducts(other, theirs.id, { add: ids.slice(0, MOST), remove: [] }), { added: MOST, removed: 0 }, 'each organisation for itself')
})
