import { Readable } from 'node:stream'
import t from 'tap'
import { inWords, reportTap } from './tap-report.js'

async function report (lines: string[]) {
  let printed = ''
  const count = await reportTap(Readable.from([`${lines.join('\n')}\n`]), text => { printed += text })
  return { count: inWords(count), printed }
}

t.test('assertions are counted, not the tests around them', async t => {
  const { count, printed } = await report([
    'TAP version 14',
    '# Subtest: a.test.js',
    '    # Subtest: inner',
    '        ok 1 - one',
    '        ok 2 - two',
    '        1..2',
    '    ok 1 - inner',
    '    ok 2 - three',
    '    ok 3 - later # TODO',
    '    ok 4 - not here # SKIP no network',
    '    1..4',
    'ok 1 - a.test.js # time=12.6ms',
    '1..1'
  ])
  t.equal(count, '3 passed, 0 failed, 2 skipped')
  t.equal(printed, 'ok   a.test.js: 3 passed, 0 failed, 2 skipped, 13 ms\n')
})

t.test('a failure is shown with its place and difference', async t => {
  const { count, printed } = await report([
    'TAP version 14',
    '# Subtest: a.test.js',
    '    # Subtest: inner',
    '        not ok 1 - should be equal',
    '          ---',
    '          diff: |',
    '            -2',
    '            +1',
    '          stack: |',
    '            dist/test/a.test.js:2:94',
    '          ...',
    '        ok 2 - fine',
    '        1..2',
    '        # failed 1 of 2 tests',
    '    not ok 1 - inner',
    '    1..1',
    'not ok 1 - a.test.js # time=5ms',
    '1..1'
  ])
  t.equal(count, '1 passed, 1 failed')
  t.match(printed, /FAIL a\.test\.js: 1 passed, 1 failed.*inner > should be equal\n +-2\n +\+1\n +dist\/test\/a\.test\.js:2:94\n/s)
})

t.test('a file that crashes, stops early or has no test does not pass', async t => {
  const crashed = await report(['TAP version 14', '# Subtest: a.test.js', '    ok 1 - one', '    1..1', 'not ok 1 - a.test.js', '  ---', '  exitCode: 3', '  ...', '1..1'])
  t.equal(crashed.count, '1 passed, 1 failed')
  t.match(crashed.printed, /FAIL a\.test\.js.*"exitCode":3/s)
  const unfinished = await report(['TAP version 14', '# Subtest: a.test.js', '    ok 1 - one', '    1..2', 'not ok 1 - a.test.js', '1..1'])
  t.equal(unfinished.count, '1 passed, 1 failed')
  const empty = await report(['TAP version 14', '# Subtest: a.test.js', '    1..0', 'ok 1 - a.test.js # SKIP no tests found', '1..1'])
  t.equal(empty.count, '0 passed, 0 failed, 1 skipped')
  const stopped = await report(['TAP version 14', 'ok 1 - one', 'Bail out! no database'])
  t.equal(stopped.count, '1 passed, 1 failed')
})
