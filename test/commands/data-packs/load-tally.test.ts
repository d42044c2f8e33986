import t from 'tap'
import { createLoadTally, renderSummary, type RowOutcome } from '../../../src/commands/data-packs/load-tally.js'

function issue (severity: 'error' | 'warning', code: string) {
  return { severity, code, detail: `${code} in words.` }
}

function row (line: number, outcome: RowOutcome, ...issues: Array<ReturnType<typeof issue>>) {
  return { line, product: `Product ${line}`, outcome, issues }
}

t.test('what was stored or need not be is accepted', async t => {
  const tally = createLoadTally()
  const outcomes: RowOutcome[] = ['created', 'created', 'updated', 'unchanged', 'superseded', 'leftOut']
  outcomes.forEach((outcome, index) => { tally.add(row(index + 2, outcome)) })
  const summary = tally.summary()
  t.equal(summary.rows, 6)
  t.equal(summary.accepted, 5)
  t.same(summary.outcomes, { created: 2, updated: 1, unchanged: 1, superseded: 1, rejected: 0, leftOut: 1 })
})

t.test('a rejected row counts under its first error, so that the numbers add up', async t => {
  const tally = createLoadTally()
  tally.add(row(2, 'rejected', issue('error', 'A'), issue('error', 'B')))
  tally.add(row(3, 'rejected', issue('error', 'B')))
  tally.add(row(4, 'rejected', issue('error', 'A'), issue('error', 'A')))
  const { rejections, outcomes } = tally.summary()
  t.match(rejections, [{ code: 'A', rows: 2, further: 0 }, { code: 'B', rows: 1, further: 1 }])
  t.equal(rejections.reduce((sum, { rows }) => sum + rows, 0), outcomes.rejected)
})

t.test('a few examples are kept of each', async t => {
  const tally = createLoadTally()
  for (let line = 2; line < 12; line++) tally.add(row(line, 'rejected', issue('error', 'A')))
  t.same(tally.summary().rejections[0]?.examples, [2, 3, 4].map(line => ({ line, product: `Product ${line}`, detail: 'A in words.' })))
})

t.test('warnings count once a row, and apart for rejected rows', async t => {
  const tally = createLoadTally()
  tally.add(row(2, 'created', issue('warning', 'W'), issue('warning', 'W')))
  tally.add(row(3, 'rejected', issue('error', 'A'), issue('warning', 'W'), issue('warning', 'V')))
  t.same(tally.summary().warnings, [{ code: 'W', acceptedRows: 1, rejectedRows: 1 }, { code: 'V', acceptedRows: 0, rejectedRows: 1 }])
})

t.test('the summary reads as text', async t => {
  const tally = createLoadTally()
  tally.add(row(2, 'created', issue('warning', 'W')))
  tally.add(row(3, 'rejected', issue('error', 'A'), issue('warning', 'W')))
  t.same(renderSummary(tally.summary()), [
    '      2  rows',
    '      1  accepted: 1 created',
    '      1  rejected',
    '',
    'Rejected, by the first error of the row',
    '        1  A',
    '           line 3, Product 3: A in words.',
    '',
    'Warnings, by rows',
    '        2  W (1 of them rejected for an error)'
  ])
})
