import { Writable } from 'node:stream'
import pino from 'pino'
import t from 'tap'
import { readConfig } from '../../src/config.js'
import { buildApp } from '../../src/http/app.js'
import { openTestExchange } from '../support/exchange.js'
import { recordOf } from '../support/records.js'

t.test('log lines tell who did what, and neither credentials nor content', async t => {
  const { services, vendor } = await openTestExchange(t)
  const lines: Array<Record<string, unknown>> = []
  const destination = new Writable({
    write (chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)) as Record<string, unknown>)
      done()
    }
  })
  const app = await buildApp({
    config: readConfig({}), services, logger: pino({ level: 'info' }, destination), version: '0.0.0'
  })
  t.teardown(async () => { await app.close() })

  const headers = { ...vendor.headers, 'x-request-id': 'push-1', traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' }
  await app.inject({ method: 'POST', url: '/v1/products?dryRun=true', headers, payload: recordOf({ manufacturerPartNumber: 'LOG-1' }) })
  await app.inject({ url: '/v1/me', headers })
  await app.inject({ url: '/v1/products?categorie=secret-filter', headers })

  t.equal(lines.length, 2, 'a successful read is counted, not logged')
  t.match(lines[0], {
    requestId: 'push-1',
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    method: 'POST',
    route: '/v1/products',
    path: '/v1/products',
    status: 201,
    milliseconds: Number,
    organization: vendor.organizationId,
    client: vendor.clientId
  })
  t.match(lines[1], { status: 400, route: '/v1/products' })
  const text = JSON.stringify(lines)
  for (const hidden of [vendor.clientSecret, 'LOG-1', 'secret-filter', 'Nordwind']) t.notOk(text.includes(hidden), hidden)
})

t.test('an unexpected error is logged whole and answered with nothing of it', async t => {
  const { services, vendor } = await openTestExchange(t)
  const lines: string[] = []
  const destination = new Writable({
    write (chunk, _encoding, done) {
      lines.push(String(chunk))
      done()
    }
  })
  const broken = { ...services, schemas: { ...services.schemas, list: () => { throw new Error('the inner workings') } } }
  const app = await buildApp({
    config: readConfig({}), services: broken, logger: pino({ level: 'info' }, destination), version: '0.0.0'
  })
  t.teardown(async () => { await app.close() })
  const answer = await app.inject({ url: '/v1/schemas', headers: { ...vendor.headers, 'x-request-id': 'fault-1' } })
  t.match({ status: answer.statusCode, ...answer.json() }, { status: 500, code: 'internal' })
  t.notMatch(answer.body, /inner workings/)
  t.match(lines.join(''), /inner workings/)
  t.match(lines.join(''), /"requestId":"fault-1"/)
})

t.test('a worker answers for its health and for nothing else', async t => {
  const { services, vendor } = await openTestExchange(t)
  const app = await buildApp({ config: readConfig({}), services, logger: pino({ level: 'silent' }), version: '0.0.0', offers: 'health' })
  t.teardown(async () => { await app.close() })
  for (const url of ['/livez', '/readyz', '/metrics']) t.equal((await app.inject(url)).statusCode, 200, url)
  for (const url of ['/v1/me', '/v1/products', '/docs']) t.equal((await app.inject({ url, headers: vendor.headers })).statusCode, 404, url)
})
