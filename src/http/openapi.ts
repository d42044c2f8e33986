/**
 * The API description (OpenAPI 3.1), generated from the routes, in a profile that client generators handle: named
 * components, shared error responses, one request and one success media type per operation, open enumerations in answers.
 */
import swagger from '@fastify/swagger'
import type { FastifyInstance, FastifySchema, RouteOptions } from 'fastify'
import { SCOPES, type Scope } from '../domain/access.js'
import { NEWEST_SCHEMA_VERSION } from '../domain/schema-versions/registry.js'
import { BATCH_ITEM_KINDS } from './components.js'
import { takesIdempotencyKey } from './idempotent-requests.js'
import { codesOfStatus, RESPONSE_NAMES } from './description.js'
import { API_INTRODUCTION, SCOPE_DESCRIPTIONS, TAGS } from './openapi-texts.js'
import { bindRecords, operationsOf } from './openapi-records.js'
import { PROBLEM_MEDIA_TYPE } from './problem-details.js'

type Json = Record<string, unknown>

/** Call before the routes are registered; `app.swagger()` gives the description once the application is ready. */
export async function addOpenapi (app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Product ESG data exchange',
        version,
        summary: 'Product sustainability records from vendors to distributors and resellers.',
        description: API_INTRODUCTION,
        license: { name: 'MIT', identifier: 'MIT' }
      },
      servers: [{ url: '/', description: 'This exchange.' }],
      tags: TAGS,
      components: {
        securitySchemes: {
          apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'The client credential itself: `esgx_<clientId>_<secret>`.' },
          oauth2: {
            type: 'oauth2',
            description: 'An access token of `POST /oauth/token`, as `Authorization: Bearer`.',
            flows: { clientCredentials: { tokenUrl: '/oauth/token', scopes: SCOPE_DESCRIPTIONS } }
          }
        }
      }
    },
    convertConstToEnum: false,
    refResolver: { buildLocalReference: json => String(json.$id) },
    transform: ({ schema, url, route }) => ({ schema: describeOperation(schema, route), url }),
    transformObject: document => 'openapiObject' in document ? finish(document.openapiObject as Json) as never : document.swaggerObject as never
  })
}

/** Adds what follows from the form of an operation: its security, and the problems that every such operation can have. */
function describeOperation (schema: FastifySchema | undefined, route: RouteOptions): FastifySchema {
  if (schema === undefined || schema.hide === true) return { hide: true }
  const policy = route.config?.policy ?? 'authenticated'
  const problem = { $ref: 'Problem#' }
  const implied: Record<number, unknown> = { 400: problem, 500: problem, 503: problem }
  if (schema.params !== undefined) implied[404] = problem
  if (schema.body !== undefined) Object.assign(implied, { 413: problem, 415: problem })
  if (policy !== 'public') Object.assign(implied, { 401: problem, 403: problem, 429: problem })
  const scopes = SCOPES.includes(policy as Scope) ? [policy] : []
  if (takesIdempotencyKey(route)) Object.assign(implied, { 409: problem, 422: problem })
  return {
    ...schema,
    ...(takesIdempotencyKey(route) && { headers: withIdempotencyKey(schema.headers) }),
    response: { ...implied, ...schema.response as object },
    security: policy === 'public' ? [] : [{ apiKey: [] }, { oauth2: scopes }]
  }
}

function withIdempotencyKey (headers: unknown): unknown {
  const { properties } = (headers ?? {}) as { properties?: Json }
  return {
    type: 'object',
    ...headers as object,
    properties: {
      ...properties,
      'Idempotency-Key': {
        type: 'string',
        description: 'Your name for this request, e.g. a UUID. Repeated within 24 hours it is not executed again: you get the first answer, with `Idempotency-Replayed: true`.',
        examples: ['0f6a0d2c-7f0e-4f0e-9d53-3b0f3a4f9a51']
      }
    }
  }
}

function finish (document: Json): Json {
  const components = document['components'] as { schemas: Json, responses?: Json, headers?: Json }
  for (const [name, kinds] of Object.entries(BATCH_ITEM_KINDS)) components.schemas[name] = itemOf(components.schemas[name] as Json, kinds)
  for (const operation of operationsOf(document)) {
    shareProblemResponses(operation)
    makeDefaultsOptional(operation)
  }
  components.responses = sharedResponses(JSON.stringify(document['paths']))
  return bindRecords(withoutIds(document) as Json, NEWEST_SCHEMA_VERSION)
}

/** The validator fills in a default, so to handlers the parameter is always there; callers may leave it out. */
function makeDefaultsOptional (operation: Json): void {
  for (const parameter of operation['parameters'] as Array<{ required?: boolean, schema?: Json }> | undefined ?? []) {
    if (parameter.schema?.['default'] !== undefined) delete parameter.required
  }
}

const PROBLEM_REFERENCE = '#/components/schemas/Problem'

/** Replaces every response that is a plain problem by a reference to the shared response of its status. */
function shareProblemResponses (operation: Json): void {
  const responses = operation['responses'] as Record<string, { content?: Record<string, { schema?: { $ref?: string } }> }>
  for (const [status, response] of Object.entries(responses)) {
    const isProblem = Object.values(response.content ?? {}).some(({ schema }) => schema?.$ref === PROBLEM_REFERENCE)
    const name = RESPONSE_NAMES[Number(status)]
    if (!isProblem) continue
    if (name === undefined) throw new Error(`The status ${status} needs a name in RESPONSE_NAMES.`)
    responses[status] = { $ref: `#/components/responses/${name}` } as never
  }
}

/** The shared responses that the operations refer to. */
function sharedResponses (paths: string): Json {
  const used = Object.entries(RESPONSE_NAMES).filter(([, name]) => paths.includes(`"#/components/responses/${name}"`))
  return Object.fromEntries(used.map(([status, name]) => {
    const codes = codesOfStatus(Number(status))
    const headers: Json = {}
    if (status === '401' || status === '403') headers['WWW-Authenticate'] = { description: 'How to authenticate (RFC 9110, RFC 6750).', schema: { type: 'string' } }
    if (status === '429' || status === '503') headers['Retry-After'] = { description: 'Seconds to wait before the request is repeated.', schema: { type: 'integer' } }
    return [name, {
      description: codes.map(({ code, title }) => `\`${code}\`: ${title}.`).join(' '),
      ...(Object.keys(headers).length === 0 ? {} : { headers }),
      content: { [PROBLEM_MEDIA_TYPE]: { schema: { $ref: PROBLEM_REFERENCE } } }
    }]
  }))
}

/** An item of a batch is one of its kinds; before, the component was a placeholder with its description. */
function itemOf ({ description }: Json, kindNames: Readonly<Record<string, string>>): Json {
  const kinds = Object.entries(kindNames).map(([op, name]) => [op, `#/components/schemas/${name}`] as const)
  return {
    description,
    oneOf: kinds.map(([, $ref]) => ({ $ref })),
    discriminator: { propertyName: 'op', mapping: Object.fromEntries(kinds) }
  }
}

function withoutIds (value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutIds)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).filter(([name, member]) => name !== '$id' || typeof member !== 'string').map(([name, member]) => [name, withoutIds(member)]))
}
