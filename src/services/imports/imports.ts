/** Use cases around an import once it is there: look at it, stop it, confirm it, get its results and the rejected lines back. */
import { Readable } from 'node:stream'
import { requireScope, type Caller } from '../../domain/access.js'
import type { ImportJob, ResultOutcome } from '../../domain/import.js'
import { ExchangeError } from '../../domain/problems.js'
import type { Cell } from '../../formats/cells.js'
import { BEGINNING_BYTES, cellsOfStoredRow, openImportSource } from '../../formats/import-source.js'
import { sheetColumn } from '../../formats/template.js'
import { writeWorkbook } from '../../formats/xlsx-writer.js'
import type { ImportFiles } from '../../storage/import-files.js'
import type { ImportResults, LineResult, ResultPosition } from '../../storage/import-results.js'
import type { ImportsRepository } from '../../storage/imports-repository.js'
import type { AuditTrail } from '../audit/audit-trail.js'
import type { Cursors } from '../cursors.js'
import { viewOf, type ImportView } from './import-view.js'
import type { ImportUpload } from './upload.js'

export interface RejectedFile {
  fileName: string
  bytes: Readable
}

interface Page { cursor?: string, limit: number }

/** What the API offers around imports. */
export type ImportUse = Omit<ReturnType<typeof createImportQueries>, 'sweepFinished'> & {
  createImport: (caller: Caller, upload: ImportUpload) => Promise<ImportView>
}

export function createImportQueries (parts: {
  imports: ImportsRepository
  files: ImportFiles
  results: ImportResults
  audit: AuditTrail
  cursors: Cursors
  now: () => Date
  onQueued: () => void
}) {
  const { imports, files, results, cursors } = parts

  async function findOwn (caller: Caller, importId: string): Promise<ImportJob> {
    requireScope(caller, 'products:write')
    const job = await imports.find(caller.organizationId, importId)
    if (job === null) throw new ExchangeError('not-found', `Your organisation has no import ${importId}. Imports are kept for 30 days after their end.`)
    return job
  }

  async function getImport (caller: Caller, importId: string): Promise<ImportView> {
    return viewOf(await findOwn(caller, importId), parts.now())
  }

  /** Newest first. */
  async function listImports (caller: Caller, { cursor, limit }: Page): Promise<{ items: ImportView[], nextCursor?: string, hasMore: boolean }> {
    requireScope(caller, 'products:write')
    const binding = { list: 'imports', organizationId: caller.organizationId, query: {} }
    const before = cursor === undefined ? undefined : cursors.decode(binding, cursor) as string
    const jobs = await imports.list(caller.organizationId, { limit: limit + 1, ...(before !== undefined && { before }) })
    const items = jobs.slice(0, limit)
    const hasMore = jobs.length > limit
    const last = items.at(-1)
    return { items: items.map(job => viewOf(job, parts.now())), hasMore, ...(hasMore && last !== undefined && { nextCursor: cursors.encode(binding, last.id) }) }
  }

  /** One result for each line, in the order of the file, then one for each product that the file does not name. */
  async function listImportResults (
    caller: Caller, importId: string, { outcome, cursor, limit }: Page & { outcome?: readonly ResultOutcome[] }
  ): Promise<{ items: LineResult[], nextCursor?: string, hasMore: boolean }> {
    await findOwn(caller, importId)
    const binding = { list: `imports/${importId}`, organizationId: caller.organizationId, query: { outcome } }
    const after = cursor === undefined ? undefined : cursors.decode(binding, cursor) as ResultPosition
    const { items, next } = await results.list(importId, { limit, ...(outcome && { outcomes: outcome }), ...(after && { after }) })
    return { items, hasMore: next !== undefined, ...(next && { nextCursor: cursors.encode(binding, next) }) }
  }

  async function cancelImport (caller: Caller, importId: string): Promise<ImportView> {
    const job = await findOwn(caller, importId)
    const cancelled = await parts.audit.audited(caller, { operation: 'cancelImport', resource: { type: 'import', id: importId }, before: { state: job.state } }, async () => {
      const isDone = await imports.cancel(caller.organizationId, importId)
      return { isDone, result: isDone, after: { cancelRequested: true } }
    })
    if (!cancelled && job.state !== 'cancelled') throw wrongState(await findOwn(caller, importId), 'It can no longer be cancelled.')
    return await getImport(caller, importId)
  }

  /** Lets an import that waits go on with its withdrawals. */
  async function confirmImport (caller: Caller, importId: string): Promise<ImportView> {
    const job = await findOwn(caller, importId)
    const { state, plannedWithdrawals } = job
    const confirmed = await parts.audit.audited(caller, { operation: 'confirmImport', resource: { type: 'import', id: importId }, before: { state } }, async () => {
      const isDone = await imports.confirm(caller.organizationId, importId)
      return { isDone, result: isDone, after: { confirmed: true, plannedWithdrawals } }
    })
    if (!confirmed && !job.confirmed) throw wrongState(job, 'It does not wait for a confirmation.')
    parts.onQueued()
    return await getImport(caller, importId)
  }

  /** The rejected lines verbatim, as a file of the same format, so that they can be corrected and sent again. */
  async function rejectedLines (caller: Caller, importId: string): Promise<RejectedFile> {
    const job = await findOwn(caller, importId)
    if (job.counts.rejected > 0) await assertFile(job)
    return { fileName: `rejected-${job.id}.${job.format}`, bytes: await rejectedBytes(job) }
  }

  async function assertFile ({ id, bytes, fileStore }: ImportJob): Promise<void> {
    if (await files.isWhole(id, bytes)) return
    if (fileStore === 'local' && !files.readsLocal) {
      throw new ExchangeError('unavailable', `The file of the import ${id} lies on the disk of the process that took it in. Ask that one for its rejected lines.`, { retryAfterSeconds: 60 })
    }
    throw new ExchangeError('file-gone', `The file of the import ${id} is not stored any more, so its rejected lines cannot be given back.`)
  }

  async function rejectedBytes (job: ImportJob): Promise<Readable> {
    if (job.counts.rejected === 0) return job.format === 'xlsx' ? writeWorkbook([{ name: 'Products', columns: [], rows: [] }]) : Readable.from([], { objectMode: false })
    if (job.format === 'ndjson') return Readable.from(verbatim(job, 0), { objectMode: false })
    const source = openImportSource(job.format, await beginning(job), job)
    if ('faults' in source) throw new Error(`The header of import ${job.id} was accepted and cannot be read any more`)
    if (job.format === 'csv') return Readable.from(verbatim(job, source.start.offset), { objectMode: false })
    const columns = source.header?.columns.map(column => column === undefined ? { header: '', text: false } : sheetColumn(column)) ?? []
    return writeWorkbook([{ name: 'Products', columns, rows: rejectedRows(job) }])
  }

  async function beginning (job: ImportJob): Promise<Buffer> {
    const pieces: Buffer[] = []
    for await (const bytes of files.read(job.id, 0, Math.min(BEGINNING_BYTES, job.bytes))) pieces.push(bytes)
    return Buffer.concat(pieces)
  }

  /** The head of the file, and the rejected lines as they were sent. */
  async function * verbatim (job: ImportJob, headBytes: number): AsyncGenerator<Buffer> {
    const read = files.openReader(job.id)
    if (headBytes > 0) yield * read(0, headBytes)
    for await (const { offset, length } of results.rejectedPlaces(job.id)) yield * read(offset, offset + length)
  }

  async function * rejectedRows (job: ImportJob): AsyncGenerator<readonly Cell[]> {
    const read = files.openReader(job.id)
    for await (const { offset, length } of results.rejectedPlaces(job.id)) {
      const pieces: Buffer[] = []
      for await (const bytes of read(offset, offset + length)) pieces.push(bytes)
      const cells = cellsOfStoredRow(JSON.parse(Buffer.concat(pieces).toString()))
      if (cells !== undefined) yield cells
    }
  }

  /** Removes imports that ended before that time, with everything that belongs to them. */
  async function sweepFinished (before: Date): Promise<number> {
    const ids = await imports.findFinished(before, 100)
    for (const id of ids) {
      await results.remove(id)
      await files.remove(id)
      await imports.remove(id)
    }
    return ids.length
  }

  return { getImport, listImports, listImportResults, cancelImport, confirmImport, rejectedLines, sweepFinished }
}

function wrongState (job: ImportJob, detail: string): ExchangeError {
  return new ExchangeError('import-state-conflict', `The import is ${job.state}. ${detail}`, { extra: { state: job.state } })
}
