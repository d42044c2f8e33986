/**
 * The `Idempotency-Key` header on operations that change something with POST or PATCH. Without the header nothing happens
 * here. The first request with a key is executed and its answer kept before it is sent; a repeat gets the same answer with
 * `Idempotency-Replayed: true`.
 *
 * A route takes part unless it says otherwise in `config.idempotencyKey`: those that store nothing ignore the header; those that have a key
 * of their own, or answer with secrets, which are not kept anywhere, refuse it, so that nobody relies on it there.
 */
import { createHash } from 'node:crypto'
import type { FastifyInstance, onSendHookHandler, preHandlerAsyncHookHandler, RouteOptions } from 'fastify'
import { ExchangeError } from '../domain/problems.js'
import type { Execution, Idempotency } from '../services/idempotency.js'
import type { RequestIssueCode } from './request-issues.js'

declare module 'fastify' {
  interface FastifyContextConfig {
    idempotencyKey?: 'ignored' | {
      /** Why the operation takes none, and what to do instead: a sentence or two. */
      refused: string
    }
  }
  interface FastifyRequest {
    /** SHA-256 of the body as it was sent, decompressed; null unless the request carries an Idempotency-Key. */
    bodyHash: Buffer | null
    execution: Execution | null
  }
}

/** Visible ASCII; two values in two headers arrive joined by a comma and a space, and a space is not visible. */
const IDEMPOTENCY_KEY = /^[\x21-\x7E]{1,255}$/

/** Headers of an answer that belong to what it says; the others belong to the moment. */
const KEPT_HEADERS = ['content-type', 'etag', 'location', 'cache-control', 'vary', 'link', 'deprecation', 'sunset'] as const

/** Headers that change what a write does. */
const CONDITIONS = ['if-match', 'if-none-match'] as const

/** Whether the `Idempotency-Key` header means something to the operation. */
export function takesIdempotencyKey ({ method, config }: Pick<RouteOptions, 'method' | 'config'>): boolean {
  const { policy, idempotencyKey } = config ?? {}
  const changes = (method === 'POST' || method === 'PATCH') && policy !== undefined && policy !== 'public' && !policy.endsWith(':read')
  return changes && idempotencyKey === undefined
}

/** Call before the routes are registered. */
export function addIdempotency (app: FastifyInstance, idempotency: Idempotency): void {
  app.decorateRequest('bodyHash', null)
  app.decorateRequest('execution', null)
  app.addHook('onRoute', route => {
    const told = route.config?.idempotencyKey
    if (typeof told === 'object') {
      route.preHandler = [refuseKey(told.refused), ...[route.preHandler ?? []].flat()] as NonNullable<RouteOptions['preHandler']>
    }
    if (!takesIdempotencyKey(route)) return
    const operation = `${String(route.method)} ${route.url}`
    route.preHandler = [...[route.preHandler ?? []].flat(), beginOrReplay(idempotency, operation)] as NonNullable<RouteOptions['preHandler']>
    route.onSend = [...[route.onSend ?? []].flat(), keepAnswer(idempotency)] as NonNullable<RouteOptions['onSend']>
  })
}

function refuseKey (detail: string): preHandlerAsyncHookHandler {
  return async request => {
    if (request.headers['idempotency-key'] === undefined) return
    throw new ExchangeError('invalid-parameter', 'This operation takes no Idempotency-Key.', {
      issues: [{ header: 'Idempotency-Key', code: 'HEADER_NOT_TAKEN' satisfies RequestIssueCode, detail, expected: 'the request without the header' }]
    })
  }
}

function beginOrReplay (idempotency: Idempotency, operation: string): preHandlerAsyncHookHandler {
  return async (request, reply) => {
    const key = request.headers['idempotency-key']
    if (key === undefined) return
    if (typeof key !== 'string' || !IDEMPOTENCY_KEY.test(key)) throw malformedKey()
    const fingerprint = createHash('sha256').update(request.url)
    for (const name of CONDITIONS) fingerprint.update(`\n${request.headers[name] ?? ''}`)
    if (request.bodyHash !== null) fingerprint.update('\n').update(request.bodyHash)
    const begun = await idempotency.begin(request.caller, { key, operation, fingerprint: fingerprint.digest('base64url') })
    if ('owner' in begun) {
      request.execution = begun
      return
    }
    return reply.code(begun.status).headers(begun.headers).header('idempotency-replayed', 'true').send(begun.body)
  }
}

function keepAnswer (idempotency: Idempotency): onSendHookHandler {
  return (request, reply, payload, done) => {
    const { execution } = request
    if (execution === null) return done(null, payload)
    request.execution = null
    const body = typeof payload === 'string' || Buffer.isBuffer(payload) ? Buffer.from(payload as string) : undefined
    const headers = Object.fromEntries(KEPT_HEADERS.flatMap(name => reply.hasHeader(name) ? [[name, String(reply.getHeader(name))]] : []))
    // An answer with Retry-After asks for the request to be sent again, and then it must be executed.
    const isFinal = body !== undefined && !reply.hasHeader('retry-after')
    idempotency.end(execution, { status: reply.statusCode, headers, body: body ?? Buffer.alloc(0) }, isFinal).then(
      () => done(null, payload),
      (error: unknown) => {
        // What was done is done; a repeat is refused for a minute and then executed anew.
        request.log.warn({ err: error, requestId: request.id }, 'The answer could not be kept for its Idempotency-Key')
        done(null, payload)
      }
    )
  }
}

function malformedKey (): ExchangeError {
  const expected = '1 to 255 visible ASCII characters, given once, for example a UUID'
  return new ExchangeError('invalid-parameter', 'The header Idempotency-Key is not understood.', {
    issues: [{ header: 'Idempotency-Key', code: 'HEADER_FORMAT' satisfies RequestIssueCode, detail: `Idempotency-Key must be ${expected}.`, expected }]
  })
}
