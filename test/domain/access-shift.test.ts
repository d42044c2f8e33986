import t from 'tap'
import { NO_ACCESS_FACTS, type AccessFacts, type Grant } from '../../src/domain/access-policy.js'
import { nextBoundary, shiftsBetween, vendorsByMarket } from '../../src/domain/access-shift.js'
import { audienceToken } from '../../src/domain/visibility.js'

const VENDOR = 'org_v'
const AT = Date.parse('2026-03-01T00:00:00Z')
const CREATED = { createdAt: new Date(AT) }
const LAPTOP = audienceToken(VENDOR, { category: 'laptop' })
const MONITOR = audienceToken(VENDOR, { category: 'monitor' })
const LIST = audienceToken(VENDOR, { listId: 'lst_1' })
const audienceOf = (category: string, vendor = VENDOR) => ({ token: audienceToken(vendor, { category }), vendor, category, products: 1 })

const OPEN: AccessFacts = { ...NO_ACCESS_FACTS, audiences: [audienceOf('laptop'), audienceOf('monitor'), audienceOf('laptop', 'org_w')] }
const CLOSED: AccessFacts = { ...OPEN, policies: [{ vendor: VENDOR, default: 'closed', categories: {} }] }
const grant = (terms: Partial<Grant>): Grant => ({ id: 'grt_1', vendor: VENDOR, organizations: [], groups: [], ...CREATED, ...terms })
const at = (facts: AccessFacts, moment = AT) => ({ facts, at: moment })

t.test('closing and opening concern everybody but those to whom it changes nothing', async t => {
  const everybody = { organizations: 'everybody', except: [VENDOR] }
  t.same(shiftsBetween(at(OPEN), at(CLOSED), VENDOR), [{ ...everybody, gained: [], lost: [LAPTOP, MONITOR] }])
  t.same(shiftsBetween(at(CLOSED), at(OPEN), VENDOR), [{ ...everybody, gained: [LAPTOP, MONITOR], lost: [] }])
  t.same(shiftsBetween(at(OPEN), at(OPEN), VENDOR), [])
  const granted: AccessFacts = { ...OPEN, grants: [grant({ organizations: ['org_a', 'org_b'], categories: ['laptop'] })] }
  t.same(shiftsBetween(at(granted), at({ ...CLOSED, grants: granted.grants }), VENDOR), [
    { organizations: ['org_a', 'org_b'], except: [], gained: [], lost: [MONITOR] }, { organizations: 'everybody', except: [VENDOR, 'org_a', 'org_b'], gained: [], lost: [LAPTOP, MONITOR] }
  ])
})

t.test('a grant concerns those whom it names, as far as they did not see the products', async t => {
  const first: AccessFacts = { ...CLOSED, grants: [grant({ organizations: ['org_a'], categories: ['laptop'] })] }
  t.same(shiftsBetween(at(CLOSED), at(first), VENDOR), [{ organizations: ['org_a'], except: [], gained: [LAPTOP], lost: [] }])
  const group = { id: 'grp_1', vendor: VENDOR, name: 'G', members: ['org_a', 'org_b', VENDOR], ...CREATED }
  const second: AccessFacts = { ...first, groups: [group], grants: [...first.grants, grant({ id: 'grt_2', groups: ['grp_1'] })] }
  t.same(shiftsBetween(at(first), at(second), VENDOR), [
    { organizations: ['org_a'], except: [], gained: [MONITOR], lost: [] }, { organizations: ['org_b'], except: [], gained: [LAPTOP, MONITOR], lost: [] }
  ])
  t.same(shiftsBetween(at(second), at({ ...second, groups: [] }), VENDOR), [
    { organizations: ['org_a'], except: [], gained: [], lost: [MONITOR] }, { organizations: ['org_b'], except: [], gained: [], lost: [LAPTOP, MONITOR] }
  ])
  t.same(shiftsBetween(at(CLOSED), at(first), 'org_w'), [], 'another vendor')
})

t.test('the list that a first product is being put on has an audience, a list that is just made has none', async t => {
  const list = { id: 'lst_1', vendor: VENDOR, name: 'L', audience: 'open' as const, ...CREATED }
  t.same(shiftsBetween(at({ ...CLOSED, lists: [list] }), at({ ...CLOSED, lists: [{ ...list, audience: 'closed' }] }), VENDOR), [{ organizations: 'everybody', except: [VENDOR], gained: [], lost: [LIST] }])
  t.same(shiftsBetween(at(CLOSED), at({ ...CLOSED, lists: [list] }), VENDOR), [])
})

t.test('markets and moments', async t => {
  const ofMarket: AccessFacts = { ...CLOSED, grants: [grant({ organizations: ['org_a'], markets: ['DE'] })] }
  t.same(vendorsByMarket(ofMarket), [VENDOR])
  const active: AccessFacts = { ...ofMarket, markets: new Map([['org_a', ['DE']]]) }
  t.same(shiftsBetween(at(ofMarket), at(active), VENDOR), [{ organizations: ['org_a'], except: [], gained: [LAPTOP, MONITOR], lost: [] }])

  const timed: AccessFacts = { ...CLOSED, grants: [grant({ organizations: ['org_a'], categories: ['laptop'], validFrom: new Date(AT + 10), validTo: new Date(AT + 20) })] }
  t.same(nextBoundary(timed, AT, AT + 100), { at: AT + 10, vendors: [VENDOR] })
  t.same(nextBoundary(timed, AT + 10, AT + 100), { at: AT + 20, vendors: [VENDOR] })
  t.equal(nextBoundary(timed, AT + 20, AT + 100), undefined)
  t.equal(nextBoundary(timed, AT, AT + 9), undefined, 'not yet')
  t.same(shiftsBetween(at(timed, AT + 9), at(timed, AT + 10), VENDOR), [{ organizations: ['org_a'], except: [], gained: [LAPTOP], lost: [] }])
  t.same(shiftsBetween(at(timed, AT + 19), at(timed, AT + 20), VENDOR), [{ organizations: ['org_a'], except: [], gained: [], lost: [LAPTOP] }])
})
