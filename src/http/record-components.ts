/**
 * The record in the API description: flat components generated from a schema version. Requests get its closed
 * form; answers an open one, in which enumerations are plain strings and further members are allowed, so that a record of
 * a later schema version breaks no generated client.
 */
import { openApiComponents } from '../domain/schema-versions/publish.js'
import type { SchemaVersion } from '../domain/schema-versions/schema-version.js'

type Json = Record<string, unknown>

/** `ProductRecord` and its parts for requests, `PublishedRecord` and its parts (`Published...`) for answers. */
export function recordComponents (version: SchemaVersion): Json {
  return { ...submittedComponents(version), ...publishedComponents(version) }
}

function submittedComponents ({ source }: SchemaVersion): Json {
  return withoutUntypedAlternatives(openApiComponents(source, name => `#/components/schemas/${name}`)) as Json
}

function publishedComponents ({ source }: SchemaVersion): Json {
  const components = openApiComponents(source, name => `#/components/schemas/${publishedName(name)}`)
  return Object.fromEntries(Object.entries(withoutUntypedAlternatives(components) as Json).map(([name, schema]) => [publishedName(name), opened(schema)]))
}

function publishedName (name: string): string {
  return name === 'ProductRecord' ? 'PublishedRecord' : `Published${name}`
}

/** Alternatives that only say which members are required become unusable types in most generators; the published JSON Schema has them. */
function withoutUntypedAlternatives (value: unknown): unknown {
  return mapSchema(value, schema => {
    const { anyOf, ...rest } = schema
    const onlyRequires = Array.isArray(anyOf) && anyOf.every(branch => Object.keys(branch as Json).join() === 'required')
    return onlyRequires ? rest : schema
  })
}

function opened (value: unknown): unknown {
  return mapSchema(value, schema => {
    const { additionalProperties, enum: values, const: constant, ...rest } = schema
    if (values === undefined && constant === undefined) return additionalProperties === false ? rest : schema
    const documented = values === undefined ? [constant] : values as unknown[]
    const listed = `Documented values: ${documented.map(each => `\`${String(each)}\``).join(', ')}; more may be added.`
    return {
      type: 'string',
      ...rest,
      description: rest['description'] === undefined ? listed : `${String(rest['description'])} ${listed}`,
      'x-documented-values': documented
    }
  })
}

/** Applies `change` to every object inside, innermost first. */
function mapSchema (value: unknown, change: (schema: Json) => Json): unknown {
  if (Array.isArray(value)) return value.map(item => mapSchema(item, change))
  if (typeof value !== 'object' || value === null) return value
  return change(Object.fromEntries(Object.entries(value).map(([name, member]) => [name, mapSchema(member, change)])))
}
