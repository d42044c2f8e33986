import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { productInText as productInBytes } from '../../../src/domain/identity/product-in-text.js'
import { productIdOf } from '../../../src/domain/identity/product-key.js'
import { namedProductOf } from '../../../src/domain/schema-versions/registry.js'

function productInText (text: string): string | undefined {
  return productInBytes(Buffer.from(text))
}

function productOf (document: unknown): string {
  const named = namedProductOf(document)
  if (named === undefined) throw new Error('The record names no product')
  return productIdOf(named.manufacturerName, named.manufacturerPartNumber)
}

t.test('of every valid record, in whatever way it is written, the product is found or left open', t => {
  let found = 0
  for (const version of ['1.0.0', '1.1.0', '2.0.0', '2.1.0']) {
    const folder = new URL(`../../../../test/fixtures/${version}/valid/`, import.meta.url)
    for (const file of readdirSync(folder)) {
      const document: unknown = JSON.parse(readFileSync(new URL(file, folder), 'utf8'))
      for (const text of [JSON.stringify(document), JSON.stringify(document, null, 2)]) {
        const productId = productInText(text)
        if (productId !== undefined) found++
        t.ok(productId === undefined || productId === productOf(document), `${version} ${file}`)
      }
    }
  }
  t.ok(found > 100, `found in ${found}`)
  t.end()
})

t.test('names of any text', t => {
  const names = fc.oneof(fc.string({ minLength: 1 }), fc.string({ unit: 'grapheme', minLength: 1 }), fc.constantFrom('"manufacturerName":"x"', '{', '}', 'a\\u0041', 'Groß & Söhne'))
  fc.assert(fc.property(names, names, names, fc.boolean(), (name, partNumber, modelName, isNested) => {
    const product = isNested
      ? { modelName, manufacturer: { gln: '4012345000009', name }, manufacturerPartNumber: partNumber }
      : { modelName, manufacturerName: name, manufacturerPartNumber: partNumber }
    const productId = productInText(JSON.stringify({ product }))
    return productId === undefined || productId === productIdOf(name, partNumber)
  }))
  t.equal(productInText('{"product":{"manufacturerName":"A","manufacturerPartNumber":"B"}}'), productIdOf('A', 'B'))
  t.equal(productInText('{"product":{"manufacturer":{"name" : "A"},"manufacturerPartNumber":"B"}}'), productIdOf('A', 'B'))
  t.end()
})

t.test('what a reader of JSON would understand otherwise is left open', t => {
  const part = '"manufacturerPartNumber":"B"'
  for (const text of [
    `{"product":{"manufacturerName":"A",${part},"manufacturerName":"C"}}`,
    `{"product":{"manufacturerName":"A",${part},"manufacturer\\u004eame":"C"}}`,
    `{"product":{"manufacturerName":"A",${part},${part}}}`,
    `{"product":{"manufacturer":{"name":"A","name":"C"},${part}}}`,
    `{"product":{"manufacturer":{"name":"A"},${part},"manufacturer":{"name":"C"}}}`,
    `{"product":{"manufacturer":{"name":"A"},"manufacturerName":"C",${part}}}`,
    `{"product":{"manufacturerName":"A\\"",${part}}}`,
    `{"product":{"manufacturerName":"${'A'.repeat(2_000)}",${part}}}`,
    `{"product":{"manufacturer":{},"manufacturerName":"C",${part}}}`,
    '{"product":{"manufacturerName":"A"}}',
    '{"product":{}}',
    ''
  ]) t.equal(productInText(text), undefined, text)
  t.end()
})
