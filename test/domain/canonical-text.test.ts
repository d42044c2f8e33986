import fc from 'fast-check'
import t from 'tap'
import { canonicalForm } from '../../src/domain/canonical-json.js'
import { canonicalFormOfText } from '../../src/domain/canonical-text.js'
import { roundNumbers } from '../../src/domain/numbers.js'
import { holds } from '../support/properties.js'

/** Names of which some are alike in their beginnings, in pairs or in what is less than a quote. */
const names = fc.oneof(fc.stringMatching(/^[a-c]{0,3}$/), fc.stringMatching(/^[ !A-Za-z$0-9-]{1,12}$/), fc.string({ unit: 'grapheme', maxLength: 4 }), fc.constantFrom('__proto__', '_', 'ä', '\u007F'))
const texts = fc.oneof(fc.string(), fc.string({ unit: 'grapheme' }), fc.stringMatching(/^ {0,2}[ -~]{0,40}$/), fc.constantFrom('\u007F', 'a\u2028b', '😀', '\\', '"'))

/** JSON of numbers as programs write them. */
const numbers = fc.oneof(
  fc.integer().map(String), fc.double({ noNaN: true, noDefaultInfinity: true }).map(String), fc.stringMatching(/^-?(?:0|[1-9]\d{0,17})(?:\.\d{1,6})?(?:[eE][+-]?\d{1,2})?$/), fc.constantFrom('-0', '-0.0', '0.0', '10.500', '1e3')
)
const space = fc.stringMatching(/^[ \t\r\n]{0,2}$/)

/** JSON texts in which the same content is written in many ways, and names may occur twice. */
const json: fc.Arbitrary<string> = fc.letrec<{ value: string }>(tie => {
  const spaced = (text: fc.Arbitrary<string>): fc.Arbitrary<string> => fc.tuple(space, text, space).map(parts => parts.join(''))
  const listed = (items: fc.Arbitrary<string>, [begin, end]: [string, string]): fc.Arbitrary<string> =>
    fc.array(items, { maxLength: 6 }).chain(texts => spaced(fc.constant(texts.join(','))).map(text => `${begin}${text}${end}`))
  const member = fc.tuple(spaced(names.map(name => JSON.stringify(name))), spaced(tie('value'))).map(parts => parts.join(':'))
  return {
    value: fc.oneof({ depthSize: 'small', withCrossShrink: true },
      texts.map(text => JSON.stringify(text)), numbers, fc.constantFrom('true', 'false', 'null', '"\\u0041"', '"\\/"'),
      listed(spaced(tie('value')), ['[', ']']), listed(member, ['{', '}']))
  }
}).value

/** Buffers are parts of larger ones, so that words begin anywhere and nothing ends by chance. */
function bytesOf (text: string, shift: number): Buffer {
  return Buffer.from(`${'"'.repeat(shift)}${text}"}]`).subarray(shift, shift + Buffer.byteLength(text))
}

t.test('it is the canonical form of the parsed text, and no number of it is rounded, or it is not told', async t => {
  let told = 0
  holds(t, fc.property(json, fc.nat(3), (text, shift) => {
    const form = canonicalFormOfText(bytesOf(text, shift))
    if (form === undefined) return true
    told++
    const parsed = JSON.parse(text) as unknown
    const expected = canonicalForm(parsed)
    return form.bytes.equals(expected.bytes) && form.isPlain === expected.isPlain && Object.is(roundNumbers(parsed), parsed)
  }), { numRuns: 5_000 })
  t.ok(told > 1_000, `${told} of 5000 texts were told`)
})

t.test('it is told of usual documents, however they are laid out', async t => {
  const values = fc.letrec<{ value: unknown }>(tie => ({
    value: fc.oneof({ depthSize: 'small' }, fc.stringMatching(/^[!#-[\]-~äß€😀 ]*$/u), fc.integer({ min: -1_000_000, max: 1_000_000 }).filter(units => units !== 0).map(units => units / 10_000), fc.boolean(),
      fc.array(tie('value'), { maxLength: 5 }), fc.dictionary(fc.stringMatching(/^[a-z][A-Za-z0-9]{0,20}$/), tie('value'), { maxKeys: 8 }))
  })).value
  holds(t, fc.property(values, fc.constantFrom('', ' ', '\t'), fc.nat(3), (value, indent, shift) => {
    const expected = canonicalForm(value)
    const form = canonicalFormOfText(bytesOf(JSON.stringify(value, undefined, indent), shift))
    return form?.bytes.equals(expected.bytes) === true && form.isPlain === expected.isPlain
  }), { numRuns: 2_000 })
})

t.test('numbers lose the zeros behind their fraction', async t => {
  for (const [text, expected] of [['1.50', '1.5'], ['1.00000', '1'], ['0.0', '0'], ['-2.0', '-2'], ['0.0001', '0.0001'], ['123456789012345', '123456789012345'], ['-12345678901.1234', '-12345678901.1234']] as const) {
    t.equal(canonicalFormOfText(Buffer.from(`[${text}]`))?.bytes.toString(), `[${expected}]`, text)
  }
  for (const text of ['-0', '-0.00', '1e2', '1E-2', '0.00001', '1234567890123456', '123456789012.1234']) t.equal(canonicalFormOfText(Buffer.from(`[${text}]`)), undefined, text)
})

t.test('what a record never has is not told', async t => {
  for (const text of ['{"a":1,"b":2,"a":3}', '{"b":1,"a":1,"b":2}', '{"__proto__":1}', '{"ä":1}', '{"a\\u0062":1}', '["\\n"]', '['.repeat(40) + ']'.repeat(40), `[${'1,'.repeat(5_000)}1]`]) {
    t.doesNotThrow(() => JSON.parse(text))
    t.equal(canonicalFormOfText(Buffer.from(text)), undefined, text.slice(0, 40))
  }
})

t.test('texts of any length are read', async t => {
  for (const length of [1, 65_500, 65_536, 70_000, 1_000_000]) {
    const text = JSON.stringify({ b: 'x'.repeat(length), a: [length] })
    t.equal(canonicalFormOfText(Buffer.from(text))?.bytes.toString(), `{"a":[${length}],"b":"${'x'.repeat(length)}"}`, `${length} characters`)
  }
})
