/** Records of any shape that the schema allows, whatever its rules say: tables must carry all of them. */
import fc from 'fast-check'
import { NEWEST_SCHEMA_VERSION } from '../../src/domain/schema-versions/registry.js'

interface Node {
  type?: string
  properties?: Record<string, Node>
  required?: string[]
  minProperties?: number
  items?: Node
  minItems?: number
  maxItems?: number
  enum?: string[]
  const?: string
  minLength?: number
}

const awkward = fc.constantFrom(
  '=1+1', '+49', '-5', '@SUM(A1)', "'", "''", "'=x", '\tx', '\rx', 'a"b', 'a,b', 'a;b', 'a\nb', 'a\r\nb', ' x ', '007', '4.00638E', '_x0041_', '<&>', 'true', 'ä€😀'
)

function arbitraryOf (node: Node): fc.Arbitrary<unknown> {
  if (node.const !== undefined) return fc.constant(node.const)
  if (node.enum !== undefined) return fc.constantFrom(...node.enum)
  switch (node.type) {
    case 'object': {
      const { required = [], properties = {} } = node
      const members = Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, arbitraryOf(property)]))
      return fc.record(members, { requiredKeys: required }).filter(value => Object.keys(value).length >= (node.minProperties ?? (required.length > 0 ? 1 : 0)))
    }
    case 'array': return fc.array(arbitraryOf(node.items ?? {}), { minLength: node.minItems ?? 0, maxLength: Math.min(node.maxItems ?? 5, 5), size: 'max' })
      .filter(items => items.every(item => typeof item !== 'object' || Object.keys(item as object).length > 0))
    case 'number': return fc.oneof(fc.integer({ min: -1000, max: 1_000_000 }), fc.double({ noNaN: true, noDefaultInfinity: true }).map(value => value === 0 ? 0 : value))
    case 'integer': return fc.integer()
    case 'boolean': return fc.boolean()
    default: return fc.oneof(awkward, fc.string({ unit: 'binary', maxLength: 20 })).filter(text => text.length >= (node.minLength ?? 0))
  }
}

/** Text that looks like a damaged identifier or date is refused on purpose, so it is not generated. */
const DAMAGED = /^\d+(?:[.,]\d+)?[eE]\+?\d+$|^\d{4,13}$|^\d{5}[.,]\d+$|\uFFFD/

export const arbitraryRecord = arbitraryOf(NEWEST_SCHEMA_VERSION.source as Node).filter(record => !hasText(record, text => DAMAGED.test(text)))

function hasText (value: unknown, test: (text: string) => boolean): boolean {
  if (typeof value === 'string') return test(value)
  return typeof value === 'object' && value !== null && Object.values(value).some(member => hasText(member, test))
}
