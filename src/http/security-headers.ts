/**
 * Security headers. Helmet decides them; its per-request work (a dozen middlewares and `setHeader` calls, about 20
 * microseconds) would be a third of the cost of a hot read, so its answer is taken once per policy, at start.
 */
import helmet from '@fastify/helmet'
import fastify from 'fastify'

type HeaderSet = Readonly<Record<string, string>>

export interface SecurityHeaders {
  /** For data: nothing may be loaded, framed or run. */
  api: HeaderSet
  /** For the pages that the exchange serves to people: own scripts, styles and images, no inline script. */
  page: HeaderSet
}

export async function computeSecurityHeaders (): Promise<SecurityHeaders> {
  return {
    api: await headersOf({ 'default-src': ["'none'"], 'frame-ancestors': ["'none'"], 'base-uri': ["'none'"], 'form-action': ["'none'"] }),
    page: await headersOf({
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
    })
  }
}

async function headersOf (directives: Record<string, string[]>): Promise<HeaderSet> {
  const probe = fastify()
  await probe.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives },
    // Catalogues are read by other origins' servers, never embedded; nothing here needs to be shared between sites.
    crossOriginResourcePolicy: { policy: 'same-origin' },
    frameguard: { action: 'deny' }
  })
  probe.get('/', async () => '')
  const { headers } = await probe.inject('/')
  await probe.close()
  const ofFastify = new Set(['content-type', 'content-length', 'date', 'connection'])
  return Object.freeze(Object.fromEntries(
    Object.entries(headers).filter(([name]) => !ofFastify.has(name)).map(([name, value]) => [name, String(value)])
  ))
}
