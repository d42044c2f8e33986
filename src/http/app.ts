/** The HTTP application: everything is registered here, in this order. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import fastify, { LogController, type FastifyBaseLogger } from 'fastify'
import type { Logger } from 'pino'
import { ExchangeError } from '../domain/problems.js'
import type { App, HttpConfig, HttpServices } from './app-types.js'
import { addAuthentication } from './authentication.js'
import { addBodyParser } from './body-parser.js'
import { answerClientError } from './client-errors.js'
import { SHARED_SCHEMAS } from './components.js'
import { addIdempotency } from './idempotent-requests.js'
import { addCrossOrigin } from './cross-origin.js'
import { addLoadShedding } from './load-shedding.js'
import { createMetrics } from './metrics.js'
import { addObservation } from './observation.js'
import { addOpenapi } from './openapi.js'
import { sendProblem } from './problem-details.js'
import { addQuotas } from './quotas.js'
import { requestId } from './request-ids.js'
import { aliasRoutes } from './routes/aliases.js'
import { auditRoutes } from './routes/audit.js'
import { changeRoutes } from './routes/changes.js'
import { clientRoutes } from './routes/clients.js'
import { compatibilityRoutes } from './routes/compatibility.js'
import { documentationRoutes } from './routes/documentation.js'
import { exportRoutes } from './routes/export.js'
import { grantRoutes } from './routes/grants.js'
import { importRoutes } from './routes/imports.js'
import { infrastructureRoutes } from './routes/infrastructure.js'
import { lookupRoutes } from './routes/lookup.js'
import { meRoutes } from './routes/me.js'
import { oauthRoutes } from './routes/oauth.js'
import { organizationRoutes } from './routes/organizations.js'
import { productBatchRoutes } from './routes/products-batch.js'
import { productListRoutes } from './routes/product-lists.js'
import { productHistoryRoutes } from './routes/products-history.js'
import { productRoutes } from './routes/products.js'
import { schemaRoutes } from './routes/schemas.js'
import { addSecurityHeaders, computeSecurityHeaders } from './security-headers.js'
import { prepareUnroutedAnswers } from './unrouted.js'
import { closeUnusedConnections } from './unused-connections.js'
import { refuseUrlCredentials } from './url-credentials.js'
import { buildValidator } from './validation.js'

/** Bytes of a body, decompressed, unless the operation says otherwise: one record, or a thousand identifiers. */
const BODY_BYTES = 1_048_576

const HEADER_BYTES = 16 * 1024

const SECONDS = 1_000

export interface AppParts {
  config: HttpConfig
  services: HttpServices
  logger: Logger
  /** Version of the API, for its description. */
  version: string
  /** A worker answers for its health only (`health`); default: everything. */
  offers?: 'api' | 'health'
}

/**
 * A plugin with schemas of its own gets a compiler of its own. From here, because the framework's would coerce bodies and drop what it
 * does not know. (The framework's type of it knows only its own.) It is asked for by every route of the plugin, and each holds all schemas three times.
 */
function createValidatorFactory () {
  const built = new Map<string, ReturnType<typeof buildValidator>>()
  return (schemas: Readonly<Record<string, object>>) => {
    const ids = Object.keys(schemas).join()
    const validator = built.get(ids) ?? buildValidator(Object.values(schemas))
    built.set(ids, validator)
    return validator
  }
}

export async function buildApp ({ config, services, logger, version, offers = 'api' }: AppParts): Promise<App> {
  const publicBaseUrl = config.publicBaseUrl ?? ''
  const headers = await computeSecurityHeaders()
  const metrics = createMetrics()

  const app: App = fastify<Server, IncomingMessage, ServerResponse, FastifyBaseLogger, TypeBoxTypeProvider>({
    loggerInstance: logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    // A child logger for each request costs more than all our log lines; they carry the request id themselves.
    childLoggerFactory: parent => parent,
    genReqId: requestId,
    requestIdHeader: false,
    trustProxy: config.trustProxy ?? false,
    bodyLimit: BODY_BYTES,
    // Both for the routes of every plugin, also those with schemas of their own. What is answered is never filtered or coerced by a
    // schema; records leave as stored bytes.
    schemaController: { compilersFactory: { buildValidator: createValidatorFactory() as never, buildSerializer: (() => () => JSON.stringify) as never } },
    routerOptions: { maxParamLength: 200, caseSensitive: true, ignoreTrailingSlash: false },
    http: { maxHeaderSize: HEADER_BYTES, headersTimeout: 20 * SECONDS, connectionsCheckingInterval: 2 * SECONDS },
    // A file may take hours to arrive; other bodies have two minutes (see the body parser). Idle connections outlive the idle
    // time of common load balancers. What a handler waits for is the database, and each of its operations has a limit of its
    // own; a timer for every request on top of that would cost more than the routing.
    requestTimeout: 24 * 3_600 * SECONDS,
    keepAliveTimeout: 72 * SECONDS,
    connectionTimeout: 150 * SECONDS,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    clientErrorHandler: answerClientError(headers.api),
    frameworkErrors: (error, request, reply) => {
      reply.headers(headers.api).header('x-request-id', request.id)
      sendProblem(error, request, reply, publicBaseUrl)
    }
  })
  app.server.maxConnections = config.maxConnections
  closeUnusedConnections(app)

  app.setValidatorCompiler(buildValidator(SHARED_SCHEMAS))
  // What is answered is never filtered or coerced by a schema; records leave as stored bytes.
  app.setSerializerCompiler(() => JSON.stringify)
  addSecurityHeaders(app, headers, 'api')
  app.setErrorHandler((error, request, reply) => { sendProblem(describeFailure(error, services), request, reply, publicBaseUrl) })
  refuseUrlCredentials(app)
  addObservation(app, metrics, logger)
  await addCrossOrigin(app, config.corsOrigins)
  addLoadShedding(app, config.pressure, { metrics, logger, monotonicMs: () => performance.now() })
  addBodyParser(app)
  const unrouted = prepareUnroutedAnswers(app)
  addAuthentication(app, services.identity)
  addQuotas(app, config.rateLimits, () => performance.now())
  addIdempotency(app, services.idempotency)
  app.addHook('onRoute', ({ schema }) => {
    // Without a schema an operation would pass over query parameters that it does not know.
    if (schema !== undefined && schema.hide !== true) schema.querystring ??= { type: 'object', properties: {}, additionalProperties: false }
  })
  for (const schema of SHARED_SCHEMAS) app.addSchema(schema)
  await addOpenapi(app, version)

  if (offers === 'api') {
    await app.register(productRoutes(services))
    await app.register(productBatchRoutes(services, config))
    await app.register(lookupRoutes(services, config))
    await app.register(productHistoryRoutes(services))
    await app.register(exportRoutes(services))
    await app.register(changeRoutes(services))
    await app.register(importRoutes(services))
    await app.register(grantRoutes(services))
    await app.register(productListRoutes(services))
    await app.register(aliasRoutes(services, config))
    await app.register(auditRoutes(services))
    await app.register(schemaRoutes(services))
    await app.register(compatibilityRoutes(services))
    await app.register(meRoutes(services))
    await app.register(organizationRoutes(services))
    await app.register(clientRoutes(services))
    await app.register(oauthRoutes(services, config))
  }
  await app.register(infrastructureRoutes(services, metrics))
  if (offers === 'api') await app.register(documentationRoutes(services, headers, config))
  await app.register(unrouted)
  return app
}

function describeFailure (error: unknown, { isUnavailable }: HttpServices): unknown {
  if (error instanceof ExchangeError || !isUnavailable(error)) return error
  return new ExchangeError('unavailable', 'The database cannot answer right now. Repeating the request is safe.', { retryAfterSeconds: 2, cause: error })
}
