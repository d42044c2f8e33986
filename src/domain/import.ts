/** An import: one uploaded file that is turned into submissions, as a durable job. */
import type { AuditActor, WriteAuthor } from './audit.js'
import type { Issue, Severity } from './issue.js'

export const IMPORT_FORMATS = ['ndjson', 'csv', 'xlsx'] as const
export type ImportFormat = typeof IMPORT_FORMATS[number]

/** `replace-catalog` also withdraws the products of the organisation's manufacturers that the file does not name. */
export const IMPORT_MODES = ['upsert', 'replace-catalog'] as const
export type ImportMode = typeof IMPORT_MODES[number]

export const IMPORT_STATES = ['queued', 'running', 'awaiting_confirmation', 'completed', 'completed_with_errors', 'failed', 'cancelled'] as const
export type ImportState = typeof IMPORT_STATES[number]

/** States that nothing follows. */
export const FINAL_STATES: readonly ImportState[] = ['completed', 'completed_with_errors', 'failed', 'cancelled']

const LINE_OUTCOMES = ['created', 'updated', 'unchanged', 'rejected'] as const
export type LineOutcome = typeof LINE_OUTCOMES[number]

/** What can become of a line, or of a product that the file does not name. `kept`: it changed after the upload, so it stays. */
export const RESULT_OUTCOMES = [...LINE_OUTCOMES, 'withdrawal_pending', 'withdrawn', 'kept'] as const
export type ResultOutcome = typeof RESULT_OUTCOMES[number]

export interface ImportCounts {
  /** Records in the file that were judged; blank lines do not count. */
  lines: number
  created: number
  updated: number
  unchanged: number
  rejected: number
  /** Products that the file does not name and that were withdrawn. */
  withdrawn: number
}

export const NO_COUNTS: Readonly<ImportCounts> = { lines: 0, created: 0, updated: 0, unchanged: 0, rejected: 0, withdrawn: 0 }

/** One kind of finding. Positions in lists are written `*` in the pointer, so that the same mistake in every entry is one kind. */
export interface BreakdownEntry {
  code: string
  severity: Severity
  pointer: string
  count: number
  exampleLine: number
}

/** The stages of an import: its lines, then (with `replace-catalog`) finding out what to withdraw, and withdrawing it. */
type ImportPhase = 'lines' | 'plan' | 'withdraw'

/** Where an import stands: everything before is done, counted and never done again. */
interface ImportCheckpoint {
  phase: ImportPhase
  /** Bytes of the file that lie behind, in the phase `lines`. */
  offset: number
  /** Lines that lie behind. */
  line: number
  /** Groups of results that lie behind, in the phase `withdraw`. */
  group: number
}

export interface ImportProgress {
  checkpoint: ImportCheckpoint
  counts: ImportCounts
  breakdown: readonly BreakdownEntry[]
  /** Rejected lines of which it cannot be told which product they are about; with any, nothing is withdrawn. */
  unidentified: number
}

export interface ImportOptions {
  format: ImportFormat
  mode: ImportMode
  dryRun: boolean
  /** Numbers in CSV and in text cells have a decimal comma. */
  decimalComma: boolean
}

export interface ImportJob extends ImportOptions, ImportProgress {
  id: string
  organizationId: string
  clientId: string
  /** Who uploaded the file; jobs of before the audit log tell only the client. */
  actor?: AuditActor
  clientImportId?: string
  state: ImportState
  /** Size of the file as it is worked through, in bytes; for a workbook, of its rows. */
  bytes: number
  /** Where the file lies: on the disk of the process that took it in; absent: in the database. */
  fileStore?: 'local'
  /** SHA-256 of the file, decompressed, in hexadecimal. */
  sha256: string
  createdAt: Date
  startedAt?: Date
  finishedAt?: Date
  heartbeatAt?: Date
  /** How often a worker has taken the job over from one that vanished. */
  takeovers: number
  /** Time that was spent on it, in milliseconds. */
  activeMs: number
  cancelRequested: boolean
  /** Who is to decide has agreed to the withdrawals. */
  confirmed: boolean
  /** Products that the file does not name, once that is known. */
  plannedWithdrawals?: number
  /** Why nothing was withdrawn although products are missing from the file, or why the import failed. */
  note?: { code: string, detail: string }
}

/** Whoever uploaded the file is the author of everything that its import writes. */
export function authorOf ({ id, organizationId, clientId, actor = { organizationId, clientId } }: ImportJob): WriteAuthor {
  return { actor, operation: 'createImport', importId: id }
}

/** At most this many kinds of findings are told apart. */
const MAX_BREAKDOWN = 50
const MAX_KINDS_COUNTED = 500

/** Adds the findings of one line; each kind counts once a line. */
export function createBreakdown (known: readonly BreakdownEntry[]) {
  const entries = new Map(known.map(entry => [keyOf(entry), { ...entry }]))
  return {
    add (issues: readonly Issue[], line: number): void {
      const seen = new Set<string>()
      for (const issue of issues) {
        const pointer = issue.pointer.replaceAll(/\/\d+(?=\/|$)/g, '/*')
        const key = keyOf({ ...issue, pointer })
        if (seen.has(key)) continue
        seen.add(key)
        const entry = entries.get(key)
        if (entry !== undefined) entry.count++
        else if (entries.size < MAX_KINDS_COUNTED) entries.set(key, { code: issue.code, severity: issue.severity, pointer, count: 1, exampleLine: line })
      }
    },
    list: (): BreakdownEntry[] => [...entries.values()].map(entry => ({ ...entry }))
  }
}

function keyOf ({ code, severity, pointer }: Pick<BreakdownEntry, 'code' | 'severity' | 'pointer'>): string {
  return `${severity} ${code} ${pointer}`
}

/** The most frequent kinds, errors before warnings. */
export function topOfBreakdown (breakdown: readonly BreakdownEntry[]): BreakdownEntry[] {
  return [...breakdown]
    .sort((left, right) => left.severity === right.severity ? right.count - left.count : left.severity === 'error' ? -1 : 1)
    .slice(0, MAX_BREAKDOWN)
}

/** Withdrawing more than this share of the catalogue needs a confirmation. */
const WITHDRAWAL_SHARE = 0.05

/** @param catalogue products that the organisation had when the withdrawals were planned */
export function needsConfirmation (withdrawals: number, catalogue: number): boolean {
  return withdrawals > catalogue * WITHDRAWAL_SHARE
}
