import { setTimeout as sleep } from 'node:timers/promises'
import pino from 'pino'
import t from 'tap'
import { createServices } from '../../src/composition-root.js'
import { readConfig } from '../../src/config.js'
import { buildApp } from '../../src/http/app.js'
import { MAX_STALENESS_MS } from '../../src/services/identity/identity-freshness.js'
import { callsOf } from '../support/calls.js'
import { openTestExchange, type TestExchange } from '../support/exchange.js'

interface Client {
  clientId: string
  organizationId: string
  name: string
  scopes: string[]
  allowedAddresses: string[]
  disabled: boolean
  lastUsedAt?: string
  secrets: Array<{ secretId: string, createdAt: string, expiresAt?: string }>
}
type WithSecret = Client & { clientSecret: string, apiKey: string }

const keyOf = ({ apiKey }: WithSecret) => ({ headers: { 'x-api-key': apiKey } })

async function create (exchange: TestExchange, body: object = {}, as = exchange.distributor): Promise<WithSecret> {
  const answer = await callsOf(exchange)(as, 'POST', '/v1/clients', { name: 'Nightly mirror', ...body })
  if (answer.statusCode !== 201) throw new Error(answer.body)
  return answer.json()
}

async function tokenOf ({ app }: TestExchange, { clientId, clientSecret }: WithSecret) {
  const answer = await app.inject({
    method: 'POST',
    url: '/oauth/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret }).toString()
  })
  return { headers: { authorization: `Bearer ${answer.json<{ access_token: string }>().access_token}` } }
}

t.test('a client is made, read, changed and removed, and its secret is seen once', async t => {
  const exchange = await openTestExchange(t)
  const call = callsOf(exchange)
  const { distributor, connection } = exchange
  const made = await call(distributor, 'POST', '/v1/clients', { name: 'Nightly mirror', scopes: ['products:read', 'org:admin'], allowedAddresses: ['127.0.0.0/8', '2001:db8::/32'] })
  t.equal(made.statusCode, 201, made.body)
  t.equal(made.headers['cache-control'], 'no-store')
  const nowhere = { name: 'X', organizationId: 'org_nowhere' }
  t.match((await call(exchange.operator, 'POST', '/v1/clients', nowhere)).json(), { status: 422, errors: [{ detail: 'There is no organisation org_nowhere.', expected: /GET \/v1\/organizations/ }] })
  t.match((await call(distributor, 'POST', '/v1/clients', nowhere)).json(), { status: 422, errors: [{ expected: 'your organisation id, or nothing' }] })
  t.match((await call(exchange.operator, 'POST', '/v1/groups', { name: 'X', members: [] })).json(), { status: 403, detail: /Operations is an operator\.$/ })
  const client = made.json<WithSecret>()
  t.match(client, { organizationId: distributor.organizationId, disabled: false, clientSecret: /^esgs_[\w-]{43}$/, apiKey: `esgx_${client.clientId}_${client.clientSecret}` })
  t.equal((await call(keyOf(client), 'GET', '/v1/me')).statusCode, 200)

  const url = `/v1/clients/${client.clientId}`
  const read = await call(distributor, 'GET', url)
  t.match(read.json(), { name: 'Nightly mirror', scopes: ['products:read', 'org:admin'], lastUsedAt: String, secrets: [{ secretId: /^sec_/, lastUsedAt: String }] })
  const listed = await call(distributor, 'GET', '/v1/clients')
  t.same(listed.json<{ items: Client[] }>().items.map(({ clientId }) => clientId), [client.clientId, distributor.clientId].sort())

  const content = { name: 'Mirror', scopes: ['changes:read'], allowedAddresses: [], disabled: false }
  t.match((await call(distributor, 'PUT', url, content)).json(), content)
  t.match((await call(keyOf(client), 'GET', '/v1/me')).json(), { client: { scopes: ['changes:read'] } })
  const gone = await call(distributor, 'DELETE', url)
  t.equal(gone.statusCode, 200)
  t.equal((await call(keyOf(client), 'GET', '/v1/me')).statusCode, 401)
  t.equal((await call(distributor, 'GET', url)).statusCode, 404)

  const events = await connection.db.collection('audit_events').find({ 'resource.id': client.clientId }).sort({ _id: 1 }).toArray()
  t.same(events.map(({ operation }) => operation), ['createClient', 'replaceClient', 'deleteClient'])
  t.match(events[1], { outcome: 'succeeded', before: { name: 'Nightly mirror' }, after: { name: 'Mirror' } })
  const everywhere = [read.body, listed.body, gone.body, JSON.stringify(events)].join()
  t.notOk(everywhere.includes(client.clientSecret))
})

t.test('what cannot be is refused with the place', async t => {
  const exchange = await openTestExchange(t)
  const call = callsOf(exchange)
  const { distributor, reseller } = exchange
  const cases: Array<[object, object]> = [
    [{ scopes: ['products:write'] }, { status: 422, errors: [{ pointer: '/scopes/0', detail: /products:write/ }] }],
    [{ scopes: ['products:everything'] }, { status: 422 }],
    [{ allowedAddresses: ['203.0.113.0/24', '203.0.113.0/33'] }, { status: 422, errors: [{ pointer: '/allowedAddresses/1', expected: /CIDR/ }] }],
    [{ allowedAddresses: ['localhost'] }, { status: 422, errors: [{ pointer: '/allowedAddresses/0' }] }],
    [{ expiresAt: '2020-01-01T00:00:00Z' }, { status: 422, errors: [{ pointer: '/expiresAt' }] }],
    [{ organizationId: reseller.organizationId }, { status: 422, errors: [{ pointer: '/organizationId' }] }],
    [{ secret: 'mine' }, { status: 422, errors: [{ pointer: '/secret' }] }]
  ]
  for (const [body, problem] of cases) t.match((await call(distributor, 'POST', '/v1/clients', { name: 'x', ...body })).json(), problem, JSON.stringify(body))
  const client = await create(exchange)
  t.match((await call(distributor, 'PUT', `/v1/clients/${client.clientId}`, { name: 'x' })).json(), { status: 422 }, 'nothing is changed by leaving it out')
})

t.test('a client belongs to its organisation', async t => {
  const exchange = await openTestExchange(t)
  const call = callsOf(exchange)
  const { distributor, reseller, operator, vendor } = exchange
  const client = await create(exchange)
  const url = `/v1/clients/${client.clientId}`
  const content = { name: 'x', scopes: [], allowedAddresses: [], disabled: true }
  for (const stranger of [reseller, vendor]) {
    for (const [method, path, body] of [
      ['GET', url], ['PUT', url, content], ['DELETE', url], ['POST', `${url}/secrets`, { overlapSeconds: 0 }], ['DELETE', `${url}/secrets/${client.secrets[0]?.secretId}`]
    ] as const) {
      const answer = await call(stranger, method, path, body)
      t.match(answer.json(), { status: 404, detail: `There is no client ${client.clientId}.` }, `${method} ${path}`)
    }
    t.equal((await call(stranger, 'GET', `/v1/clients?organization=${distributor.organizationId}`)).statusCode, 404)
    t.notOk((await call(stranger, 'GET', '/v1/clients')).body.includes(client.clientId))
  }
  t.equal((await call(keyOf(client), 'GET', '/v1/me')).statusCode, 200)

  const all = (await call(operator, 'GET', '/v1/clients')).json<{ items: Client[] }>().items
  t.equal(all.length, 6)
  t.same((await call(operator, 'GET', `/v1/clients?organization=${reseller.organizationId}`)).json<{ items: Client[] }>().items.map(({ clientId }) => clientId), [reseller.clientId])
  const forReseller = await create(exchange, { organizationId: reseller.organizationId }, operator)
  t.match((await call(keyOf(forReseller), 'GET', '/v1/me')).json(), { organization: { id: reseller.organizationId } })
  t.match((await call(operator, 'PUT', url, { ...content, scopes: ['products:read'] })).json(), { disabled: true, organizationId: distributor.organizationId })
  t.equal((await call(keyOf(client), 'GET', '/v1/me')).statusCode, 401)
})

t.test('a secret is replaced without a gap', async t => {
  const exchange = await openTestExchange(t)
  const call = callsOf(exchange)
  const { distributor } = exchange
  const first = await create(exchange)
  const url = `/v1/clients/${first.clientId}/secrets`
  const accepted = async (client: WithSecret) => (await call(keyOf(client), 'GET', '/v1/me')).statusCode === 200
  const rotated = await call(distributor, 'POST', url, { overlapSeconds: 3_600 })
  t.equal(rotated.statusCode, 201, rotated.body)
  t.equal(rotated.headers['cache-control'], 'no-store')
  const second = rotated.json<WithSecret>()
  t.same([await accepted(first), await accepted(second)], [true, true])
  const [old, young] = second.secrets
  t.equal(old?.secretId, first.secrets[0]?.secretId)
  t.ok(Math.abs(Date.parse(old?.expiresAt ?? '') - Date.now() - 3_600_000) < 60_000, 'the old one has an end')
  t.equal(young?.expiresAt, undefined)
  t.match((await call(distributor, 'POST', url, {})).json(), { status: 409, code: 'limit-reached', detail: new RegExp(String(old?.secretId)) })

  t.match((await call(distributor, 'DELETE', `${url}/${old?.secretId}`)).json(), { secrets: [{ secretId: young?.secretId }] })
  t.same([await accepted(first), await accepted(second)], [false, true])
  t.equal((await call(distributor, 'DELETE', `${url}/${old?.secretId}`)).statusCode, 404)

  const third = (await call(distributor, 'POST', url, { overlapSeconds: 0 })).json<WithSecret>()
  t.same([await accepted(second), await accepted(third)], [false, true])
  const short = (await call(distributor, 'POST', url, { overlapSeconds: 1 })).json<WithSecret>()
  await sleep(1_100)
  t.same([await accepted(third), await accepted(short)], [false, true], 'the overlap ends by itself')
  t.equal((await call(distributor, 'POST', url, { overlapSeconds: 60 })).statusCode, 201, 'one that has ended makes room')
})

t.test('what is taken away is gone in every process when the answer is given', async t => {
  const exchange = await openTestExchange(t)
  const call = callsOf(exchange)
  const { distributor, connection } = exchange
  const config = readConfig({ LOG_LEVEL: 'silent', EVENT_LOOP_DELAY_LIMIT: '0', MONGODB_URI: 'mongodb://unused' })
  const services = await createServices(connection, config)
  const elsewhere = await buildApp({ config, services, logger: pino({ level: 'silent' }), version: '0.0.0' })
  t.teardown(async () => {
    services.close()
    await elsewhere.close()
  })

  const content = { name: 'x', scopes: ['products:read'], allowedAddresses: [], disabled: false }
  const ways: Array<[string, (client: WithSecret) => Promise<unknown>, number, number]> = [
    ['deleted', async ({ clientId }) => await call(distributor, 'DELETE', `/v1/clients/${clientId}`), 401, 401],
    ['disabled', async ({ clientId }) => await call(distributor, 'PUT', `/v1/clients/${clientId}`, { ...content, disabled: true }), 401, 401],
    ['bound to another address', async ({ clientId }) => await call(distributor, 'PUT', `/v1/clients/${clientId}`, { ...content, allowedAddresses: ['192.0.2.0/24'] }), 403, 403],
    ['secret revoked', async ({ clientId, secrets: [secret] }) => await call(distributor, 'DELETE', `/v1/clients/${clientId}/secrets/${secret?.secretId}`), 401, 200]
  ]
  for (const [name, takeAway, statusOfKey, statusOfToken] of ways) {
    const client = await create(exchange)
    const token = await tokenOf(exchange, client)
    const statuses = async () => [
      (await elsewhere.inject({ url: '/v1/me', headers: keyOf(client).headers })).statusCode,
      (await elsewhere.inject({ url: '/v1/me', headers: token.headers })).statusCode
    ]
    t.same(await statuses(), [200, 200])
    const startedAt = performance.now()
    let refusedAfter: number | undefined
    let isOver = false
    const watching = (async () => {
      while (!isOver && refusedAfter === undefined) {
        if ((await statuses())[0] !== 200) refusedAfter = performance.now() - startedAt
        await sleep(5)
      }
    })()
    await takeAway(client)
    t.same(await statuses(), [statusOfKey, statusOfToken], name)
    isOver = true
    await watching
    t.ok((refusedAfter ?? 0) < MAX_STALENESS_MS, `${name}: noticed after ${Math.round(refusedAfter ?? 0)} ms`)
  }
})

t.test('an expiry is not lost by leaving it out', async t => {
  const exchange = await openTestExchange(t)
  const call = callsOf(exchange)
  const { distributor } = exchange
  const { clientId } = await create(exchange, { expiresAt: '2099-01-01T00:00:00Z', scopes: ['products:read'] })
  const url = `/v1/clients/${clientId}`
  const content = { name: 'x', scopes: ['products:read'], allowedAddresses: [], disabled: false }
  t.match((await call(distributor, 'PUT', url, content)).json(), { status: 422, errors: [{ pointer: '/expiresAt', expected: /never/ }] })
  t.match((await call(distributor, 'PUT', url, { ...content, expiresAt: 'soon' })).json(), { status: 422 })
  t.match((await call(distributor, 'PUT', url, { ...content, expiresAt: '2098-01-01T00:00:00Z' })).json(), { expiresAt: /^2098/ })
  t.notOk('expiresAt' in (await call(distributor, 'PUT', url, { ...content, expiresAt: 'never' })).json())
  t.equal((await call(distributor, 'PUT', url, content)).statusCode, 200, 'where there is none, there is none to be lost')
})

t.test('a client does not free itself of its limits, and a narrowed token gives no more than it carries', async t => {
  const exchange = await openTestExchange(t)
  const call = callsOf(exchange)
  const { app, distributor } = exchange
  const admin = await create(exchange, { scopes: ['org:admin'], allowedAddresses: ['127.0.0.0/8'] })
  const content = { name: 'x', scopes: ['org:admin'], allowedAddresses: ['127.0.0.0/8'], disabled: false }
  const own = `/v1/clients/${admin.clientId}`
  t.match((await call(keyOf(admin), 'PUT', own, { ...content, scopes: ['org:admin', 'products:read'] })).json(), { status: 422, errors: [{ pointer: '/scopes' }] })
  t.match((await call(keyOf(admin), 'PUT', own, { ...content, allowedAddresses: [] })).json(), { status: 422, errors: [{ pointer: '/allowedAddresses' }] })
  t.equal((await call(keyOf(admin), 'PUT', own, content)).statusCode, 200)
  t.equal((await call(keyOf(admin), 'POST', '/v1/clients', { name: 'y', scopes: ['products:read'] })).statusCode, 201, 'an administrator gives what its role allows')

  const answer = await app.inject({
    method: 'POST',
    url: '/oauth/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams({ grant_type: 'client_credentials', client_id: distributor.clientId, client_secret: distributor.clientSecret, scope: 'org:admin changes:read' }).toString()
  })
  const headers = { authorization: `Bearer ${answer.json<{ access_token: string }>().access_token}` }
  const narrowed = async (method: 'POST' | 'PUT', url: string, payload: object) => await app.inject({ method, url, headers, payload })
  t.equal((await narrowed('POST', '/v1/clients', { name: 'y', scopes: ['changes:read'] })).statusCode, 201)
  for (const [method, path, body] of [
    ['POST', '/v1/clients', { name: 'y' }], ['POST', '/v1/clients', { name: 'y', scopes: ['products:read'] }],
    ['PUT', own, { ...content, scopes: ['org:admin', 'products:read'] }], ['POST', `/v1/clients/${distributor.clientId}/secrets`, {}]
  ] as const) t.match((await narrowed(method, path, body)).json(), { status: 403, code: 'insufficient-scope' }, `${method} ${path}`)
})

t.test('a client that is bound to addresses binds what it makes', async t => {
  const exchange = await openTestExchange(t)
  const call = callsOf(exchange)
  const { distributor, operator } = exchange
  const bound = await create(exchange, { scopes: ['org:admin', 'products:read'], allowedAddresses: ['127.0.0.0/8', '2001:db8::/32'] })
  const ask = async (body: object) => (await call(keyOf(bound), 'POST', '/v1/clients', { name: 'x', scopes: ['products:read'], ...body })).json<Record<string, unknown>>()
  t.same((await ask({}))['allowedAddresses'], ['127.0.0.0/8', '2001:db8::/32'], 'the same list unless it says another')
  const narrower = await ask({ allowedAddresses: ['127.0.0.1'] })
  t.same(narrower['allowedAddresses'], ['127.0.0.1'])
  t.match(await ask({ allowedAddresses: [] }), { status: 422, errors: [{ pointer: '/allowedAddresses', expected: 'addresses within 127.0.0.0/8, 2001:db8::/32' }] })
  t.match(await ask({ allowedAddresses: ['127.0.0.1', '0.0.0.0/0'] }), { status: 422, errors: [{ pointer: '/allowedAddresses/1' }] })

  const url = `/v1/clients/${narrower['clientId'] as string}`
  const content = { name: 'x', scopes: ['products:read'], allowedAddresses: ['127.0.0.1'], disabled: false }
  t.match((await call(keyOf(bound), 'PUT', url, { ...content, allowedAddresses: [] })).json(), { status: 422, errors: [{ pointer: '/allowedAddresses' }] })
  t.equal((await call(keyOf(bound), 'PUT', url, { ...content, allowedAddresses: ['127.0.0.2'] })).statusCode, 200)
  t.equal((await call(keyOf(bound), 'POST', `${url}/secrets`, {})).statusCode, 201)
  t.equal((await call(keyOf(bound), 'PUT', `/v1/clients/${distributor.clientId}`, { name: 'renamed', scopes: distributor.scopes, allowedAddresses: [], disabled: false })).statusCode, 200, 'what was so before may stay')
  t.match((await call(keyOf(bound), 'POST', `/v1/clients/${distributor.clientId}/secrets`, {})).json(), { status: 403, code: 'address-not-allowed' })

  const boundOperator = await create(exchange, { allowedAddresses: ['127.0.0.0/8'] }, operator)
  t.notOk('errors' in (await call(keyOf(boundOperator), 'POST', '/v1/clients', { name: 'x', organizationId: distributor.organizationId })).json<Record<string, unknown>>(), 'others are where they are')
  t.match((await call(keyOf(boundOperator), 'POST', '/v1/clients', { name: 'x' })).json(), { allowedAddresses: ['127.0.0.0/8'] })
})

t.test('the operator keeps a way in', async t => {
  const exchange = await openTestExchange(t)
  const call = callsOf(exchange)
  const { operator } = exchange
  const url = `/v1/clients/${operator.clientId}`
  const { name, scopes, secrets } = (await call(operator, 'GET', url)).json<Client>()
  const kept = { status: 409, code: 'last-client' }
  t.match((await call(operator, 'DELETE', url)).json(), kept)
  t.match((await call(operator, 'PUT', url, { name, scopes, allowedAddresses: [], disabled: true })).json(), kept)
  t.match((await call(operator, 'PUT', url, { name, scopes, allowedAddresses: [], disabled: false, expiresAt: '2020-01-01T00:00:00Z' })).json(), kept)
  t.match((await call(operator, 'DELETE', `${url}/secrets/${secrets[0]?.secretId}`)).json(), kept)
  await create(exchange, { scopes: ['products:read'] }, operator)
  t.match((await call(operator, 'DELETE', url)).json(), kept, 'one that cannot administer is no way in')
  await create(exchange, { scopes: ['org:admin'] }, operator)
  t.equal((await call(operator, 'DELETE', url)).statusCode, 200)
})
