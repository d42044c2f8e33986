import t from 'tap'
import { openTestExchange, type TestExchange } from '../support/exchange.js'
import { recordOf } from '../support/records.js'

let exchange: TestExchange
t.before(async () => { exchange = await openTestExchange(t) })

async function batch (items: unknown[], options: { onError?: string, query?: string } = {}) {
  const { onError, query = '' } = options
  return await exchange.app.inject({
    method: 'POST', url: `/v1/products/batch${query}`, headers: exchange.vendor.headers, payload: { ...(onError && { onError }), items }
  })
}

const submission = (partNumber: string, rest: object = {}) => ({ op: 'submit', ref: partNumber, record: recordOf({ manufacturerPartNumber: partNumber }), ...rest })

t.test('200 when every item succeeds, in order', async t => {
  const answer = await batch([submission('B-1'), submission('B-2')])
  t.match({ status: answer.statusCode, ...answer.json() }, {
    status: 200,
    summary: { total: 2, created: 2, updated: 0, unchanged: 0, withdrawn: 0, failed: 0 },
    items: [
      { index: 0, ref: 'B-1', outcome: 'created', status: 201, version: 1, retryable: false },
      { index: 1, ref: 'B-2', outcome: 'created', status: 201, version: 1, retryable: false }
    ]
  })
  t.equal((await batch([submission('B-1'), submission('B-2')])).json().summary.unchanged, 2)
})

t.test('207 when some fail, and one bad item costs only itself', async t => {
  const [{ productId }, { productId: other }] = (await batch([submission('M-1'), submission('M-2')])).json().items
  const answer = await batch([
    { op: 'patch', ref: 'p', productId, patch: { product: { massKg: 3 } } },
    { op: 'withdraw', ref: 'w', productId: other },
    { op: 'submit', ref: 'invalid', record: { schemaVersion: '1.0.0' } },
    { op: 'submitt', ref: 'op' },
    { op: 'withdraw', ref: 'id', productId: 'not-an-id' },
    { op: 'submit', ref: 'unknown', record: recordOf({ manufacturerPartNumber: 'M-9' }), dryRun: true },
    'not an object',
    { op: 'patch', ref: 'missing', productId: '31ab12ef-9a1c-5d9e-8f0a-2c4d6e8f0a1b', patch: {} },
    { op: 'submit', ref: 'stale', record: recordOf({ manufacturerPartNumber: 'M-3' }), ifVersion: 4 },
    submission('M-4'),
    submission('M-4')
  ])
  t.equal(answer.statusCode, 207)
  t.same(answer.json().summary, { total: 11, created: 1, updated: 1, unchanged: 0, withdrawn: 1, failed: 8 })
  t.match(answer.json().items, [
    { index: 0, ref: 'p', outcome: 'updated', status: 200, version: 2 },
    { index: 1, ref: 'w', outcome: 'withdrawn', status: 200, version: 2 },
    { index: 2, ref: 'invalid', outcome: 'failed', status: 422, retryable: false, problem: { code: 'validation-failed', errors: [{ code: 'SCHEMA_REQUIRED' }] } },
    { index: 3, ref: 'op', status: 422, problem: { errors: [{ pointer: '/op', code: 'SCHEMA_ENUM', detail: /did you mean submit/ }] } },
    { index: 4, ref: 'id', status: 422, problem: { errors: [{ pointer: '/productId' }] } },
    { index: 5, ref: 'unknown', status: 422, problem: { errors: [{ pointer: '/dryRun', code: 'SCHEMA_UNKNOWN_FIELD' }] } },
    { index: 6, outcome: 'failed', status: 422, problem: { errors: [{ code: 'SCHEMA_TYPE' }] } },
    { index: 7, status: 404, problem: { code: 'not-found' } },
    { index: 8, status: 412, problem: { code: 'precondition-failed' } },
    { index: 9, outcome: 'created', status: 201 },
    { index: 10, outcome: 'failed', status: 409, problem: { code: 'duplicate-in-batch' } }
  ])
})

t.test('422 with onError abort, and nothing is written', async t => {
  const answer = await batch([submission('A-1'), { op: 'submit', ref: 'bad', record: {} }], { onError: 'abort' })
  t.match({ status: answer.statusCode, mediaType: answer.headers['content-type'], ...answer.json() }, {
    status: 422,
    mediaType: 'application/problem+json',
    code: 'batch-aborted',
    summary: { total: 2, created: 0, failed: 2 },
    items: [
      { index: 0, ref: 'A-1', outcome: 'failed', retryable: true, problem: { code: 'batch-aborted' } },
      { index: 1, ref: 'bad', outcome: 'failed', retryable: false, problem: { code: 'validation-failed' } }
    ]
  })
  const list = await exchange.app.inject({ url: '/v1/products?mpn=A-1', headers: exchange.vendor.headers })
  t.same(list.json().items, [])
  t.equal((await batch([submission('A-1'), submission('A-2')], { onError: 'abort' })).statusCode, 200)
})

t.test('a dry run stores nothing', async t => {
  const answer = await batch([submission('D-1')], { query: '?dryRun=true' })
  t.match({ status: answer.statusCode, ...answer.json() }, { status: 200, summary: { created: 1 } })
  t.same((await exchange.app.inject({ url: '/v1/products?mpn=D-1', headers: exchange.vendor.headers })).json().items, [])
})

t.test('an item without its record is told where the record belongs', async t => {
  t.match((await batch([{ op: 'submit', ref: 'none' }])).json().items, [
    { ref: 'none', status: 422, problem: { detail: 'The item lacks the required field record.', errors: [{ code: 'SCHEMA_REQUIRED', pointer: '/record', expected: 'record' }] } }
  ])
})

t.test('the envelope is judged as a whole', async t => {
  const cases: Array<[object, string]> = [
    [{}, ''], [{ items: [] }, '/items'], [{ items: 'x' }, '/items'], [{ items: [submission('E-1')], onerror: 'abort' }, '/onerror'], [{ items: [submission('E-1')], onError: 'stop' }, '/onError']
  ]
  for (const [payload, pointer] of cases) {
    const answer = await exchange.app.inject({ method: 'POST', url: '/v1/products/batch', headers: exchange.vendor.headers, payload })
    t.match({ status: answer.statusCode, ...answer.json() }, { status: 422, code: 'validation-failed', errors: [{ pointer }] }, JSON.stringify(payload).slice(0, 60))
  }
})

t.test('a thousand items', async t => {
  const items = Array.from({ length: 1000 }, (_, index) => submission(`K-${index}`))
  const answer = await batch(items)
  t.match({ status: answer.statusCode, ...answer.json().summary }, { status: 200, total: 1000, created: 1000 })
  t.match((await batch([...items, submission('K-1000')])).json(), { status: 422, errors: [{ pointer: '/items', code: 'SCHEMA_ITEMS' }] })
})

t.test('validation judges each record and stores nothing', async t => {
  const { app, reseller } = exchange
  const answer = await app.inject({
    method: 'POST', url: '/v1/products/validate', headers: reseller.headers, payload: { records: [recordOf({ manufacturerPartNumber: 'V-1' }), { schemaVersion: '1.0.0' }, null, 7] }
  })
  t.match({ status: answer.statusCode, ...answer.json() }, {
    status: 200,
    items: [
      { index: 0, valid: true, issues: [] },
      { index: 1, valid: false, issues: [{ code: 'SCHEMA_REQUIRED', severity: 'error', pointer: '' }] },
      { index: 2, valid: false },
      { index: 3, valid: false }
    ]
  })
  t.same((await app.inject({ url: '/v1/products?mpn=V-1', headers: reseller.headers })).json().items, [])
})
