import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import t from 'tap'
import { expectedOfFormat, expectedOfPattern } from '../../../src/domain/schema-versions/patterns.js'
import { openApiComponents } from '../../../src/domain/schema-versions/publish.js'
import { DRAFT_SCHEMA_VERSIONS, NEWEST_SCHEMA_VERSION, SCHEMA_VERSIONS, findSchemaVersion } from '../../../src/domain/schema-versions/registry.js'
import { RECORD_SCHEMA_NAME } from '../../../src/domain/schema-versions/schema-version.js'
import { projectPath } from '../../../src/project-root.js'

/**
 * SHA-256 of the published files. A released schema never changes: if this test fails, take the change back and put it into a
 * new version. A line is only ever added here.
 */
const RELEASED: Readonly<Record<string, string>> = {
  '1.0.0': 'c95ec1c7e0094b9318b356d5df64dcc30c894ae9c3060140c06259d90ce820ad',
  '1.1.0': '27984c273023d3d4061ee5e047d15e1d71eeb6ca93a57c9b4cac492322b12041',
  '2.0.0': '4fb945953bddd2a2accf8d81a35c124b8b2bf4551fed7964e30f962f3b979ad7'
}

const folder = projectPath(`schemas/${RECORD_SCHEMA_NAME}`)

/** Models of every version. */
const MODELS = ['ProductRecord', 'CarbonFootprint', 'RecycledContent', 'Packaging']

interface Node { readonly [keyword: string]: unknown }

/** The schema and everything in it that is an object. */
function * nodesOf (value: unknown, path = ''): Generator<{ path: string, node: Node }> {
  if (typeof value !== 'object' || value === null) return
  yield { path, node: value as Node }
  for (const [key, inner] of Object.entries(value)) yield * nodesOf(inner, `${path}/${key}`)
}

t.test('registry, source folders and published files name the same versions, oldest first', async t => {
  const versions = SCHEMA_VERSIONS.map(({ version }) => version)
  const sources = await readdir(projectPath('src/domain/schema-versions'))
  const withDrafts = [...versions, ...DRAFT_SCHEMA_VERSIONS.map(({ version }) => version)]
  t.same(sources.filter(name => /^v\d/.test(name)).sort(), withDrafts.map(version => `v${version}`).sort())
  t.same((await readdir(folder)).sort(), withDrafts.map(version => `${version}.json`).sort())
  t.same(Object.keys(RELEASED), versions)
  t.same(versions, versions.toSorted((left, right) => left.localeCompare(right, 'en', { numeric: true })))
  t.equal(findSchemaVersion(versions.at(-1)!), NEWEST_SCHEMA_VERSION)
  t.equal(findSchemaVersion('constructor'), undefined)
})

for (const { version, schema, source } of [...SCHEMA_VERSIONS, ...DRAFT_SCHEMA_VERSIONS]) {
  t.test(`${version} is published as it is enforced, and has not changed since its release`, async t => {
    const text = await readFile(`${folder}/${version}.json`, 'utf8')
    t.same(JSON.parse(text), schema)
    if (SCHEMA_VERSIONS.some(released => released.version === version)) t.equal(createHash('sha256').update(text).digest('hex'), RELEASED[version])
    t.match(schema, { $schema: 'https://json-schema.org/draft/2020-12/schema', $id: `urn:product-esg:schema:${RECORD_SCHEMA_NAME}:${version}` })
  })

  t.test(`${version} compiles in a stock Ajv and accepts the valid fixtures`, async t => {
    const ajv = new Ajv2020()
    addFormats.default(ajv)
    const validate = ajv.compile(JSON.parse(await readFile(`${folder}/${version}.json`, 'utf8')))
    const fixtures = projectPath(`test/fixtures/${version}/valid`)
    for (const file of await readdir(fixtures)) t.ok(validate(JSON.parse(await readFile(`${fixtures}/${file}`, 'utf8'))), file)
    t.notOk(validate({}))
  })

  t.test(`${version}: every object is closed, every field says what it is, every pattern has a meaning`, async t => {
    for (const { path, node } of nodesOf(schema)) {
      if (node['type'] === 'object') t.equal(node['additionalProperties'], false, `${path} is closed`)
      if (typeof node['pattern'] === 'string') t.ok(expectedOfPattern(node['pattern']), `${path}: ${node['pattern']}`)
      if (typeof node['format'] === 'string') t.ok(expectedOfFormat(node['format']), `${path}: ${node['format']}`)
      for (const [field, property] of Object.entries(node['properties'] ?? {}) as [string, Node][]) {
        const described = property['$ref'] === undefined ? property : { ...definition(schema, property), ...property }
        t.ok(typeof described['title'] === 'string' && typeof described['description'] === 'string', `${path}/${field} is described`)
        t.notOk(Object.keys(property).some(keyword => keyword.startsWith('x-')), `${path}/${field} has no private keywords`)
      }
    }
  })

  t.test(`${version}: the examples are valid`, async t => {
    const ajv = new Ajv2020({ strict: false, schemas: [schema] })
    addFormats.default(ajv)
    for (const { path, node } of nodesOf(schema)) {
      if (!Array.isArray(node['examples'])) continue
      const validate = ajv.compile({ $ref: `${schema['$id'] as string}#${path}` })
      for (const example of node['examples']) t.ok(validate(example), `${path}: ${JSON.stringify(example)}`)
    }
  })

  t.test(`${version} as OpenAPI components: flat, complete, and enforcing the same`, async t => {
    const components = openApiComponents(source, name => `#/components/schemas/${name}`)
    t.ok([...MODELS, ...(version.startsWith('1.') ? ['Provenance', 'Refurbishment'] : ['Evidence', 'SecondLife'])].every(name => name in components))
    const referred = new Set<string>()
    for (const { node } of nodesOf(components)) {
      t.notOk('$id' in node || '$defs' in node || '$schema' in node || 'x-component' in node)
      if (typeof node['$ref'] === 'string') referred.add(node['$ref'].replace('#/components/schemas/', ''))
    }
    t.same([...referred].sort(), Object.keys(components).filter(name => name !== 'ProductRecord').sort(), 'every reference resolves, every component is used')

    const ajv = new Ajv2020({ schemas: [{ $id: 'openapi', components: { schemas: components } }], strict: false })
    addFormats.default(ajv)
    const validate = ajv.compile({ $ref: 'openapi#/components/schemas/ProductRecord' })
    for (const [kind, fits] of [['valid', true], ['invalid', false]] as const) {
      const fixtures = projectPath(`test/fixtures/${version}/${kind}`)
      const files = (existsSync(fixtures) ? await readdir(fixtures) : []).filter(file => kind === 'valid' || /^SCHEMA_(?!RANGE\.)/.test(file))
      for (const file of files) t.equal(validate(JSON.parse(await readFile(`${fixtures}/${file}`, 'utf8'))), fits, file)
    }
  })
}

function definition (schema: Node, { $ref }: Node): Node {
  return (schema['$defs'] as Record<string, Node>)[String($ref).replace('#/$defs/', '')]!
}
