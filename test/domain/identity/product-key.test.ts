import fc from 'fast-check'
import t from 'tap'
import { validate, version } from 'uuid'
import { normalizeManufacturerName, normalizePartNumber, productIdOf } from '../../../src/domain/identity/product-key.js'
import { holds } from '../../support/properties.js'

const texts = fc.string({ unit: 'grapheme', maxLength: 40 })

t.test('a manufacturer is the same in any case, spacing and Unicode form', async t => {
  const names = ['Müller  Geräte', ' MÜLLER GERÄTE ', 'Mu\u0308ller\u00A0Gera\u0308te']
  t.same(new Set(names.map(normalizeManufacturerName)), new Set(['müller geräte']))
  t.equal(normalizeManufacturerName('Groß'), normalizeManufacturerName('GROSS'))
  t.equal(normalizeManufacturerName('GROẞ'), normalizeManufacturerName('Groß'))
})

t.test('a part number is the same in any case and spacing, and nothing is stripped from it', async t => {
  t.equal(normalizePartNumber(' c/8#abb '), 'C/8#ABB')
  t.equal(normalizePartNumber('20\t W'), '20 W')
  const different = ['C/8#ABB', 'C8#ABB', 'C/8', 'C-8#ABB', 'C/8 #ABB']
  t.equal(new Set(different.map(normalizePartNumber)).size, different.length)
})

t.test('normalising twice changes nothing', async t => {
  holds(t, fc.property(texts, text =>
    normalizeManufacturerName(normalizeManufacturerName(text)) === normalizeManufacturerName(text) &&
    normalizePartNumber(normalizePartNumber(text)) === normalizePartNumber(text)), { numRuns: 1000 })
})

t.test('an id is a version 5 UUID that never changes', async t => {
  const id = productIdOf('Fictional Devices', 'FD-100')
  t.ok(validate(id))
  t.equal(version(id), 5)
  t.equal(id, '27696993-e72c-5bd5-9357-46f56eb56fce')
})

t.test('an id is the same for submitted and for normalised keys', async t => {
  holds(t, fc.property(texts, texts, (manufacturer, partNumber) =>
    productIdOf(manufacturer, partNumber) === productIdOf(normalizeManufacturerName(manufacturer), normalizePartNumber(partNumber))))
})

t.test('the border between manufacturer and part number counts', async t => {
  t.not(productIdOf('a', 'b c'), productIdOf('a b', 'c'))
  t.not(productIdOf('a","b', 'c'), productIdOf('a', 'b","c'))
})
