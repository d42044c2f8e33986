import t from 'tap'
import { compareSchemas, MAX_DIFFERENCES } from '../../../src/domain/schema-compatibility/compare-schemas.js'
import { DIFFERENCE_KINDS } from '../../../src/domain/schema-compatibility/difference.js'
import { valueAtPointer } from '../../../src/domain/issue.js'
import type { JsonSchema } from '../../../src/domain/schema-versions/publish.js'
import { DRAFT_SCHEMA_VERSIONS, requireSchemaVersion, SCHEMA_VERSIONS } from '../../../src/domain/schema-versions/registry.js'

interface Loose { [keyword: string]: any } // eslint-disable-line @typescript-eslint/no-explicit-any -- the changes reach anywhere

const published = requireSchemaVersion('1.0.0').schema

function majorOf (version: string): string {
  return version.split('.')[0]!
}

function changed (change: (schema: Loose) => void): Loose {
  const proposed = structuredClone(published) as Loose
  change(proposed)
  return proposed
}

function after (change: (schema: Loose) => void) {
  return compareSchemas(published, changed(change))
}

t.test('a version does not differ from itself', t => {
  for (const { version, schema } of SCHEMA_VERSIONS) t.same(compareSchemas(schema, structuredClone(schema)), { differences: [], isComplete: true }, version)
  t.end()
})

t.test('every minor version, released or drafted, breaks nobody, and every major one somebody', t => {
  const versions = [...SCHEMA_VERSIONS, ...DRAFT_SCHEMA_VERSIONS]
  for (const [index, { version, schema }] of versions.slice(1).entries()) {
    const before = versions[index]!
    const { differences } = compareSchemas(before.schema, schema)
    const breaking = differences.filter(({ breaks }) => breaks.length > 0)
    if (majorOf(before.version) === majorOf(version)) t.same(breaking, [], `${before.version} to ${version}`)
    else t.ok(breaking.length > 0, `${before.version} to ${version}`)
  }
  t.end()
})

t.test('what 1.1.0 brought', t => {
  const { differences, isComplete } = compareSchemas(published, requireSchemaVersion('1.1.0').schema)
  t.ok(isComplete)
  t.same(differences.filter(({ breaks }) => breaks.length > 0), [])
  t.same(new Set(differences.map(({ kind }) => kind)), new Set(['version-named', 'field-added', 'group-added']))
  t.match(differences.find(({ field }) => field === '/energy'), { kind: 'field-added', pointer: '/properties/energy', within: 'proposed' })
  t.end()
})

t.test('every kind of difference is found at its place, with its verdict', t => {
  const product = (schema: Loose) => schema['$defs'].productIdentification
  const packaging = (schema: Loose) => schema['$defs'].packaging
  const cases: Array<[kind: keyof typeof DIFFERENCE_KINDS, field: string, pointer: RegExp, change: (schema: Loose) => void]> = [
    ['version-named', '/schemaVersion', /^\/properties\/schemaVersion\/const$/, schema => { schema['properties'].schemaVersion.const = '1.2.0' }],
    ['text-changed', '/product', /\/title$/, schema => { product(schema).title = 'Another' }],
    ['field-added', '/packaging/colour', /^\/\$defs\/packaging\/properties\/colour$/, schema => { packaging(schema).properties.colour = { type: 'string' } }],
    ['required-field-added', '/packaging/colour', /colour$/, schema => { packaging(schema).properties.colour = { type: 'string' }; packaging(schema).required.push('colour') }],
    ['field-removed', '/packaging/plasticFree', /plasticFree$/, schema => { delete packaging(schema).properties.plasticFree }],
    ['became-required', '/packaging/totalMassG', /totalMassG$/, schema => { packaging(schema).required.push('totalMassG') }],
    ['became-optional', '/validFrom', /validFrom$/, schema => { schema['required'] = schema['required'].filter((name: string) => name !== 'validFrom') }],
    ['group-added', '', /^\/anyOf$/, schema => { schema['properties'].noise = { type: 'object' }; schema['anyOf'].push({ required: ['noise'] }) }],
    ['alternative-added', '', /^\/anyOf$/, schema => { schema['anyOf'].push({ required: ['validTo'] }) }],
    ['alternative-removed', '', /^\/anyOf$/, schema => { schema['anyOf'].pop() }],
    ['condition-removed', '', /^\/anyOf$/, schema => { delete schema['anyOf'] }],
    ['value-added', '/product/category', /\/category\/enum$/, schema => { product(schema).properties.category.enum.push('drone') }],
    ['value-removed', '/product/category', /\/category\/enum$/, schema => { product(schema).properties.category.enum.shift() }],
    ['values-opened', '/product/granularity', /\/granularity\/enum$/, schema => { delete product(schema).properties.granularity.enum }],
    ['values-limited', '/packaging/plasticFree', /\/plasticFree\/const$/, schema => { packaging(schema).properties.plasticFree.const = true }],
    ['type-changed', '/packaging/plasticFree', /\/plasticFree\/type$/, schema => { packaging(schema).properties.plasticFree.type = 'string' }],
    ['type-narrowed', '/product/massKg', /\/massKg\/type$/, schema => { product(schema).properties.massKg.type = 'integer' }],
    ['type-widened', '/product/massKg', /\/massKg\/type$/, schema => { product(schema).properties.massKg.type = ['number', 'string'] }],
    ['limit-tightened', '/product/massKg', /\/massKg\/maximum$/, schema => { product(schema).properties.massKg.maximum = 10 }],
    ['limit-loosened', '/product/massKg', /\/massKg\/maximum$/, schema => { product(schema).properties.massKg.maximum = 1e6 }],
    ['limit-loosened', '/product/massKg', /\/massKg\/minimum$/, schema => { delete product(schema).properties.massKg.exclusiveMinimum; product(schema).properties.massKg.minimum = 0 }],
    ['limit-tightened', '/product/gtins', /\/gtins\/maxItems$/, schema => { product(schema).properties.gtins.maxItems = 2 }],
    ['limit-loosened', '/product/gtins', /\/gtins\/uniqueItems$/, schema => { delete product(schema).properties.gtins.uniqueItems }],
    ['form-demanded', '/product/massKg', /\/format$/, schema => { product(schema).properties.massKg.format = 'float' }],
    ['form-no-longer-demanded', '/product/manufacturerGln', /\/pattern$/, schema => { delete product(schema).properties.manufacturerGln.pattern }],
    ['form-changed', '/product/manufacturerGln', /\/pattern$/, schema => { product(schema).properties.manufacturerGln.pattern = '^\\d{12}$' }],
    ['opened', '/packaging/*', /packaging\/additionalProperties$/, schema => { delete packaging(schema).additionalProperties }],
    ['condition-added', '/packaging', /packaging\/not$/, schema => { packaging(schema).not = { required: ['plasticFree'] } }],
    ['condition-added', '/validFrom', /validFrom$/, schema => { schema['properties'].validFrom.minLength = 11 }]
  ]
  for (const [kind, field, pointer, change] of cases) {
    const { differences } = after(change)
    const found = differences.find(difference => difference.kind === kind && difference.field === field)
    for (const { within, pointer } of differences) t.not(valueAtPointer(within === 'published' ? published : changed(change), pointer), undefined, `${kind}: ${pointer} leads somewhere`)
    t.match(found, { pointer, reason: /./, breaks: DIFFERENCE_KINDS[kind].breaks }, `${kind} ${field}`, { differences })
  }
  const open: JsonSchema = { type: 'object', properties: { a: { type: 'object', properties: {} } } }
  const closed: JsonSchema = { type: 'object', properties: { a: { type: 'object', properties: { b: { type: 'string' } }, additionalProperties: false } } }
  t.match(compareSchemas(open, closed).differences, [{ kind: 'field-restricted', field: '/a/b', breaks: ['pushers'] }, { kind: 'closed', field: '/a/*' }])
  const conditional: JsonSchema = { type: 'object', if: { required: ['a'] } }
  t.match(compareSchemas(conditional, { type: 'object', if: { required: ['b'] } }).differences, [{ kind: 'condition-changed' }])
  const covered = new Set([...cases.map(([kind]) => kind), 'field-restricted', 'closed', 'condition-changed'])
  t.same(Object.keys(DIFFERENCE_KINDS).filter(kind => !covered.has(kind)), [], 'no kind is untested')
  t.end()
})

t.test('what a reference leads to is compared, once for all its uses', t => {
  const { differences } = after(schema => { schema['$defs'].provenance.properties.assuranceLevel.enum.pop() })
  t.match(differences, { length: 1, 0: { kind: 'value-removed', pointer: '/$defs/provenance/properties/assuranceLevel/enum', breaks: ['pushers'] } })
  const inlined = structuredClone(published) as Loose
  const { $ref, ...texts } = inlined['properties'].validFrom
  inlined['properties'].validFrom = { ...inlined['$defs'][$ref.split('/').at(-1)], ...texts }
  t.same(compareSchemas(published, inlined).differences.filter(({ kind }) => kind !== 'text-changed'), [], 'written out or referred to is the same')
  t.end()
})

t.test('schemas that refer to themselves, and very many differences, come to an end', t => {
  const loop: JsonSchema = { type: 'object', properties: { again: { $ref: '#' }, never: { $ref: '#/properties/never' } } }
  t.same(compareSchemas(loop, structuredClone(loop)), { differences: [], isComplete: true })
  const many: JsonSchema = { type: 'object', properties: Object.fromEntries(Array.from({ length: 2 * MAX_DIFFERENCES }, (_each, index) => [`field${index}`, {}])) }
  const found = compareSchemas(published, many)
  t.same([found.differences.length, found.isComplete], [MAX_DIFFERENCES, false])
  const doubling = Object.fromEntries(Array.from({ length: 60 }, (_each, index) => [`d${index}`, { type: 'object', properties: { a: { $ref: `#/$defs/d${index + 1}` }, b: { $ref: `#/$defs/d${index + 1}` } } }]))
  const bomb: JsonSchema = { type: 'object', properties: { start: { $ref: '#/$defs/d0' } }, $defs: { ...doubling, d60: { type: 'string' } } }
  const other = structuredClone(bomb) as Loose
  other['$defs'].d60.type = 'number'
  t.match(compareSchemas(bomb, other).differences, { length: 1, 0: { kind: 'type-changed', pointer: '/$defs/d60/type' } })
  t.end()
})
