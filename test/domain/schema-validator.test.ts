import t from 'tap'
import { fullFormats } from 'ajv-formats/dist/formats.js'
import fc from 'fast-check'
import { createSchemaValidator } from '../../src/domain/schema-validator.js'

t.test('an address is one where the expression for all URIs says so', async t => {
  const validate = createSchemaValidator({ type: 'string', format: 'uri' })
  const isUri = fullFormats.uri as (text: string) => boolean
  const piece = fc.constantFrom('http', 'HTTPS', '://', ':', '/', '//', '.', '-', '~', '_', '%', '%2F', '%2', '?', '#', '@', '[', ']', 'a', 'Z9', 'example', '.com', ' ', '\n', 'ü', '8080')
  const address = fc.tuple(fc.constantFrom('http://', 'https://', 'HTTP://', ''), fc.array(piece, { maxLength: 8 })).map(([scheme, pieces]) => scheme + pieces.join(''))
  const seen = { true: 0, false: 0 }
  fc.assert(fc.property(address, text => {
    const expected = isUri(text)
    seen[`${expected}`]++
    return (validate(text) === undefined) === expected
  }), { numRuns: 5_000, examples: [['https://example.com/a/b_c~d'], ['https://example.com/a\n'], ['http://a..b'], ['http://-a'], ['ftp://example.com']] })
  t.ok(seen.true > 500 && seen.false > 500, `${seen.true} are, ${seen.false} are not`)
})
