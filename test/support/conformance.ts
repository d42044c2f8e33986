/** Holds every answer of a test against the API description: a documented status, and a body that fits its schema. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { fullFormats } from 'ajv-formats/dist/formats.js'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { SCHEMA_VERSIONS } from '../../src/domain/schema-versions/registry.js'
import type { App } from '../../src/http/app-types.js'
import { recordComponents } from '../../src/http/record-components.js'

interface MediaType { schema?: object }
interface Answer { $ref?: string, content?: Record<string, MediaType> }
interface Operation { responses: Record<string, Answer> }
interface Description {
  paths: Record<string, Record<string, Operation>>
  components: { responses: Record<string, Answer>, schemas: Record<string, object> }
}

/** Call before the application is ready. The returned function gives what was found so far. */
export function watchConformance (app: App): () => string[] {
  const findings: string[] = []
  let check: Check | undefined
  app.addHook('onSend', async (request, reply, payload) => {
    check ??= checkOf(app.swagger() as unknown as Description)
    const finding = check(request, reply, payload)
    if (finding !== undefined) findings.push(`${request.method} ${request.url} -> ${reply.statusCode}: ${finding}`)
    return payload
  })
  return () => findings
}

/** Answers without `schema` carry records as they were submitted, in any version; the description shows those of one. */
function withEveryVersion (description: Description): Description {
  const models = SCHEMA_VERSIONS.map(version => ({
    prefix: `V${version.version.replaceAll('.', '_')}`,
    components: Object.entries(recordComponents(version)).filter(([name]) => name.startsWith('Published'))
  }))
  const renamed = models.flatMap(({ prefix, components }) => components.map(([name, component]) =>
    [`${prefix}${name}`, JSON.parse(JSON.stringify(component).replaceAll('#/components/schemas/Published', `#/components/schemas/${prefix}Published`))]))
  const anyVersion = { anyOf: models.map(({ prefix }) => ({ $ref: `#/components/schemas/${prefix}PublishedRecord` })) }
  const { components } = description
  return { ...description, components: { ...components, schemas: { ...components.schemas, ...Object.fromEntries(renamed), PublishedRecord: anyVersion } } }
}

type Check = ReturnType<typeof createCheck>

/** The applications of one test file mostly have one description, and compiling it takes longer than most tests. */
const checks = new Map<string, Check>()

function checkOf (description: Description): Check {
  const text = JSON.stringify(description)
  const check = checks.get(text) ?? createCheck(description)
  checks.set(text, check)
  return check
}

function createCheck (bound: Description) {
  const description = withEveryVersion(bound)
  const ajv = new Ajv2020({ strict: false, allErrors: true, formats: { ...fullFormats } as never })
  ajv.addSchema(description, 'openapi')
  const validators = new Map<string, ValidateFunction>()

  return (request: FastifyRequest, reply: FastifyReply, payload: unknown): string | undefined => {
    const { url, schema } = request.routeOptions
    if (request.is404 || url === undefined || schema?.hide === true) return undefined
    const path = url.replaceAll(/:(\w+)/g, '{$1}')
    const method = request.method === 'HEAD' ? 'get' : request.method.toLowerCase()
    const operation = description.paths[path]?.[method]
    if (operation === undefined) return 'the operation is not documented'
    const documented = operation.responses[String(reply.statusCode)]
    if (documented === undefined) return 'the status is not documented'

    const reference = documented.$ref
    const base = reference ?? `#/paths/${escape(path)}/${method}/responses/${reply.statusCode}`
    const answer = reference === undefined ? documented : description.components.responses[reference.split('/').at(-1) ?? '']
    const mediaType = String(reply.getHeader('content-type') ?? '').split(';')[0] ?? ''
    if (answer?.content === undefined) return payload === null || payload === undefined || payload === '' ? undefined : 'a body that is not documented'
    if (mediaType === 'text/html') return undefined
    // A file of whatever kind was asked for.
    if (answer.content['application/octet-stream'] !== undefined) return undefined
    if (answer.content[mediaType] === undefined) return `the media type ${mediaType} is not documented`
    // With `fields` the record is a part of one, which the schema of a whole record does not describe.
    if ((mediaType !== 'application/json' && !mediaType.endsWith('+json')) || narrowsRecords(request)) return undefined

    const pointer = `openapi${base}/content/${escape(mediaType)}/schema`
    let validate = validators.get(pointer)
    if (validate === undefined) {
      validate = ajv.compile({ $ref: pointer })
      validators.set(pointer, validate)
    }
    return validate(JSON.parse(String(payload))) ? undefined : ajv.errorsText(validate.errors)
  }
}

function narrowsRecords ({ url, body }: FastifyRequest): boolean {
  return url.includes('fields=') || (typeof body === 'object' && body !== null && 'fields' in body)
}

/** A reference token of a JSON Pointer in a URI fragment. */
function escape (token: string): string {
  return encodeURIComponent(token.replaceAll('~', '~0').replaceAll('/', '~1'))
}
