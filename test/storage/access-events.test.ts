import t from 'tap'
import { createAccessEvents } from '../../src/storage/access-events.js'
import { migrate } from '../../src/storage/migrations.js'
import { openTestDatabase } from '../support/database.js'

t.test('an event that is moved keeps what was being written, and adds what was until it was moved', async t => {
  const db = await openTestDatabase(t)
  await migrate(db)
  const events = createAccessEvents(db)
  const at = new Date('2026-03-01T00:00:00Z')
  const shift = { organizations: ['org_d'], except: [], gained: ['org_v/laptop'], lost: [] }
  await events.add([shift], { position: 20, unsettled: [{ after: 11, upTo: 13 }], isByClock: false, at, writtenAt: at, newId: () => 'new' })
  // As an older version has left it.
  const { organizations, except, gained, lost } = shift
  await db.collection<{ _id: string }>('access_events').insertOne({ _id: 'old', seq: 30, from: 25, organizations, except, gained, lost, at, isByClock: false, writtenAt: at } as never)
  const unsettled = async () => (await events.within('org_d', { after: 0, upTo: 100 }, 10)).map(({ position, unsettled }) => [position, unsettled])
  t.same(await unsettled(), [[20, [{ after: 11, upTo: 13 }]], [30, [{ after: 25, upTo: 30 }]]])
  await events.move({ after: 19, upTo: 20 }, 50)
  await events.move({ after: 29, upTo: 30 }, 60)
  t.same(await unsettled(), [[50, [{ after: 11, upTo: 13 }, { after: 19, upTo: 50 }]], [60, [{ after: 29, upTo: 60 }, { after: 25, upTo: 60 }]]])
})
