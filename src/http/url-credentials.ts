/** Credentials belong in headers: addresses end up in logs, histories and `Referer` headers. */
import type { FastifyInstance } from 'fastify'
import { ExchangeError } from '../domain/problems.js'

const NAMED = /[?&](?:access_token|refresh_token|id_token|x?[_-]?api[_-]?key|client_secret|authorization|bearer|password)=/i

/** An API key or a client secret of this exchange, or a JWT. */
const RECOGNIZED = /esg(?:x_[a-z0-9-]{3,64}_|s_)[\w-]{20,}|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}/

/** True when the address holds what is, or is called, a credential. */
export function holdsCredential (url: string): boolean {
  return isSuspect(url) || (url.includes('%') && isSuspect(decoded(url)))
}

function isSuspect (url: string): boolean {
  return (url.includes('?') && NAMED.test(url)) || RECOGNIZED.test(url)
}

function decoded (url: string): string {
  try {
    return decodeURIComponent(url)
  } catch {
    return url.replaceAll('%5F', '_').replaceAll('%5f', '_')
  }
}

/** Refuses such requests before anything else is done with the address. */
export function refuseUrlCredentials (app: FastifyInstance): void {
  app.addHook('onRequest', (request, _reply, done) => {
    if (!holdsCredential(request.url)) return done()
    done(new ExchangeError('malformed-request', 'The address holds a credential, and addresses are logged on their way. Send it as X-API-Key or Authorization header, and replace this credential.'))
  })
}
