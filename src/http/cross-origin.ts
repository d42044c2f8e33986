/** Browsers of other origins: only those that the configuration names may read answers. No cookies are used, so none are allowed. */
import cors from '@fastify/cors'
import type { FastifyInstance } from 'fastify'

const READABLE_HEADERS = [
  'ETag', 'Link', 'Location', 'RateLimit', 'RateLimit-Policy', 'Retry-After', 'X-Request-Id', 'Idempotency-Replayed', 'Preference-Applied', 'Repr-Digest',
  'Deprecation', 'Sunset'
]

const SENDABLE_HEADERS = [
  'Authorization', 'X-API-Key', 'Content-Type', 'Content-Encoding', 'If-Match', 'If-None-Match', 'Idempotency-Key', 'Prefer', 'X-Request-Id', 'Traceparent'
]

/**
 * Before `addAuthentication`: a browser asks for permission without a credential.
 *
 * @param origins the origins that may read, e.g. `https://shop.example.com`, or `*`; none turns it off
 */
export async function addCrossOrigin (app: FastifyInstance, origins: readonly string[]): Promise<void> {
  if (origins.length === 0) return
  app.addHook('onRoute', route => {
    if (route.url === '*' && route.method === 'OPTIONS') route.config = { ...route.config, policy: 'public' }
  })
  await app.register(cors, {
    origin: [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: SENDABLE_HEADERS,
    exposedHeaders: READABLE_HEADERS,
    maxAge: 600,
    strictPreflight: false,
    // The answer to OPTIONS is ours, with `Allow`.
    preflightContinue: true
  })
  app.addHook('onSend', (_request, reply, payload, done) => {
    // Routes name what their answer depends on and know nothing of origins.
    const vary = String(reply.getHeader('vary') ?? '')
    if (!origins.includes('*') && !/\borigin\b/i.test(vary)) reply.header('vary', vary === '' ? 'Origin' : `${vary}, Origin`)
    done(null, payload)
  })
}
