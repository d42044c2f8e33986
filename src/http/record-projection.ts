/** The `fields` parameter: answers with only some parts of the record. */
import { ExchangeError, type ProblemIssue } from '../domain/problems.js'
import type { StoredProduct } from '../domain/product.js'
import { RECORD_FIELD_PATHS } from '../domain/record-fields.js'
import { suggestionFor } from '../domain/schema-issues.js'
import { resolveSchemaVersion } from '../domain/schema-versions/registry.js'
import type { RequestIssueCode } from './request-issues.js'

const ALL_PATHS: ReadonlySet<string> = new Set([...RECORD_FIELD_PATHS.values()].flatMap(paths => [...paths]))

/** Names to keep at one level; a leaf keeps everything below it. */
export type FieldPaths = Map<string, FieldPaths | 'all'>

/**
 * Reads the query parameter; undefined when it is not given.
 *
 * @param schema the schema version asked for, whose fields they must be; without it those of any version will do
 */
export function parseFields (fields: string | undefined, schema: string | undefined): FieldPaths | undefined {
  return fields === undefined ? undefined : toPaths(fields.split(',').map(path => path.trim()), schema, () => ({ parameter: 'fields' }))
}

/** Reads the list in a body; undefined when it is not given. */
export function checkFields (fields: readonly string[] | undefined, schema: string | undefined): FieldPaths | undefined {
  return fields === undefined ? undefined : toPaths(fields, schema, index => ({ severity: 'error', pointer: `/fields/${index}` }))
}

type Place = { parameter: string } | { severity: 'error', pointer: string }

function toPaths (fields: readonly string[], schema: string | undefined, placeOf: (index: number) => Place): FieldPaths {
  // A version that there is not is refused where the record is read.
  const version = schema === undefined ? undefined : resolveSchemaVersion(schema)?.version
  const known = version === undefined ? ALL_PATHS : RECORD_FIELD_PATHS.get(version)!
  const findings = fields.flatMap((path, index) => known.has(path) ? [] : [{ ...placeOf(index), ...unknownField(path, version, known) }])
  if (findings.length > 0) {
    const inBody = findings.some(finding => 'pointer' in finding)
    throw new ExchangeError(inBody ? 'validation-failed' : 'invalid-parameter', `A record${inVersion(version)} has no such field.`, { issues: findings })
  }
  const paths: FieldPaths = new Map()
  for (const path of fields) keep(paths, path.split('.'))
  return paths
}

function keep (paths: FieldPaths, [name, ...rest]: string[]): void {
  if (name === undefined) return
  const present = paths.get(name)
  if (present === 'all') return
  if (rest.length === 0) {
    paths.set(name, 'all')
    return
  }
  const inner: FieldPaths = present ?? new Map()
  paths.set(name, inner)
  keep(inner, rest)
}

function unknownField (path: string, version: string | undefined, known: ReadonlySet<string>): Pick<ProblemIssue, 'code' | 'detail' | 'expected'> {
  const suggestion = suggestionFor(path, [...known])
  const others = [...RECORD_FIELD_PATHS].flatMap(([other, paths]) => paths.has(path) ? [other] : [])
  return {
    code: 'UNKNOWN_RECORD_FIELD' satisfies RequestIssueCode,
    detail: [
      `A record${inVersion(version)} has no field ${path.slice(0, 128)}${suggestion === undefined ? '.' : `; did you mean ${suggestion}?`}`,
      ...(others.length === 0 ? [] : [`Records of ${others.join(', ')} have it.`])
    ].join(' '),
    ...(suggestion === undefined ? {} : { expected: suggestion })
  }
}

function inVersion (version: string | undefined): string {
  return version === undefined ? '' : ` of schema version ${version}`
}

/** The product with a record of only those fields; unchanged without paths. */
export function projectProduct (product: StoredProduct, paths: FieldPaths | undefined): StoredProduct {
  if (paths === undefined) return product
  const record: unknown = JSON.parse(product.record.toString())
  return { ...product, record: Buffer.from(JSON.stringify(project(record, paths) ?? {})) }
}

function project (value: unknown, paths: FieldPaths): unknown {
  if (Array.isArray(value)) return value.map(item => project(item, paths))
  if (typeof value !== 'object' || value === null) return undefined
  const kept: Record<string, unknown> = {}
  for (const [name, member] of Object.entries(value)) {
    const inner = paths.get(name)
    const projected = inner === undefined ? undefined : inner === 'all' ? member : project(member, inner)
    if (projected !== undefined) kept[name] = projected
  }
  return kept
}
