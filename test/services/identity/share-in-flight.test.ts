import t from 'tap'
import { shareInFlight } from '../../../src/services/identity/share-in-flight.js'

t.test('callers share a load while it is under way, by key', async t => {
  const started: string[] = []
  const release: Array<() => void> = []
  const load = shareInFlight(async key => {
    started.push(key)
    await new Promise<void>(resolve => { release.push(resolve) })
    return { key }
  })
  const answers = [load('a'), load('b'), load('a')]
  t.same(started, ['a', 'b'])
  for (const go of release) go()
  const [first, second, third] = await Promise.all(answers)
  t.equal(first, third)
  t.same(second, { key: 'b' })
})

t.test('neither a result nor a failure is kept', async t => {
  let loads = 0
  const load = shareInFlight(async () => {
    loads++
    if (loads === 1) throw new Error('the first load fails')
    return loads
  })
  const both = await Promise.allSettled([load('a'), load('a')])
  t.same(both.map(({ status }) => status), ['rejected', 'rejected'])
  t.equal(await load('a'), 2)
  t.equal(await load('a'), 3)
})
