import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'
import { createFairTurns } from '../../../src/services/compatibility/fair-turns.js'

t.test('an organisation has one turn and one place in the queue, whatever it sends', async t => {
  const { turnOf } = createFairTurns({ atOnce: 2, waiting: 2, waitMs: 60_000 })
  const first = await turnOf('a')
  const queued = turnOf('a')
  t.equal(await turnOf('a'), null)
  const other = await turnOf('b')
  const third = turnOf('c')
  t.equal(await turnOf('d'), null, 'the queue has an end')
  other?.()
  const turnOfThird = await third
  t.ok(turnOfThird, 'who waited behind one whose organisation has its turn is served')
  first?.()
  first?.()
  t.ok(await queued)
  const last = turnOf('b')
  turnOfThird?.()
  t.ok(await last)
})

t.test('a turn that does not come in time is none, and its place is free again', async t => {
  const { turnOf } = createFairTurns({ atOnce: 1, waiting: 1, waitMs: 20 })
  const end = await turnOf('a')
  t.equal(await turnOf('b'), null)
  const again = turnOf('b')
  end?.()
  const turn = await again
  t.ok(turn)
  turn?.()
  await wait(40)
  t.ok(await turnOf('c'), 'nobody holds a turn that was given up')
})
