import fc from 'fast-check'
import t from 'tap'
import { CARBON_TOLERANCE, exceeds, near, PERCENT_TOLERANCE, roundNumber, roundNumbers, sum } from '../../src/domain/numbers.js'
import { holds } from '../support/properties.js'

/** Amounts with up to 4 decimals, as whole ten-thousandths, up to the greatest value that a record takes. */
const units = fc.integer({ min: -10_000_000_000, max: 10_000_000_000 })

/** Half-even rounding of a decimal text without exponent, digit by digit: what roundNumber is compared with. */
function roundText (text: string): number {
  const [, sign, whole, fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text)!
  let kept = BigInt(whole! + fraction.slice(0, 4).padEnd(4, '0'))
  const rest = fraction.slice(4)
  const half = '5'.padEnd(rest.length, '0')
  if (rest > half || (rest === half && kept % 2n === 1n)) kept += 1n
  return Number(`${sign}${kept}e-4`)
}

t.test('half-way cases go to the even digit, as the vendor wrote them', async t => {
  t.equal(roundNumber(1.00005), 1)
  t.equal(roundNumber(1.00015), 1.0002)
  t.equal(roundNumber(1.00025), 1.0002)
  t.equal(roundNumber(1.00035), 1.0004)
  t.equal(roundNumber(2.00005000001), 2.0001)
  t.equal(roundNumber(-1.00015), -1.0002)
})

t.test('float noise disappears', async t => {
  t.equal(roundNumber(0.45299999999999996), 0.453)
  t.equal(roundNumber(0.1 + 0.2), 0.3)
  t.equal(roundNumber(1e-7), 0)
})

t.test('zero has no sign', async t => {
  t.ok(Object.is(roundNumber(-0), 0))
  t.ok(Object.is(roundNumber(-0.00001), 0))
})

t.test('rounding is half-even rounding of the shortest decimal text', async t => {
  holds(t, fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), number => {
    const text = String(number)
    return text.includes('e') || roundNumber(number) === roundText(text) + 0
  }), { numRuns: 2000 })
  const decimals = fc.tuple(fc.nat(1_000_000), fc.stringMatching(/^\d{0,7}$/)).map(([whole, fraction]) => `${whole}.${fraction}5`)
  holds(t, fc.property(decimals, text => roundNumber(Number(text)) === roundText(String(Number(text)))), { numRuns: 2000 })
})

t.test('what has at most 4 decimals stays as it is, and rounding twice changes nothing', async t => {
  holds(t, fc.property(units, amount => roundNumber(amount / 10_000) === amount / 10_000))
  holds(t, fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), number => roundNumber(roundNumber(number)) === roundNumber(number)))
})

t.test('a document is copied only where a number changes, and never changed itself', async t => {
  const document = Object.freeze({ kept: Object.freeze({ a: 1 }), list: Object.freeze([Object.freeze({ b: 0.00001 }), 'x']) })
  const rounded = roundNumbers(document) as typeof document
  t.same(rounded, { kept: { a: 1 }, list: [{ b: 0 }, 'x'] })
  t.equal(rounded.kept, document.kept)
  t.equal(roundNumbers(rounded), rounded)
})

t.test('the sum of figures is exact, in any order', async t => {
  holds(t, fc.property(fc.array(units, { maxLength: 50 }), amounts => {
    const total = amounts.reduce((left, right) => left + right, 0) / 10_000
    return sum(amounts.map(amount => amount / 10_000)) === total && sum(amounts.toReversed().map(amount => amount / 10_000)) === total
  }))
  t.equal(sum([0.1, undefined, 0.2]), 0.3)
})

t.test('figures are near within 1 kg or 2 %, the limit included', async t => {
  holds(t, fc.property(fc.integer({ min: 1, max: 10_000_000_000 }), fc.integer({ min: -300_000_000, max: 300_000_000 }), (reference, difference) => {
    const allowed = Math.abs(difference) <= 10_000 || Math.abs(difference) * 50 <= reference
    const [value, other] = [(reference + difference) / 10_000, reference / 10_000]
    return near(value, other, CARBON_TOLERANCE) === allowed && exceeds(value, other, CARBON_TOLERANCE) === (difference > 0 && !allowed)
  }), { numRuns: 2000 })
  for (const reference of [50, 60, 123.45, 999_999]) {
    const tolerance = Math.max(1, reference / 50)
    t.ok(near(sum([reference, tolerance]), reference, CARBON_TOLERANCE))
    t.notOk(near(sum([reference, tolerance, 0.0001]), reference, CARBON_TOLERANCE))
    t.ok(near(sum([reference, -tolerance]), reference, CARBON_TOLERANCE))
    t.notOk(near(sum([reference, -tolerance, -0.0001]), reference, CARBON_TOLERANCE))
  }
})

t.test('percentages are near within half a point', async t => {
  t.ok(near(35.5, 35, PERCENT_TOLERANCE))
  t.notOk(near(35.5001, 35, PERCENT_TOLERANCE))
  t.notOk(exceeds(100.5, 100, PERCENT_TOLERANCE))
  t.ok(exceeds(100.5001, 100, PERCENT_TOLERANCE))
})
