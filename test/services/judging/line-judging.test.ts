import t from 'tap'
import fc from 'fast-check'
import { hash } from 'node:crypto'
import { createRecordValidator } from '../../../src/domain/record-validation.js'
import { SCHEMA_LIFECYCLES, type SchemaLifecycle } from '../../../src/domain/schema-versions/lifecycle.js'
import { parseLine } from '../../../src/formats/ndjson.js'
import { judgeLine } from '../../../src/services/judging/judge-line.js'
import { createLineJudging } from '../../../src/services/judging/line-judging.js'
import type { LineToJudge } from '../../../src/services/judging/thread-messages.js'
import { arbitraryRecord } from '../../formats/arbitrary-record.js'
import { recordOf } from '../../support/records.js'

const TODAY = { today: '2026-11-21' }

const validator = createRecordValidator()
const { judge } = createLineJudging(SCHEMA_LIFECYCLES)

function lineOf (document: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(document)}\n`)
}

/** What the process itself would say of the line. */
function judgedHere ({ bytes, storedHash }: LineToJudge) {
  const verdict = judgeLine(validator, parseLine(bytes), TODAY, storedHash)
  return 'accepted' in verdict ? { ...verdict, lineHash: hash('sha256', bytes, 'base64') } : verdict
}

const { carbonFootprint: { provenance } } = recordOf()
const REFURBISHED = recordOf({ manufacturerPartNumber: 'R-1' }, { refurbishment: { provenance, condition: 'used', basedOnManufacturerPartNumber: 'N-1' } } as never)

const BROKEN: Buffer[] = [
  Buffer.from('\n'), Buffer.from('{"product":'), Buffer.from('null\n'), Buffer.from([0xFF, 0xFE, 0x0A]), Buffer.from('{"__proto__":{}}'),
  Buffer.from(`${'['.repeat(100)}${']'.repeat(100)}`), lineOf({ ...recordOf(), schemaVersion: '9.9.9' }), lineOf({ ...recordOf(), product: { manufacturerName: 'Acme' } })
]

t.test('a thread says of every line what the process would', async t => {
  await t.test('of valid, invalid and unreadable ones together, in their order', async t => {
    const valid = Array.from({ length: 130 }, (_, index) => lineOf(recordOf({ manufacturerPartNumber: `P-${index}` })))
    const lines = [...valid.slice(0, 70), ...BROKEN, lineOf(REFURBISHED), ...valid.slice(70)].map(bytes => ({ bytes }))
    const verdicts = await judge(lines, TODAY)
    t.same(verdicts, lines.map(judgedHere))
    t.equal(verdicts.filter(verdict => 'accepted' in verdict).length, 131, 'the valid ones')
    t.match(verdicts[78], { compared: { basedOnManufacturerPartNumber: 'N-1' } }, 'with what has to be compared')
  })

  await t.test('whatever is in it', async () => {
    const record = fc.oneof(arbitraryRecord, fc.jsonValue())
    await fc.assert(fc.asyncProperty(fc.array(record, { maxLength: 8 }), async records => {
      const lines = records.map(document => ({ bytes: lineOf(document) }))
      return JSON.stringify(await judge(lines, TODAY)) === JSON.stringify(lines.map(judgedHere))
    }), { numRuns: 50 })
  })

  t.same(await judge([], TODAY), [], 'and nothing of none')
})

t.test('a line that says what is stored is not judged again', async t => {
  const record = { ...recordOf(), product: { ...recordOf().product, massKg: 2 } }
  const [stored] = await judge([{ bytes: lineOf(record) }], TODAY)
  const storedHash = stored !== undefined && 'accepted' in stored ? stored.accepted.hash : undefined
  const reordered = Object.fromEntries(Object.entries(record).reverse())
  t.same(await judge([{ bytes: lineOf(reordered), storedHash }], TODAY), [{ isStored: true }], 'in whatever order its fields are')
  t.match(await judge([{ bytes: lineOf({ ...record, product: { ...record.product, massKg: 3 } }), storedHash }], TODAY), [{ accepted: {} }], 'and one that differs is')
})

t.test('a line in a version that is on its way out is judged each time', async t => {
  const deprecated = { ...SCHEMA_LIFECYCLES['1.0.0'], status: 'deprecated', deprecatedOn: '2026-01-01', successor: '2.0.0' } as SchemaLifecycle
  const judging = createLineJudging({ ...SCHEMA_LIFECYCLES, '1.0.0': deprecated })
  const bytes = lineOf({ ...recordOf(), schemaVersion: '1.0.0' })
  const [first] = await judging.judge([{ bytes }], TODAY)
  const storedHash = first !== undefined && 'accepted' in first ? first.accepted.hash : undefined
  t.match(await judging.judge([{ bytes, storedHash }], TODAY), [{ accepted: { notices: [{ code: 'SCHEMA_VERSION_DEPRECATED' }] } }])
})

t.test('the bytes of a record are its own canonical JSON', async t => {
  const verdicts = await judge([1, 2, 3].map(massKg => ({ bytes: lineOf(recordOf({ massKg })) })), TODAY)
  for (const verdict of verdicts) {
    t.ok('accepted' in verdict && hash('sha256', verdict.accepted.bytes, 'buffer').equals(verdict.accepted.hash))
  }
})

t.test('memory that is taken back is used again, and no other', async t => {
  const { judge, takeBack } = createLineJudging(SCHEMA_LIFECYCLES)
  const linesOf = (name: string) => Array.from({ length: 90 }, (_, index) => ({ bytes: lineOf(recordOf({ manufacturerPartNumber: `${name}-${index}` })) }))
  const recordsOf = (verdicts: Awaited<ReturnType<typeof judge>>) => verdicts.flatMap(verdict => 'accepted' in verdict ? verdict.accepted : [])
  const kept = await judge(linesOf('KEPT'), TODAY)
  const [first] = recordsOf(await judge(linesOf('A'), TODAY))
  for (let round = 0; round < 5; round++) {
    const [one, other] = await Promise.all([judge(linesOf(`ONE-${round}`), TODAY), judge([...linesOf(`OTHER-${round}`), ...BROKEN.map(bytes => ({ bytes }))], TODAY)])
    t.same(one, linesOf(`ONE-${round}`).map(judgedHere))
    takeBack(recordsOf(one))
    takeBack(recordsOf(one))
    t.same(other.slice(0, 90), linesOf(`OTHER-${round}`).map(judgedHere))
    takeBack(recordsOf(other))
  }
  t.same(kept, linesOf('KEPT').map(judgedHere), 'what was not taken back is as it was')
  takeBack([first as NonNullable<typeof first>])
  await judge(linesOf('B'), TODAY)
  t.equal(first?.bytes.length, 0, 'what was is gone')
})

t.test('when the thread fails, who waits is told, and the next lines get another thread', async t => {
  const { schemaVersion } = recordOf()
  const lines = [{ bytes: lineOf(recordOf()) }]
  let threads = 0
  // Each thread gets a copy of its own, and that of the first lacks a version.
  const judging = createLineJudging({ ...SCHEMA_LIFECYCLES, get [schemaVersion] () { return ++threads === 1 ? undefined : SCHEMA_LIFECYCLES[schemaVersion] } } as typeof SCHEMA_LIFECYCLES)
  const failure = { status: 'rejected', reason: { message: /has no lifecycle/ } }
  t.match(await Promise.allSettled([judging.judge(lines, TODAY), judging.judge(lines, TODAY)]), [failure, failure])
  t.match(await judging.judge(lines, TODAY), [{ accepted: {} }])
  t.equal(threads, 2)
})
