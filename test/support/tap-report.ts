import type { Readable } from 'node:stream'
import { Parser, type Result } from 'tap-parser'

export interface TestCount {
  passed: number
  failed: number
  /** Skipped and to do: neither passed nor failed. */
  skipped: number
}

interface Outcome extends TestCount {
  failures: Result[]
}

/** Reads the output of a test run (TAP, one subtest per file) as it comes, and says of each file how it went. Answers the sum. */
export async function reportTap (tap: Readable, print: (text: string) => void): Promise<TestCount> {
  const parser = new Parser()
  const ended = new Promise(resolve => parser.once('complete', resolve))
  const total = observe(parser, (file, outcome) => {
    const time = file.time === null ? '' : `, ${Math.round(file.time)} ms`
    print(`${outcome.failed > 0 ? 'FAIL' : 'ok  '} ${file.name}: ${inWords(outcome)}${time}\n`)
    for (const failure of outcome.failures) print(explain(failure))
  })
  parser.on('bailout', reason => {
    total.failed += 1
    print(`Stopped: ${reason}\n`)
  })

  tap.pipe(parser)
  await ended
  return total
}

/** "12 passed, 0 failed", and the skipped if there are any. */
export function inWords ({ passed, failed, skipped }: TestCount): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}

/** Sums up the results of a test and of the tests in it while they come, and announces those of the test itself. */
function observe (test: Parser, onResult: (result: Result, outcome: Outcome) => void = () => {}): Outcome {
  const total: Outcome = { passed: 0, failed: 0, skipped: 0, failures: [] }
  let inner: Outcome | undefined
  test.on('child', child => { inner = observe(child) })
  test.on('assert', result => {
    const outcome = outcomeOf(result, inner)
    inner = undefined
    total.passed += outcome.passed
    total.failed += outcome.failed
    total.skipped += outcome.skipped
    total.failures.push(...outcome.failures)
    onResult(result, outcome)
  })
  return total
}

/**
 * What one result stands for. A test counts as the assertions in it; by itself only where they don't tell how it went: when it failed
 * though none of them did (it crashed, ran out of time, or did not do what it planned), or when it was skipped with nothing in it.
 */
function outcomeOf (result: Result, inner: Outcome | undefined): Outcome {
  if (inner !== undefined && (inner.failed > 0 || (inner.passed + inner.skipped > 0 && (result.ok || result.todo)))) return inner
  const counted = inner ?? { passed: 0, failed: 0, skipped: 0, failures: [] }
  if (result.skip || result.todo) return { ...counted, skipped: counted.skipped + 1 }
  if (!result.ok) return { ...counted, failed: 1, failures: [result] }
  return { ...counted, passed: inner === undefined ? 1 : 0 }
}

function explain ({ fullname, diag }: Result): string {
  const { diff, source, message, at, stack, ...rest } = (diag ?? {}) as Record<string, unknown>
  const details = [message, diff ?? (Object.keys(rest).length > 0 ? JSON.stringify(rest) : undefined), stack]
    .filter(part => typeof part === 'string')
    .flatMap(part => part.trimEnd().split('\n'))
  return [`     ${fullname}`, ...details.map(line => `       ${line}`), ''].join('\n')
}
