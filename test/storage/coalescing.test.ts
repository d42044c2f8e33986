import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import { createCoalescedReader } from '../../src/storage/coalescing.js'

interface Load { keys: string[], answered: () => void, end: (error?: Error) => void }

function openReader (maxInFlight: number) {
  const loads: Load[] = []
  const reader = createCoalescedReader<string>((keys, answered) => new Promise((resolve, reject) => {
    loads.push({ keys, answered, end: error => { if (error === undefined) resolve(new Map(keys.map(key => [key, `value of ${key}`]))); else reject(error) } })
  }), { maxKeys: 2, maxInFlight, maxWaiting: 100 })
  return { reader, loads, settle: async () => { for (let turn = 0; turn < 3; turn++) await nextTurn() } }
}

t.test('reads that come together share a load', async t => {
  const { reader, loads, settle } = openReader(1)
  const all = Promise.all(['a', 'b', 'a'].map(async key => await reader.get(key)))
  await settle()
  t.same(loads.map(({ keys }) => keys), [['a', 'b']])
  loads[0]?.end()
  t.same(await all, ['value of a', 'value of b', 'value of a'])
})

t.test('the next load begins when the database has answered, before the answer is taken apart, and only one at a time', async t => {
  const { reader, loads, settle } = openReader(1)
  const all = Promise.all(['a', 'b', 'c', 'd', 'e'].map(async key => await reader.get(key)))
  await settle()
  t.equal(loads.length, 1, 'the others wait')
  loads[0]?.answered()
  await settle()
  t.same(loads.map(({ keys }) => keys), [['a', 'b'], ['c', 'd']])
  loads[0]?.answered()
  loads[0]?.end()
  await settle()
  t.equal(loads.length, 2, 'a place is given back once')
  loads[1]?.end()
  await settle()
  loads[2]?.end()
  t.equal((await all).length, 5)
})

t.test('a load that fails fails for its own keys, and its place is free again', async t => {
  const { reader, loads, settle } = openReader(1)
  const failed = t.rejects(Promise.all([reader.get('a'), reader.get('b')]), { message: 'gone' })
  const next = reader.get('c')
  await settle()
  loads[0]?.answered()
  loads[0]?.end(new Error('gone'))
  await failed
  await settle()
  t.same(loads.map(({ keys }) => keys), [['a', 'b'], ['c']])
  loads[1]?.end()
  t.equal(await next, 'value of c')
})
