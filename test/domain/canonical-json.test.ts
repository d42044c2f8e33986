import canonicalize from 'canonicalize'
import fc from 'fast-check'
import t from 'tap'
import { canonicalJson } from '../../src/domain/canonical-json.js'
import { holds } from '../support/properties.js'

/** Documents as records are: text without lone surrogates, fields that are not named like array indices. */
const documents = fc.letrec(tie => ({
  value: fc.oneof({ depthSize: 'small' },
    fc.string({ unit: 'grapheme' }), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer(), fc.boolean(),
    fc.array(tie('value'), { maxLength: 4 }), tie('object')),
  object: fc.dictionary(fc.stringMatching(/^[A-Za-z_$~À-ÿ][\w-]{0,6}$/).filter(name => name !== '__proto__'), tie('value'), { maxKeys: 6 })
})).object

t.test('it is what the reference implementation of RFC 8785 writes', async t => {
  holds(t, fc.property(documents, document => canonicalJson(document) === canonicalize(document)), { numRuns: 500 })
})

t.test('reading it and writing it again changes nothing, and the order of fields does not matter', async t => {
  holds(t, fc.property(documents, document => canonicalJson(JSON.parse(canonicalJson(document))) === canonicalJson(document)))
  t.equal(canonicalJson({ b: 1, a: { d: [2, { f: 1, e: 0 }], c: 'ü' } }), canonicalJson({ a: { c: 'ü', d: [2, { e: 0, f: 1 }] }, b: 1 }))
  t.equal(canonicalJson({ b: 1e21, a: -0 }), '{"a":0,"b":1e+21}')
})

t.test('it is the same for records of any length', async t => {
  for (const length of [32_700, 65_520, 65_536, 70_000]) {
    const document = { text: 'x'.repeat(length), unusual: `ü${'"'.repeat(length)}`, ['n'.repeat(length)]: [1.5, null, true, Array.from({ length: 9_000 }, (_, index) => index)], last: {} }
    t.equal(canonicalJson(document), canonicalize(document), `${length} characters`)
  }
})
