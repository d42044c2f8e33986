/** Clients: the credentials of an organisation. Answers with a secret are kept nowhere, so they take no Idempotency-Key. */
import { Type } from 'typebox'
import type { ClientContentBody, NewClientBody, RotationBody } from '../../services/identity/client-administration.js'
import type { App, HttpServices } from '../app-types.js'
import { answer, HEADERS, problems, ref } from '../description.js'
import { sendPage } from '../paging.js'
import { pageParameters } from '../parameters.js'
import { markPrivate } from '../product-answers.js'

const ListQuery = Type.Object({
  ...pageParameters,
  organization: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: 'For the operator: only clients of this organisation.' }))
}, { additionalProperties: false })

const clientId = Type.String({ maxLength: 64, description: 'The client.' })
const ClientParams = Type.Object({ clientId }, { additionalProperties: false })
const SecretParams = Type.Object({ clientId, secretId: Type.String({ maxLength: 64, description: 'The secret.' }) }, { additionalProperties: false })

const NO_KEY = { refused: 'The answer holds a secret, and secrets are kept nowhere, so it could not be repeated. When an answer was lost, list the clients, and remove the one, or the secret, that nobody received.' }

/** Bodies as they arrive, with moments as text. */
type Sent<T extends { expiresAt?: Date | 'never' | undefined }> = Omit<T, 'expiresAt'> & { expiresAt?: string }

export function clientRoutes ({ clients }: HttpServices) {
  return async (app: App): Promise<void> => {
    app.get('/v1/clients', {
      config: { policy: 'org:admin' },
      schema: {
        operationId: 'listClients',
        summary: 'List the clients of your organisation.',
        description: 'The operator sees those of every organisation.',
        tags: ['Identity'],
        querystring: ListQuery,
        response: { 200: answer('One page of clients.', ref('ClientPage'), { headers: { Link: HEADERS.Link } }), ...problems('invalid-cursor', 'not-found') }
      }
    }, async (request, reply) => {
      const { organization, ...page } = request.query
      return sendPage(request, reply, await clients.list(request.caller, { ...page, organizationId: organization }))
    })

    app.post('/v1/clients', {
      config: { policy: 'org:admin', idempotencyKey: NO_KEY },
      schema: {
        operationId: 'createClient',
        summary: 'Make a client; its secret is shown once.',
        description: 'Takes no `Idempotency-Key`, because secrets are kept nowhere: a repeat makes another client. When the answer was lost, list the clients and remove the one that nobody received the secret of.',
        tags: ['Identity'],
        body: ref<Sent<NewClientBody>>('NewClient'),
        response: { 201: answer('The client with its secret.', ref('ClientWithSecret')), ...problems('validation-failed', 'limit-reached') }
      }
    }, async (request, reply) => {
      return await markSecret(reply).code(201).send(await clients.create(request.caller, withMoment(request.body)))
    })

    app.get('/v1/clients/:clientId', {
      config: { policy: 'org:admin' },
      schema: {
        operationId: 'getClient',
        summary: 'Read one client.',
        tags: ['Identity'],
        params: ClientParams,
        response: { 200: answer('The client.', ref('Client')), ...problems('not-found') }
      }
    }, async (request, reply) => {
      return await markPrivate(reply).send(await clients.get(request.caller, request.params.clientId))
    })

    app.put('/v1/clients/:clientId', {
      config: { policy: 'org:admin' },
      schema: {
        operationId: 'replaceClient',
        summary: 'Change a client, or disable it.',
        description: 'When the answer is given the change counts in every process, for API keys and for tokens.',
        tags: ['Identity'],
        params: ClientParams,
        body: ref<Sent<ClientContentBody>>('ClientContent'),
        response: { 200: answer('The client.', ref('Client')), ...problems('not-found', 'validation-failed', 'last-client') }
      }
    }, async (request, reply) => {
      return await markPrivate(reply).send(await clients.replace(request.caller, request.params.clientId, { ...request.body, expiresAt: endOf(request.body) }))
    })

    app.delete('/v1/clients/:clientId', {
      config: { policy: 'org:admin' },
      schema: {
        operationId: 'deleteClient',
        summary: 'Remove a client for good.',
        description: 'When the answer is given neither its secrets nor its tokens are accepted by any process.',
        tags: ['Identity'],
        params: ClientParams,
        response: { 200: answer('The client that is gone.', ref('Client')), ...problems('not-found', 'last-client') }
      }
    }, async (request, reply) => {
      return await markPrivate(reply).send(await clients.remove(request.caller, request.params.clientId))
    })

    app.post('/v1/clients/:clientId/secrets', {
      config: { policy: 'org:admin', idempotencyKey: NO_KEY },
      schema: {
        operationId: 'rotateClientSecret',
        summary: 'Give a client a new secret; it is shown once.',
        description: 'The secret of today is accepted beside the new one for as long as you say, so that deployments can move over one by one. A client has two secrets at most. Takes no `Idempotency-Key`: when the answer was lost, end the new secret and make another.',
        tags: ['Identity'],
        params: ClientParams,
        body: ref<Sent<RotationBody>>('SecretRotation'),
        response: { 201: answer('The client with its new secret.', ref('ClientWithSecret')), ...problems('not-found', 'validation-failed', 'limit-reached', 'identity-conflict') }
      }
    }, async (request, reply) => {
      return await markSecret(reply).code(201).send(await clients.rotateSecret(request.caller, request.params.clientId, withMoment(request.body)))
    })

    app.delete('/v1/clients/:clientId/secrets/:secretId', {
      config: { policy: 'org:admin' },
      schema: {
        operationId: 'revokeClientSecret',
        summary: 'End one secret of a client at once.',
        description: 'When the answer is given no process accepts it any more. Tokens that were obtained with it end within 15 minutes; disable the client to end them at once.',
        tags: ['Identity'],
        params: SecretParams,
        response: { 200: answer('The client.', ref('Client')), ...problems('not-found', 'identity-conflict', 'last-client') }
      }
    }, async (request, reply) => {
      return await markPrivate(reply).send(await clients.revokeSecret(request.caller, request.params.clientId, request.params.secretId))
    })
  }
}

function endOf ({ expiresAt }: Sent<ClientContentBody>): Date | 'never' | undefined {
  return expiresAt === undefined || expiresAt === 'never' ? expiresAt : new Date(expiresAt)
}

function withMoment<T extends { expiresAt?: string }> ({ expiresAt, ...rest }: T): Omit<T, 'expiresAt'> & { expiresAt?: Date } {
  return { ...rest, ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt) }) }
}

/** An answer that nobody may keep. */
function markSecret (reply: Parameters<typeof markPrivate>[0]): ReturnType<typeof markPrivate> {
  return reply.header('cache-control', 'no-store').header('pragma', 'no-cache')
}
