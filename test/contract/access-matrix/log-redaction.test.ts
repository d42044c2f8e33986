/**
 * Every operation with right, wrong and misplaced credentials, at the most talkative log level, and with services that fail: no secret,
 * key or token is in any log line or in any failure.
 */
import { readFileSync } from 'node:fs'
import { Writable } from 'node:stream'
import pino from 'pino'
import t from 'tap'
import { readConfig } from '../../../src/config.js'
import type { HttpServices } from '../../../src/http/app-types.js'
import { buildApp } from '../../../src/http/app.js'
import { createLogger, loggerSettings } from '../../../src/logger.js'
import { projectPath } from '../../../src/project-root.js'
import { SIGNING_KEYS } from '../../../src/storage/signing-keys-repository.js'
import { OPERATIONS } from './operations.js'
import { openWorld, type Headers } from './world.js'

const described = JSON.parse(readFileSync(projectPath('openapi/openapi.json'), 'utf8')) as { paths: Record<string, Record<string, { operationId: string }>> }
const methods = new Map(Object.values(described.paths).flatMap(path => Object.entries(path).map(([method, { operationId }]) => [operationId, method.toUpperCase()])))

t.test('no secret in logs and failures, whatever is asked and how', async t => {
  const world = await openWorld(t)
  const { vendor, services, connection, app: silent } = world.exchange
  const lines: string[] = []
  const destination = new Writable({
    write (chunk, _encoding, done) {
      lines.push(String(chunk))
      done()
    }
  })
  const logger = pino({ ...loggerSettings({ logLevel: 'trace' }) }, destination)
  const config = readConfig({ EVENT_LOOP_DELAY_LIMIT: '0' })
  const talkative = await buildApp({ config, services, logger, version: '0.0.0' })
  const failing = await buildApp({ config, services: failingServices(services), logger, version: '0.0.0' })
  t.teardown(async () => {
    await talkative.close()
    await failing.close()
  })

  const token = async () => (await silent.inject({
    method: 'POST',
    url: '/oauth/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams({ grant_type: 'client_credentials', client_id: vendor.clientId, client_secret: vendor.clientSecret }).toString()
  })).json<{ access_token: string }>().access_token
  const access = await token()
  const wrongSecret = 'Wrong'.padEnd(43, 'x')
  const wrongKey = `esgx_${vendor.clientId}_${wrongSecret}`
  const wrongToken = `${access.slice(0, -20)}AAAAAAAAAAAAAAAAAAAA`
  const basic = Buffer.from(`${vendor.clientId}:${vendor.clientSecret}`).toString('base64')
  const secrets = new Set([vendor.clientSecret, wrongSecret, access, wrongToken, basic, access.split('.')[2] ?? ''])

  const right: Headers[] = [vendor.headers, { authorization: `Bearer ${access}` }, { ...vendor.headers, 'x-request-id': vendor.apiKey }, { ...vendor.headers, 'x-request-id': vendor.clientSecret }, { ...vendor.headers, cookie: `session=${vendor.clientSecret}` }]
  const wrong: Headers[] = [{ 'x-api-key': wrongKey }, { authorization: `Bearer ${wrongToken}` }, { authorization: `Basic ${basic}` }, { authorization: vendor.apiKey }]
  const failures: string[] = []
  let answers = 0
  for (const [operationId, { request }] of Object.entries(OPERATIONS)) {
    const asked = await request(world, 'ungranted')
    const misplaced = [`${asked.url}${asked.url.includes('?') ? '&' : '?'}api_key=${vendor.apiKey}`, `${asked.url}${asked.url.includes('?') ? '&' : '?'}x=${access}`, `${asked.url}${asked.url.includes('?') ? '&' : '?'}x=${vendor.clientSecret}`, `/v1/products/${vendor.clientSecret}`]
    for (const app of [talkative, failing]) {
      const method = methods.get(operationId) as 'GET'
      // What changes something is done once.
      const presented = method === 'GET' || app === failing ? [...right, ...wrong] : [vendor.headers, ...wrong]
      for (const [url, headers] of [...presented.map(headers => [asked.url, headers] as const), ...misplaced.map(url => [url, vendor.headers] as const)]) {
        const answer = await app.inject({ method, url, headers: { ...asked.headers, ...headers }, ...(asked.payload !== undefined && { payload: asked.payload }) })
        answers++
        if (answer.statusCode >= 400) failures.push(answer.body + JSON.stringify(answer.headers))
        else if (answer.headers['content-type']?.toString().startsWith('application/json') === true) collectSecrets(answer.json(), secrets)
      }
    }
  }
  for (const key of await connection.db.collection(SIGNING_KEYS).find().toArray()) secrets.add((key['privateJwk'] as { d: string }).d)
  for (const { value } of await connection.db.collection<{ value: { buffer: Buffer } }>('instance_secrets').find().toArray()) {
    const bytes = Buffer.from(value as unknown as Uint8Array)
    for (const encoding of ['hex', 'base64', 'base64url'] as const) secrets.add(bytes.toString(encoding))
  }

  t.ok(answers > 1_000 && failures.length > 500 && lines.length > 500 && secrets.size >= 10, `${answers} answers, ${lines.length} lines, ${secrets.size} secrets`)
  const told = { logs: lines.join(''), failures: failures.join('') }
  for (const [where, text] of Object.entries(told)) t.same([...secrets].filter(secret => secret !== '' && text.includes(secret)), [], where)
  t.match(told.logs, /inner workings/, 'what went wrong is in the log')
  t.notMatch(told.failures, /inner workings/, 'and there only')
})

t.test('what is called a secret is never written, however deep', async t => {
  const lines: string[] = []
  const logger = pino(loggerSettings({ logLevel: 'info' }), new Writable({
    write (chunk, _encoding, done) {
      lines.push(String(chunk))
      done()
    }
  }))
  const hidden = 'hidden-value'
  logger.info({ authorization: hidden, headers: { 'x-api-key': hidden, cookie: hidden }, req: { headers: { authorization: hidden } }, client: { clientSecret: hidden }, body: { client_secret: hidden, access_token: hidden, apiKey: hidden } }, 'x')
  t.equal(lines.length, 1)
  t.notMatch(lines[0], hidden)
  t.equal(createLogger({ logLevel: 'silent' }).level, 'silent')
})

/** Services of which each fails with an error that tells about itself. */
function failingServices (services: HttpServices): HttpServices {
  const fail = () => { throw new Error('the inner workings') }
  const failing = (group: object) => new Proxy(group, { get: () => fail })
  const { identity, idempotency, isUnavailable } = services
  return {
    ...Object.fromEntries(Object.entries(services).map(([name, group]) => [name, typeof group === 'object' && group !== null ? failing(group) : group])),
    idempotency,
    isUnavailable,
    identity: new Proxy(identity, { get: (target, name) => name === 'authenticateApiKey' || name === 'authenticateToken' ? Reflect.get(target, name) as unknown : fail })
  } as unknown as HttpServices
}

/** The secrets that an answer shows, once. */
function collectSecrets (answer: unknown, secrets: Set<string>): void {
  for (const member of ['clientSecret', 'apiKey', 'access_token']) {
    const value = (answer as Record<string, unknown> | null)?.[member]
    if (typeof value === 'string') secrets.add(value)
  }
}
