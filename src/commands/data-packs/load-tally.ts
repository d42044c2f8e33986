/** Counts what became of the rows of a data pack, and shows it to the person who loads it. */
import type { Issue } from '../../domain/issue.js'

/**
 * `superseded` is a valid row whose product the exchange already holds from a newer sheet; `leftOut` is a row of a manufacturer that
 * publishes its own records.
 */
export type RowOutcome = 'created' | 'updated' | 'unchanged' | 'superseded' | 'rejected' | 'leftOut'

export interface RowResult {
  /** Line of the file. */
  readonly line: number
  /** Manufacturer and name, for people. */
  readonly product: string
  readonly outcome: RowOutcome
  /** For a rejected row at least one error. */
  readonly issues: ReadonlyArray<Pick<Issue, 'code' | 'severity' | 'detail'>>
}

export interface RejectionCount {
  readonly code: string
  /** Rows of which this is the first error; these numbers add up to all rejected rows. */
  rows: number
  /** Further rows that have this error beside another one. */
  further: number
  readonly examples: Array<{ line: number, product: string, detail: string }>
}

export interface WarningCount {
  readonly code: string
  acceptedRows: number
  rejectedRows: number
}

export interface LoadSummary {
  readonly rows: number
  readonly accepted: number
  readonly outcomes: Readonly<Record<RowOutcome, number>>
  /** The most frequent first. */
  readonly rejections: readonly RejectionCount[]
  /** The most frequent first. */
  readonly warnings: readonly WarningCount[]
}

const EXAMPLES = 3

export type LoadTally = ReturnType<typeof createLoadTally>

export function createLoadTally () {
  const outcomes: Record<RowOutcome, number> = { created: 0, updated: 0, unchanged: 0, superseded: 0, rejected: 0, leftOut: 0 }
  const rejections = new Map<string, RejectionCount>()
  const warnings = new Map<string, WarningCount>()

  function countErrors ({ line, product, issues }: RowResult): void {
    const [first, ...others] = distinct(issues.filter(({ severity }) => severity === 'error'))
    if (first === undefined) throw new Error(`Line ${line} was rejected without an error.`)
    const count = rejectionOf(first.code)
    count.rows += 1
    if (count.examples.length < EXAMPLES) count.examples.push({ line, product, detail: first.detail })
    for (const { code } of others) rejectionOf(code).further += 1
  }

  function rejectionOf (code: string): RejectionCount {
    const count = rejections.get(code) ?? { code, rows: 0, further: 0, examples: [] }
    rejections.set(code, count)
    return count
  }

  return {
    add (result: RowResult): void {
      outcomes[result.outcome] += 1
      if (result.outcome === 'rejected') countErrors(result)
      for (const { code } of distinct(result.issues.filter(({ severity }) => severity === 'warning'))) {
        const count = warnings.get(code) ?? { code, acceptedRows: 0, rejectedRows: 0 }
        warnings.set(code, count)
        if (result.outcome === 'rejected') count.rejectedRows += 1
        else count.acceptedRows += 1
      }
    },

    summary (): LoadSummary {
      const { created, updated, unchanged, superseded, rejected, leftOut } = outcomes
      const accepted = created + updated + unchanged + superseded
      return {
        rows: accepted + rejected + leftOut,
        accepted,
        outcomes: { ...outcomes },
        rejections: [...rejections.values()].sort((a, b) => b.rows - a.rows || b.further - a.further),
        warnings: [...warnings.values()].sort((a, b) => b.acceptedRows + b.rejectedRows - a.acceptedRows - a.rejectedRows)
      }
    }
  }
}

/** One issue of each code. */
function distinct<T extends { code: string }> (issues: readonly T[]): T[] {
  return [...new Map([...issues].reverse().map(issue => [issue.code, issue])).values()].reverse()
}

/** The summary as lines of text. */
export function renderSummary (summary: LoadSummary): string[] {
  const { outcomes, rejections, warnings } = summary
  return [
    `${count(summary.rows)}  rows`,
    `${count(summary.accepted)}  accepted: ${phrase(outcomes, ['created', 'updated', 'unchanged', 'superseded'])}`,
    `${count(outcomes.rejected)}  rejected`,
    ...(outcomes.leftOut > 0 ? [`${count(outcomes.leftOut)}  left out`] : []),
    ...section('Rejected, by the first error of the row', rejections.flatMap(({ code, rows, further, examples }) => [
      `${count(rows)}  ${code}${further > 0 ? ` (and ${further} beside another error)` : ''}`,
      ...examples.map(({ line, product, detail }) => `${' '.repeat(7)}  line ${line}, ${product}: ${detail}`)
    ])),
    ...section('Warnings, by rows', warnings.map(({ code, acceptedRows, rejectedRows }) =>
      `${count(acceptedRows + rejectedRows)}  ${code}${rejectedRows > 0 ? ` (${rejectedRows} of them rejected for an error)` : ''}`))
  ]
}

/** A heading and its lines; nothing when there are none. */
export function section (title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map(line => `  ${line}`)]
}

function count (number: number): string {
  return number.toLocaleString('en').padStart(7)
}

function phrase (outcomes: LoadSummary['outcomes'], names: readonly RowOutcome[]): string {
  return names.filter(name => outcomes[name] > 0).map(name => `${outcomes[name].toLocaleString('en')} ${name}`).join(', ') || 'none'
}
