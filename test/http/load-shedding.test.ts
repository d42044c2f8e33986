/** Too much work is refused with 503 and Retry-After before the process suffers, and probes are answered meanwhile. */
import { connect as connectSocket, type Socket } from 'node:net'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'
import fastify from 'fastify'
import { addBodyParser } from '../../src/http/body-parser.js'
import { addLoadShedding } from '../../src/http/load-shedding.js'
import { createMetrics } from '../../src/http/metrics.js'
import { createGroupCommit } from '../../src/services/products/group-commit.js'
import type { Proposal } from '../../src/domain/write-decision.js'
import { createCoalescedReader } from '../../src/storage/coalescing.js'
import { AUTHOR } from '../storage/synthetic-record.js'
import { openTestExchange } from '../support/exchange.js'

t.test('a late event loop sheds everything but probes, and recovers', async t => {
  const { app, vendor } = await openTestExchange(t, { EVENT_LOOP_DELAY_LIMIT: '200' })
  const me = async () => await app.inject({ url: '/v1/me', headers: vendor.headers })
  let shed: Awaited<ReturnType<typeof me>> | undefined
  for (let tries = 0; tries < 5 && shed === undefined; tries++) {
    for (let block = 0; block < 4; block++) {
      const end = Date.now() + 500
      while (Date.now() < end) { /* What a busy process looks like from within. */ }
      await wait(1)
    }
    const answer = await me()
    if (answer.statusCode === 503) shed = answer
  }
  t.match({ status: shed?.statusCode, retry: shed?.headers['retry-after'], ...shed?.json() }, { status: 503, retry: '2', code: 'unavailable' })
  t.equal((await app.inject({ url: '/livez' })).statusCode, 200)
  t.equal((await app.inject({ url: '/readyz' })).statusCode, 200)
  t.match((await app.inject({ url: '/metrics' })).body, /exchange_shed_total\{cause="event-loop"\} [1-9]/)
  for (let tries = 0; tries < 20; tries++) {
    await wait(300)
    if ((await me()).statusCode === 200) return t.pass('calm again')
  }
  return t.fail('the process did not recover')
})

t.test('bodies share a bounded memory', async t => {
  const { app, vendor } = await openTestExchange(t, { BODY_MEMORY_MB: '32' })
  const port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port)
  const announce = async (): Promise<Socket> => {
    const socket = connectSocket(port, '127.0.0.1')
    socket.on('error', () => {})
    await once(socket, 'connect')
    socket.write(`POST /v1/products/batch HTTP/1.1\r\nhost: x\r\nx-api-key: ${vendor.apiKey}\r\ncontent-type: application/json\r\ncontent-length: 16000000\r\n\r\n{`)
    return socket
  }
  const held = await Promise.all([announce(), announce()])
  await wait(200)
  const third = await announce()
  const [text] = await once(third, 'data') as [Buffer]
  t.match(text.toString(), /^HTTP\/1.1 503 /)
  t.match(text.toString(), /retry-after: 2/)
  const small = await app.inject({ method: 'POST', url: '/v1/products/lookup', headers: vendor.headers, payload: { identifiers: [{ scheme: 'mpn', value: 'x' }] } })
  t.equal(small.statusCode, 200, 'small bodies go on')
  for (const socket of [...held, third]) socket.destroy()
  await wait(200)
  const batch = await fetch(`http://127.0.0.1:${port}/v1/products/batch`, {
    method: 'POST', headers: { ...vendor.headers, 'content-type': 'application/json' }, body: JSON.stringify({ items: [{ op: 'submit', record: { note: 'x'.repeat(100_000) } }] })
  })
  t.not(batch.status, 503, 'the memory is free again when the senders are gone')
})

t.test('what is shed is counted and logged by its cause, with few lines', async t => {
  const lines: Array<Record<string, unknown>> = []
  const metrics = createMetrics()
  const clock = { at: 0 }
  const app = fastify()
  t.teardown(async () => { await app.close() })
  addLoadShedding(app, { eventLoopDelayMs: 0, bodyBytes: 100_000 }, { metrics, logger: { warn: (line: object) => { lines.push(line as Record<string, unknown>) } }, monotonicMs: () => clock.at })
  app.post('/', async () => 'done')
  const post = async () => (await app.inject({ method: 'POST', url: '/', payload: { text: 'x'.repeat(200_000) } })).statusCode
  t.same([await post(), await post(), await post()], [500, 500, 500], 'refused; without our error handler it is the error itself')
  t.match(lines, [{ cause: 'bodies', setting: 'BODY_MEMORY_MB', limit: 100_000, measured: 200_011, refused: 1 }])
  t.equal(lines.length, 1)
  clock.at = 10_000
  await post()
  t.match(lines[1], { cause: 'bodies', refused: 3 })
  t.equal(lines.length, 2)
  t.match(await metrics.registry.metrics(), /exchange_shed_total\{cause="bodies"\} 4\n/)
})

t.test('queues before the database are bounded', async t => {
  const release: Array<() => void> = []
  const commit = createGroupCommit(async proposals => {
    await new Promise<void>(resolve => { release.push(resolve) })
    return proposals.map(() => ({ outcome: 'withdrawn', version: 1 }) as never)
  }, 3)
  const proposal = (productId: string) => ({ kind: 'withdraw', author: AUTHOR, productId, writableManufacturers: new Set<string>() }) as Proposal
  const first = commit.submit(proposal('a'))
  while (release.length === 0) await wait(1)
  const waiting = ['b', 'c', 'd'].map(async id => await commit.submit(proposal(id)))
  await t.rejects(commit.submit(proposal('e')), { code: 'unavailable', retryAfterSeconds: 5 })
  release.shift()?.()
  await first
  while (release.length === 0) await wait(1)
  release.shift()?.()
  t.equal((await Promise.all(waiting)).length, 3, 'who waited is served')

  const loads: Array<() => void> = []
  const reader = createCoalescedReader<string>(async keys => {
    await new Promise<void>(resolve => { loads.push(resolve) })
    return new Map(keys.map(key => [key, key]))
  }, { maxKeys: 1, maxInFlight: 1, maxWaiting: 2 })
  const one = reader.get('1')
  while (loads.length === 0) await wait(1)
  const more = [reader.get('2'), reader.get('3')]
  await t.rejects(reader.get('4'), { code: 'unavailable' })
  for (const promise of [one, ...more]) {
    while (loads.length === 0) await wait(1)
    loads.shift()?.()
    await promise
  }
  const again = reader.get('5')
  while (loads.length === 0) await wait(1)
  loads.shift()?.()
  t.equal(await again, '5', 'there is room again')
})

t.test('slow and idle senders do not hold connections', async t => {
  const { app, vendor } = await openTestExchange(t)
  const port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port)
  app.server.headersTimeout = 300
  const slow = connectSocket(port, '127.0.0.1')
  slow.on('error', () => {})
  slow.write('GET /livez HTTP/1.1\r\nhost: x\r\nx-slow: ')
  const [answer] = await once(slow, 'data') as [Buffer]
  t.match(answer.toString(), /^HTTP\/1.1 408 /)
  await once(slow, 'close')

  app.server.maxConnections = 2
  const open = [connectSocket(port, '127.0.0.1'), connectSocket(port, '127.0.0.1')]
  await Promise.all(open.map(async socket => await once(socket, 'connect')))
  await wait(50)
  const excess = connectSocket(port, '127.0.0.1')
  excess.on('error', () => {})
  await once(excess, 'close')
  t.pass('a connection too many is closed')
  t.match((await app.inject({ url: '/metrics' })).body, /exchange_shed_total\{cause="connections"\} 1\n/)
  for (const socket of open) socket.destroy()
  await wait(50)
  t.equal((await fetch(`http://127.0.0.1:${port}/v1/me`, { headers: vendor.headers })).status, 200)
  const parameters = Array.from({ length: 1_500 }, (_, index) => `p${index}=1`).join('&')
  const many = await fetch(`http://127.0.0.1:${port}/v1/products?${parameters}`, { headers: vendor.headers })
  t.equal(many.status, 400)
  t.ok((await many.json() as { errors: unknown[] }).errors.length <= 50)
  t.equal((await fetch(`http://127.0.0.1:${port}/v1/products?mpn=${'x'.repeat(17_000)}`, { headers: vendor.headers })).status, 431, 'a long address')
})

t.test('a body that drips is given up', async t => {
  const app = fastify()
  t.teardown(async () => { await app.close() })
  addBodyParser(app, 200)
  app.decorateRequest('bodyHash', null)
  app.post('/', { schema: { body: {} } }, async () => 'whole')
  const port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port)
  const socket = connectSocket(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{')
  const drip = setInterval(() => { socket.write(' ') }, 50)
  const [answer] = await once(socket, 'data') as [Buffer]
  clearInterval(drip)
  t.match(answer.toString(), /did not arrive within 0.2 seconds/)
  socket.destroy()
})
