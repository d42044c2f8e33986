/**
 * Who is calling, and whether this route is open to them. Every route names its policy in `config.policy`; the
 * application does not start when one is missing, so a new route cannot be open by accident.
 */
import type { FastifyInstance, FastifyRequest, onRequestHookHandler, RouteOptions } from 'fastify'
import { callerFrom, requireScope, SCOPES, type Caller, type Scope } from '../domain/access.js'
import { ExchangeError } from '../domain/problems.js'
import { notFound } from './unrouted.js'

/** `public`: no credential is read. `authenticated`: any valid credential. Otherwise the scope that the client must have. */
type RoutePolicy = 'public' | 'authenticated' | Scope

declare module 'fastify' {
  interface FastifyContextConfig {
    policy?: RoutePolicy
  }
  interface FastifyRequest {
    /** The authenticated caller; reading it on a public route is a programming error. */
    readonly caller: Caller
    authenticatedAs: Caller | null
  }
}

/** Turns a credential, presented from an address, into a caller. Both throw `unauthenticated`; a cached answer may come synchronously. */
export interface Authenticator {
  authenticateApiKey (key: string, address: string): Caller | Promise<Caller>
  authenticateToken (token: string, address: string): Caller | Promise<Caller>
}

const POLICIES: ReadonlySet<string> = new Set<RoutePolicy>(['public', 'authenticated', ...SCOPES])

/** Adds `request.caller`, the authenticating hook, and the check that every route has a policy. */
export function addAuthentication (app: FastifyInstance, authenticator: Authenticator): void {
  app.decorateRequest('authenticatedAs', null)
  app.decorateRequest('caller', {
    getter (this: FastifyRequest): Caller {
      if (this.authenticatedAs === null) throw new Error(`The route ${this.routeOptions.url ?? this.url} reads the caller but is public.`)
      // The caller is shared by requests; where it came from belongs to this one.
      return callerFrom(this, this.authenticatedAs)
    }
  })

  const routes: Array<{ route: RouteOptions, guarded: RoutePolicy | undefined }> = []
  app.addHook('onRoute', route => {
    const policy = route.config?.policy
    routes.push({ route, guarded: policy })
    if (policy === undefined || policy === 'public') return
    route.onRequest = [authenticated(authenticator, policy), ...[route.onRequest ?? []].flat()] as NonNullable<RouteOptions['onRequest']>
  })
  app.addHook('onReady', done => {
    // One that got its policy later, from a hook of its plugin, can only be public: nothing guards it.
    const open = routes.filter(({ route: { config }, guarded }) => !POLICIES.has(config?.policy ?? '') || (config?.policy !== 'public' && config?.policy !== guarded))
    const names = open.map(({ route: { method, url } }) => `${String(method)} ${url}`)
    done(open.length === 0 ? undefined : new Error(`These routes have no access policy of their own (config.policy): ${names.join(', ')}`))
  })

  app.addHook('onRequest', (request, _reply, done) => {
    // What has no route is answered before its body is read, whoever asks.
    done(request.is404 ? notFound(request.method, request.url) : undefined)
  })
}

function authenticated (authenticator: Authenticator, policy: Exclude<RoutePolicy, 'public'>): onRequestHookHandler {
  return (request, _reply, done) => {
    const admit = (caller: Caller): void => {
      request.authenticatedAs = caller
      if (policy !== 'authenticated') requireScope(caller, policy)
    }
    try {
      const answer = presentedCaller(authenticator, request)
      if (answer instanceof Promise) {
        answer.then(admit).then(() => done(), done)
        return
      }
      admit(answer)
    } catch (error) {
      done(error as Error)
      return
    }
    done()
  }
}

const BEARER = /^Bearer +([^ ]+) *$/i

/** The usual spelling is told by two looks at the header, which is most of what a token costs. */
function tokenOf (authorization: string): string | undefined {
  if (authorization.startsWith('Bearer ') && authorization.length > 7 && !authorization.includes(' ', 7)) return authorization.slice(7)
  return BEARER.exec(authorization)?.[1]
}

function presentedCaller (authenticator: Authenticator, request: FastifyRequest): Caller | Promise<Caller> {
  const apiKey = request.headers['x-api-key']
  if (typeof apiKey === 'string') return authenticator.authenticateApiKey(apiKey, request.ip)
  const { authorization } = request.headers
  if (authorization === undefined) {
    throw new ExchangeError('unauthenticated', 'This operation needs a credential: X-API-Key, or Authorization: Bearer with a token from POST /oauth/token.')
  }
  const token = tokenOf(authorization)
  if (token === undefined) {
    throw new ExchangeError('unauthenticated', 'The Authorization header must be: Bearer, a space, and a token from POST /oauth/token.')
  }
  return authenticator.authenticateToken(token, request.ip)
}
