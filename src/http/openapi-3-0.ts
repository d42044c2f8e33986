/**
 * The API description as OpenAPI 3.0.3, for tools that do not read 3.1 yet. What 3.1 takes from JSON Schema 2020-12 is said in the older
 * words:
 *
 * | 3.1 | 3.0.3 |
 * |---|---|
 * | `const: x` | `enum: [x]` |
 * | `exclusiveMinimum: 0`, `exclusiveMaximum` | `minimum: 0, exclusiveMinimum: true` |
 * | `examples: [a, b]` of a schema | `example: a` |
 * | `$ref` beside other keywords | the keywords with `allOf: [{ $ref }]` |
 * | `info.summary` | left out |
 * | the SPDX identifier of the licence | its address |
 *
 * Nothing else of 2020-12 occurs in the description; what this does not know is a mistake to be met here, so it throws.
 */
type Json = Record<string, unknown>

/** Keywords of JSON Schema that 3.0.3 does not have and that have no translation here. */
const UNTRANSLATED = [
  '$defs', '$dynamicRef', 'contains', 'contentEncoding', 'contentMediaType', 'dependentRequired', 'dependentSchemas', 'else', 'if',
  'patternProperties', 'prefixItems', 'propertyNames', 'then', 'unevaluatedItems', 'unevaluatedProperties'
]

export function asOpenapi30 (document: Json): Json {
  const { summary: _summary, license, ...info } = document['info'] as Json & { license: { name: string, identifier: string } }
  const { schemas, ...components } = document['components'] as { schemas: Json }
  return {
    ...document,
    openapi: '3.0.3',
    info: { ...info, license: { name: license.name, url: `https://spdx.org/licenses/${license.identifier}.html` } },
    paths: translateWithin(document['paths']),
    components: {
      ...translateWithin(components) as Json,
      schemas: Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, translateSchema(schema as Json)]))
    }
  }
}

/** Descends to the schemas of parameters, headers and media types; examples stay as they are. */
function translateWithin (value: unknown): unknown {
  if (Array.isArray(value)) return value.map(translateWithin)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => {
    if (name === 'schema') return [name, translateSchema(member as Json)]
    return [name, name === 'example' || name === 'examples' ? member : translateWithin(member)]
  }))
}

function translateSchema (schema: Json): Json {
  const unknown = UNTRANSLATED.find(keyword => keyword in schema)
  if (unknown !== undefined || Array.isArray(schema['type'])) {
    throw new Error(`OpenAPI 3.0 has no ${unknown ?? 'list of types'}: ${JSON.stringify(schema).slice(0, 200)}`)
  }
  const { $ref, const: constant, examples, exclusiveMinimum, exclusiveMaximum, ...rest } = schema
  const translated: Json = Object.fromEntries(Object.entries(rest).map(([keyword, value]) => [keyword, translateKeyword(keyword, value)]))
  if (constant !== undefined) translated['enum'] = [constant]
  if (exclusiveMinimum !== undefined) Object.assign(translated, { minimum: exclusiveMinimum, exclusiveMinimum: true })
  if (exclusiveMaximum !== undefined) Object.assign(translated, { maximum: exclusiveMaximum, exclusiveMaximum: true })
  if (Array.isArray(examples)) translated['example'] = examples[0]
  if ($ref === undefined) return translated
  return Object.keys(translated).length === 0 ? { $ref } : { ...translated, allOf: [{ $ref }] }
}

function translateKeyword (keyword: string, value: unknown): unknown {
  switch (keyword) {
    case 'properties':
      return Object.fromEntries(Object.entries(value as Json).map(([name, schema]) => [name, translateSchema(schema as Json)]))
    case 'items':
    case 'not':
      return translateSchema(value as Json)
    case 'additionalProperties':
      return typeof value === 'object' ? translateSchema(value as Json) : value
    case 'allOf':
    case 'anyOf':
    case 'oneOf':
      return (value as Json[]).map(translateSchema)
    default:
      return value
  }
}
