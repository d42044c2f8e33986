import t from 'tap'
import { createQuotaWindows, WINDOW_SECONDS } from '../../src/http/quota-windows.js'

t.test('an answer that comes after its window has ended tells of the one that is open then', t => {
  let now = 0
  const windows = createQuotaWindows(() => now)
  const atArrival = windows.open('client')
  atArrival.used = 7
  now = 45_000
  t.equal(windows.current(atArrival), atArrival)
  t.equal(windows.secondsLeft(atArrival), 15)
  now = WINDOW_SECONDS * 1_000
  windows.open('client').used = 2
  now += 20_000
  t.match(windows.current(atArrival), { key: 'client', used: 2 })
  t.equal(windows.secondsLeft(windows.current(atArrival)), 40)
  now += WINDOW_SECONDS * 1_000
  t.match(windows.current(atArrival), { used: 0 }, 'nobody has asked since')
  t.end()
})
