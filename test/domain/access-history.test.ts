import t from 'tap'
import { sawDuring, type PastShift, type Stay } from '../../src/domain/access-history.js'
import type { Visibility } from '../../src/domain/visibility.js'

const AUDIENCE = 'org_v/laptop'
const AT = new Date('2026-03-01T00:00:00Z')
const SEEN: Visibility[] = [{ kind: 'everything' }]
const HIDDEN: Visibility[] = [{ kind: 'partial', restrictedVendors: new Set(['org_v']), grantedAudiences: new Set(), audiences: [] }]

const gained = (position: number, more: Partial<PastShift> = {}): PastShift => ({ position, unsettled: [], at: AT, isByClock: false, gained: [AUDIENCE], lost: [], ...more })
const lost = (position: number, more: Partial<PastShift> = {}): PastShift => ({ ...gained(position), gained: [], lost: [AUDIENCE], ...more })
const stay = (since: number, until: number, more: Partial<Stay> = {}): Stay => ({ audience: AUDIENCE, since, until, ...more })
const later = (ms: number): Date => new Date(AT.getTime() + ms)

t.test('without changes of access the present counts for the past', async t => {
  t.equal(sawDuring(stay(10, 20), [], SEEN), true)
  t.equal(sawDuring(stay(10, 20), [], HIDDEN), false)
  t.equal(sawDuring(stay(10, 20), [], [...HIDDEN, ...SEEN]), true, 'what was seen when the follower was last told counts too')
  t.equal(sawDuring(stay(20, 20), [], SEEN), false, 'a stay before the follower began')
})

t.test('each change says what was so before it', async t => {
  t.equal(sawDuring(stay(10, 20), [lost(30)], HIDDEN), true, 'it left before access ended')
  t.equal(sawDuring(stay(10, 20), [lost(15)], HIDDEN), true, 'access ended while it was there')
  t.equal(sawDuring(stay(10, 20), [lost(5)], HIDDEN), false, 'it came after access had ended')
  t.equal(sawDuring(stay(10, 20), [gained(30)], SEEN), false, 'it left before access began')
  const unsettled = [{ after: 12, upTo: 13 }, { after: 18, upTo: 20 }]
  t.equal(sawDuring(stay(10, 20), [gained(23, { unsettled })], SEEN), true, 'its leaving was being written when access began')
  for (const until of [18, 21]) t.equal(sawDuring(stay(10, until), [gained(23, { unsettled })], SEEN), false, 'only other things were being written')
  t.equal(sawDuring(stay(10, 20), [gained(12), lost(15)], HIDDEN), true)
  t.equal(sawDuring(stay(10, 20), [lost(5), gained(30)], SEEN), false, 'hidden for the whole stay')
  t.equal(sawDuring(stay(10, 20), [lost(5, { lost: ['org_v/monitor'] })], SEEN), true, 'changes of other audiences mean nothing')
})

t.test('what came about by itself is judged by its time, as it is told later', async t => {
  const byClock = { isByClock: true }
  t.equal(sawDuring(stay(10, 20, { sinceAt: later(-5_000) }), [lost(30, byClock)], HIDDEN), true)
  t.equal(sawDuring(stay(10, 20, { sinceAt: later(5_000) }), [lost(30, byClock)], HIDDEN), false, 'it came when the grant had ended')
  t.equal(sawDuring(stay(10, 20, { sinceAt: later(500) }), [lost(30, byClock)], HIDDEN), true, 'clocks may differ by that much')
  t.equal(sawDuring(stay(10, 20, { untilAt: later(-5_000) }), [gained(30, byClock)], SEEN), false, 'it left before the embargo opened')
  t.equal(sawDuring(stay(10, 20, { untilAt: later(5_000) }), [gained(30, byClock)], SEEN), true, 'it left when the embargo had opened')
  const unsettled = [{ after: 19, upTo: 20 }]
  t.equal(sawDuring(stay(10, 20, { untilAt: later(-5_000) }), [gained(30, { ...byClock, unsettled })], SEEN), true, 'it began to leave before, and may have been there for longer')
  t.equal(sawDuring(stay(10, 20), [lost(30, byClock)], HIDDEN), true, 'of old stays no times are known')
})
