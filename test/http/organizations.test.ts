import t from 'tap'
import { callsOf } from '../support/calls.js'
import { openTestExchange, type Member } from '../support/exchange.js'
import { recordOf } from '../support/records.js'

interface Organization { organizationId: string, name: string, role: string, manufacturers?: string[], markets?: string[], disabled?: boolean }

t.test('the operator administers organisations', async t => {
  const exchange = await openTestExchange(t)
  const call = callsOf(exchange)
  const { operator, vendor, connection } = exchange

  const made = await call(operator, 'POST', '/v1/organizations', { name: 'Öko Geräte', role: 'vendor', manufacturers: ['Öko  Geräte', 'öko geräte', 'Zweite Marke'], markets: ['DE'] })
  t.equal(made.statusCode, 201, made.body)
  t.equal(made.headers['location'], '/v1/organizations/org_oko-gerate')
  const created = made.json<Organization>()
  t.match(created, { organizationId: 'org_oko-gerate', name: 'Öko Geräte', role: 'vendor', manufacturers: ['Öko Geräte', 'Zweite Marke'], markets: ['DE'], disabled: false, createdAt: String })
  t.match((await call(operator, 'POST', '/v1/organizations', { name: 'Oko Gerate', role: 'vendor' })).json(), { status: 409, code: 'identity-conflict', title: /is taken/, detail: 'The id org_oko-gerate belongs to an organisation already.' })
  t.match((await call(operator, 'POST', '/v1/organizations', { name: 'Other', role: 'vendor', manufacturers: ['NORDWIND systems'] })).json(), {
    status: 409, code: 'identity-conflict', detail: `The manufacturer "NORDWIND systems" belongs to ${vendor.organizationId}.`
  })
  t.match((await call(operator, 'POST', '/v1/organizations', { name: '株式会社', role: 'vendor' })).json(), { status: 422, errors: [{ pointer: '/organizationId' }] })
  t.equal((await call(operator, 'POST', '/v1/organizations', { name: '株式会社', role: 'reseller', organizationId: 'org_kk' })).statusCode, 201)
  t.match((await call(operator, 'POST', '/v1/organizations', { name: 'Shop', role: 'reseller', manufacturers: ['X'] })).json(), { status: 422, errors: [{ pointer: '/manufacturers' }] })

  const url = `/v1/organizations/${created.organizationId}`
  const content = { name: 'Öko', role: 'vendor', manufacturers: ['ZWEITE MARKE', 'Dritte'], markets: ['AT', 'DE'], disabled: false }
  t.match((await call(operator, 'PUT', url, content)).json(), { organizationId: created.organizationId, name: 'Öko', manufacturers: ['Zweite Marke', 'Dritte'], markets: ['AT', 'DE'] })
  t.equal((await call(operator, 'POST', '/v1/organizations', { name: 'New owner', role: 'vendor', manufacturers: ['Öko Geräte'] })).statusCode, 201, 'what was given up is free')
  t.match((await call(operator, 'PUT', url, { ...content, manufacturers: ['Öko Geräte'] })).json(), { status: 409, detail: /belongs to org_new-owner/ })
  t.match((await call(operator, 'PUT', url, { ...content, role: 'distributor', manufacturers: [] })).json(), { role: 'distributor', manufacturers: [] })
  t.equal((await call(operator, 'PUT', url, { name: 'Öko' })).statusCode, 422, 'nothing is changed by leaving it out')
  t.equal((await call(operator, 'PUT', '/v1/organizations/org_nobody', content)).statusCode, 404)

  const own = `/v1/organizations/${operator.organizationId}`
  t.match((await call(operator, 'PUT', own, { name: 'Us', role: 'operator', manufacturers: [], markets: [], disabled: true })).json(), { status: 422, errors: [{ pointer: '/disabled' }] })
  t.match((await call(operator, 'PUT', own, { name: 'Us', role: 'reseller', manufacturers: [], markets: [], disabled: false })).json(), { status: 422, errors: [{ pointer: '/role' }] })

  const events = await connection.db.collection('audit_events').find({ 'resource.type': 'organization', 'resource.id': created.organizationId }).sort({ _id: 1 }).toArray()
  t.same(events.map(({ operation, outcome }) => [operation, outcome]), [
    ['createOrganization', 'succeeded'], ['createOrganization', 'failed'], ['replaceOrganization', 'succeeded'], ['replaceOrganization', 'failed'], ['replaceOrganization', 'succeeded']
  ])
  t.match(events[2], { organizationId: created.organizationId, actor: { organizationId: operator.organizationId, clientId: operator.clientId, credentialId: /^sec_[0-9a-f]{12}$/, ip: '127.0.0.1' }, before: { name: 'Öko Geräte' }, after: { name: 'Öko' } })
})

t.test('who may know whom', async t => {
  const exchange = await openTestExchange(t)
  const call = callsOf(exchange)
  const { operator, vendor, otherVendor, distributor, reseller } = exchange
  const all = async (member: Member, query = '') => (await call(member, 'GET', `/v1/organizations${query}`)).json<{ items: Organization[] }>().items
  const ids = async (member: Member, query = '') => (await all(member, query)).map(({ organizationId }) => organizationId)
  const everybody = [operator, vendor, otherVendor, distributor, reseller].map(({ organizationId }) => organizationId).sort()

  t.same(await ids(operator), everybody)
  t.same(await ids(vendor), everybody, 'whoever grants has to name others')
  t.same(await ids(distributor), [distributor.organizationId])
  t.same(await ids(vendor, '?role=reseller&role=distributor'), [distributor.organizationId, reseller.organizationId].sort())

  t.same((await all(vendor)).find(({ organizationId }) => organizationId === otherVendor.organizationId), { organizationId: otherVendor.organizationId, name: otherVendor.name, role: 'vendor' }, 'of others the name and role')
  t.match((await all(vendor)).find(({ organizationId }) => organizationId === vendor.organizationId), { manufacturers: ['Nordwind Systems', 'Südlicht Computer'], disabled: false }, 'all of itself')
  t.match((await all(operator)).find(({ organizationId }) => organizationId === vendor.organizationId), { manufacturers: ['Nordwind Systems', 'Südlicht Computer'] })

  t.equal((await call(distributor, 'GET', `/v1/organizations/${distributor.organizationId}`)).statusCode, 200)
  const [hidden, absent] = await Promise.all([reseller.organizationId, 'org_nobody'].map(async id => await call(distributor, 'GET', `/v1/organizations/${id}`)))
  t.equal(hidden?.statusCode, 404)
  t.equal(hidden?.body.replaceAll(reseller.organizationId, '-'), absent?.body.replaceAll('org_nobody', '-'))
  for (const member of [vendor, distributor]) {
    t.match((await call(member, 'POST', '/v1/organizations', { name: 'X', role: 'operator' })).json(), { status: 403, code: 'role-not-allowed' })
    t.match((await call(member, 'PUT', `/v1/organizations/${member.organizationId}`, { name: 'X', role: 'operator', manufacturers: [], markets: [], disabled: false })).json(), { status: 403, code: 'role-not-allowed' })
  }

  const pages: string[] = []
  for (let next: string | undefined = '/v1/organizations?limit=2'; next !== undefined;) {
    const answer = await call(operator, 'GET', next)
    const page = answer.json<{ items: Organization[], nextCursor?: string }>()
    pages.push(...page.items.map(({ organizationId }) => organizationId))
    next = page.nextCursor === undefined ? undefined : `/v1/organizations?limit=2&cursor=${page.nextCursor}`
    if (next !== undefined) t.equal((await call(vendor, 'GET', next)).json().code, 'invalid-cursor', 'a cursor belongs to whom it was given')
  }
  t.same(pages, everybody)
})

t.test('a disabled organisation is refused, and gone for others', async t => {
  const exchange = await openTestExchange(t)
  const call = callsOf(exchange)
  const { operator, vendor, reseller } = exchange
  const url = `/v1/organizations/${reseller.organizationId}`
  const content = { name: 'Eckladen IT', role: 'reseller', manufacturers: [], markets: [], disabled: true }
  t.equal((await call(reseller, 'GET', '/v1/me')).statusCode, 200)
  t.match((await call(operator, 'PUT', url, content)).json(), { disabled: true, disabledAt: String })
  t.equal((await call(reseller, 'GET', '/v1/me')).statusCode, 401)
  t.equal((await call(vendor, 'GET', url)).statusCode, 404)
  t.equal((await call(operator, 'GET', url)).statusCode, 200)
  t.notOk((await call(vendor, 'GET', '/v1/organizations')).body.includes(reseller.organizationId))
  for (const path of ['/v1/grants', '/v1/grants/preview']) {
    const named = await call(vendor, 'POST', path, { organizations: [reseller.organizationId] })
    t.match(named.json(), { status: 422, errors: [{ pointer: '/organizations/0' }] }, `${path} knows it no more than one that never was`)
    t.notOk(named.body.includes('Eckladen'))
  }
  t.match((await call(operator, 'PUT', url, { ...content, disabled: false })).json(), { disabled: false })
  t.equal((await call(reseller, 'GET', '/v1/me')).statusCode, 200)
})

t.test('a grant for a market follows where an organisation is active', async t => {
  const exchange = await openTestExchange(t)
  const call = callsOf(exchange)
  const { operator, vendor, distributor } = exchange
  const { productId } = (await call(vendor, 'POST', '/v1/products', recordOf())).json<{ productId: string }>()
  await call(vendor, 'PUT', '/v1/audiences', { default: 'closed', categories: {} })
  await call(vendor, 'POST', '/v1/grants', { organizations: [distributor.organizationId], markets: ['FR'] })
  const status = async () => (await call(distributor, 'GET', `/v1/products/${productId}`)).statusCode
  const activeIn = async (markets: string[]) => await call(operator, 'PUT', `/v1/organizations/${distributor.organizationId}`, { name: 'Weitblick Distribution', role: 'distributor', manufacturers: [], markets, disabled: false })
  t.equal(await status(), 404)
  await activeIn(['FR'])
  t.equal(await status(), 200)
  await activeIn(['DE'])
  t.equal(await status(), 404)
})
