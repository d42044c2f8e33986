/**
 * What a change of the API description breaks for a client that was built from the earlier one. Said per operation, so that a finding
 * names what somebody calls:
 *
 * - an operation is gone, or has another operationId (the name of the generated function);
 * - a parameter or body member is gone, became required, or takes less (fewer values, tighter limits, another type);
 * - a member of an answer is gone, is no longer always there, or is of another type; a status of success is gone;
 * - a media type of a body or an answer is gone.
 *
 * New operations, optional parameters, members of answers and values of their open enumerations break nobody.
 */
type Json = Record<string, unknown>

interface Media { schema?: Json }
interface Parameter { name: string, in: string, required?: boolean, schema?: Json }
interface Operation {
  operationId: string
  parameters?: Parameter[]
  requestBody?: { required?: boolean, content: Record<string, Media> }
  responses: Record<string, { content?: Record<string, Media> }>
}
export interface ApiDescription {
  info: { version: string, 'x-record-schema-version': string }
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Json> }
}

type Direction = 'request' | 'answer'

/** Each breaking change in words, the same one once per operation that it concerns. */
export function breakingChanges (before: ApiDescription, after: ApiDescription): string[] {
  const found: string[] = []
  for (const [path, methods] of Object.entries(before.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const now = after.paths[path]?.[method]
      const name = `${method.toUpperCase()} ${path}`
      if (now === undefined) found.push(`${name}: is gone`)
      else found.push(...changesOfOperation(operation, now, compareSchemas(before, after)).map(change => `${name}: ${change}`))
    }
  }
  return found
}

/** Whether semantic versioning allows a breaking change from one version to the other: a new major, or a new minor below 1.0.0. */
export function mayBreak (before: string, after: string): boolean {
  const [oldMajor = 0, oldMinor = 0] = before.split('.').map(Number)
  const [major = 0, minor = 0] = after.split('.').map(Number)
  return major > oldMajor || (major === 0 && oldMajor === 0 && minor > oldMinor)
}

type Compare = (direction: Direction, place: string, before: Json | undefined, after: Json | undefined) => string[]

function changesOfOperation (before: Operation, after: Operation, compare: Compare): string[] {
  const found: string[] = []
  if (before.operationId !== after.operationId) found.push(`operationId ${before.operationId} became ${after.operationId}`)

  const given = new Map(after.parameters?.map(parameter => [`${parameter.in} ${parameter.name}`, parameter]))
  for (const parameter of before.parameters ?? []) {
    const key = `${parameter.in} ${parameter.name}`
    const now = given.get(key)
    given.delete(key)
    if (now === undefined) found.push(`parameter ${parameter.name} is gone`)
    else {
      if (now.required === true && parameter.required !== true) found.push(`parameter ${parameter.name} became required`)
      found.push(...compare('request', `parameter ${parameter.name}`, parameter.schema, now.schema))
    }
  }
  for (const { name, required } of given.values()) if (required === true) found.push(`parameter ${name} is new and required`)

  if (after.requestBody?.required === true && before.requestBody?.required !== true) found.push('a body became required')
  if (before.requestBody !== undefined) found.push(...changesOfContent('request', 'body', before.requestBody.content, after.requestBody?.content, compare))
  for (const [status, response] of Object.entries(before.responses)) {
    if (!status.startsWith('2')) continue
    const now = after.responses[status]
    if (now === undefined) found.push(`status ${status} is gone`)
    else found.push(...changesOfContent('answer', `answer ${status}`, response.content, now.content, compare))
  }
  return found
}

function changesOfContent (direction: Direction, place: string, before: Record<string, Media> = {}, after: Record<string, Media> = {}, compare: Compare): string[] {
  return Object.entries(before).flatMap(([type, media]) => {
    const now = after[type]
    return now === undefined ? [`${place}: media type ${type} is gone`] : compare(direction, place, media.schema, now.schema)
  })
}

/** Limits of what is accepted, by whether a larger number takes more or less. */
const LOWER_LIMITS = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties']
const UPPER_LIMITS = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties']

function compareSchemas (before: ApiDescription, after: ApiDescription): Compare {
  const open = new Set<string>()

  return function compare (direction, place, earlier = {}, later = {}) {
    // Models may contain themselves; a pair that is being compared further out needs no second look.
    const pair = `${direction} ${String(earlier['$ref'])} ${String(later['$ref'])}`
    const isModel = earlier['$ref'] !== undefined
    if (isModel && open.has(pair)) return []
    if (isModel) open.add(pair)
    const found = changesOfSchema(direction, place, resolved(before, earlier), resolved(after, later), compare)
    if (isModel) open.delete(pair)
    return found
  }
}

function resolved (document: ApiDescription, schema: Json): Json {
  const name = typeof schema['$ref'] === 'string' ? schema['$ref'].split('/').at(-1) ?? '' : undefined
  return name === undefined ? schema : document.components.schemas[name] ?? {}
}

function changesOfSchema (direction: Direction, place: string, before: Json, after: Json, compare: Compare): string[] {
  if (before['type'] !== undefined && before['type'] !== after['type'] && !(direction === 'request' && after['type'] === undefined)) {
    return [`${place}: type ${String(before['type'])} became ${String(after['type'] ?? 'any')}`]
  }
  const found = direction === 'request' ? tightened(place, before, after) : []
  if (direction === 'answer' && before['format'] !== after['format']) found.push(`${place}: format ${String(before['format'])} became ${String(after['format'])}`)
  found.push(...changesOfMembers(direction, place, before, after, compare))
  if (before['items'] !== undefined) found.push(...compare(direction, `${place}[]`, before['items'] as Json, after['items'] as Json | undefined))
  const alternatives = (after['oneOf'] ?? []) as Json[]
  for (const alternative of (before['oneOf'] ?? []) as Json[]) {
    const same = alternatives.find(({ $ref }) => $ref === alternative['$ref'])
    if (same === undefined) found.push(`${place}: alternative ${String(alternative['$ref'])} is gone`)
    else found.push(...compare(direction, place, alternative, same))
  }
  return found
}

function changesOfMembers (direction: Direction, place: string, before: Json, after: Json, compare: Compare): string[] {
  const found: string[] = []
  const [members, now] = [before, after].map(schema => (schema['properties'] ?? {}) as Record<string, Json>) as [Record<string, Json>, Record<string, Json>]
  const [required, nowRequired] = [before, after].map(schema => new Set(schema['required'] as string[] | undefined)) as [Set<string>, Set<string>]
  for (const [name, schema] of Object.entries(members)) {
    const member = `${place}.${name}`
    if (now[name] === undefined) found.push(`${member}: is gone`)
    else found.push(...compare(direction, member, schema, now[name]))
  }
  if (direction === 'answer') {
    for (const name of required) if (now[name] !== undefined && !nowRequired.has(name)) found.push(`${place}.${name}: is no longer always there`)
  } else {
    for (const name of nowRequired) if (!required.has(name)) found.push(`${place}.${name}: ${members[name] === undefined ? 'is new and required' : 'became required'}`)
    if (after['additionalProperties'] === false && before['additionalProperties'] !== false) found.push(`${place}: takes no further members any more`)
  }
  return found
}

function tightened (place: string, before: Json, after: Json): string[] {
  const found: string[] = []
  const values = valuesOf(after)
  const gone = (valuesOf(before) ?? []).filter(value => values !== undefined && !values.includes(value))
  if (gone.length > 0) found.push(`${place}: no longer takes ${gone.join(', ')}`)
  else if (values !== undefined && valuesOf(before) === undefined) found.push(`${place}: takes listed values only`)
  for (const keyword of LOWER_LIMITS) if (limit(after, keyword, -Infinity) > limit(before, keyword, -Infinity)) found.push(`${place}: ${keyword} rose`)
  for (const keyword of UPPER_LIMITS) if (limit(after, keyword, Infinity) < limit(before, keyword, Infinity)) found.push(`${place}: ${keyword} fell`)
  for (const keyword of ['pattern', 'format']) {
    if (after[keyword] !== undefined && after[keyword] !== before[keyword]) found.push(`${place}: ${keyword} became ${String(after[keyword])}`)
  }
  return found
}

function valuesOf (schema: Json): unknown[] | undefined {
  return schema['const'] === undefined ? schema['enum'] as unknown[] | undefined : [schema['const']]
}

function limit (schema: Json, keyword: string, none: number): number {
  return typeof schema[keyword] === 'number' ? schema[keyword] : none
}
