import fc from 'fast-check'
import t from 'tap'
import { gs1CheckDigit, isGln, normalizeGtin } from '../../../src/domain/identity/gtin.js'
import { holds } from '../../support/properties.js'

const bodies = fc.constantFrom(7, 11, 12, 13).chain(length => fc.stringMatching(new RegExp(`^\\d{${length}}$`)))

t.test('known GTINs of every length come out with 14 digits', async t => {
  t.equal(normalizeGtin('4006381333931'), '04006381333931')
  t.equal(normalizeGtin('04006381333931'), '04006381333931')
  t.equal(normalizeGtin('036000291452'), '00036000291452')
  t.equal(normalizeGtin('12345670'), '00000012345670')
  t.equal(normalizeGtin('10614141000415'), '10614141000415')
  t.equal(normalizeGtin('4712345060507'), '04712345060507')
  t.equal(normalizeGtin('6291041500213'), '06291041500213')
})

t.test('anything else is no GTIN', async t => {
  for (const text of ['4006381333932', '', '0', '400638133393', '40063813339310', '4006381-333931', ' 4006381333931', '4.00638E+12', '４００６３８１３３３９３１', '12345670\n']) {
    t.equal(normalizeGtin(text), undefined, JSON.stringify(text))
  }
})

t.test('a body with its check digit is a GTIN, with any other last digit it is none', async t => {
  holds(t, fc.property(bodies, fc.integer({ min: 1, max: 9 }), (body, shift) => {
    const check = gs1CheckDigit(body)
    return normalizeGtin(`${body}${check}`) === `${body}${check}`.padStart(14, '0') &&
      normalizeGtin(`${body}${(check + shift) % 10}`) === undefined
  }))
})

t.test('every mistyped digit is noticed', async t => {
  holds(t, fc.property(bodies, fc.nat(), fc.integer({ min: 1, max: 9 }), (body, place, shift) => {
    const index = place % body.length
    const mistyped = body.slice(0, index) + (Number(body[index]) + shift) % 10 + body.slice(index + 1)
    return normalizeGtin(`${mistyped}${gs1CheckDigit(body)}`) === undefined
  }))
})

t.test('padding with zeros changes no GTIN', async t => {
  holds(t, fc.property(bodies, body => {
    const gtin = `${body}${gs1CheckDigit(body)}`
    const normal = normalizeGtin(gtin)
    return normal !== undefined && normalizeGtin(normal) === normal
  }))
})

t.test('a GLN has 13 digits and a check digit', async t => {
  t.ok(isGln('4012345000009'))
  t.notOk(isGln('4012345000001'))
  t.notOk(isGln('04012345000009'))
})
