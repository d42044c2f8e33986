import { Ajv2020, type Options } from 'ajv/dist/2020.js'
import t from 'tap'
import { issuesOfSchemaErrors } from '../../src/domain/schema-issues.js'

/** A request body that is no record: items of a batch. */
const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['items'],
  properties: {
    onError: { type: 'string', enum: ['continue', 'abort'] },
    limit: { type: 'integer', minimum: 1, exclusiveMaximum: 10, multipleOf: 3 },
    label: { type: 'string', minLength: 2, pattern: '^[a-z]+$' },
    items: {
      type: 'array',
      minItems: 1,
      items: {
        oneOf: [
          { type: 'object', required: ['record'], properties: { op: { const: 'submit' }, record: { type: 'object' } } },
          { type: 'object', required: ['patch'], properties: { op: { const: 'patch' }, patch: { type: 'object' } } }
        ]
      }
    }
  }
}

function issuesOf (document: unknown, options: Options = { verbose: true }) {
  const validate = new Ajv2020({ allErrors: true, strictTypes: false, ...options }).compile(schema)
  validate(document)
  return issuesOfSchemaErrors(validate.errors ?? [], document)
}

t.test('alternatives that all fail are one issue', async t => {
  t.match(issuesOf({ items: [{ op: 'submit' }] }), [{ code: 'SCHEMA_MISMATCH', pointer: '/items/0', detail: /^Entry 1 of items / }])
  t.equal(issuesOf({ items: [{ op: 'submit' }] }).length, 1)
})

t.test('one text is wrong in one way, the most telling', async t => {
  t.match(issuesOf({ items: [{ patch: {} }], label: '' }), [{ code: 'SCHEMA_LENGTH', pointer: '/label', detail: /empty/ }])
  t.match(issuesOf({ items: [{ patch: {} }], label: 'Ab' }), [{ code: 'SCHEMA_PATTERN', expected: 'text that matches ^[a-z]+$' }])
  t.match(issuesOf({ items: [{ patch: {} }], onError: 7 }), [{ code: 'SCHEMA_TYPE', expected: 'text', received: '7' }])
  t.equal(issuesOf({ items: [{ patch: {} }], onError: 7 }).length, 1)
})

t.test('limits say what is accepted', async t => {
  t.match(issuesOf({ items: [{ patch: {} }], limit: 0 }), [{ code: 'SCHEMA_RANGE', expected: 'at least 1' }])
  t.match(issuesOf({ items: [{ patch: {} }], limit: 11 }), [{ expected: 'less than 10' }, { expected: 'a multiple of 3' }])
  t.match(issuesOf({ items: [] }), [{ code: 'SCHEMA_ITEMS', expected: 'at least 1 entry', received: '0 entries' }])
})

t.test('without verbose errors nothing is suggested, and everything else is the same', async t => {
  const document = { itmes: [] }
  t.match(issuesOf(document), [{ code: 'SCHEMA_REQUIRED', pointer: '' }, { code: 'SCHEMA_UNKNOWN_FIELD', pointer: '/itmes', expected: 'items' }])
  const plain = issuesOf(document, { verbose: false })
  t.match(plain, [{ code: 'SCHEMA_REQUIRED', pointer: '' }, { code: 'SCHEMA_UNKNOWN_FIELD', pointer: '/itmes' }])
  t.equal(plain[1]?.expected, undefined)
})

t.test('nothing is suggested for names that are like none', async t => {
  t.equal(issuesOf({ items: [{ patch: {} }], zzzz: 1 })[0]?.expected, undefined)
  t.equal(issuesOf({ items: [{ patch: {} }], ['items'.repeat(100)]: 1 })[0]?.expected, undefined)
})
