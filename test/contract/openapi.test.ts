/** The API description: committed as it is served, complete, free of findings, and with examples that are true. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { fullFormats } from 'ajv-formats/dist/formats.js'
import t from 'tap'
import { createRecordValidator } from '../../src/domain/record-validation.js'
import { SCHEMA_VERSIONS } from '../../src/domain/schema-versions/registry.js'
import { FILE_TYPES } from '../../src/http/file-headers.js'
import { asOpenapi30 } from '../../src/http/openapi-3-0.js'
import { openapiDocument } from '../../src/http/openapi-document.js'
import { exampleRecord } from '../../src/http/record-examples.js'
import { projectPath } from '../../src/project-root.js'
import { openTestExchange } from '../support/exchange.js'

type Json = Record<string, unknown>
interface Media { schema: Json, example?: unknown }
interface Operation {
  operationId: string
  summary: string
  tags: string[]
  security: object[]
  parameters?: Array<{ name: string, in: string, required?: boolean, schema: Json, example?: unknown }>
  requestBody?: { content: Record<string, Media> }
  responses: Record<string, { $ref?: string, content?: Record<string, Media> }>
}

const committed = JSON.parse(readFileSync(projectPath('openapi/openapi.json'), 'utf8')) as {
  info: Json & { version: string }
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Json> }
}
const operations = Object.entries(committed.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })))

t.test('what is committed is what the code says and what is served', async t => {
  t.same(committed, JSON.parse(JSON.stringify(await openapiDocument(committed.info.version))), 'run npm run generate')
  const { app } = await openTestExchange(t)
  const served = (await app.inject({ url: '/openapi.json' })).json()
  t.same({ ...served, info: { ...served.info, version: committed.info.version } }, committed)
  const older = (await app.inject({ url: '/openapi-3.0.json' })).json()
  t.same({ ...older, info: { ...older.info, version: committed.info.version } }, JSON.parse(readFileSync(projectPath('openapi/openapi-3.0.json'), 'utf8')))
})

t.test('the description can be had with the records of any schema version', async t => {
  const { app } = await openTestExchange(t)
  for (const { version } of SCHEMA_VERSIONS) {
    for (const path of ['/openapi.json', '/openapi-3.0.json']) {
      const answer = await app.inject({ url: path, query: { schema: version } })
      const described = answer.json() as typeof committed
      t.equal(described.info['x-record-schema-version'], version)
      t.same(described.paths['/v1/products']?.['post']?.requestBody?.content['application/json']?.schema, { $ref: '#/components/schemas/ProductRecord' })
      t.notMatch(unresolved(described), /./, 'every reference leads somewhere')
      const { etag } = answer.headers
      t.equal((await app.inject({ url: path, query: { schema: version }, headers: { 'if-none-match': String(etag) } })).statusCode, 304)
    }
    const [major = '', minor = ''] = version.split('.')
    for (const schema of [major, `${major}.${minor}`]) t.equal((await app.inject({ url: '/openapi.json', query: { schema } })).statusCode, 200, schema)
  }
  const newest = SCHEMA_VERSIONS.at(-1)?.version ?? ''
  t.equal((await app.inject({ url: '/openapi.json', query: { schema: newest } })).body, (await app.inject('/openapi.json')).body)
  t.match((await app.inject('/openapi.json?schema=99')).json(), { status: 406, code: 'schema-version-unavailable', available: [SCHEMA_VERSIONS[0]?.version] })
  t.equal((await app.inject('/openapi.json?schema=1.1')).json().info['x-record-schema-version'], '1.1.0')
  t.equal((await app.inject('/openapi.json?shema=1')).statusCode, 400)
})

/** References that lead nowhere. */
function unresolved (document: { components: Record<string, Json> }): string {
  const references = [...JSON.stringify(document).matchAll(/"#\/components\/(\w+)\/(\w+)"/g)]
  return references.filter(([, kind = '', name = '']) => document.components[kind]?.[name] === undefined).join(' ')
}

t.test('the form for older tools has nothing that they do not know', async t => {
  const older = JSON.parse(readFileSync(projectPath('openapi/openapi-3.0.json'), 'utf8')) as { openapi: string, components: { schemas: Record<string, Json> } }
  t.equal(older.openapi, '3.0.3')
  const text = JSON.stringify(older.components.schemas)
  t.notMatch(text, /"const":|"examples":|"exclusiveMinimum":\d|"\$defs"/)
  t.match(text, /"minimum":0,"exclusiveMinimum":true/)
  const batchSubmit = older.components.schemas['BatchSubmit'] as { properties: { op: Json } }
  t.match(batchSubmit.properties.op, { type: 'string', enum: ['submit'] })
  t.throws(() => asOpenapi30({ ...older, info: { license: {} }, components: { schemas: { Pair: { type: 'array', prefixItems: [] } } } }), /prefixItems/)
})

t.test('linting has no finding', async t => {
  for (const api of ['exchange', 'older-tools']) {
    const { stdout } = await promisify(execFile)(projectPath('node_modules/.bin/redocly'), ['lint', api, '--format=json'], {
      cwd: projectPath('.'),
      env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' }
    })
    const report = JSON.parse(stdout.slice(stdout.indexOf('{'))) as { totals: Json, problems: unknown[] }
    t.same(report.totals, { errors: 0, warnings: 0, ignored: 0 }, api)
    t.same(report.problems, [], api)
  }
})

t.test('every operation suits client generators', async t => {
  t.ok(operations.length >= 27)
  const ids = operations.map(({ operation }) => operation.operationId)
  t.equal(new Set(ids).size, ids.length)
  for (const { path, method, operation } of operations) {
    const name = `${method} ${path}`
    t.match(operation.operationId, /^[a-z][A-Za-z]+$/, name)
    t.ok(operation.summary.endsWith('.'), name)
    t.equal(operation.tags.length, 1, name)
    t.same(operation.parameters?.filter(parameter => parameter.required === true && (parameter.in === 'header' || parameter.schema['default'] !== undefined)) ?? [], [], `${name} demands neither headers nor what has a default`)
    t.ok(Array.isArray(operation.security), `${name} says whether it needs a credential`)
    if (operation.requestBody !== undefined) {
      const types = Object.keys(operation.requestBody.content)
      if (operation.operationId === 'createImport') t.same(types, FILE_TYPES, 'files have one media type for all of them, which stands first, and one for each format')
      else t.equal(types.length, 1, name)
    }
    const success = Object.entries(operation.responses).filter(([status]) => status.startsWith('2'))
    t.equal(new Set(success.flatMap(([, { content }]) => Object.keys(content ?? {}))).size, 1, `${name} has one success media type`)
    for (const [status, response] of Object.entries(operation.responses)) {
      const isToken = operation.operationId === 'issueToken' && (status === '400' || status === '401')
      if (Number(status) >= 400 && !isToken) t.match(response.$ref, /^#\/components\/responses\//, `${name} ${status}`)
    }
  }
})

t.test('components are flat, named and without nulls', async t => {
  const text = JSON.stringify(committed)
  t.notMatch(text, /"\$id"|"\$defs"|"nullable"|"def-\d|~kind/)
  for (const [name, schema] of Object.entries(committed.components.schemas)) {
    t.match(name, /^[A-Z][A-Za-z]+$/)
    const inner = JSON.stringify(schema)
    t.notMatch(inner, /"type":"null"|"type":\[/, name)
    if (inner.includes('"oneOf"')) t.ok(inner.includes('"discriminator"'), `${name} tells its alternatives apart`)
  }
})

t.test('enumerations in answers are open', async t => {
  const answered = reachable(operations.flatMap(({ operation }) => Object.values(operation.responses)))
  t.ok(answered.has('PublishedRecord') && answered.has('Problem'))
  for (const name of answered) {
    const text = JSON.stringify(committed.components.schemas[name])
    t.notMatch(text, /"enum":|"const":/, name)
    t.notMatch(text, /"additionalProperties":false/, name)
  }
})

/** Names of the components that these parts of the description use, directly or through others. */
function reachable (parts: unknown, found = new Set<string>()): Set<string> {
  for (const [, name = ''] of JSON.stringify(parts).matchAll(/#\/components\/(?:schemas|responses)\/(\w+)/g)) {
    const kind = name in committed.components.schemas ? 'schemas' : 'responses'
    if (kind === 'responses') found.add('Problem')
    if (kind === 'responses' || found.has(name)) continue
    found.add(name)
    reachable(committed.components.schemas[name], found)
  }
  return found
}

t.test('examples are true', async t => {
  for (const version of SCHEMA_VERSIONS) {
    const judged = createRecordValidator().validate(exampleRecord(version), { today: '2026-11-21' })
    t.ok(judged.valid, `the example record of ${version.version} is accepted`)
    t.same(judged.valid && judged.accepted.warnings, [])
  }

  const ajv = new Ajv2020({ strict: false, formats: { ...fullFormats } as never })
  ajv.addSchema(committed, 'openapi')
  const valid = (pointer: string, example: unknown) => {
    const validate = ajv.compile({ $ref: `openapi#${pointer}` })
    t.ok(validate(example), `${pointer}: ${ajv.errorsText(validate.errors)}`)
  }
  for (const [name, schema] of Object.entries(committed.components.schemas)) {
    for (const example of schema['examples'] as unknown[] ?? []) valid(`/components/schemas/${name}`, example)
    for (const [property, described] of Object.entries(schema['properties'] as Record<string, Json> ?? {})) {
      for (const example of described['examples'] as unknown[] ?? []) valid(`/components/schemas/${name}/properties/${property}`, example)
    }
  }
  let bodies = 0
  for (const { operation } of operations) {
    for (const { schema, example } of Object.values(operation.requestBody?.content ?? {})) {
      if (schema['format'] === 'binary') continue // a file
      const name = String(schema['$ref']).split('/').at(-1) ?? ''
      const given = example ?? (committed.components.schemas[name]?.['examples'] as unknown[] | undefined)?.[0]
      t.ok(given, `${operation.operationId} shows a body`)
      if (given !== undefined) valid(`/components/schemas/${name}`, given)
      bodies++
    }
  }
  t.ok(bodies >= 7)
})
