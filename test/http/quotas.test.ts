/** Rate limits: what counts how much, what the client is told, and who shares which quota. */
import { randomUUID } from 'node:crypto'
import fastify from 'fastify'
import t from 'tap'
import type { Caller } from '../../src/domain/access.js'
import { addAuthentication } from '../../src/http/authentication.js'
import { addQuotas } from '../../src/http/quotas.js'
import { openTestExchange } from '../support/exchange.js'
import { recordOf } from '../support/records.js'

const LIMITS = { RATE_LIMIT_READ: '10', RATE_LIMIT_WRITE: '5', RATE_LIMIT_ORGANIZATION_FACTOR: '2' }

t.test('reads are counted, 304 and public operations are not', async t => {
  const { app, vendor, reseller, otherVendor } = await openTestExchange(t, LIMITS)
  const { productId } = (await app.inject({ method: 'POST', url: '/v1/products', headers: vendor.headers, payload: recordOf() })).json<{ productId: string }>()
  const read = async (headers: Record<string, string>) => await app.inject({ url: `/v1/products/${productId}`, headers })

  const first = await read(reseller.headers)
  t.equal(first.headers['ratelimit-policy'], '"read";q=10;w=60')
  t.match(first.headers['ratelimit'], /^"read";r=9;t=(60|59)$/)
  for (let again = 0; again < 20; again++) {
    const unchanged = await read({ ...reseller.headers, 'if-none-match': String(first.headers['etag']) })
    t.equal(unchanged.statusCode, 304)
    t.match(unchanged.headers['ratelimit'], /^"read";r=9;/)
  }
  for (let again = 0; again < 9; again++) t.equal((await read(reseller.headers)).statusCode, 200)

  const refused = await read(reseller.headers)
  t.match({ status: refused.statusCode, ...refused.json() }, { status: 429, code: 'rate-limited', detail: /this credential \(10 units per minute/ })
  t.match(refused.headers['retry-after'], /^(60|5\d)$/)
  t.match(refused.headers['ratelimit'], /^"read";r=0;t=/)
  t.equal((await read(otherVendor.headers)).statusCode, 200, 'the quota of another organisation is whole')
  t.equal((await app.inject({ url: '/v1/schemas', headers: reseller.headers })).statusCode, 200, 'public operations have no quota')
  t.equal((await app.inject({ url: '/livez' })).headers['ratelimit'], undefined)
})

t.test('all credentials of an organisation share its quota', async t => {
  const { app, addMember } = await openTestExchange(t, LIMITS)
  const keys = [1, 2, 3].map(async () => (await addMember({ name: 'Eckladen IT', role: 'reseller' })).headers)
  const [first, second, third] = await Promise.all(keys)
  const use = async (headers: Record<string, string> | undefined, times: number) => {
    const statuses = []
    for (let time = 0; time < times; time++) statuses.push((await app.inject({ url: '/v1/me', headers: headers ?? {} })).statusCode)
    return statuses
  }
  t.same(new Set(await use(first, 10)), new Set([200]))
  t.same(await use(first, 1), [429], 'the credential is at its end')
  t.same(new Set(await use(second, 8)), new Set([200]))
  const nearEnd = await app.inject({ url: '/v1/me', headers: third ?? {} })
  t.equal(nearEnd.headers['ratelimit-policy'], '"read-organization";q=20;w=60')
  t.match(nearEnd.headers['ratelimit'], /^"read-organization";r=1;/)
  t.same(await use(third, 2), [200, 429], 'the organisation is at its end, whichever credential asks')
})

t.test('look-ups and batches count their entries; writing and reading have quotas of their own', async t => {
  const { app, vendor, reseller } = await openTestExchange(t, LIMITS)
  const lookup = async (entries: number) => await app.inject({
    method: 'POST', url: '/v1/products/lookup', headers: reseller.headers, payload: { identifiers: Array.from({ length: entries }, () => ({ scheme: 'productId', value: randomUUID() })) }
  })
  t.match((await lookup(4)).headers['ratelimit'], /^"read";r=6;/)
  t.equal((await lookup(7)).statusCode, 429, 'more than is left')
  t.match((await lookup(5)).headers['ratelimit'], /^"read";r=0;/, 'a refused one costs its first unit only')

  const batch = async (...numbers: number[]) => await app.inject({
    method: 'POST', url: '/v1/products/batch', headers: vendor.headers, payload: { items: numbers.map(number => ({ op: 'submit', record: recordOf({ manufacturerPartNumber: `Q-${number}` }) })) }
  })
  t.match((await batch(1, 2, 3)).headers['ratelimit'], /^"write";r=2;/)
  const refused = await batch(4, 5, 6)
  t.equal(refused.statusCode, 429)
  t.equal((await app.inject({ url: '/v1/products?mpn=Q-4', headers: vendor.headers })).json<{ items: unknown[] }>().items.length, 0, 'nothing of it was written')
  t.match((await app.inject({ url: '/v1/me', headers: vendor.headers })).json(), { limits: { readPerMinute: 10, writePerMinute: 5, readPerMinuteOfOrganization: 20 } })
})

t.test('a request that is larger than the whole quota needs all of it', async t => {
  const { app, reseller } = await openTestExchange(t, LIMITS)
  const identifiers = Array.from({ length: 500 }, () => ({ scheme: 'productId', value: randomUUID() }))
  const answer = await app.inject({ method: 'POST', url: '/v1/products/lookup', headers: reseller.headers, payload: { identifiers } })
  t.equal(answer.statusCode, 200)
  t.match(answer.headers['ratelimit'], /^"read";r=0;/)
})

t.test('0 turns a limit off', async t => {
  const { app, reseller } = await openTestExchange(t, { RATE_LIMIT_READ: '0' })
  const answer = await app.inject({ url: '/v1/me', headers: reseller.headers })
  t.equal(answer.headers['ratelimit'], undefined)
  t.equal(answer.json<{ limits: Record<string, number> }>().limits['readPerMinute'], undefined)
})

t.test('the quota is whole again when its window has ended', async t => {
  let now = 0
  const app = fastify()
  t.teardown(async () => { await app.close() })
  const caller = { clientId: 'c', organizationId: 'o', scopes: new Set() } as unknown as Caller
  addAuthentication(app, { authenticateApiKey: () => caller, authenticateToken: () => caller })
  addQuotas(app, { perCredential: { read: 2, write: 0, import: 0 }, organizationFactor: 1 }, () => now)
  app.get('/', { config: { policy: 'authenticated' } }, async () => 'x')
  const ask = async () => await app.inject({ url: '/', headers: { 'x-api-key': 'k' } })
  await ask()
  now = 59_001
  t.match((await ask()).headers['ratelimit'], '"read";r=0;t=1')
  t.not((await ask()).statusCode, 200)
  now = 60_000
  t.match((await ask()).headers['ratelimit'], '"read";r=1;t=60')
  const head = await app.inject({ method: 'HEAD', url: '/', headers: { 'x-api-key': 'k' } })
  t.match(head.headers['ratelimit'], '"read";r=0;t=60', 'HEAD counts once')
})
