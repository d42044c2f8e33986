import { randomBytes } from 'node:crypto'
import t from 'tap'
import { createCursors } from '../../src/services/cursors.js'

const binding = { list: 'changes', organizationId: 'org_a', query: ['laptop'] }
const cursors = createCursors(Buffer.alloc(32, 7), randomBytes)

t.test('a cursor gives its position back to the same list, organisation and query', t => {
  const position = [174, 175, 2, 'prd_ü']
  const cursor = cursors.encode(binding, position)
  t.same(cursors.decode(binding, cursor), position)
  t.same(createCursors(Buffer.alloc(32, 7), randomBytes).decode(binding, cursor), position, 'in another process too')
  for (const other of [{ list: 'products' }, { organizationId: 'org_b' }, { query: ['monitor'] }]) {
    t.throws(() => cursors.decode({ ...binding, ...other }, cursor), { code: 'invalid-cursor' })
  }
  t.throws(() => createCursors(Buffer.alloc(32, 8), randomBytes).decode(binding, cursor), { code: 'invalid-cursor' })
  for (const text of ['', 'A', 'A'.repeat(38), 'A'.repeat(124), cursor.slice(0, -1), `${cursor}=`]) t.throws(() => cursors.decode(binding, text), { code: 'invalid-cursor' }, text)
  t.end()
})

t.test('cursors tell nothing about positions: neither by content, nor by length, nor by comparison', t => {
  const cursor = cursors.encode(binding, [174, 174])
  t.notOk(/174/.test(Buffer.from(cursor, 'base64url').toString('latin1')))
  t.not(cursors.encode(binding, [174, 174]), cursor, 'the same position reads differently')
  t.equal(cursors.encode(binding, [99_999_999_999, 174]).length, cursor.length)
  const stream = cursors.bind(binding)
  const lines = Array.from({ length: 1_000 }, (_each, index) => stream.encode([index, index]))
  t.equal(new Set(lines).size, lines.length)
  t.same(lines.map(line => stream.decode(line)), lines.map((_line, index) => [index, index]))
  const together = stream.encodeEach(lines.map((_line, index) => index), [7])
  t.equal(new Set(together).size, lines.length)
  t.equal(new Set(together.map(({ length }) => length)).size, 1, 'also where the last group is not full')
  t.same(together.map(line => stream.decode(line)), lines.map((_line, index) => [index, 7]))
  t.same(stream.decode((stream.encodeEach([99_999_999_999], [99_999_999_999])[0])!), [99_999_999_999, 99_999_999_999])
  const [first = ''] = stream.encodeEach([1, 2], [7])
  for (const altered of [first.replace(/0$/, '2'), first.replace(/0$/, '8'), `${first}0`, first.slice(0, -2), `${lines[0]}.0`]) {
    t.throws(() => stream.decode(altered), { code: 'invalid-cursor' }, altered)
  }
  const nonces = createCursors(Buffer.alloc(32, 7), bytes => Buffer.alloc(bytes, 255)).bind(binding)
  t.not(nonces.encode([1]).slice(0, 16), nonces.encode([1]).slice(0, 16), 'counting goes on at the end of the range')
  t.end()
})
