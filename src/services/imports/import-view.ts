/** How an import is shown to its organisation. */
import { topOfBreakdown, type BreakdownEntry, type ImportCounts, type ImportFormat, type ImportJob, type ImportMode, type ImportState } from '../../domain/import.js'

/** An import as its organisation sees it. */
export interface ImportView {
  importId: string
  clientImportId?: string
  state: ImportState
  format: ImportFormat
  mode: ImportMode
  dryRun: boolean
  createdAt: Date
  startedAt?: Date
  finishedAt?: Date
  /** When a worker last took a step. */
  heartbeatAt?: Date
  /** 0 to 1. */
  progress: number
  /** Seconds until the end at the pace so far; only while it runs. */
  etaSeconds?: number
  counts: ImportCounts
  errorBreakdown: BreakdownEntry[]
  /** Products that the file does not name, once that is known. */
  plannedWithdrawals?: number
  note?: { code: string, detail: string }
}

/** Share of the work that is counted for the withdrawals of `replace-catalog`. */
const WITHDRAWAL_SHARE = 0.1

export function viewOf (job: ImportJob, now: Date): ImportView {
  const { id, clientImportId, state, format, mode, dryRun, createdAt, startedAt, finishedAt, heartbeatAt, counts, breakdown, plannedWithdrawals, note } = job
  const progress = progressOf(job)
  const etaSeconds = state === 'running' && startedAt !== undefined && progress > 0
    ? Math.ceil((now.getTime() - startedAt.getTime()) / 1000 * (1 - progress) / progress)
    : undefined
  return {
    importId: id,
    ...(clientImportId !== undefined && { clientImportId }),
    state,
    format,
    mode,
    dryRun,
    createdAt,
    ...(startedAt && { startedAt }),
    ...(finishedAt && { finishedAt }),
    ...(heartbeatAt && { heartbeatAt }),
    progress,
    ...(etaSeconds !== undefined && { etaSeconds }),
    counts,
    errorBreakdown: topOfBreakdown(breakdown),
    ...(plannedWithdrawals !== undefined && { plannedWithdrawals }),
    ...(note && { note })
  }
}

function progressOf ({ state, mode, checkpoint, bytes, counts, plannedWithdrawals }: ImportJob): number {
  if (state === 'completed' || state === 'completed_with_errors') return 1
  // The header of a table lies behind from the start, and is no work.
  if (checkpoint.phase === 'lines' && counts.lines === 0) return 0
  const lines = checkpoint.phase === 'lines' ? checkpoint.offset / Math.max(bytes, 1) : 1
  if (mode === 'upsert') return round(lines)
  const withdrawals = checkpoint.phase === 'withdraw' ? counts.withdrawn / Math.max(plannedWithdrawals ?? 1, 1) : 0
  return round(lines * (1 - WITHDRAWAL_SHARE) + Math.min(withdrawals, 1) * WITHDRAWAL_SHARE)
}

function round (share: number): number {
  return Math.round(share * 10_000) / 10_000
}
