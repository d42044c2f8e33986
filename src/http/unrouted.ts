/** What happens on paths and methods that have no operation: 404, 405 with `Allow`, and OPTIONS. */
import type { FastifyInstance } from 'fastify'
import { ExchangeError } from '../domain/problems.js'

/**
 * Call before the routes are registered. The plugin that it returns has to be registered after them: it gives every path
 * an answer for the methods that the path lacks. A request is refused before its body is read.
 */
export function prepareUnroutedAnswers (app: FastifyInstance): (instance: FastifyInstance) => Promise<void> {
  const methodsOf = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ url, method, schema }) => {
    // The files of the interactive documentation are not operations.
    if (schema === undefined || schema.hide === true) return
    const methods = methodsOf.get(url) ?? new Set()
    for (const name of [method].flat()) methods.add(name)
    methodsOf.set(url, methods)
  })
  app.setNotFoundHandler(request => { throw notFound(request.method, request.url) })

  return async instance => {
    for (const [url, present] of [...methodsOf]) {
      const allow = [...present, 'OPTIONS'].sort().join(', ')
      instance.route({
        method: instance.supportedMethods.filter(name => !present.has(name) && name !== 'OPTIONS'),
        url,
        schema: { hide: true },
        config: { policy: 'public' },
        onRequest: async (request, reply) => {
          reply.header('allow', allow)
          throw new ExchangeError('method-not-allowed', `${request.method} is not a method of this resource; it has ${allow}.`)
        },
        handler: () => {}
      })
      instance.options(url, { schema: { hide: true }, config: { policy: 'public' } }, async (_request, reply) => {
        return await reply.header('allow', allow).code(204).send()
      })
    }
  }
}

export function notFound (method: string, url: string): ExchangeError {
  const path = url.split('?', 1)[0]?.slice(0, 200) ?? ''
  return new ExchangeError('not-found', `There is no operation ${method} ${path}. The operations are described at /openapi.json and /docs.`)
}
