/** Compares what two schemas say about one value: its type, its listed values, limits and form. */
import type { JsonSchema } from '../schema-versions/publish.js'
import type { DifferenceKind } from './difference.js'

export type Found = (kind: DifferenceKind, keyword: string, change?: { before?: unknown, after?: unknown }) => void

const AT_LEAST = ['minLength', 'minItems', 'minProperties'] as const
const AT_MOST = ['maxLength', 'maxItems', 'maxProperties'] as const
const FORMS = ['format', 'pattern'] as const

/** @returns the keywords that were compared */
export function compareConstraints (before: JsonSchema, after: JsonSchema, { isVersion }: { isVersion: boolean }, found: Found): readonly string[] {
  compareTypes(before, after, found)
  if (isVersion && typeof before['const'] === 'string' && typeof after['const'] === 'string') {
    if (before['const'] !== after['const']) found('version-named', 'const', { before: before['const'], after: after['const'] })
  } else {
    compareValues(before, after, found)
  }
  compareRange(before, after, found)
  for (const keyword of AT_LEAST) compareLimit(keyword, numberOf(before, keyword, 0), numberOf(after, keyword, 0), 1, found)
  for (const keyword of AT_MOST) compareLimit(keyword, numberOf(before, keyword, Infinity), numberOf(after, keyword, Infinity), -1, found)
  compareForms(before, after, found)
  if ((before['uniqueItems'] === true) !== (after['uniqueItems'] === true)) found(after['uniqueItems'] === true ? 'limit-tightened' : 'limit-loosened', 'uniqueItems')
  return ['type', 'const', 'enum', 'minimum', 'exclusiveMinimum', 'maximum', 'exclusiveMaximum', 'multipleOf', 'uniqueItems', ...AT_LEAST, ...AT_MOST, ...FORMS]
}

const TYPES = ['null', 'boolean', 'object', 'array', 'string', 'integer', 'number'] as const

/** The types that are accepted; a number may be whole, and without `type` any will do. */
function typesOf (node: JsonSchema): ReadonlySet<string> {
  const named = [node['type'] ?? TYPES].flat() as string[]
  return new Set(named.includes('number') ? [...named, 'integer'] : named)
}

function compareTypes (before: JsonSchema, after: JsonSchema, found: Found): void {
  const [was, is] = [typesOf(before), typesOf(after)]
  const gone = [...was].some(type => !is.has(type))
  const added = [...is].some(type => !was.has(type))
  if (!gone && !added) return
  found(gone && added ? 'type-changed' : gone ? 'type-narrowed' : 'type-widened', 'type', { before: before['type'], after: after['type'] })
}

function compareValues (before: JsonSchema, after: JsonSchema, found: Found): void {
  const [was, is] = [valuesOf(before), valuesOf(after)]
  const keyword = after['const'] === undefined && (after['enum'] !== undefined || before['const'] === undefined) ? 'enum' : 'const'
  if (was === undefined && is === undefined) return
  if (was === undefined) found('values-limited', keyword, { after: is?.values() })
  else if (is === undefined) found('values-opened', before['const'] === undefined ? 'enum' : 'const', { before: was.values() })
  else {
    for (const [key, value] of was.entries()) if (!is.has(key)) found('value-removed', keyword, { before: value })
    for (const [key, value] of is.entries()) if (!was.has(key)) found('value-added', keyword, { after: value })
  }
}

function valuesOf (node: JsonSchema) {
  const values = node['const'] === undefined ? node['enum'] : [node['const']]
  if (!Array.isArray(values)) return undefined
  const byJson = new Map(values.map(value => [JSON.stringify(value), value as unknown]))
  return { has: (key: string) => byJson.has(key), entries: () => byJson.entries(), values: () => [...byJson.values()] }
}

/** A lower bound and whether it is excluded; of two, the one that refuses more. */
function boundOf (node: JsonSchema, names: { limit: string, exclusive: string }, direction: 1 | -1): { value: number, isExcluded: boolean, keyword: string } {
  const none = direction * -Infinity
  const [limit, exclusive] = [numberOf(node, names.limit, none), numberOf(node, names.exclusive, none)]
  const isExcluded = exclusive !== none && direction * exclusive >= direction * limit
  return isExcluded ? { value: exclusive, isExcluded, keyword: names.exclusive } : { value: limit, isExcluded, keyword: names.limit }
}

function compareRange (before: JsonSchema, after: JsonSchema, found: Found): void {
  const ends = [
    { names: { limit: 'minimum', exclusive: 'exclusiveMinimum' }, direction: 1 },
    { names: { limit: 'maximum', exclusive: 'exclusiveMaximum' }, direction: -1 }
  ] as const
  for (const { names, direction } of ends) {
    const [was, is] = [boundOf(before, names, direction), boundOf(after, names, direction)]
    const moved = direction * Math.sign(is.value - was.value) || Number(is.isExcluded) - Number(was.isExcluded)
    if (Number.isNaN(moved) || moved === 0) continue
    const keyword = Number.isFinite(is.value) ? is.keyword : was.keyword
    found(moved > 0 ? 'limit-tightened' : 'limit-loosened', keyword, changeOf(before[was.keyword], after[is.keyword]))
  }
  const [was, is] = [before['multipleOf'], after['multipleOf']]
  if (was !== is) found(was === undefined ? 'limit-tightened' : is === undefined ? 'limit-loosened' : 'form-changed', 'multipleOf', changeOf(was, is))
}

function compareLimit (keyword: string, was: number, is: number, direction: 1 | -1, found: Found): void {
  if (was === is) return
  found(direction * (is - was) > 0 ? 'limit-tightened' : 'limit-loosened', keyword, changeOf(finite(was), finite(is)))
}

function compareForms (before: JsonSchema, after: JsonSchema, found: Found): void {
  for (const keyword of FORMS) {
    const [was, is] = [before[keyword], after[keyword]]
    if (was === is) continue
    found(was === undefined ? 'form-demanded' : is === undefined ? 'form-no-longer-demanded' : 'form-changed', keyword, changeOf(was, is))
  }
}

function changeOf (before: unknown, after: unknown): { before?: unknown, after?: unknown } {
  return { ...(before !== undefined && { before }), ...(after !== undefined && { after }) }
}

function finite (value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined
}

function numberOf (node: JsonSchema, keyword: string, otherwise: number): number {
  const value = node[keyword]
  return typeof value === 'number' ? value : otherwise
}
