import t from 'tap'
import { readNdjson } from '../../src/formats/ndjson.js'
import { START, type ParsedLine, type SourcePosition } from '../../src/formats/source-line.js'

async function * cut (bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function read (bytes: Buffer, size: number, start: SourcePosition = START) {
  const found: Array<{ line: number, offset: number, length: number } & ParsedLine> = []
  for await (const lines of readNdjson(cut(bytes.subarray(start.offset), size), start)) {
    for (const { line, offset, length, parse } of lines) found.push({ line, offset, length, ...parse() })
  }
  return found
}

t.test('lines are found wherever the pieces end', async t => {
  const bytes = Buffer.from('\uFEFF{"a":"ä"}\r\n\r\n  \n{"b":1}\n{"c":')
  for (const size of [1, 2, 3, 5, 1000]) {
    t.match(await read(bytes, size), [
      { line: 1, offset: 0, document: { a: 'ä' } },
      { line: 4, document: { b: 1 } },
      { line: 5, issues: [{ code: 'LINE_NOT_JSON' }] }
    ])
  }
  const [, second] = await read(bytes, 4)
  t.match(await read(bytes, 4, { offset: second!.offset, line: 3 }), [{ line: 4, document: { b: 1 } }, { line: 5 }], 'reading goes on anywhere')
})

t.test('a faulty line is explained and does not stop the rest', async t => {
  const bytes = Buffer.concat([
    Buffer.from('not json\n{"a":"'), Buffer.from([0xFF]), Buffer.from('"}\n{"__proto__":{}}\n'),
    Buffer.from('['.repeat(70) + ']'.repeat(70) + '\n{"a":1}\n')
  ])
  t.match(await read(bytes, 7), [
    { issues: [{ code: 'LINE_NOT_JSON' }] }, { issues: [{ code: 'LINE_NOT_UTF8' }] }, { issues: [{ code: 'LINE_NOT_JSON', detail: /__proto__/ }] },
    { issues: [{ code: 'LINE_NOT_JSON', detail: /64 levels/ }] }, { line: 5, document: { a: 1 } }
  ])
})

t.test('a line of 1 GiB costs no memory', async t => {
  const piece = Buffer.alloc(1_048_576, 'x')
  async function * huge () {
    yield Buffer.from('{"a":1}\n')
    for (let index = 0; index < 1024; index++) yield piece
    yield Buffer.from('\n{"b":2}\n')
  }
  const before = process.memoryUsage().rss
  const found = []
  for await (const lines of readNdjson(huge(), START)) found.push(...lines.map(({ line, length, parse }) => ({ line, length, ...parse() })))
  t.match(found, [{ document: { a: 1 } }, { line: 2, length: 1_073_741_825, issues: [{ code: 'LINE_TOO_LONG' }] }, { line: 3, document: { b: 2 } }])
  t.ok(process.memoryUsage().rss - before < 64 * 1_048_576)
})
