/** The records in the API description: their models and examples, in the schema version that a client is built for. */
import { DRAFT_SCHEMA_VERSIONS, SCHEMA_VERSIONS } from '../domain/schema-versions/registry.js'
import type { SchemaVersion } from '../domain/schema-versions/schema-version.js'
import { recordComponents } from './record-components.js'
import { exampleRecord } from './record-examples.js'

type Json = Record<string, unknown>

/** Every name that a record model of any schema version has. */
const RECORD_MODELS: ReadonlySet<string> = new Set([...SCHEMA_VERSIONS, ...DRAFT_SCHEMA_VERSIONS].flatMap(version => Object.keys(recordComponents(version))))

/**
 * A copy of the description in which `ProductRecord` and `PublishedRecord` are those of the schema version.
 */
export function bindRecords (document: Json, version: SchemaVersion): Json {
  const copy = structuredClone(document)
  const components = copy['components'] as { schemas: Json }
  const others = Object.entries(components.schemas).filter(([name]) => !RECORD_MODELS.has(name))
  components.schemas = sortedByName({ ...Object.fromEntries(others), ...recordComponents(version) })
  const info = copy['info'] as Json
  info['x-record-schema-version'] = version.version
  const examples = bodyExamples(exampleRecord(version))
  for (const operation of operationsOf(copy)) addBodyExample(operation, examples)
  return copy
}

export function * operationsOf (document: Json): Generator<Json> {
  for (const path of Object.values(document['paths'] as Record<string, Json>)) {
    for (const operation of Object.values(path)) yield operation as Json
  }
}

function bodyExamples (record: object): Readonly<Record<string, unknown>> {
  return {
    '#/components/schemas/ProductRecord': record,
    '#/components/schemas/BatchRequest': { items: [{ op: 'submit', ref: 'row-1', record }] },
    '#/components/schemas/ValidationRequest': { records: [record] },
    '#/components/schemas/TokenRequest': { grant_type: 'client_credentials', scope: 'products:read' }
  }
}

function addBodyExample (operation: Json, examples: Readonly<Record<string, unknown>>): void {
  const body = operation['requestBody'] as { content: Record<string, { schema?: { $ref?: string }, example?: unknown }> } | undefined
  for (const media of Object.values(body?.content ?? {})) {
    const example = examples[media.schema?.$ref ?? '']
    if (example !== undefined) media.example = example
  }
}

function sortedByName (schemas: Json): Json {
  return Object.fromEntries(Object.entries(schemas).sort(([left], [right]) => left < right ? -1 : 1))
}
