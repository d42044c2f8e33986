/** One log line per noteworthy answer, one observation per answer. Bodies and credentials are never logged. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import type { Metrics } from './metrics.js'
import { holdsCredential } from './url-credentials.js'

// W3C Trace Context, version 00: the 32 hex digits of the trace.
const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/

export function addObservation (app: FastifyInstance, metrics: Metrics, logger: Logger): void {
  app.addHook('onSend', (request, reply, payload, done) => {
    reply.header('x-request-id', request.id)
    done(null, payload)
  })
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.is404 ? 'none' : request.routeOptions.url ?? 'none'
    metrics.observe(request.method, route, reply.statusCode, reply.elapsedTime / 1000)
    logAnswer(logger, request, reply, route)
    done()
  })
}

/** Successful reads are the bulk of the traffic and stand in the metrics; they are logged only at `debug`. */
function logAnswer (logger: Logger, request: FastifyRequest, reply: FastifyReply, route: string): void {
  const { statusCode } = reply
  const isQuietRead = statusCode < 400 && (request.method === 'GET' || request.method === 'HEAD')
  const level = statusCode >= 500 ? 'error' : isQuietRead ? 'debug' : 'info'
  if (!logger.isLevelEnabled(level)) return
  const { traceparent } = request.headers
  logger[level]({
    requestId: request.id,
    traceId: typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent)?.[1] : undefined,
    method: request.method,
    route,
    path: holdsCredential(request.url) ? undefined : request.url.split('?', 1)[0],
    status: statusCode,
    milliseconds: Math.round(reply.elapsedTime * 10) / 10,
    organization: request.authenticatedAs?.organizationId,
    client: request.authenticatedAs?.clientId
  }, 'request answered')
}
