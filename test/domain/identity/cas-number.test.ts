import fc from 'fast-check'
import t from 'tap'
import { casCheckDigit, isCasNumber } from '../../../src/domain/identity/cas-number.js'
import { holds } from '../../support/properties.js'

t.test('numbers of the registry', async t => {
  for (const cas of ['7732-18-5', '7439-92-1', '117-81-7', '1303-86-2', '84-69-5', '58-08-2']) t.ok(isCasNumber(cas), cas)
  for (const cas of ['7732-18-4', '7439-92-0', '7732185', '0732-18-5', '7732-18-55', '', '7732-18-5 ']) t.notOk(isCasNumber(cas), cas)
})

const bodies = fc.tuple(fc.integer({ min: 10, max: 9_999_999 }), fc.integer({ min: 0, max: 99 }))
  .map(([first, second]) => `${first}${String(second).padStart(2, '0')}`)

function written (body: string, digit: number): string {
  return `${body.slice(0, -2)}-${body.slice(-2)}-${digit}`
}

t.test('one check digit fits', async t => {
  holds(t, fc.property(bodies, body => {
    const fitting = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].filter(digit => isCasNumber(written(body, digit)))
    return fitting.length === 1 && fitting[0] === casCheckDigit(body)
  }))
})

t.test('two unequal digits side by side that are swapped do not fit', async t => {
  holds(t, fc.property(bodies, fc.nat(6), (body, at) => {
    const [left, right] = [body[at], body[at + 1]]
    fc.pre(left !== undefined && right !== undefined && left !== right && !(at === 0 && right === '0'))
    const swapped = `${body.slice(0, at)}${right}${left}${body.slice(at + 2)}`
    return !isCasNumber(written(swapped, casCheckDigit(body)))
  }))
})
