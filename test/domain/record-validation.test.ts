import canonicalize from 'canonicalize'
import fc from 'fast-check'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import t from 'tap'
import { productIdOf } from '../../src/domain/identity/product-key.js'
import { MAX_ISSUES_PER_DOCUMENT, MAX_RECEIVED_LENGTH, valueAtPointer, type Issue } from '../../src/domain/issue.js'
import { createRecordValidator } from '../../src/domain/record-validation.js'
import { projectPath } from '../../src/project-root.js'
import { holds } from '../support/properties.js'

const validator = createRecordValidator()
const context = { today: '2026-11-21' }

interface Document { [field: string]: any } // eslint-disable-line @typescript-eslint/no-explicit-any -- the point is to break it anywhere

const texts = new Map(await Promise.all(['carbon-footprint', 'recycled-content', 'packaging', 'refurbishment', 'product']
  .map(async name => [name, await readFile(projectPath(`test/fixtures/1.0.0/valid/${name}.json`), 'utf8')] as const)))

function fixture (name: string): Document {
  return JSON.parse(texts.get(name)!) as Document
}

function issuesOf (document: unknown): readonly Issue[] {
  const result = validator.validate(document, context)
  return result.valid ? [] : result.issues
}

/** What holds for every refusal: bounded, each issue with a pointer that resolves, unless the field itself is missing. */
function isWellFormed (issues: readonly Issue[], document: unknown): boolean {
  return issues.length > 0 && issues.length <= MAX_ISSUES_PER_DOCUMENT && issues.every(({ pointer, received, detail }) =>
    valueAtPointer(document, pointer) !== undefined && (received?.length ?? 0) <= MAX_RECEIVED_LENGTH && detail.length < 500)
}

t.test('an accepted record comes with id, canonical bytes, hash and the fields for filters', async t => {
  const document = fixture('product')
  const result = validator.validate(document, context)
  if (!result.valid) throw new Error(JSON.stringify(result.issues))
  const { accepted } = result
  t.equal(accepted.productId, productIdOf('Fictional Devices', 'C/8#ABB'))
  t.equal(accepted.schemaVersion, '1.0.0')
  t.equal(accepted.bytes.toString(), canonicalize(document))
  t.equal(accepted.hash.toString('hex'), createHash('sha256').update(accepted.bytes).digest('hex'))
  t.same(accepted.promoted, {
    manufacturerName: 'Fictional Devices',
    manufacturerPartNumber: 'C/8#ABB',
    manufacturerKey: 'fictional devices',
    partNumberKey: 'C/8#ABB',
    gtins: ['04006381333931', '00036000291452', '00000012345670', '10614141000415'],
    externalIds: ['icecat:123456', 'eprel:123456789012', 'epeat:any form'],
    category: 'laptop',
    groups: ['recycledContent'],
    productRecycledPercent: 20,
    assuranceLevels: ['selfDeclared']
  })
})

t.test('what was not declared is not promoted, and a declared zero or false is', async t => {
  const document = fixture('packaging')
  delete document['packaging']['plasticFree']
  const accepted = validator.validate(document, context)
  t.ok(accepted.valid)
  if (accepted.valid) {
    for (const field of ['totalKgCo2e', 'productRecycledPercent', 'plasticFreePackaging', 'condition']) t.notOk(field in accepted.accepted.promoted, field)
  }
  document['packaging']['plasticFree'] = false
  document['recycledContent'] = { provenance: document['packaging']['provenance'], calculationStandard: 'iso14021', productRecycledPercent: 0 }
  const declared = validator.validate(document, context)
  t.ok(declared.valid)
  if (declared.valid) t.match(declared.accepted.promoted, { plasticFreePackaging: false, productRecycledPercent: 0 })
})

t.test('numbers are rounded before the rules run and before hashing; the document stays as it was', async t => {
  const document = fixture('carbon-footprint')
  document['carbonFootprint']['stages']['useKgCo2e'] = 69.99999999999999
  const before = JSON.stringify(document)
  const noisy = validator.validate(document, context)
  const clean = validator.validate(fixture('carbon-footprint'), context)
  t.ok(noisy.valid && clean.valid && noisy.accepted.hash.equals(clean.accepted.hash))
  t.equal(JSON.stringify(document), before)
  document['carbonFootprint']['stages']['transportKgCo2e'] = 0.00005
  document['carbonFootprint']['stages']['endOfLifeKgCo2e'] = -0.00005
  t.match(issuesOf(document), [{ code: 'STAGE_SUM_MISMATCH' }, { code: 'ZERO_STAGE_PAIR', severity: 'warning' }])
})

t.test('a record and its canonical form are the same record', async t => {
  for (const name of texts.keys()) {
    const first = validator.validate(fixture(name), context)
    if (!first.valid) throw new Error(JSON.stringify(first.issues))
    const again = validator.validate(JSON.parse(first.accepted.bytes.toString()), context)
    t.ok(again.valid && again.accepted.hash.equals(first.accepted.hash) && again.accepted.productId === first.accepted.productId, name)
  }
})

t.test('no number is made of anything else, wherever it stands', async t => {
  const places = [
    ['carbon-footprint', '/carbonFootprint/totalKgCo2e'], ['carbon-footprint', '/carbonFootprint/stages/useKgCo2e'],
    ['carbon-footprint', '/carbonFootprint/usePhase/lifetimeYears'], ['recycled-content', '/recycledContent/materials/0/postConsumerPercent'],
    ['packaging', '/packaging/components/0/massG'], ['refurbishment', '/refurbishment/warrantyMonths'], ['product', '/product/massKg']
  ] as const
  for (const [name, pointer] of places) {
    for (const [value, code] of [[null, 'SCHEMA_NULL'], [true, 'SCHEMA_TYPE'], ['12', 'SCHEMA_TYPE'], ['', 'SCHEMA_TYPE'], [[7], 'SCHEMA_TYPE'], [{}, 'SCHEMA_TYPE'], [Infinity, 'SCHEMA_TYPE']] as const) {
      const document = fixture(name)
      const tokens = pointer.split('/').slice(1)
      const last = tokens.pop()!
      tokens.reduce((node: Document, token) => node[token] as Document, document)[last] = value
      t.match(issuesOf(document), [{ code, severity: 'error', pointer }], `${pointer} = ${JSON.stringify(value)}`)
      t.equal(issuesOf(document).length, 1)
    }
  }
  t.match(issuesOf(JSON.parse(texts.get('product')!.replace('1.37', '1e400'))), [{ code: 'SCHEMA_TYPE', pointer: '/product/massKg', received: 'Infinity' }])
  const document = fixture('product')
  document['product']['gtins'] = [4006381333931]
  t.match(issuesOf(document), [{ code: 'SCHEMA_TYPE', pointer: '/product/gtins/0', detail: /quotes/ }])
})

t.test('misspelt fields are named, with what was probably meant', async t => {
  const document = fixture('carbon-footprint')
  document['carbonFootprint']['totalKgCO2e'] = 1
  document['carbonFootprint']['stages']['manufactoringKgCo2e'] = 1
  document['packageing'] = {}
  document['product']['colour of the housing'] = 'red'
  document['a/b~c'] = 1
  t.match(issuesOf(document).toSorted((left, right) => left.pointer < right.pointer ? -1 : 1), [
    { code: 'SCHEMA_UNKNOWN_FIELD', pointer: '/a~1b~0c' },
    { code: 'SCHEMA_UNKNOWN_FIELD', pointer: '/carbonFootprint/stages/manufactoringKgCo2e', expected: 'manufacturingKgCo2e' },
    { code: 'SCHEMA_UNKNOWN_FIELD', pointer: '/carbonFootprint/totalKgCO2e', expected: 'totalKgCo2e' },
    { code: 'SCHEMA_UNKNOWN_FIELD', pointer: '/packageing', expected: 'packaging' },
    { code: 'SCHEMA_UNKNOWN_FIELD', pointer: '/product/colour of the housing', received: 'red' }
  ])
  t.ok(isWellFormed(issuesOf(document), document))
})

t.test('names of the prototype are unknown fields like any other', async t => {
  for (const name of ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '__defineGetter__']) {
    for (const path of ['', '/product', '/carbonFootprint', '/carbonFootprint/stages']) {
      const text = texts.get('carbon-footprint')!
      const document = JSON.parse(text) as Document
      const parent = path === '' ? document : valueAtPointer(document, path) as Document
      Object.defineProperty(parent, name, { value: { polluted: true }, enumerable: true, configurable: true, writable: true })
      t.match(issuesOf(document), [{ code: 'SCHEMA_UNKNOWN_FIELD', pointer: `${path}/${name}` }], `${path}/${name}`)
    }
  }
  t.equal(({} as Document)['polluted'], undefined)
})

t.test('all issues of a record come at once', async t => {
  const document = fixture('refurbishment')
  document['validFrom'] = '2026-02-30'
  document['product']['category'] = 'notebook'
  delete document['refurbishment']['condition']
  document['refurbishment']['warrantyMonths'] = 12.5
  t.same(new Set(issuesOf(document).map(({ code, pointer }) => `${code} ${pointer}`)), new Set([
    'SCHEMA_FORMAT /validFrom', 'SCHEMA_ENUM /product/category', 'SCHEMA_REQUIRED /refurbishment', 'SCHEMA_TYPE /refurbishment/warrantyMonths'
  ]))
})

t.test('documents that are no record are refused with one issue', async t => {
  for (const [document, code, pointer] of [
    [undefined, 'SCHEMA_TYPE', ''], [null, 'SCHEMA_NULL', ''], [[], 'SCHEMA_TYPE', ''], ['{}', 'SCHEMA_TYPE', ''], [7, 'SCHEMA_TYPE', ''],
    [{}, 'SCHEMA_VERSION_REQUIRED', ''], [{ schemaVersion: null }, 'SCHEMA_VERSION_UNKNOWN', '/schemaVersion'],
    [{ schemaVersion: ['1.0.0'] }, 'SCHEMA_VERSION_UNKNOWN', '/schemaVersion'], [{ schemaVersion: '9.0.0' }, 'SCHEMA_VERSION_UNKNOWN', '/schemaVersion']
  ] as const) {
    t.match(issuesOf(document), [{ code, pointer }], JSON.stringify(document) ?? 'undefined')
    t.equal(issuesOf(document).length, 1)
  }
  t.match(issuesOf({}), [{ expected: '1.0.0' }])
})

t.test('deep, wide and long documents are refused soon, with bounded answers', async t => {
  const deep = JSON.parse(`${'['.repeat(200)}${']'.repeat(200)}`) as unknown
  const veryDeep = JSON.parse(`${'{"a":'.repeat(300_000)}1${'}'.repeat(300_000)}`) as unknown
  const cases: Record<string, (document: Document) => void> = {
    '200 levels': document => { document['packaging']['components'] = deep },
    '200 levels in an unknown field': document => { document['extra'] = deep },
    '300,000 levels': document => { document['packaging']['totalMassG'] = veryDeep },
    '10,000 entries': document => { document['packaging']['components'] = Array.from({ length: 10_000 }, () => ({})) },
    '10,000 entries of another kind': document => { document['packaging']['components'] = Array.from({ length: 10_000 }, () => null) },
    '10,000 GTINs': document => { document['product']['gtins'] = Array.from({ length: 10_000 }, (_, index) => String(index)) },
    '100,000 unknown fields': document => { for (let index = 0; index < 100_000; index++) document[`field${index}`] = index },
    '1,000 unknown fields': document => { for (let index = 0; index < 1_000; index++) document[`field${index}`] = index },
    'a long text': document => { document['product']['modelName'] = 'x'.repeat(5_000_000) },
    'a long text of white space': document => { document['product']['modelName'] = `x${' '.repeat(5_000_000)}` },
    'a long field name': document => { document['x'.repeat(1_000_000)] = 1 },
    'a long address': document => { document['packaging']['provenance']['sourceDocumentUri'] = `https://${'a:@'.repeat(1_000_000)}` },
    'a long enum value': document => { document['product']['category'] = 'laptop'.repeat(500_000) }
  }
  for (const [name, breakIt] of Object.entries(cases)) {
    const document = fixture('packaging')
    breakIt(document)
    const start = performance.now()
    const issues = issuesOf(document)
    const milliseconds = performance.now() - start
    t.ok(isWellFormed(issues, document), name)
    t.ok(milliseconds < 2_000, `${name}: ${Math.round(milliseconds)} ms`)
  }
})

t.test('whatever stands anywhere in a record, it is judged without a fault and pointers resolve', async t => {
  const leaves = [...texts.keys()].flatMap(name => [...pathsOf(fixture(name))].map(path => ({ name, path })))
  holds(t, fc.property(fc.constantFrom(...leaves), fc.jsonValue(), ({ name, path }, value) => {
    const document = fixture(name)
    const last = path.at(-1)!
    path.slice(0, -1).reduce((node: Document, token) => node[token] as Document, document)[last] = value
    const result = validator.validate(document, context)
    return result.valid || isWellFormed(result.issues, document)
  }), { numRuns: 1_000 })
})

t.test('a record without one of its fields is judged without a fault', async t => {
  for (const name of texts.keys()) {
    for (const path of pathsOf(fixture(name))) {
      const document = fixture(name)
      const parent = path.slice(0, -1).reduce((node: Document, token) => node[token] as Document, document)
      if (Array.isArray(parent)) parent.splice(Number(path.at(-1)), 1)
      else delete parent[path.at(-1)!]
      const result = validator.validate(document, context)
      t.ok(result.valid || isWellFormed(result.issues, document), `${name} without /${path.join('/')}`)
    }
  }
})

/** The path of every field and entry. */
function * pathsOf (value: unknown, path: readonly string[] = []): Generator<readonly string[]> {
  if (path.length > 0) yield path
  if (typeof value !== 'object' || value === null) return
  for (const [key, inner] of Object.entries(value)) yield * pathsOf(inner, [...path, key])
}
