/** What explains the API: its description, the interactive documentation, the pages about errors, and the front page. */
import swaggerUi from '@fastify/swagger-ui'
import { Type } from 'typebox'
import { ExchangeError } from '../../domain/problems.js'
import type { App, HttpConfig, HttpServices } from '../app-types.js'
import { baseUrlOf, cacheControlOf } from '../base-url.js'
import { createDescriptions, sendDescription } from '../described-api.js'
import { answer, emptyAnswer, ENDING, openString, problems, ref } from '../description.js'
import { ERROR_PAGES } from '../error-catalogue.js'
import { errorIndexPage, errorPage, landingPage, sendHtmlOrJson } from '../pages.js'
import { describedSchemaParameter } from '../parameters.js'
import { addSecurityHeaders, type SecurityHeaders } from '../security-headers.js'
import { announceEnding } from '../version-ending.js'

const Links = Type.Object({}, { $id: 'Links', additionalProperties: Type.String(), description: 'Where things are, by name.' })

const ErrorExplanation = Type.Object({
  code: Type.String({ description: 'The code.' }),
  kind: openString(['problem', 'record', 'request'], { description: 'What it is about: a failed request, or a finding in a record or a request.' }),
  title: Type.String({ description: 'The same for people.' }),
  cause: Type.String({ description: 'Why it happens.' }),
  fix: Type.String({ description: 'What to do about it.' }),
  status: Type.Optional(Type.Integer({ description: 'HTTP status of a problem.' })),
  severity: Type.Optional(openString(['error', 'warning'], { description: 'Of a finding in a record.' })),
  source: Type.Optional(Type.String({ description: 'The standard, law or published data behind the rule.' }))
}, { $id: 'ErrorExplanation', description: 'What a code means and what to do about it.' })

const ErrorList = Type.Object({ items: Type.Array(ref('ErrorExplanation')) }, { $id: 'ErrorList', description: 'Every code.' })

const OpenapiDocument = Type.Object({}, { $id: 'OpenapiDocument', additionalProperties: true, description: 'An OpenAPI document.' })

const DescriptionQuery = Type.Object({ schema: describedSchemaParameter }, { additionalProperties: false })

const DESCRIBED_RECORDS = 'Records are described in their newest schema version. With `schema` they are described in another one: read with the same `schema` parameter, and what you get is what the description says.'

const DESCRIPTIONS = [
  { path: '/openapi.json', operationId: 'getOpenapi', summary: 'This description of the API, in OpenAPI 3.1.', version: '3.1' },
  { path: '/openapi-3.0.json', operationId: 'getOpenapiForOlderTools', summary: 'The same description in OpenAPI 3.0, for tools that do not read 3.1.', version: '3.0' }
] as const

const Linkset = Type.Object({
  linkset: Type.Array(Type.Object({ anchor: Type.String() }, { additionalProperties: true }))
}, { $id: 'Linkset', description: 'Links about the API (RFC 9264).' })

const CodeParams = Type.Object({ code: Type.String({ description: 'The code of a problem or finding.', examples: ['validation-failed'] }) }, { additionalProperties: false })

export function documentationRoutes ({ schemas }: HttpServices, headers: SecurityHeaders, { publicBaseUrl }: HttpConfig) {
  return async (app: App): Promise<void> => {
    for (const schema of [Links, ErrorExplanation, ErrorList, OpenapiDocument, Linkset]) app.addSchema(schema)
    // Pages load their own styles and scripts; everything else of the exchange may load nothing.
    addSecurityHeaders(app, headers, 'page')

    const descriptions = createDescriptions(() => app.swagger())

    for (const { path, operationId, summary, version } of DESCRIPTIONS) {
      app.get(path, {
        config: { policy: 'public' },
        schema: {
          operationId,
          summary,
          description: DESCRIBED_RECORDS,
          tags: ['Documentation'],
          querystring: DescriptionQuery,
          response: { 200: answer('The description.', ref('OpenapiDocument'), { headers: ENDING }), 304: emptyAnswer('You have it.'), ...problems('schema-version-unavailable') }
        }
      }, (request, reply) => {
        announceEnding(reply, schemas.endingOf(request.query.schema))
        return sendDescription(request, reply, descriptions.get(version, request.query.schema))
      })
    }

    app.get('/', {
      config: { policy: 'public' },
      schema: {
        operationId: 'getLanding',
        summary: 'The front page; for programs, links to what is here.',
        tags: ['Documentation'],
        response: { 200: answer('Links.', ref('Links')) }
      }
    }, async (request, reply) => sendHtmlOrJson(request, reply, {
      html: () => landingPage(baseUrlOf(request, publicBaseUrl)),
      cacheControl: cacheControlOf(publicBaseUrl),
      json: () => ({ documentation: '/docs', openapi: '/openapi.json', openapiForOlderTools: '/openapi-3.0.json', schemas: '/v1/schemas', errors: '/errors', apiCatalog: '/.well-known/api-catalog' })
    }))

    app.get('/errors', {
      config: { policy: 'public' },
      schema: {
        operationId: 'listErrors',
        summary: 'Explain every code that an answer can carry.',
        tags: ['Documentation'],
        response: { 200: answer('Every code.', ref('ErrorList')) }
      }
    }, async (request, reply) => sendHtmlOrJson(request, reply, {
      html: () => errorIndexPage(ERROR_PAGES.values()),
      json: () => ({ items: [...ERROR_PAGES.values()] })
    }))

    app.get('/errors/:code', {
      config: { policy: 'public' },
      schema: {
        operationId: 'getError',
        summary: 'Explain one code: cause and fix.',
        tags: ['Documentation'],
        params: CodeParams,
        response: { 200: answer('The explanation.', ref('ErrorExplanation')), ...problems('not-found') }
      }
    }, async (request, reply) => {
      const found = ERROR_PAGES.get(request.params.code)
      if (found === undefined) throw new ExchangeError('not-found', `No answer carries the code ${request.params.code}; all codes are listed at /errors.`)
      return sendHtmlOrJson(request, reply, { html: () => errorPage(found), json: () => found })
    })

    app.get('/.well-known/api-catalog', {
      config: { policy: 'public' },
      schema: {
        operationId: 'getApiCatalog',
        summary: 'Links to the description, documentation and status of the API (RFC 9727).',
        tags: ['Documentation'],
        response: { 200: answer('The links.', ref('Linkset'), { mediaType: 'application/linkset+json' }) }
      }
    }, async (request, reply) => {
      const base = baseUrlOf(request, publicBaseUrl)
      return await reply
        .header('cache-control', cacheControlOf(publicBaseUrl))
        .header('content-type', 'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"')
        .send({
          linkset: [{
            anchor: `${base}/v1`,
            'service-desc': [{ href: `${base}/openapi.json`, type: 'application/json' }],
            'service-doc': [{ href: `${base}/docs`, type: 'text/html' }],
            status: [{ href: `${base}/readyz`, type: 'application/json' }]
          }]
        })
    })

    await app.register(interactiveDocumentation)
  }
}

/** The files of the interactive documentation come from its package, so it works without any other server. */
async function interactiveDocumentation (app: App): Promise<void> {
  app.addHook('onRoute', route => {
    route.config = { ...route.config, policy: 'public' }
    route.schema = { ...route.schema, hide: true }
  })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    uiConfig: {
      // Without the bar on top, which offers to load other descriptions.
      layout: 'BaseLayout',
      deepLinking: true,
      displayOperationId: true,
      displayRequestDuration: true,
      docExpansion: 'list',
      defaultModelsExpandDepth: 0,
      persistAuthorization: true,
      tryItOutEnabled: false,
      validatorUrl: null
    },
    theme: { title: 'Product ESG data exchange: API documentation' }
  })
}
