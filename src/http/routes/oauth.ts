/**
 * The token endpoint and what describes it (RFC 6749, RFC 8414, RFC 7517). Its failures have the form that RFC 6749
 * section 5.2 prescribes, which every OAuth library understands, instead of the exchange's own.
 */
import { Type } from 'typebox'
import { SCOPES } from '../../domain/access.js'
import { ExchangeError } from '../../domain/problems.js'
import { OAuthError, oauthErrorBody } from '../../services/identity/oauth-error.js'
import type { App, HttpConfig, HttpServices } from '../app-types.js'
import { baseUrlOf, cacheControlOf } from '../base-url.js'
import { basicCredentials } from '../basic-credentials.js'
import { answer, closedString, openString, problems, ref } from '../description.js'
import { sendProblem } from '../problem-details.js'

const TOKEN_BODY_BYTES = 16 * 1024

const TokenRequest = Type.Object({
  grant_type: Type.Optional(closedString(['client_credentials'], { description: 'Always `client_credentials`.' })),
  client_id: Type.Optional(Type.String({ description: 'Unless it is sent with HTTP Basic.' })),
  client_secret: Type.Optional(Type.String({ description: 'Unless it is sent with HTTP Basic.' })),
  scope: Type.Optional(Type.String({ description: `Scopes separated by spaces, of: ${SCOPES.join(', ')}. Default: all that the client has.`, examples: ['products:read'] }))
}, { $id: 'TokenRequest', description: 'A request for an access token (RFC 6749 section 4.4).', required: ['grant_type'] })

const TokenAnswer = Type.Object({
  access_token: Type.String({ description: 'A signed token (RFC 9068) for `Authorization: Bearer`.' }),
  token_type: openString(['Bearer'], { description: 'How to present it.' }),
  expires_in: Type.Integer({ description: 'Seconds until it ends.', examples: [900] }),
  scope: Type.String({ description: 'The scopes that it carries.' })
}, { $id: 'TokenAnswer', description: 'An access token.' })

const OAuthFailure = Type.Object({
  error: openString(['invalid_request', 'invalid_client', 'unsupported_grant_type', 'invalid_scope'], { description: 'What is wrong.' }),
  error_description: Type.Optional(Type.String({ description: 'The same for people.' }))
}, { $id: 'OAuthFailure', description: 'A failure of the token endpoint (RFC 6749 section 5.2).' })

const JsonWebKeySet = Type.Object({
  keys: Type.Array(Type.Object({
    kty: Type.String({ description: 'Key type.' }),
    kid: Type.String({ description: 'Key id; tokens name it in their header.' }),
    alg: Type.Optional(Type.String({ description: 'Algorithm.' })),
    use: Type.Optional(Type.String({ description: 'Use of the key.' }))
  }, { additionalProperties: true }))
}, { $id: 'JsonWebKeySet', description: 'Public keys (RFC 7517) with which tokens can be verified.' })

const AuthorizationServer = Type.Object({
  issuer: Type.String({ description: 'The issuer that tokens name.' }),
  token_endpoint: Type.String({ description: 'Where tokens are issued.' }),
  jwks_uri: Type.String({ description: 'Where the public keys are.' })
}, { $id: 'AuthorizationServer', additionalProperties: true, description: 'Authorization server metadata (RFC 8414).' })

export function oauthRoutes ({ identity }: HttpServices, { publicBaseUrl }: HttpConfig) {
  return async (app: App): Promise<void> => {
    for (const schema of [TokenRequest, TokenAnswer, OAuthFailure, JsonWebKeySet, AuthorizationServer]) app.addSchema(schema)

    app.post('/oauth/token', {
      bodyLimit: TOKEN_BODY_BYTES,
      config: { policy: 'public' },
      // The grammar of the form is the RFC's, and so are the answers about it; the service judges it.
      validatorCompiler: () => () => true,
      schema: {
        operationId: 'issueToken',
        summary: 'Exchange a client credential for an access token.',
        description: 'The client credentials grant of OAuth 2.0 (RFC 6749 section 4.4). Client id and secret come with HTTP Basic or in the form. Failures have the form of RFC 6749 section 5.2.',
        tags: ['Identity'],
        consumes: ['application/x-www-form-urlencoded'],
        body: ref<Record<string, string | undefined>>('TokenRequest'),
        response: {
          200: answer('An access token.', ref('TokenAnswer')),
          400: answer('The request is not acceptable.', ref('OAuthFailure')),
          401: answer('The client could not be authenticated.', ref('OAuthFailure'), {
            headers: { 'WWW-Authenticate': { description: 'The scheme to use.', type: 'string', example: 'Basic realm="product-esg-exchange"' } }
          }),
          ...problems('too-many-failures')
        }
      },
      errorHandler: (error, request, reply) => {
        const failure = toOAuthError(error)
        if (failure === undefined) {
          sendProblem(error, request, reply, publicBaseUrl ?? '')
          return
        }
        if (failure.error === 'invalid_client') reply.header('www-authenticate', 'Basic realm="product-esg-exchange"')
        void reply
          .code(failure.error === 'invalid_client' ? 401 : 400)
          .header('cache-control', 'no-store')
          .header('content-type', 'application/json; charset=utf-8')
          .send(oauthErrorBody(failure))
      }
    }, async (request, reply) => {
      const form = request.body ?? {}
      const basic = basicCredentials(request.headers.authorization)
      if (basic !== undefined && form['client_secret'] !== undefined) {
        throw new OAuthError('invalid_request', 'Send the client secret either with HTTP Basic or in the form, not both.')
      }
      const token = await identity.issueToken({
        grantType: form['grant_type'],
        clientId: basic?.clientId ?? form['client_id'],
        clientSecret: basic?.clientSecret ?? form['client_secret'],
        scope: form['scope']
      }, { baseUrl: baseUrlOf(request, publicBaseUrl), address: request.ip })
      return await reply.header('cache-control', 'no-store').header('pragma', 'no-cache').send(token)
    })

    app.get('/.well-known/oauth-authorization-server', {
      config: { policy: 'public' },
      schema: {
        operationId: 'getAuthorizationServer',
        summary: 'Describe how tokens are obtained.',
        tags: ['Identity'],
        response: { 200: answer('Authorization server metadata.', ref('AuthorizationServer')) }
      }
    }, async (request, reply) => {
      return await reply.header('cache-control', cacheControlOf(publicBaseUrl)).send(identity.authorizationServerMetadata(baseUrlOf(request, publicBaseUrl)))
    })

    app.get('/.well-known/jwks.json', {
      config: { policy: 'public' },
      schema: {
        operationId: 'getJsonWebKeySet',
        summary: 'List the public keys of access tokens.',
        tags: ['Identity'],
        response: { 200: answer('The keys.', ref('JsonWebKeySet')) }
      }
    }, async (_request, reply) => {
      return await reply.header('cache-control', 'public, max-age=300').send(await identity.jwks())
    })
  }
}

/** What the RFC has a word for; undefined for the rest (too large, unavailable, unexpected). */
function toOAuthError (error: unknown): OAuthError | undefined {
  if (error instanceof OAuthError) return error
  if (!(error instanceof ExchangeError)) return undefined
  const isAboutTheForm = error.code === 'malformed-request' || error.code === 'invalid-parameter'
  return isAboutTheForm ? new OAuthError('invalid_request', 'The request is not a form as RFC 6749 describes it, or it has unknown query parameters.') : undefined
}
