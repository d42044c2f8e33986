/** Whatever comes in at any door is answered with a problem of the same shape, and the process lives. */
import { connect as connectSocket } from 'node:net'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { openTestExchange, type TestExchange } from '../support/exchange.js'
import { recordOf } from '../support/records.js'

let exchange: TestExchange
t.before(async () => { exchange = await openTestExchange(t) })

type TestCase = Pick<typeof t, 'equal' | 'type' | 'match'>

interface Problem { status: number, code: string, detail: string, errors?: Array<Record<string, string>> }

/** Asserts the shape that every failure has, and gives the problem. */
function problemOf (t: TestCase, answer: { statusCode: number, headers: Record<string, unknown>, body: string }): Problem {
  t.equal(answer.headers['content-type'], 'application/problem+json')
  t.type(answer.headers['x-request-id'], 'string')
  const problem = JSON.parse(answer.body) as Problem
  t.match(problem, { type: `/errors/${problem.code}`, title: String, status: answer.statusCode, code: String, detail: String, instance: /^\// })
  return problem
}

async function post (body: string | Buffer, headers: Record<string, string> = {}, url = '/v1/products') {
  return await exchange.app.inject({
    method: 'POST', url, headers: { ...exchange.vendor.headers, 'content-type': 'application/json', ...headers }, payload: body
  })
}

t.test('broken JSON says where reading stopped', async t => {
  const cases: Array<[string, RegExp]> = [
    ['{\n  "a": }', /line 2, column 8 \(offset 9\), before "}"/],
    ['{"a": 1', /ends too early, at line 1, column 8/],
    ['{"a": 01}', /reading stopped at line 1, column 8/],
    ['{"a": NaN}', /line 1, column 7/],
    ['{"a": 1} trailing', /before "trailing"/],
    ["{'a': 1}", /line 1, column 2/],
    ['{"a": "line\nbreak"}', /not well-formed JSON/]
  ]
  for (const [body, expected] of cases) {
    const problem = problemOf(t, await post(body))
    t.match(problem, { status: 400, code: 'malformed-request', detail: expected }, body)
  }
})

t.test('empty, missing and null bodies', async t => {
  t.match(problemOf(t, await post('')), { status: 400, code: 'malformed-request', detail: /empty/ })
  const without = await exchange.app.inject({ method: 'POST', url: '/v1/products', headers: exchange.vendor.headers })
  t.match(problemOf(t, without), { status: 400, code: 'malformed-request', detail: /missing/ })
  t.match(problemOf(t, await post('null')), { status: 400, code: 'malformed-request' })
})

t.test('invalid UTF-8 is refused with the offset, never replaced', async t => {
  const body = Buffer.concat([Buffer.from('{"name":"'), Buffer.from([0xC3, 0x28]), Buffer.from('"}')])
  t.match(problemOf(t, await post(body)), { status: 400, code: 'malformed-request', detail: /offset 9 cannot be decoded/ })
  t.match(problemOf(t, await post(Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xE2, 0x82])]))), { status: 400, detail: /offset 6 / })
})

t.test('a byte order mark is tolerated', async t => {
  const answer = await post(Buffer.concat([Buffer.from([0xEF, 0xBB, 0xBF]), Buffer.from(JSON.stringify(recordOf({ manufacturerPartNumber: 'BOM-1' })))]))
  t.equal(answer.statusCode, 201)
})

t.test('media types are strict and the accepted one is named', async t => {
  for (const type of ['text/plain', 'application/xml', 'application/merge-patch+json', 'application/json; charset=latin1', 'nonsense']) {
    const problem = problemOf(t, await post('{}', { 'content-type': type }))
    t.match(problem, { status: 415, code: 'unsupported-media-type' }, type)
  }
  t.match(problemOf(t, await post('{}', { 'content-type': 'text/csv' })).errors, [{ header: 'Content-Type', expected: 'application/json', received: 'text/csv' }])
  t.equal((await post(JSON.stringify(recordOf({ manufacturerPartNumber: 'CT-1' })), { 'content-type': 'Application/JSON; charset="UTF-8"' })).statusCode, 201)
})

t.test('gzip bodies count decompressed', async t => {
  const record = JSON.stringify(recordOf({ manufacturerPartNumber: 'GZIP-1' }))
  t.equal((await post(gzipSync(record), { 'content-encoding': 'gzip' })).statusCode, 201)
  const bomb = gzipSync(Buffer.alloc(40 * 1_048_576, 0x20))
  t.match(problemOf(t, await post(bomb, { 'content-encoding': 'gzip' })), { status: 413, code: 'payload-too-large', maxBytes: 1_048_576 })
  t.match(problemOf(t, await post(gzipSync(record).subarray(0, 60), { 'content-encoding': 'gzip' })), { status: 400, detail: /cut short/ })
  t.match(problemOf(t, await post(record, { 'content-encoding': 'gzip' })), { status: 400, detail: /damaged/ })
  t.match(problemOf(t, await post(record, { 'content-encoding': 'br' })), { status: 415, code: 'unsupported-media-type', errors: [{ header: 'Content-Encoding', expected: 'gzip' }] })
})

t.test('deep nesting and __proto__ are refused with a pointer', async t => {
  const deep = '{"a":'.repeat(200) + '1' + '}'.repeat(200)
  const problem = problemOf(t, await post(deep))
  t.match(problem, { status: 400, code: 'malformed-request', errors: [{ code: 'NESTING_TOO_DEEP' }] })
  t.equal(problem.errors?.[0]?.['pointer'], '/a'.repeat(64))
  t.match(problemOf(t, await post('['.repeat(100_000) + ']'.repeat(100_000))), { status: 400, errors: [{ code: 'NESTING_TOO_DEEP' }] })
  t.match(problemOf(t, await post('['.repeat(100_000))), { status: 400, code: 'malformed-request' })
  t.match(problemOf(t, await post('{"product": {"__proto__": {"admin": true}}}')), { status: 400, errors: [{ pointer: '/product/__proto__', code: 'FORBIDDEN_NAME' }] })
  t.equal(({} as { admin?: boolean }).admin, undefined)
})

t.test('10,000 array items', async t => {
  const record = { ...recordOf(), product: { ...recordOf().product, gtins: Array.from({ length: 10_000 }, (_, index) => String(index)) } }
  const problem = problemOf(t, await post(JSON.stringify(record)))
  t.equal(problem.status, 422)
  t.ok((problem.errors?.length ?? 0) <= 50)
  const batch = await post(JSON.stringify({ items: Array.from({ length: 10_000 }, () => ({ op: 'submit', record: {} })) }), {}, '/v1/products/batch')
  t.match(problemOf(t, batch), { status: 422, code: 'validation-failed', errors: [{ pointer: '/items', code: 'SCHEMA_ITEMS' }] })
  const lookup = await post(JSON.stringify({ identifiers: Array.from({ length: 10_000 }, () => ({ scheme: 'gtin', value: 1 })) }), {}, '/v1/products/lookup')
  t.match(problemOf(t, lookup), { status: 422, errors: [{ pointer: '/identifiers', code: 'SCHEMA_ITEMS' }] })
})

t.test('unknown and wrong parameters', async t => {
  const get = async (query: string) => await exchange.app.inject({ url: `/v1/products?${query}`, headers: exchange.reseller.headers })
  t.match(problemOf(t, await get('categorie=laptop')), {
    status: 400, code: 'invalid-parameter', errors: [{ parameter: 'categorie', code: 'UNKNOWN_PARAMETER', expected: 'category', detail: /did you mean category/ }]
  })
  t.match(problemOf(t, await get('category=notebook')), { status: 400, errors: [{ parameter: 'category', code: 'PARAMETER_VALUE', expected: /laptop/, received: 'notebook' }] })
  t.match(problemOf(t, await get('limit=0')), { errors: [{ parameter: 'limit', expected: 'at least 1', received: '0' }] })
  t.match(problemOf(t, await get('limit=many')), { errors: [{ parameter: 'limit', expected: 'a whole number', received: 'many' }] })
  t.match(problemOf(t, await get('limit=1&limit=2')), { status: 400, errors: [{ parameter: 'limit' }] })
  t.match(problemOf(t, await get('plasticFreePackaging=maybe')), { errors: [{ expected: 'true or false' }] })
  t.match(problemOf(t, await get('updatedSince=yesterday')), { errors: [{ parameter: 'updatedSince', expected: /RFC 3339/ }] })
  t.equal(problemOf(t, await get('limit=x&foo=1&bar=2')).errors?.length, 3, 'all at once')
  t.match(problemOf(t, await exchange.app.inject({ url: '/v1/me?verbose=1', headers: exchange.vendor.headers })), { errors: [{ parameter: 'verbose', code: 'UNKNOWN_PARAMETER' }] })
  t.match(problemOf(t, await post('{}', {}, '/v1/products?dryrun=true')), { status: 400, errors: [{ expected: 'dryRun' }] })
})

t.test('paths that lead nowhere', async t => {
  const get = async (url: string) => await exchange.app.inject({ url, headers: exchange.reseller.headers })
  for (const url of ['/nope', '/v1/products/not-an-id', `/v1/products/${'x'.repeat(300)}`, '/v1/products/00000000-0000-0000-0000-000000000000', '/v1/schemas/unknown', '/v1/products/', '/V1/products']) {
    t.match(problemOf(t, await get(url)), { status: 404, code: 'not-found' }, url)
  }
  t.match(problemOf(t, await get('/v1/products/%E0%A4%A')), { status: 400, code: 'malformed-request' })
  const unread = await exchange.app.inject({ method: 'POST', url: '/nope', headers: { 'content-type': 'text/weird' }, payload: 'x' })
  t.equal(problemOf(t, unread).status, 404, 'before its body is judged')
})

t.test('methods that a path lacks', async t => {
  const wrong = await exchange.app.inject({ method: 'PATCH', url: '/v1/products/lookup', headers: { 'content-type': 'text/weird' }, payload: 'x' })
  t.match(problemOf(t, wrong), { status: 405, code: 'method-not-allowed' })
  t.equal(wrong.headers['allow'], 'OPTIONS, POST')
  const options = await exchange.app.inject({ method: 'OPTIONS', url: '/v1/products' })
  t.match({ status: options.statusCode, allow: options.headers['allow'] }, { status: 204, allow: 'GET, HEAD, OPTIONS, POST' })
  const head = await exchange.app.inject({ method: 'HEAD', url: '/v1/schemas' })
  t.match({ status: head.statusCode, body: head.body }, { status: 200, body: '' })
})

t.test('over a socket', async t => {
  const address = await exchange.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = new URL(address)
  const headers = { ...exchange.vendor.headers, 'content-type': 'application/json' }

  await t.test('20 MB are refused at every limit, and the sender can read why', async t => {
    const body = JSON.stringify({ items: ['x'.repeat(20_000_000)] })
    for (const [path, maxBytes] of [['/v1/products', 1_048_576], ['/v1/products/batch', 16_777_216]] as const) {
      const answer = await fetch(`${address}${path}`, { method: 'POST', headers, body })
      t.match(await answer.json(), { status: 413, code: 'payload-too-large', maxBytes }, path)
    }
    const stream = new ReadableStream({
      start (controller) {
        for (let sent = 0; sent < 20; sent++) controller.enqueue(new Uint8Array(1_000_000).fill(0x20))
        controller.close()
      }
    })
    const chunked = await fetch(`${address}/v1/products`, { method: 'POST', headers, body: stream, duplex: 'half' })
    t.match(await chunked.json(), { status: 413 }, 'without an announced length')
  })

  await t.test('what is not HTTP gets a problem and a closed connection', async t => {
    const answer = await exchangeText(Number(port), 'GARBAGE\r\n\r\n')
    t.match(answer, /^HTTP\/1.1 400 Bad Request\r\n/)
    t.match(answer, /content-type: application\/problem\+json/)
    t.match(answer, /x-request-id: [0-9a-f]{32}/)
    t.match(answer, /"code":"malformed-request"/)
    const longHeader = await exchangeText(Number(port), `GET / HTTP/1.1\r\nhost: x\r\nx-long: ${'y'.repeat(20_000)}\r\n\r\n`)
    t.match(longHeader, /^HTTP\/1.1 431 /)
  })

  await t.test('a body that ends early harms nobody', async t => {
    const socket = connectSocket(Number(port), '127.0.0.1')
    socket.write(`POST /v1/products HTTP/1.1\r\nhost: x\r\nx-api-key: ${exchange.vendor.apiKey}\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{"a":`)
    await new Promise(resolve => setTimeout(resolve, 50))
    socket.destroy()
    t.equal((await fetch(`${address}/livez`)).status, 200)
  })
})

t.test('the process is alive and well after all that', async t => {
  t.equal((await exchange.app.inject({ url: '/readyz' })).statusCode, 200)
})

async function exchangeText (port: number, text: string): Promise<string> {
  return await new Promise((resolve, reject) => {
    const socket = connectSocket(port, '127.0.0.1', () => { socket.write(text) })
    let received = ''
    socket.setEncoding('utf8')
    socket.on('data', chunk => { received += chunk })
    socket.on('close', () => { resolve(received) })
    socket.on('error', reject)
  })
}

t.test('a resource with schemas of its own is as strict as the others', async t => {
  for (const url of ['/errors?kind=problem', '/v1/schemas?nmae=x', '/livez?deep=1', '/openapi.json?shema=1']) {
    t.equal(problemOf(t, await exchange.app.inject(url)).code, 'invalid-parameter', url)
  }
})
