/**
 * Turns the TypeBox source of a record schema into the forms that others read: the published JSON Schema file (shared parts
 * under `$defs`) and flat components for an OpenAPI description. The published form is also what the validator
 * compiles, so what is published is exactly what is enforced.
 */
import type { TSchema } from 'typebox'
import type { ComponentName } from './schema-parts.js'

export interface JsonSchema {
  readonly [keyword: string]: unknown
}

const DRAFT = 'https://json-schema.org/draft/2020-12/schema'

/** The schema as one JSON Schema document of draft 2020-12. */
export function publishedSchema (source: TSchema, id: string): JsonSchema {
  const definitions = new Map<string, JsonSchema>()
  const root = definitionOf(source as JsonSchema, function reference (node, component) {
    if (!definitions.has(component.name)) {
      definitions.set(component.name, {}) // keeps the place, so that definitions come in the order of their first use
      definitions.set(component.name, definitionOf(node, reference))
    }
    return { $ref: `#/$defs/${component.name}`, ...saidHere(node, component) }
  })
  return { $schema: DRAFT, $id: id, ...root, $defs: Object.fromEntries(definitions) }
}

/**
 * The schema as flat, named components without `$id` and `$defs`: the record itself as `ProductRecord`, and one for each
 * object inside it. Shared parts that are no objects (a percentage, a date) are written out where they occur.
 *
 * @param referenceTo gives the `$ref` under which the description keeps the component of that name
 */
export function openApiComponents (source: TSchema, referenceTo: (name: string) => string): Record<string, JsonSchema> {
  const components = new Map<string, JsonSchema>()
  function reference (node: JsonSchema, component: ComponentName): JsonSchema {
    if (node['type'] !== 'object') return { ...definitionOf(node, reference), ...saidHere(node, component) }
    const name = component.name.charAt(0).toUpperCase() + component.name.slice(1)
    if (!components.has(name)) {
      components.set(name, {})
      components.set(name, definitionOf(node, reference))
    }
    return { $ref: referenceTo(name), ...saidHere(node, component) }
  }
  reference(source as JsonSchema, componentOf(source as JsonSchema)!)
  return Object.fromEntries(components)
}

type Reference = (node: JsonSchema, component: ComponentName) => JsonSchema

/** What the place that uses a part says beyond what the part says about itself. */
function saidHere (node: JsonSchema, component: ComponentName): JsonSchema {
  const said: Record<string, unknown> = {}
  if (node['title'] !== component.title) said['title'] = node['title']
  if (node['description'] !== component.description) said['description'] = node['description']
  if (node['examples'] !== undefined) said['examples'] = node['examples']
  return said
}

/** The part itself: its constraints with the text of its component, every part inside it replaced by a reference. */
function definitionOf (node: JsonSchema, reference: Reference): JsonSchema {
  const component = componentOf(node)
  if (component === undefined) return withReferences(node, reference)
  const { title: _title, description: _description, examples: _examples, ...constraints } = node
  return { title: component.title, description: component.description, ...withReferences(constraints, reference) }
}

function withReferences (node: JsonSchema, reference: Reference): JsonSchema {
  const result: Record<string, unknown> = {}
  for (const [keyword, value] of Object.entries(node)) {
    if (!keyword.startsWith('x-')) result[keyword] = replaceParts(value, reference)
  }
  return result
}

function replaceParts (value: unknown, reference: Reference): unknown {
  if (Array.isArray(value)) return value.map(item => replaceParts(item, reference))
  if (typeof value !== 'object' || value === null) return value
  const node = value as JsonSchema
  const component = componentOf(node)
  return component === undefined ? withReferences(node, reference) : reference(node, component)
}

function componentOf (node: JsonSchema): ComponentName | undefined {
  return node['x-component'] as ComponentName | undefined
}
