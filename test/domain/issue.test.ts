import t from 'tap'
import { appendToPointer, MAX_RECEIVED_LENGTH, renderReceived, valueAtPointer } from '../../src/domain/issue.js'

t.test('what was received is shown as it is, and cut when it is long', async t => {
  t.equal(renderReceived('text'), 'text')
  t.equal(renderReceived([7, 'a', { b: null, c: true }]), '[7,"a",{"b":null,"c":true}]')
  t.equal(renderReceived(Infinity), 'Infinity')
  t.equal(renderReceived('x'.repeat(MAX_RECEIVED_LENGTH)), 'x'.repeat(MAX_RECEIVED_LENGTH))
  t.equal(renderReceived('x'.repeat(MAX_RECEIVED_LENGTH + 1)), `${'x'.repeat(MAX_RECEIVED_LENGTH - 1)}…`)
})

t.test('a cut never halves a character', async t => {
  for (let length = 120; length < 130; length++) t.ok(!/\p{Surrogate}/u.test(renderReceived('x'.repeat(length) + '😀'.repeat(20))), `${length}`)
})

t.test('no more is read than is shown', async t => {
  const deep = JSON.parse(`${'[{"a":'.repeat(100_000)}1${'}]'.repeat(100_000)}`) as unknown
  t.equal(renderReceived(deep).length, MAX_RECEIVED_LENGTH)
  t.equal(renderReceived(Array.from({ length: 1_000_000 }, () => 'abc')).length, MAX_RECEIVED_LENGTH)
  t.equal(renderReceived({ ['k'.repeat(1_000_000)]: 1 }).length, MAX_RECEIVED_LENGTH)
})

t.test('pointers escape and resolve', async t => {
  const document = { 'a/b~c': [{ d: 1 }], '': 2 }
  t.equal(appendToPointer(appendToPointer(appendToPointer('', 'a/b~c'), 0), 'd'), '/a~1b~0c/0/d')
  t.equal(valueAtPointer(document, '/a~1b~0c/0/d'), 1)
  t.equal(valueAtPointer(document, '/'), 2)
  t.equal(valueAtPointer(document, ''), document)
  t.equal(valueAtPointer(document, '/constructor'), undefined)
  t.equal(valueAtPointer(document, '/a~1b~0c/1/d'), undefined)
})
