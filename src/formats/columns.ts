/**
 * The columns under which a record lies in a table (CSV, XLSX), derived from its schema: an attribute that a schema version adds
 * has its column by itself.
 *
 * A column is named by the path of its field, with dots: `product.massKg`. An entry of a list is numbered from 1:
 * `product.gtins.1`, `recycledContent.materials.2.material`. A list or an object as a whole is a column too and takes
 * JSON; that is how entries beyond the numbered columns of a file, an empty list and an empty object are written.
 */
import { closest, distance } from 'fastest-levenshtein'
import { PATTERNS } from '../domain/schema-versions/patterns.js'
import type { SchemaVersion } from '../domain/schema-versions/schema-version.js'

type ColumnKind = 'text' | 'number' | 'boolean' | 'json'

export interface Column {
  readonly name: string
  /** Field names, and 0-based positions in lists. */
  readonly path: ReadonlyArray<string | number>
  readonly kind: ColumnKind
  readonly title: string
  readonly description: string
  readonly unit?: string
  /** The closed list of values, where there is one. */
  readonly allowed?: readonly string[]
  /** GS1 keys and dates are what spreadsheets damage most; their cells get a closer look. */
  readonly content?: 'gtin' | 'gln' | 'date'
  /** Whether the field must be given wherever the object around it is. */
  readonly required: boolean
  readonly source?: string
  readonly example?: unknown
}

export interface ColumnScheme {
  readonly schemaVersion: string
  /** The column of that name; undefined when no field of the schema has it. */
  find: (name: string) => Column | undefined
  /** The most similar name, when it is similar enough to be a misspelling. */
  suggest: (name: string) => string | undefined
  /**
   * All columns in the order of the schema.
   *
   * @param entries how many numbered columns a list gets, by the name of the list
   * @param options.json whether lists, and objects that may be empty, also have a column as a whole
   */
  columns: (entries: (list: string, maximum: number) => number, options?: { json?: boolean }) => Column[]
}

interface Node {
  readonly type?: string
  readonly properties?: Readonly<Record<string, Node>>
  readonly required?: readonly string[]
  readonly items?: Node
  readonly maxItems?: number
  readonly minProperties?: number
  readonly anyOf?: unknown
  readonly enum?: readonly string[]
  readonly const?: string
  readonly pattern?: string
  readonly format?: string
  readonly title?: string
  readonly description?: string
  readonly examples?: readonly unknown[]
  readonly [annotation: `x-${string}`]: unknown
}

/** Entries of a list that has no limit of its own. */
const DEFAULT_MAX_ITEMS = 100

/** No column has a longer name (characters), and comparing takes time that grows with the length. */
const MAX_NAME_LENGTH = 128

/** Numbered columns of each list in a template: enough to see how it goes on. */
const TEMPLATE_ENTRIES = 3

export function templateEntries (_list: string, maximum: number): number {
  return Math.min(TEMPLATE_ENTRIES, maximum)
}

export function createColumnScheme (version: Pick<SchemaVersion, 'version' | 'source'>): ColumnScheme {
  const root = version.source as Node
  const found = new Map<string, Column>()
  const names = [...walk(root, [], false, () => 1, true)].map(({ name }) => name)

  function find (name: string): Column | undefined {
    const known = found.get(name)
    if (known !== undefined || name.length > MAX_NAME_LENGTH) return known
    const column = resolve(root, name)
    // What is no column is not remembered: there is no end of such names.
    if (column !== undefined) found.set(name, column)
    return column
  }

  function suggest (name: string): string | undefined {
    if (name.length > MAX_NAME_LENGTH) return undefined
    // The numbers of entries say nothing about spelling, so names are compared with the first entry of each list.
    const numbers = name.match(/(?<=\.)\d+(?=\.|$)/g) ?? []
    const similar = closest(name.replaceAll(/(?<=\.)\d+(?=\.|$)/g, '1'), names)
    if (similar === undefined || distance(similar, name) > Math.max(2, name.length / 4)) return undefined
    return similar.replaceAll(/(?<=\.)1(?=\.|$)/g, () => numbers.shift() ?? '1')
  }

  return {
    schemaVersion: version.version,
    find,
    suggest,
    columns: (entries, options = {}) => [...walk(root, [], false, entries, options.json === true)]
  }
}

/**
 * The columns of several schema versions together: a file in them has room for records of every one, each of which says which it follows.
 *
 * @param schemes newest first; a column that several have is that of the newest, with the values that any of them allows
 */
export function joinColumnSchemes (schemes: readonly [ColumnScheme, ...ColumnScheme[]]): ColumnScheme {
  const widened = (column: Column): Column => {
    if (column.allowed === undefined) return column
    const allowed = new Set(schemes.flatMap(scheme => scheme.find(column.name)?.allowed ?? []))
    return { ...column, allowed: [...allowed] }
  }
  const first = <Found>(ask: (scheme: ColumnScheme) => Found | undefined): Found | undefined => {
    for (const scheme of schemes) {
      const found = ask(scheme)
      if (found !== undefined) return found
    }
    return undefined
  }
  return {
    schemaVersion: schemes[0].schemaVersion,
    find: name => first(scheme => scheme.find(name)),
    suggest: name => first(scheme => scheme.suggest(name)),
    columns (entries, options) {
      const columns = new Map<string, Column>()
      for (const scheme of schemes) {
        for (const column of scheme.columns(entries, options)) if (!columns.has(column.name)) columns.set(column.name, widened(column))
      }
      return [...columns.values()]
    }
  }
}

function resolve (root: Node, name: string): Column | undefined {
  const path: Array<string | number> = []
  let node: Node = root
  let required = true
  for (const step of name.split('.')) {
    if (node.properties !== undefined && Object.hasOwn(node.properties, step)) {
      required = node.required?.includes(step) === true
      node = node.properties[step] as Node
      path.push(step)
    } else if (node.items !== undefined && /^[1-9]\d{0,3}$/.test(step) && Number(step) <= (node.maxItems ?? DEFAULT_MAX_ITEMS)) {
      required = false
      node = node.items
      path.push(Number(step) - 1)
    } else {
      return undefined
    }
  }
  return path.length === 0 ? undefined : columnOf(node, path, required)
}

function * walk (
  node: Node, path: ReadonlyArray<string | number>, required: boolean, entries: (list: string, maximum: number) => number, json: boolean
): Generator<Column> {
  if (node.properties !== undefined) {
    if (json && path.length > 0 && mayBeEmpty(node)) yield columnOf(node, path, required)
    for (const [name, property] of Object.entries(node.properties)) {
      yield * walk(property, [...path, name], node.required?.includes(name) === true, entries, json)
    }
  } else if (node.items !== undefined) {
    if (json) yield columnOf(node, path, required)
    const count = entries(nameOf(path), node.maxItems ?? DEFAULT_MAX_ITEMS)
    for (let index = 0; index < count; index++) yield * walk(node.items, [...path, index], false, entries, json)
  } else {
    yield columnOf(node, path, required)
  }
}

/** An object without any field would leave no trace in the columns of its fields. */
function mayBeEmpty (node: Node): boolean {
  return (node.required ?? []).length === 0 && (node.minProperties ?? 0) === 0 && node.anyOf === undefined
}

function columnOf (node: Node, path: ReadonlyArray<string | number>, required: boolean): Column {
  const content = contentOf(node)
  const allowed = node.enum ?? (node.const === undefined ? undefined : [node.const])
  const unit = node['x-unit'] as string | undefined
  const source = node['x-source'] as string | undefined
  return {
    name: nameOf(path),
    path,
    kind: kindOf(node),
    title: node.title ?? '',
    description: node.description ?? '',
    required,
    ...(unit !== undefined && { unit }),
    ...(allowed !== undefined && { allowed }),
    ...(content !== undefined && { content }),
    ...(source !== undefined && { source }),
    ...(node.examples !== undefined && { example: node.examples[0] })
  }
}

function kindOf (node: Node): ColumnKind {
  switch (node.type) {
    case 'number':
    case 'integer': return 'number'
    case 'boolean': return 'boolean'
    case 'string': return 'text'
    default: return 'json'
  }
}

function contentOf (node: Node): Column['content'] {
  if (node.pattern === PATTERNS.gtin.pattern) return 'gtin'
  if (node.pattern === PATTERNS.gln.pattern) return 'gln'
  return node.format === 'date' || node.pattern === PATTERNS.partialDate.pattern ? 'date' : undefined
}

/** The name of the column, or of the group of columns, at a path. */
export function nameOf (path: ReadonlyArray<string | number>): string {
  return path.map(step => typeof step === 'number' ? step + 1 : step).join('.')
}
