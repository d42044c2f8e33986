/** For those who run the exchange: liveness, readiness, metrics. */
import { Type } from 'typebox'
import { ExchangeError } from '../../domain/problems.js'
import type { App, HttpServices } from '../app-types.js'
import { answer, openString, problems } from '../description.js'
import type { Metrics } from '../metrics.js'

const Health = Type.Object({
  status: openString(['ok'], { description: 'The state.' })
}, { $id: 'Health', description: 'The state of the process.' })

export function infrastructureRoutes ({ health }: HttpServices, metrics: Metrics) {
  return async (app: App): Promise<void> => {
    app.addSchema(Health)

    app.get('/livez', {
      config: { policy: 'public', underPressure: 'answered' },
      schema: {
        operationId: 'getLiveness',
        summary: 'Tell whether the process runs.',
        description: 'Never asks the database: a process whose database is away must not be restarted for it.',
        tags: ['Operation'],
        response: { 200: answer('The process runs.', Type.Unsafe({ $ref: 'Health#' })) }
      }
    }, async (_request, reply) => await reply.header('cache-control', 'no-store').send({ status: 'ok' }))

    app.get('/readyz', {
      config: { policy: 'public', underPressure: 'answered' },
      schema: {
        operationId: 'getReadiness',
        summary: 'Tell whether the process can answer requests.',
        description: 'Asks the database.',
        tags: ['Operation'],
        response: { 200: answer('The process can answer.', Type.Unsafe({ $ref: 'Health#' })), ...problems('unavailable') }
      }
    }, async (_request, reply) => {
      try {
        await health.ready()
      } catch (error) {
        throw new ExchangeError('unavailable', 'The database does not answer.', { retryAfterSeconds: 2, cause: error })
      }
      return await reply.header('cache-control', 'no-store').send({ status: 'ok' })
    })

    app.get('/metrics', {
      config: { policy: 'public', underPressure: 'answered' },
      schema: {
        operationId: 'getMetrics',
        summary: 'Metrics of the process in the text format of Prometheus.',
        tags: ['Operation'],
        response: { 200: answer('The metrics.', Type.String(), { mediaType: 'text/plain' }) }
      }
    }, async (_request, reply) => {
      return await reply.header('cache-control', 'no-store').header('content-type', metrics.registry.contentType).send(await metrics.registry.metrics())
    })
  }
}
