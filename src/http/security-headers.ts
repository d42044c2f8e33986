/**
 * Security headers. Helmet decides them; its answer is taken once per policy, at start, because a dozen middlewares for every
 * request would cost as much as the rest of a hot read.
 */
import helmet, { type FastifyHelmetOptions } from '@fastify/helmet'
import fastify, { type FastifyInstance } from 'fastify'

type HeaderSet = Readonly<Record<string, string>>

export interface SecurityHeaders {
  /** For data: nothing may be loaded, framed or run. */
  api: HeaderSet
  /** For the pages that the exchange serves to people: own scripts, styles and images, no inline script. */
  page: HeaderSet
}

export async function computeSecurityHeaders (): Promise<SecurityHeaders> {
  return { api: await headersOf(API_OPTIONS), page: await headersOf(PAGE_OPTIONS) }
}

/**
 * Adds those of this kind to the answers of all routes below, in place of those that the routes above have. A 304 only updates headers that the
 * client has already (RFC 9111 section 3.2). For data those of the first answer will do; a page that a browser keeps must get those of a newer release.
 */
export function addSecurityHeaders (app: FastifyInstance, headers: SecurityHeaders, kind: keyof SecurityHeaders): void {
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (kind === 'page' || reply.statusCode !== 304) reply.headers(headers[kind])
    done(null, payload)
  })
}

const API_OPTIONS: FastifyHelmetOptions = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"], 'base-uri': ["'none'"], 'form-action': ["'none'"] }
  },
  frameguard: { action: 'deny' },
  // These mean something for pages only, and each header costs every answer half a microsecond.
  crossOriginOpenerPolicy: false,
  dnsPrefetchControl: false,
  ieNoOpen: false,
  originAgentCluster: false,
  permittedCrossDomainPolicies: false,
  xssFilter: false
}

const PAGE_OPTIONS: FastifyHelmetOptions = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      'default-src': ["'none'"],
      'script-src': ["'self'"],
      // The interactive documentation sets styles on its elements.
      'style-src': ["'self'", "'unsafe-inline'"],
      'img-src': ["'self'", 'data:'],
      'font-src': ["'self'", 'data:'],
      'connect-src': ["'self'"],
      'frame-ancestors': ["'none'"],
      'base-uri': ["'none'"],
      'form-action': ["'self'"]
    }
  },
  frameguard: { action: 'deny' }
}

const FRAMEWORK_HEADERS = new Set(['content-type', 'content-length', 'date', 'connection'])

async function headersOf (options: FastifyHelmetOptions): Promise<HeaderSet> {
  const probe = fastify()
  await probe.register(helmet, options)
  probe.get('/', async () => '')
  const { headers } = await probe.inject('/')
  await probe.close()
  return Object.freeze(Object.fromEntries(
    Object.entries(headers).filter(([name]) => !FRAMEWORK_HEADERS.has(name)).map(([name, value]) => [name, String(value)])
  ))
}
