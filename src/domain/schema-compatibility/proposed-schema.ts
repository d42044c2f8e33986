/**
 * What a proposed schema must be before anything is done with it: one JSON Schema of draft 2020-12 that stands for itself. It comes from
 * outside, so nothing in it may lead anywhere else or change what its own parts mean.
 */
import { appendToPointer, MAX_ISSUES_PER_DOCUMENT, renderReceived, valueAtPointer, type Issue } from '../issue.js'
import type { JsonSchema } from '../schema-versions/publish.js'

const DRAFT = 'https://json-schema.org/draft/2020-12/schema'

/** Members that are schemas by name, so that their names are no keywords. */
const NAMED_SCHEMAS: ReadonlySet<string> = new Set(['$defs', 'definitions', 'properties', 'patternProperties', 'dependentSchemas'])

/** Members that are data, whatever they look like. */
const DATA: ReadonlySet<string> = new Set(['const', 'enum', 'default', 'examples', 'example'])

/** Names are a part of every pointer below them. */
const MAX_NAME_LENGTH = 100

/** What gives parts of a schema another address, or makes validation asynchronous. */
const REFUSED: ReadonlySet<string> = new Set(['$anchor', '$dynamicAnchor', '$dynamicRef', '$recursiveAnchor', '$recursiveRef', '$vocabulary', '$async', 'id'])

/** Findings with pointers into the schema; none when it can be compared. */
export function issuesOfProposal (schema: JsonSchema): Issue[] {
  const issues: Issue[] = []
  const { $schema = DRAFT, type } = schema
  if ($schema !== DRAFT) issues.push(unusable('/$schema', 'The schema must be one of draft 2020-12.', DRAFT, $schema))
  if (type !== 'object') issues.push(unusable(type === undefined ? '' : '/type', 'A record is an object, so the schema must say "type": "object".', 'object', type))
  visit(schema, '')
  return issues.slice(0, MAX_ISSUES_PER_DOCUMENT)

  function visit (node: unknown, pointer: string): void {
    if (typeof node !== 'object' || node === null || issues.length >= MAX_ISSUES_PER_DOCUMENT) return
    for (const [keyword, value] of Object.entries(node)) {
      const at = appendToPointer(pointer, keyword)
      if (keyword === '$ref') checkReference(value, at)
      else if (REFUSED.has(keyword) || (keyword === '$id' && pointer !== '')) issues.push(unusable(at, `${keyword} is not used here: refer to parts by JSON Pointer, such as #/$defs/name.`))
      else if (NAMED_SCHEMAS.has(keyword)) visitNamed(value, at)
      else if (!DATA.has(keyword)) visit(value, at)
    }
  }

  function visitNamed (schemas: unknown, pointer: string): void {
    if (typeof schemas !== 'object' || schemas === null) return
    for (const [name, node] of Object.entries(schemas)) {
      if (name.length > MAX_NAME_LENGTH) issues.push(unusable(pointer, `A name has more than ${MAX_NAME_LENGTH} characters.`, undefined, name))
      else visit(node, appendToPointer(pointer, name))
    }
  }

  function checkReference (reference: unknown, pointer: string): void {
    if (typeof reference !== 'string' || !/^#(\/|$)/.test(reference)) {
      issues.push(unusable(pointer, 'A reference must lead to a part of the same schema; others are never fetched.', '#/$defs/name', reference))
    } else if (partAt(schema, reference) === undefined) {
      issues.push(unusable(pointer, 'The schema has no such part.', undefined, reference))
    }
  }
}

/** The part of a schema that a reference such as `#/$defs/date` leads to; undefined when there is none. */
export function partAt (schema: JsonSchema, reference: string): JsonSchema | boolean | undefined {
  const part = valueAtPointer(schema, pointerOf(reference))
  return typeof part === 'boolean' || (typeof part === 'object' && part !== null && !Array.isArray(part)) ? part as JsonSchema | boolean : undefined
}

/** `#/$defs/date` as the JSON Pointer that it is. */
export function pointerOf (reference: string): string {
  try {
    return decodeURIComponent(reference.slice(1))
  } catch {
    return reference.slice(1)
  }
}

function unusable (pointer: string, detail: string, expected?: string, received?: unknown): Issue {
  return {
    code: 'SCHEMA_UNUSABLE',
    severity: 'error',
    pointer,
    detail,
    ...(expected !== undefined && { expected }),
    ...(received !== undefined && { received: renderReceived(received) })
  }
}
