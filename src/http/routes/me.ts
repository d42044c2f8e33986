/** Who the caller is. */
import type { App, HttpServices } from '../app-types.js'
import { answer, ref } from '../description.js'
import { markPrivate } from '../product-answers.js'

export function meRoutes ({ identity }: HttpServices) {
  return async (app: App): Promise<void> => {
    app.get('/v1/me', {
      config: { policy: 'authenticated' },
      schema: {
        operationId: 'getMe',
        summary: 'Tell who you are to the exchange.',
        description: 'Your organisation, its role and manufacturers, and what your credential may do. A good first call.',
        tags: ['Identity'],
        response: { 200: answer('Your organisation and client.', ref('Me')) }
      }
    }, async (request, reply) => {
      return await markPrivate(reply).send(identity.me(request.caller))
    })
  }
}
