/** Use case: take a file in, as a stream, and queue its import once every byte is on disk. */
import { createHash, type Hash } from 'node:crypto'
import { Readable } from 'node:stream'
import { aRole, requireScope, type Caller } from '../../domain/access.js'
import { actorOf } from '../../domain/audit.js'
import { NO_COUNTS, type ImportJob, type ImportOptions } from '../../domain/import.js'
import { ExchangeError, type ProblemIssue } from '../../domain/problems.js'
import { BEGINNING_BYTES, openImportSource, storedRow } from '../../formats/import-source.js'
import type { HeaderFault } from '../../formats/rows.js'
import { readWorkbookRows } from '../../formats/xlsx-reader.js'
import type { FileSink } from '../../storage/file-store.js'
import type { ImportFiles } from '../../storage/import-files.js'
import type { ImportsRepository } from '../../storage/imports-repository.js'
import type { AuditTrail } from '../audit/audit-trail.js'
import { viewOf, type ImportView } from './import-view.js'
import { createInspection, decompress, tooLarge, type SentFile } from './sent-file.js'

export interface ImportUpload extends ImportOptions, SentFile {
  clientImportId?: string
}

export interface UploadLimits {
  /** Decompressed bytes of one file. */
  maxBytes: number
  /** Imports of one organisation that are not finished. */
  maxUnfinished: number
}

/** An upload says this often that it still goes on, and how much room there is is asked as often (bytes, milliseconds). */
const CHECK_BYTES = 64 * 1_048_576
const CHECK_MS = 600_000

/** Room that is left for everything else (bytes). */
const RESERVED_BYTES = 512 * 1_048_576

/** Characters of unpacked rows that are written at once. */
const GATHERED_ROWS = 1_048_576

/** Where the bytes of a workbook are until its rows are stored. */
const WORKBOOK_SUFFIX = '-workbook'

export function createImportUploading (parts: {
  files: ImportFiles
  imports: ImportsRepository
  audit: AuditTrail
  limits: UploadLimits
  newId: () => string
  now: () => Date
  /** Room on the disk of the database, in bytes; undefined when it is not ours to know. */
  freeBytes: () => Promise<number | undefined>
  isStorageFull: (error: unknown) => boolean
  /** Tells the workers of this process that there is something to do. */
  onQueued: () => void
}) {
  const { files, imports, limits } = parts

  /**
   * Stores the file and queues its import. Under a `clientImportId` that was used before, the same file is answered with the
   * import that it became, another one with `import-conflict`. Whatever goes wrong, nothing of the file stays behind.
   */
  async function createImport (caller: Caller, upload: ImportUpload): Promise<ImportView> {
    requireScope(caller, 'products:write')
    if (caller.role !== 'vendor') throw new ExchangeError('role-not-allowed', `Records are published by vendors; ${caller.organizationName} is ${aRole(caller.role)}.`)
    const { clientImportId } = upload
    const known = clientImportId === undefined ? null : await imports.findByClientImportId(caller.organizationId, clientImportId)
    if (known !== null) return viewOf(await repeat(known, upload), parts.now())
    if (await imports.countUnfinished(caller.organizationId) >= limits.maxUnfinished) {
      throw new ExchangeError('rate-limited', `Your organisation has ${limits.maxUnfinished} imports that are not finished.`, { retryAfterSeconds: 30 })
    }
    const id = parts.newId()
    await files.announce(id, parts.now())
    try {
      const stored = await store(id, upload)
      const job = newJob(id, caller, upload, stored)
      if (!await queue(caller, job)) {
        await discard(id)
        return viewOf(await lostRace(caller, upload, stored.sha256), parts.now())
      }
      await files.settle(id)
      parts.onQueued()
      return viewOf(job, parts.now())
    } catch (error) {
      await discard(id)
      throw parts.isStorageFull(error) ? storageFull(error) : error
    }
  }

  async function queue (caller: Caller, job: ImportJob): Promise<boolean> {
    const { format, mode, dryRun, clientImportId, bytes, sha256 } = job
    return await parts.audit.audited(caller, { operation: 'createImport', resource: { type: 'import', id: job.id } }, async () => {
      const isDone = await imports.add(job)
      return { isDone, result: isDone, after: { format, mode, dryRun, ...(clientImportId !== undefined && { clientImportId }), bytes, sha256 } }
    })
  }

  function newJob (id: string, caller: Caller, { format, mode, dryRun, decimalComma, clientImportId }: ImportUpload, stored: { bytes: number, sha256: string, start: { offset: number, line: number } }): ImportJob {
    return {
      id,
      organizationId: caller.organizationId,
      clientId: caller.clientId,
      actor: actorOf(caller),
      ...(clientImportId !== undefined && { clientImportId }),
      format,
      mode,
      dryRun,
      decimalComma,
      state: 'queued',
      bytes: stored.bytes,
      ...(files.storesLocally && { fileStore: 'local' }),
      sha256: stored.sha256,
      createdAt: parts.now(),
      takeovers: 0,
      activeMs: 0,
      cancelRequested: false,
      confirmed: false,
      checkpoint: { phase: 'lines', ...stored.start, group: 0 },
      counts: { ...NO_COUNTS },
      breakdown: [],
      unidentified: 0
    }
  }

  /** The file was sent before: it is only compared. */
  async function repeat (known: ImportJob, upload: ImportUpload): Promise<ImportJob> {
    const hash = createHash('sha256')
    for await (const bytes of decompress(upload, limits.maxBytes)) hash.update(bytes)
    return sameImport(known, upload, hash.digest('hex'))
  }

  async function lostRace (caller: Caller, upload: ImportUpload, sha256: string): Promise<ImportJob> {
    const winner = await imports.findByClientImportId(caller.organizationId, upload.clientImportId ?? '')
    if (winner === null) throw new ExchangeError('write-conflict', 'The import that used this clientImportId first has just been removed.', { retryAfterSeconds: 1 })
    return sameImport(winner, upload, sha256)
  }

  async function store (id: string, upload: ImportUpload): Promise<{ bytes: number, sha256: string, start: { offset: number, line: number } }> {
    const file = upload.format === 'xlsx' ? id + WORKBOOK_SUFFIX : id
    const hash = createHash('sha256')
    const size = await storeBytes(file, upload, hash, id)
    const bytes = upload.format === 'xlsx' ? await storeRows(id, size) : size
    const source = openImportSource(upload.format, await beginningOf(id, bytes), upload)
    if ('faults' in source) throw faultyHeader(source.faults)
    return { bytes, sha256: hash.digest('hex'), start: source.start }
  }

  async function storeBytes (file: string, upload: ImportUpload, hash: Hash, id: string): Promise<number> {
    const sink = files.openSink(file)
    try {
      return await storeInto(sink, upload, hash, id)
    } finally {
      await sink.close()
    }
  }

  async function storeInto (sink: FileSink, upload: ImportUpload, hash: Hash, id: string): Promise<number> {
    const inspect = createInspection(upload.format)
    const goesOn = createProgressCheck(id)
    let size = 0
    for await (const bytes of decompress(upload, limits.maxBytes)) {
      inspect.piece(bytes)
      hash.update(bytes)
      await goesOn(size)
      size += bytes.length
      await sink.write(bytes)
    }
    inspect.end(size)
    return await sink.finish()
  }

  /** Unpacks the rows of a workbook into a file of their own, an empty line for each row that does not exist. */
  async function storeRows (id: string, size: number): Promise<number> {
    const sink = files.openSink(id)
    try {
      await unpackRows(id, size, sink)
      const bytes = await sink.finish()
      await files.remove(id + WORKBOOK_SUFFIX)
      return bytes
    } finally {
      await sink.close()
    }
  }

  async function unpackRows (id: string, size: number, sink: FileSink): Promise<void> {
    let last = 0
    let written = 0
    const goesOn = createProgressCheck(id)
    async function write (text: string): Promise<void> {
      const bytes = Buffer.from(text)
      await goesOn(written)
      written += bytes.length
      if (written > limits.maxBytes) throw tooLarge(limits.maxBytes)
      await sink.write(bytes)
    }
    for await (const rows of readWorkbookRows({ size, read: (start, end) => Readable.from(files.read(id + WORKBOOK_SUFFIX, start, end), { objectMode: false }) })) {
      let text = ''
      for (const { row, cells } of rows) {
        text += '\n'.repeat(row - last - 1) + storedRow(cells) + '\n'
        last = row
        // A text that many cells share makes rows far larger than what they were unpacked from.
        if (text.length < GATHERED_ROWS) continue
        await write(text)
        text = ''
      }
      await write(text)
    }
    if (last === 0) throw new ExchangeError('unusable-file', 'The first sheet of the workbook is empty.')
  }

  async function beginningOf (id: string, size: number): Promise<Buffer> {
    const pieces: Buffer[] = []
    for await (const bytes of files.read(id, 0, Math.min(BEGINNING_BYTES, size))) pieces.push(bytes)
    return Buffer.concat(pieces)
  }

  /** To be told how much is stored, before more is: once in a while it makes sure of the room and says that the upload goes on. */
  function createProgressCheck (id: string): (size: number) => Promise<void> {
    let checked = -Infinity
    let checkedAt = 0
    return async size => {
      const at = parts.now()
      if (size - checked < CHECK_BYTES && at.getTime() - checkedAt < CHECK_MS) return
      checked = size
      checkedAt = at.getTime()
      await assertRoom()
      await files.announce(id, at)
    }
  }

  async function assertRoom (): Promise<void> {
    const free = await parts.freeBytes()
    if (free !== undefined && free < RESERVED_BYTES + CHECK_BYTES) throw storageFull()
  }

  async function discard (id: string): Promise<void> {
    try {
      if (await imports.exists(id)) return
      await files.remove(id)
      await files.remove(id + WORKBOOK_SUFFIX)
      await files.settle(id)
    } catch {
      // The database is away or full. The announcement stays, so the sweeper removes the rest.
    }
  }

  /** Removes what uploads left behind whose process ended in the middle, and files on the disk of imports that are gone. */
  async function sweepForgotten (before: Date): Promise<number> {
    const forgotten = await files.findForgotten(before)
    for (const id of forgotten) {
      if (await imports.exists(id)) await files.settle(id)
      else await discard(id)
    }
    for (const file of await files.findUntouched(before)) {
      const id = file.replace(WORKBOOK_SUFFIX, '')
      // In this order: an upload is announced until its import exists.
      if (!await files.isAnnounced(id) && !await imports.exists(id)) await files.remove(file)
    }
    return forgotten.length
  }

  return { createImport, sweepForgotten }
}

function sameImport (known: ImportJob, upload: ImportUpload, sha256: string): ImportJob {
  const same = known.sha256 === sha256 && known.format === upload.format && known.mode === upload.mode &&
    known.dryRun === upload.dryRun && known.decimalComma === upload.decimalComma
  if (same) return known
  throw new ExchangeError('import-conflict', `The clientImportId ${upload.clientImportId ?? ''} names the import ${known.id} of another file or with other options.`, {
    extra: { importId: known.id }
  })
}

function faultyHeader (faults: readonly HeaderFault[]): ExchangeError {
  const issues: ProblemIssue[] = faults.map(({ position, name, detail, expected }) => ({
    code: 'HEADER', parameter: `column ${position}`, detail, received: name, ...(expected !== undefined && { expected })
  }))
  const sample = faults.slice(0, 3).map(({ position, name }) => `${position} (${name === '' ? 'empty' : name})`).join(', ')
  return new ExchangeError('unusable-file', `The first row must name the columns, and ${faults.length} of its cells cannot be used: ${sample}. The template of the schema shows all names.`, { issues })
}

function storageFull (cause?: unknown): ExchangeError {
  return new ExchangeError('storage-full', 'The storage of the exchange has no room for the file.', { retryAfterSeconds: 600, cause })
}
