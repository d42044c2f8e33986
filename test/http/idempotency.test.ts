/** Idempotency-Key: executed once, answered alike, whoever asks how often; and nothing of it reaches another client. */
import { randomUUID } from 'node:crypto'
import t from 'tap'
import { createIdempotency } from '../../src/services/idempotency.js'
import { createIdempotencyRepository } from '../../src/storage/idempotency-repository.js'
import { openTestExchange, type TestExchange } from '../support/exchange.js'
import { recordOf } from '../support/records.js'

let exchange: TestExchange
t.before(async () => { exchange = await openTestExchange(t) })

async function post (key: string, payload: object, headers: Record<string, string> = exchange.vendor.headers, url = '/v1/products') {
  return await exchange.app.inject({ method: 'POST', url, headers: { ...headers, 'idempotency-key': key }, payload })
}

t.test('a repeat gets the first answer and executes nothing', async t => {
  const key = randomUUID()
  const first = await post(key, recordOf({ manufacturerPartNumber: 'IDEM-1' }))
  t.equal(first.statusCode, 201)
  t.equal(first.headers['idempotency-replayed'], undefined)
  const repeat = await post(key, recordOf({ manufacturerPartNumber: 'IDEM-1' }))
  t.match({ status: repeat.statusCode, replayed: repeat.headers['idempotency-replayed'], body: repeat.body }, { status: 201, replayed: 'true', body: first.body })
  for (const name of ['etag', 'location', 'content-type', 'cache-control', 'vary']) t.equal(repeat.headers[name], first.headers[name], name)
  t.not(repeat.headers['x-request-id'], first.headers['x-request-id'])
})

t.test('another body, target or condition under the same key is refused', async t => {
  const key = randomUUID()
  const record = recordOf({ manufacturerPartNumber: 'IDEM-2' })
  t.equal((await post(key, record)).statusCode, 201)
  const reused = { status: 422, code: 'idempotency-key-reused' }
  t.match((await post(key, recordOf({ manufacturerPartNumber: 'IDEM-3' }))).json(), reused)
  t.match((await post(key, record, exchange.vendor.headers, '/v1/products?dryRun=true')).json(), reused)
  t.match((await post(key, record, { ...exchange.vendor.headers, 'if-match': '"v1"' })).json(), reused)
})

t.test('a key belongs to the client and the operation', async t => {
  const key = randomUUID()
  const payload = recordOf({ manufacturerPartNumber: 'IDEM-4' })
  t.equal((await post(key, payload)).statusCode, 201)
  const foreign = await post(key, payload, exchange.otherVendor.headers)
  t.match({ status: foreign.statusCode, code: foreign.json<{ code: string }>().code }, { status: 403, code: 'manufacturer-not-yours' })
  const colleague = await exchange.addMember({ name: 'Nordwind Group', role: 'vendor' })
  t.match((await post(key, payload, colleague.headers)).json(), { outcome: 'unchanged' })
  const batch = await post(key, { items: [{ op: 'submit', record: payload }] }, exchange.vendor.headers, '/v1/products/batch')
  t.match(batch.json(), { summary: { unchanged: 1 } })
})

t.test('of many at the same time one is executed', async t => {
  const key = randomUUID()
  const answers = await Promise.all(Array.from({ length: 20 }, async () => await post(key, recordOf({ manufacturerPartNumber: 'IDEM-5' }))))
  const executed = answers.filter(({ statusCode, headers }) => statusCode === 201 && headers['idempotency-replayed'] === undefined)
  t.equal(executed.length, 1)
  for (const answer of answers.filter(({ statusCode }) => statusCode !== 201)) {
    t.match({ status: answer.statusCode, retry: answer.headers['retry-after'], ...answer.json() }, { status: 409, retry: '1', code: 'idempotency-in-progress' })
  }
})

t.test('refusals are repeated as well; keys that are no keys are refused', async t => {
  const key = randomUUID()
  const invalid = await post(key, {})
  t.equal(invalid.statusCode, 422)
  const repeat = await post(key, {})
  t.equal(repeat.headers['idempotency-replayed'], 'true')
  t.equal(repeat.body, invalid.body)
  for (const bad of ['', 'x'.repeat(256), 'two words', 'ümlaut']) {
    t.match((await post(bad, {})).json(), { status: 400, errors: [{ header: 'Idempotency-Key', code: 'HEADER_FORMAT' }] }, bad)
  }
})

t.test('PATCH takes keys, reads pass them over', async t => {
  const { productId } = (await post(randomUUID(), recordOf({ manufacturerPartNumber: 'IDEM-6' }))).json<{ productId: string }>()
  const key = randomUUID()
  const patch = async () => await exchange.app.inject({
    method: 'PATCH', url: `/v1/products/${productId}`, headers: { ...exchange.vendor.headers, 'content-type': 'application/merge-patch+json', 'idempotency-key': key }, payload: JSON.stringify({ product: { massKg: 1.5 } })
  })
  t.match((await patch()).json(), { outcome: 'updated', version: 2 })
  const repeat = await patch()
  t.match({ replayed: repeat.headers['idempotency-replayed'], ...repeat.json() }, { replayed: 'true', outcome: 'updated', version: 2 })
  const lookup = await post(key, { identifiers: [{ scheme: 'mpn', value: 'IDEM-6' }] }, exchange.vendor.headers, '/v1/products/lookup')
  t.match({ status: lookup.statusCode, replayed: lookup.headers['idempotency-replayed'] }, { status: 200, replayed: undefined })
})

t.test('where a key cannot be heeded it is refused, and nothing is done', async t => {
  const clients = async () => (await exchange.app.inject({ url: '/v1/clients', headers: exchange.vendor.headers })).json<{ items: object[] }>().items.length
  const before = await clients()
  const refused = { status: 400, code: 'invalid-parameter', errors: [{ header: 'Idempotency-Key', code: 'HEADER_NOT_TAKEN' }] }
  t.match((await post(randomUUID(), { name: 'Twice' }, exchange.vendor.headers, '/v1/clients')).json(), refused)
  t.match((await post(randomUUID(), {}, exchange.vendor.headers, `/v1/clients/${exchange.vendor.clientId}/secrets`)).json(), refused)
  t.equal(await clients(), before)
  const file = await exchange.app.inject({
    method: 'POST', url: '/v1/imports?format=ndjson', headers: { ...exchange.vendor.headers, 'content-type': 'application/octet-stream', 'idempotency-key': randomUUID() }, payload: '{}'
  })
  t.match(file.json(), { ...refused, errors: [{ ...refused.errors[0], detail: /clientImportId/ }] })
  t.same((await exchange.app.inject({ url: '/v1/imports', headers: exchange.vendor.headers })).json().items, [])
})

t.test('a failure of the exchange gives the key back; locks and keys end', async t => {
  let now = new Date('2026-11-21T12:00:00Z')
  const requests = createIdempotencyRepository(exchange.connection.db)
  const idempotency = createIdempotency({ requests, now: () => now, newId: randomUUID })
  const caller = { organizationId: 'org_a', clientId: 'c' } as Parameters<typeof idempotency.begin>[0]
  const begin = async (fingerprint = 'f') => await idempotency.begin(caller, { key: 'k', operation: 'POST /x', fingerprint })
  const answer = { status: 201, headers: {}, body: Buffer.from('{}') }
  const owned = async () => {
    const begun = await begin()
    if (!('owner' in begun)) throw new Error('It was answered already.')
    return begun
  }

  await idempotency.end(await owned(), { ...answer, status: 503 }, true)
  await idempotency.end(await owned(), answer, false)
  await idempotency.end(await owned(), { ...answer, body: Buffer.alloc(1_048_577) }, true)
  const crashed = await owned()
  await t.rejects(begin(), { code: 'idempotency-in-progress' })
  now = new Date(now.getTime() + 60_000)
  const second = await owned()
  await idempotency.end(crashed, { ...answer, status: 200 }, true)
  await t.rejects(begin(), { code: 'idempotency-in-progress' }, 'who lost the key cannot answer for it')
  await idempotency.end(second, answer, true)
  t.match(await begin(), { status: 201 })
  await t.rejects(begin('other'), { code: 'idempotency-key-reused' })
  t.equal(await idempotency.sweep(), 0)
  now = new Date(now.getTime() + 24 * 3_600_000)
  const afresh = await owned()
  t.ok(afresh.owner)
  now = new Date(now.getTime() + 24 * 3_600_000)
  t.ok(await idempotency.sweep() >= 1)
})
