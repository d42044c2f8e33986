/** The fields of a record by their dotted paths, over all released schema versions. */
import type { JsonSchema } from './schema-versions/publish.js'
import { SCHEMA_VERSIONS } from './schema-versions/registry.js'

/** The paths of each released version, oldest first, e.g. `carbonFootprint.stages`; entries of lists add nothing to a path. */
export const RECORD_FIELD_PATHS: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  SCHEMA_VERSIONS.map(({ version, schema }) => [version, new Set(pathsOf(schema).keys())]))

/** The attribute groups of all released versions, by the names that filters know them by. */
export const RECORD_GROUPS: readonly string[] = [...new Set(SCHEMA_VERSIONS.flatMap(({ groups }) => groups))]

/** The values of an enumerated field, over all released versions; of a list, those of its entries. */
export function recordFieldValues (path: string): readonly string[] {
  const values = SCHEMA_VERSIONS.flatMap(({ schema }) => pathsOf(schema).get(path)?.['enum'] as readonly string[] | undefined ?? [])
  if (values.length === 0) throw new Error(`No released schema enumerates the field ${path}.`)
  return [...new Set(values)]
}

function pathsOf (schema: JsonSchema): Map<string, JsonSchema> {
  const definitions = schema['$defs'] as Readonly<Record<string, JsonSchema>> | undefined ?? {}
  const paths = new Map<string, JsonSchema>()
  visit(schema, '')
  return paths

  function visit (reference: JsonSchema, path: string): void {
    const node = resolve(reference)
    const inner = node['items'] === undefined ? node : resolve(node['items'] as JsonSchema)
    if (path !== '') paths.set(path, inner)
    for (const [name, property] of Object.entries(inner['properties'] as Record<string, JsonSchema> | undefined ?? {})) {
      visit(property, path === '' ? name : `${path}.${name}`)
    }
  }

  function resolve (node: JsonSchema): JsonSchema {
    const name = typeof node['$ref'] === 'string' ? node['$ref'].slice('#/$defs/'.length) : undefined
    return name === undefined ? node : definitions[name] ?? node
  }
}
