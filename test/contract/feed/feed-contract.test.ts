/** The second promise of the feed: nothing is missed, whatever happens to the writers. The long form is `npm run soak:feed`. */
import t from 'tap'
import { connect } from '../../../src/storage/connection.js'
import { migrate } from '../../../src/storage/migrations.js'
import { testDatabase } from '../../support/engine.js'
import { runTurmoil } from './turmoil.js'

t.test('mirrors end with exactly what is stored, while writers are paused and killed', { timeout: 120_000 }, async t => {
  const { uri, databaseName } = await testDatabase(t)
  const { db, close } = await connect({ uri, database: databaseName, poolSize: 2 })
  await migrate(db)
  await close()

  const account = await runTurmoil({
    uri, database: databaseName, leaseMs: 1_500, processes: 3, keys: 300, largestBatch: 40, mostChanges: 100_000, mostMs: 14_000
  })
  t.comment(JSON.stringify({ ...account, mirrors: account.mirrors.map(({ name, applied, size }) => ({ name, applied, size })) }))
  t.ok(account.changes > 500, `${account.changes} changes`)
  t.ok(account.kills > 0 && account.longPauses > 0, 'writers were killed, and paused for longer than their lease')
  t.ok(account.reaped > 0, 'and left reservations behind')
  for (const { name, applied, size, complaints, differences } of account.mirrors) {
    t.ok(applied > 100 && size > 0, `${name}: ${applied} changes, ${size} products`)
    t.same(complaints, [], `${name}: versions only rise`)
    t.same(differences, [], `${name}: the copy equals the store`)
  }
})
