/** The steps of an import that are read, and judged or compared with what is stored, before it is their turn. */
import type { Caller } from '../../domain/access.js'
import type { SourceLine, SourcePosition } from '../../formats/source-line.js'
import type { StoredContent } from '../../storage/stored-contents.js'
import { productsOf, type LineAdmission, type ReadLine } from '../products/line-admission.js'
import { handled } from './handled.js'

/** A step is this many lines, or fewer that fill this many bytes. */
export const STEP_LINES = 500
const STEP_BYTES = 8 * 1_048_576

/** The first of a file is small: it is known sooner whether lines are worth comparing, and the database has something to do sooner. */
const FIRST_STEP_LINES = 100

/** As many steps are prepared. */
export const STEPS_AHEAD = 2

/** Comparing saves more than it costs where at least this share of the lines is stored already. */
const WORTH_COMPARING = 0.25

interface PreparedStep {
  /** Where the next step begins. */
  end: SourcePosition
  read: ReadLine[]
  products: Set<string>
  /** Of how many lines it was asked what is stored of their products; the others are judged already. */
  compared: number
  stored: Promise<Map<string, StoredContent>>
}

interface StepsAhead {
  /** The next step; undefined when there is none. */
  take: () => Promise<PreparedStep | undefined>
  /** Prepares steps behind the one that was taken last. */
  prepareMore: () => void
  /** Lines are compared before they are judged where many of those before them were stored already. */
  learn: (lines: { stored: number, of: number }) => void
  /** Ends reading, and waits for what has begun. */
  close: () => Promise<void>
}

/**
 * Begins with the first step. The others wait until it is known whether it is worth comparing them.
 *
 * @param isBeginning whether the lines are the first of their file
 */
export function prepareSteps (
  groups: AsyncIterable<SourceLine[]>, { admission, caller, dryRun, compare, isBeginning }: { admission: LineAdmission, caller: Caller, dryRun: boolean, compare: boolean, isBeginning: boolean }
): StepsAhead {
  const steps = stepsOf(groups, isBeginning ? FIRST_STEP_LINES : STEP_LINES)
  const ahead: Array<Promise<PreparedStep | undefined>> = []
  let isComparing = compare

  /** What is stored is answered while the step before is judged. */
  async function prepare (): Promise<PreparedStep | undefined> {
    const { value: lines, done } = await steps.next()
    if (done === true) return undefined
    const read = await admission.readLines(caller, lines, { dryRun, compare: isComparing })
    const last = lines.at(-1) as SourceLine
    const compared = read.filter(line => !('admitted' in line)).length
    return { end: { offset: last.offset + last.length, line: last.lastLine }, read, products: productsOf(read), compared, stored: handled(admission.readStored(read)) }
  }

  function learn ({ stored, of }: { stored: number, of: number }): void {
    isComparing = stored >= of * WORTH_COMPARING
  }

  const first = handled(prepare())
  const begun = handled(first.then(async step => { if (step !== undefined) learn({ stored: (await step.stored).size, of: step.read.length }) }))
  ahead.push(first)

  return {
    take: async () => await ahead.shift(),
    prepareMore: () => { while (ahead.length < STEPS_AHEAD) ahead.push(handled(begun.then(prepare))) },
    learn,
    close: async () => {
      await Promise.allSettled(ahead)
      await steps.return(undefined)
    }
  }
}

/** Groups lines into steps, the first one of so many; the same lines fall into the same steps wherever reading begins at the start of one. */
async function * stepsOf (groups: AsyncIterable<SourceLine[]>, firstLines: number): AsyncGenerator<SourceLine[]> {
  let step: SourceLine[] = []
  let bytes = 0
  let most = firstLines
  for await (const lines of groups) {
    for (const line of lines) {
      step.push(line)
      bytes += line.length
      if (step.length < most && bytes < STEP_BYTES) continue
      yield step
      step = []
      bytes = 0
      most = STEP_LINES
    }
  }
  if (step.length > 0) yield step
}
