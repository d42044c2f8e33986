import t from 'tap'
import { decideBy, NO_ACCESS_FACTS, type AccessFacts, type Grant } from '../../src/domain/access-policy.js'
import { audienceOfToken, audienceToken, planRead, sees, type Audience, type Visibility } from '../../src/domain/visibility.js'

const AT = Date.parse('2026-12-01T00:00:00Z')
const CREATED = new Date('2026-01-01T00:00:00Z')

function audience (token: string, products = 10): Audience {
  return { ...audienceOfToken(token), products }
}

const AUDIENCES = ['org_v/laptop', 'org_v/monitor', 'org_v/list/l1', 'org_w/laptop'].map(token => audience(token))

function facts (rest: Partial<AccessFacts>): AccessFacts {
  return { ...NO_ACCESS_FACTS, audiences: AUDIENCES, ...rest }
}

function grant (rest: Partial<Grant>): Grant {
  return { id: 'g', vendor: 'org_v', organizations: [], groups: [], createdAt: CREATED, ...rest }
}

function seen (given: AccessFacts, organizationId = 'org_d', at = AT): string[] {
  const { visibility } = decideBy(given).visibilityOf(organizationId, at)
  return AUDIENCES.filter(({ vendor, token }) => sees(visibility, { vendor, audience: token })).map(({ token }) => token)
}

const ALL = AUDIENCES.map(({ token }) => token)
const CLOSED = { vendor: 'org_v', default: 'closed', categories: {} } as const

t.test('a token says which vendor and which category or list', async t => {
  t.same(audienceOfToken(audienceToken('org_v', { category: 'laptop' })), { token: 'org_v/laptop', vendor: 'org_v', category: 'laptop' })
  t.same(audienceOfToken(audienceToken('org_v', { listId: 'l1' })), { token: 'org_v/list/l1', vendor: 'org_v', listId: 'l1' })
})

t.test('everybody sees everything until a vendor decides otherwise, and it costs nothing', async t => {
  t.same(decideBy(facts({})).visibilityOf('org_d', AT), { visibility: { kind: 'everything' }, until: Infinity })
  const open = facts({ policies: [{ vendor: 'org_v', default: 'open', categories: { laptop: 'open' } }], grants: [grant({ organizations: ['org_d'] })] })
  t.equal(decideBy(open).visibilityOf('org_d', AT).visibility.kind, 'everything')
})

t.test('the most specific setting decides', async t => {
  t.same(seen(facts({ policies: [CLOSED] })), ['org_w/laptop'])
  t.same(seen(facts({ policies: [{ ...CLOSED, categories: { laptop: 'open' } }] })), ['org_v/laptop', 'org_w/laptop'])
  t.same(seen(facts({ policies: [{ ...CLOSED, default: 'open', categories: { laptop: 'closed' } }] })), ['org_v/monitor', 'org_v/list/l1', 'org_w/laptop'])
  const list = { id: 'l1', vendor: 'org_v', name: 'Launch', createdAt: CREATED }
  t.same(seen(facts({ policies: [CLOSED], lists: [{ ...list, audience: 'open' }] })), ['org_v/list/l1', 'org_w/laptop'])
  t.same(seen(facts({ lists: [{ ...list, audience: 'closed' }] })), ['org_v/laptop', 'org_v/monitor', 'org_w/laptop'])
  t.same(seen(facts({ policies: [CLOSED], lists: [list] })), ['org_w/laptop'], 'a list without a setting follows the default')
})

t.test('a publisher sees its own products; the operator and other vendors are members like all', async t => {
  t.same(seen(facts({ policies: [CLOSED] }), 'org_v'), ALL)
  t.same(seen(facts({ policies: [CLOSED] }), 'org_operator'), ['org_w/laptop'])
})

t.test('grants add, to organisations and to members of groups, as far as they reach', async t => {
  const policies = [CLOSED]
  t.same(seen(facts({ policies, grants: [grant({ organizations: ['org_d'] })] })), ALL)
  t.same(seen(facts({ policies, grants: [grant({ organizations: ['org_e'] })] })), ['org_w/laptop'])
  t.same(seen(facts({ policies, grants: [grant({ organizations: ['org_d'], categories: ['monitor'] })] })), ['org_v/monitor', 'org_w/laptop'])
  t.same(seen(facts({ policies, grants: [grant({ organizations: ['org_d'], productLists: ['l1'] })] })), ['org_v/list/l1', 'org_w/laptop'])
  t.same(seen(facts({ policies, grants: [grant({ organizations: ['org_d'], categories: ['monitor'], productLists: ['l1'] })] })), ['org_v/monitor', 'org_v/list/l1', 'org_w/laptop'])
  const groups = [{ id: 'grp', vendor: 'org_v', name: 'x', members: ['org_d'], createdAt: CREATED }]
  t.same(seen(facts({ policies, groups, grants: [grant({ groups: ['grp'] })] })), ALL)
  t.same(seen(facts({ policies, groups, grants: [grant({ groups: ['other'] })] })), ['org_w/laptop'])
})

t.test('a grant narrowed by market reaches who is active there', async t => {
  const given = facts({ policies: [CLOSED], grants: [grant({ organizations: ['org_d'], markets: ['DE', 'AT'] })] })
  t.same(seen({ ...given, markets: new Map([['org_d', ['FR', 'AT']]]) }), ALL)
  t.same(seen({ ...given, markets: new Map([['org_d', ['FR']]]) }), ['org_w/laptop'])
  t.same(seen(given), ['org_w/laptop'])
})

t.test('a grant begins and ends by itself, and the answer says when', async t => {
  const given = facts({ policies: [CLOSED], grants: [grant({ organizations: ['org_d'], validFrom: new Date(AT), validTo: new Date(AT + 1_000) })] })
  t.same(seen(given, 'org_d', AT - 1), ['org_w/laptop'])
  t.same(seen(given, 'org_d', AT), ALL)
  t.same(seen(given, 'org_d', AT + 999), ALL)
  t.same(seen(given, 'org_d', AT + 1_000), ['org_w/laptop'])
  const { visibilityOf } = decideBy(given)
  t.same([AT - 5_000, AT, AT + 1_000].map(at => visibilityOf('org_d', at).until), [AT, AT + 1_000, Infinity])
})

t.test('an audience that is not known yet is hidden where its vendor restricts anything', async t => {
  const { visibility } = decideBy(facts({ policies: [{ ...CLOSED, default: 'open', categories: { tablet: 'closed' } }] })).visibilityOf('org_d', AT)
  t.notOk(sees(visibility, { vendor: 'org_v', audience: 'org_v/tablet' }))
  t.ok(sees(visibility, { vendor: 'org_v', audience: 'org_v/laptop' }))
  t.ok(sees(visibility, { vendor: 'org_new', audience: 'org_new/tablet' }), 'a vendor without a policy is open')
})

t.test('reads follow what is visible', async t => {
  const partial = (products: Record<string, number>): Visibility => decideBy(facts({
    policies: [CLOSED], audiences: Object.entries(products).map(([token, count]) => audience(token, count))
  })).visibilityOf('org_d', AT).visibility
  t.same(planRead({ kind: 'everything' }), { way: 'unconditional' })
  t.same(planRead(partial({ 'org_v/laptop': 99, 'org_w/laptop': 1 })), { way: 'audiences', tokens: ['org_w/laptop'] })
  t.equal(planRead(partial({ 'org_v/laptop': 1, 'org_w/laptop': 99 })).way, 'pass-over')
  t.same(planRead(partial({ 'org_v/laptop': 5 })), { way: 'audiences', tokens: [] }, 'nothing is visible')
  const mixed = partial({ 'org_v/laptop': 9, 'org_w/laptop': 1, 'org_w/monitor': 90, 'org_w/list/l': 1 })
  t.equal(planRead(mixed).way, 'pass-over')
  t.same(planRead(mixed, { categories: ['laptop'] }), { way: 'audiences', tokens: ['org_w/laptop', 'org_w/list/l'] }, 'most of the laptops are hidden')
  t.same(planRead(mixed, { vendors: ['org_v'] }), { way: 'audiences', tokens: [] })
})
