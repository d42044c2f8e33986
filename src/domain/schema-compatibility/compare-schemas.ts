/**
 * Compares a proposed schema with a published one, keyword by keyword, both of draft 2020-12 with references within themselves only.
 * Parts that are used in several places are compared once, which also bounds the work for a schema that refers to itself in many ways.
 */
import { canonicalJson } from '../canonical-json.js'
import { appendToPointer, valueAtPointer } from '../issue.js'
import type { JsonSchema } from '../schema-versions/publish.js'
import { differenceOf, type DifferenceKind, type SchemaDifference } from './difference.js'
import { compareConstraints, type Found } from './compare-constraints.js'
import { partAt, pointerOf } from './proposed-schema.js'

/** Reported differences; a schema with more is another one altogether. */
export const MAX_DIFFERENCES = 500

/** Pairs of parts that are compared. The published schemas have some hundred parts. */
const MAX_COMPARED = 20_000

/** Objects within objects that are looked into. Records have about ten. */
const MAX_DEPTH = 64

/** References that lead to references. */
const MAX_HOPS = 16

export interface SchemaComparison {
  differences: SchemaDifference[]
  /** False when there are more differences than are reported, or more parts than are compared. */
  isComplete: boolean
}

interface Part { node: JsonSchema | boolean, pointer: string }
interface ResolvedPart { node: JsonSchema, pointer: string }

/** Keywords with a comparison of their own here; those of `compare-constraints.ts` come on top. */
const STRUCTURE = ['properties', 'required', 'additionalProperties', 'items', 'anyOf']

/** Keywords that judge nothing. */
const SILENT: ReadonlySet<string> = new Set([
  '$schema', '$id', '$defs', 'definitions', '$comment', 'title', 'description', 'examples', 'default', 'deprecated', 'readOnly', 'writeOnly', 'contentMediaType', 'contentEncoding'
])

export function compareSchemas (published: JsonSchema, proposed: JsonSchema): SchemaComparison {
  const differences: SchemaDifference[] = []
  const compared = new Set<string>()
  let isComplete = true
  compare({ node: published, pointer: '' }, { node: proposed, pointer: '' }, '')
  return { differences, isComplete }

  function report (kind: DifferenceKind, place: { field: string, published: string, proposed?: string }, change: { before?: unknown, after?: unknown } = {}): void {
    if (differences.length === MAX_DIFFERENCES) {
      isComplete = false
      return
    }
    const { field, ...pointers } = place
    const within = pointers.proposed === undefined ? 'published' : 'proposed'
    const pointer = existing(within === 'published' ? published : proposed, pointers[within] ?? '')
    differences.push(differenceOf(kind, { field, within, pointer }, change))
  }

  function compare (before: Part, after: Part, field: string): void {
    const [earlier, later] = [resolved(published, before), resolved(proposed, after)]
    const isUse = earlier.pointer !== before.pointer && later.pointer !== after.pointer
    if (isUse) compareTexts(before, after, field)
    const pair = `${earlier.pointer} ${later.pointer}`
    if (compared.has(pair)) return
    if (compared.size === MAX_COMPARED || field.split('/').length > MAX_DEPTH) {
      isComplete = false
      return
    }
    compared.add(pair)
    compareTexts(earlier, later, field)
    const place = (keyword: string) => ({
      field, published: appendToPointer(earlier.pointer, keyword), ...(later.node[keyword] !== undefined && { proposed: appendToPointer(later.pointer, keyword) })
    })
    const found: Found = (kind, keyword, change) => { report(kind, place(keyword), change) }
    const known = compareConstraints(earlier.node, later.node, { isVersion: field === '/schemaVersion' }, found)
    compareMembers(earlier, later, field)
    compareItems(earlier, later, field)
    const hasAlternatives = compareAlternatives(earlier, later, found)
    const done = new Set([...known, ...STRUCTURE.filter(keyword => keyword !== 'anyOf' || hasAlternatives)])
    for (const keyword of new Set([...Object.keys(earlier.node), ...Object.keys(later.node)])) {
      if (!done.has(keyword) && !SILENT.has(keyword)) compareCondition(keyword, earlier, later, found, field)
    }
  }

  function compareTexts (before: Part, after: Part, field: string): void {
    for (const keyword of ['title', 'description']) {
      const [was, is] = [before, after].map(({ node }) => typeof node === 'object' ? node[keyword] : undefined)
      if (was === is) continue
      report('text-changed', { field, published: appendToPointer(before.pointer, keyword), ...(is !== undefined && { proposed: appendToPointer(after.pointer, keyword) }) }, { before: was, after: is })
    }
  }

  function compareMembers (before: ResolvedPart, after: ResolvedPart, field: string): void {
    const [was, is] = [propertiesOf(before.node), propertiesOf(after.node)]
    const [demanded, demands] = [requiredBy(before.node), requiredBy(after.node)]
    const place = (name: string, has: boolean) => ({
      field: appendToPointer(field, name),
      published: appendToPointer(`${before.pointer}/properties`, name),
      ...(has && { proposed: appendToPointer(`${after.pointer}/properties`, name) })
    })
    for (const [name, node] of Object.entries(was)) {
      const now = Object.hasOwn(is, name) ? is[name] : undefined
      if (now === undefined) report('field-removed', place(name, false))
      else compare({ node, pointer: appendToPointer(`${before.pointer}/properties`, name) }, { node: now, pointer: appendToPointer(`${after.pointer}/properties`, name) }, appendToPointer(field, name))
    }
    const wasOpen = isOpen(before.node)
    for (const name of Object.keys(is)) {
      if (Object.hasOwn(was, name)) continue
      report(demands.has(name) ? 'required-field-added' : wasOpen ? 'field-restricted' : 'field-added', place(name, true))
    }
    for (const name of demands) if (!demanded.has(name) && (Object.hasOwn(was, name) || !Object.hasOwn(is, name))) report('became-required', place(name, Object.hasOwn(is, name)))
    for (const name of demanded) if (!demands.has(name) && Object.hasOwn(is, name)) report('became-optional', place(name, true))
    compareFurtherMembers(before, after, field)
  }

  function compareFurtherMembers (before: ResolvedPart, after: ResolvedPart, field: string): void {
    const at = (part: ResolvedPart) => ({ node: (part.node['additionalProperties'] ?? true) as JsonSchema | boolean, pointer: `${part.pointer}/additionalProperties` })
    const [was, is] = [at(before), at(after)]
    const place = { field: appendToPointer(field, '*'), published: was.pointer, ...(after.node['additionalProperties'] !== undefined && { proposed: is.pointer }) }
    if (was.node === false && is.node !== false) report('opened', place)
    else if (was.node !== false && is.node === false) report('closed', place)
    else if (was.node !== is.node) compare(was, is, appendToPointer(field, '*'))
  }

  function compareItems (before: ResolvedPart, after: ResolvedPart, field: string): void {
    const [was, is] = [before.node['items'], after.node['items']]
    if (was === undefined && is === undefined) return
    const at = (part: ResolvedPart, node: unknown) => ({ node: (node ?? true) as JsonSchema | boolean, pointer: `${part.pointer}/items` })
    compare(at(before, was), at(after, is), appendToPointer(field, '*'))
  }

  /** `anyOf` that names fields of which one must be there; false when it says something else. */
  function compareAlternatives (before: ResolvedPart, after: ResolvedPart, found: Found): boolean {
    const [was, is] = [alternativesOf(before.node), alternativesOf(after.node)]
    if (was === undefined || is === undefined) return false
    const known = propertiesOf(before.node)
    for (const [key, fields] of was) if (!is.has(key) && is.size > 0) found('alternative-removed', 'anyOf', { before: fields.join(', ') })
    for (const [key, fields] of is) {
      if (was.has(key) || was.size === 0) continue
      found(fields.some(name => !Object.hasOwn(known, name)) ? 'group-added' : 'alternative-added', 'anyOf', { after: fields.join(', ') })
    }
    if (was.size === 0 && is.size > 0) found('condition-added', 'anyOf')
    if (was.size > 0 && is.size === 0) found('condition-removed', 'anyOf')
    return true
  }

  /** Everything else: the same words are the same condition, if what they refer to is the same too. */
  function compareCondition (keyword: string, before: ResolvedPart, after: ResolvedPart, found: Found, field: string): void {
    const [was, is] = [before.node[keyword], after.node[keyword]]
    if (was === undefined) found('condition-added', keyword, { after: is })
    else if (is === undefined) found('condition-removed', keyword, { before: was })
    else if (canonicalJson(was) !== canonicalJson(is)) found('condition-changed', keyword, { before: was, after: is })
    else for (const reference of referencesIn(is)) compare({ node: { $ref: reference }, pointer: `${before.pointer}/${keyword}` }, { node: { $ref: reference }, pointer: `${after.pointer}/${keyword}` }, field)
  }
}

/** The part itself where it is a reference, with what the place that uses it says on top. */
function resolved (root: JsonSchema, part: Part): ResolvedPart {
  let { node, pointer } = part
  let said: JsonSchema = {}
  for (let hops = 0; typeof node === 'object' && typeof node['$ref'] === 'string' && hops < MAX_HOPS; hops++) {
    const { $ref, title: _title, description: _description, ...rest } = node as Readonly<Record<string, unknown>> & { $ref: string }
    said = { ...rest, ...said }
    pointer = pointerOf($ref)
    node = partAt(root, $ref) ?? true
  }
  const own = typeof node === 'object' ? node : node ? {} : { not: {} }
  const further = Object.fromEntries(Object.entries(said).filter(([keyword]) => !SILENT.has(keyword)))
  if (Object.keys(further).length === 0) return { node: own, pointer }
  // Both hold: what the place says beside the reference is one more condition.
  return { node: { ...own, allOf: [...(own['allOf'] as unknown[] | undefined ?? []), further] }, pointer: part.pointer }
}

/** The pointer, or that of the nearest part around it that is there: what is not said has no place. */
function existing (schema: JsonSchema, pointer: string): string {
  return pointer === '' || valueAtPointer(schema, pointer) !== undefined ? pointer : existing(schema, pointer.slice(0, pointer.lastIndexOf('/')))
}

function propertiesOf (node: JsonSchema): Readonly<Record<string, JsonSchema | boolean>> {
  const properties = node['properties']
  return typeof properties === 'object' && properties !== null ? properties as Record<string, JsonSchema | boolean> : {}
}

function requiredBy (node: JsonSchema): ReadonlySet<string> {
  return new Set(Array.isArray(node['required']) ? node['required'] as string[] : [])
}

function isOpen (node: JsonSchema): boolean {
  return node['additionalProperties'] !== false && node['properties'] !== undefined
}

/** The required fields of each alternative by their names; empty without `anyOf`, undefined when an alternative says more than that. */
function alternativesOf (node: JsonSchema): Map<string, readonly string[]> | undefined {
  const branches = (node['anyOf'] ?? []) as ReadonlyArray<{ required?: readonly string[] }>
  const isNamesOnly = branches.every(branch => typeof branch === 'object' && Array.isArray(branch.required) && Object.keys(branch).length === 1)
  return isNamesOnly ? new Map(branches.map(({ required = [] }) => [[...required].sort().join(' '), required])) : undefined
}

function referencesIn (value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([keyword, member]) => keyword === '$ref' && typeof member === 'string' ? [member] : referencesIn(member))
}
