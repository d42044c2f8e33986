/** The shapes of imports in the API description. */
import { Type } from 'typebox'
import { IMPORT_FORMATS, IMPORT_MODES, IMPORT_STATES, RESULT_OUTCOMES } from '../domain/import.js'
import { openString, ref } from './description.js'

const Instant = (description: string) => Type.String({ format: 'date-time', description })
const Count = (description: string) => Type.Integer({ minimum: 0, description })

const ImportCounts = Type.Object({
  lines: Count('Records of the file that were judged so far; blank lines do not count.'),
  created: Count('Lines that made a new product.'),
  updated: Count('Lines that made a new version of a product.'),
  unchanged: Count('Lines whose content the exchange had already.'),
  rejected: Count('Lines with errors; nothing of them was stored.'),
  withdrawn: Count('Products that the file does not name and that were withdrawn.')
}, { $id: 'ImportCounts', description: 'How many lines had which outcome. `lines` is the sum of created, updated, unchanged and rejected.' })

const ImportFinding = Type.Object({
  code: Type.String({ description: 'UPPER_SNAKE_CASE, stable; explained at `/errors/{code}`.' }),
  severity: openString(['error', 'warning'], { description: 'An error rejects the line; a warning is stored with the record.' }),
  pointer: Type.String({ description: 'JSON Pointer into the record; positions in lists are written `*`.', examples: ['/recycledContent/materials/*/basis'] }),
  count: Type.Integer({ minimum: 1, description: 'Lines with this finding.' }),
  exampleLine: Type.Integer({ minimum: 1, description: 'The first line with it.' })
}, { $id: 'ImportFinding', description: 'One kind of finding, and how often it occurs.' })

const ImportNote = Type.Object({
  code: openString(['CONFIRMATION_NEEDED', 'WITHDRAWALS_SKIPPED', 'NO_RECORDS', 'WORKER_LOST', 'ORGANIZATION_GONE', 'FILE_GONE'], { description: 'Why.' }),
  detail: Type.String({ description: 'The same for people.' })
}, { $id: 'ImportNote', description: 'Why an import waits, failed, or withdrew nothing.' })

const Import = Type.Object({
  importId: Type.String({ description: 'The import.' }),
  clientImportId: Type.Optional(Type.String({ description: 'The name that you gave it.' })),
  state: openString(IMPORT_STATES, { description: 'Where it is. `awaiting_confirmation`: see `note`. `completed_with_errors`: some lines were rejected.' }),
  format: openString(IMPORT_FORMATS, { description: 'Format of the file.' }),
  mode: openString(IMPORT_MODES, { description: 'What it does.' }),
  dryRun: Type.Boolean({ description: 'Everything is checked and counted, nothing is stored.' }),
  createdAt: Instant('When the file was on disk.'),
  startedAt: Type.Optional(Instant('When the first line was read.')),
  finishedAt: Type.Optional(Instant('When it ended.')),
  heartbeatAt: Type.Optional(Instant('When it last moved; while it runs and has its turn, every few hundred milliseconds.')),
  progress: Type.Number({ minimum: 0, maximum: 1, description: 'Share of the work that is done.' }),
  etaSeconds: Type.Optional(Type.Integer({ minimum: 0, description: 'Seconds until the end at the pace so far; only while it runs.' })),
  counts: ref('ImportCounts'),
  errorBreakdown: Type.Array(ref('ImportFinding'), { description: 'The 50 most frequent kinds of findings, errors first.' }),
  plannedWithdrawals: Type.Optional(Type.Integer({ minimum: 0, description: 'Products that the file does not name, once that is known.' })),
  note: Type.Optional(ref('ImportNote'))
}, { $id: 'Import', description: 'An uploaded file on its way into the exchange.' })

const ImportPage = Type.Object({
  items: Type.Array(ref('Import')),
  nextCursor: Type.Optional(Type.String({ description: 'Pass it back as `cursor`. Absent on the last page.' })),
  hasMore: Type.Boolean({ description: 'Whether another page follows.' })
}, { $id: 'ImportPage', description: 'One page of imports, newest first.' })

const ImportIssue = Type.Object({
  code: Type.String({ description: 'UPPER_SNAKE_CASE, stable; explained at `/errors/{code}`.' }),
  severity: openString(['error', 'warning'], { description: 'An error rejects the line; a warning is stored with the record.' }),
  pointer: Type.String({ description: 'JSON Pointer into the record.' }),
  column: Type.Optional(Type.String({ description: 'In tables: the column, or the group of columns, that it is about.' })),
  detail: Type.String({ description: 'What is wrong and what would be right.' }),
  expected: Type.Optional(Type.String({ description: 'What would have been accepted.' })),
  received: Type.Optional(Type.String({ description: 'What was received, cut at 128 characters.' }))
}, { $id: 'ImportIssue', description: 'One finding about a line.' })

const ImportResult = Type.Object({
  line: Type.Optional(Type.Integer({ minimum: 1, description: 'Line of the file, or row of the sheet. Absent for products that the file does not name.' })),
  outcome: openString(RESULT_OUTCOMES, { description: 'What became of it. `withdrawal_pending`: not in the file, and not withdrawn yet. `kept`: not in the file, but changed after the upload.' }),
  productId: Type.Optional(Type.String({ format: 'uuid', description: 'The product, as far as it is known.' })),
  version: Type.Optional(Type.Integer({ minimum: 1, description: 'The version that the product was at then.' })),
  issues: Type.Optional(Type.Array(ref('ImportIssue'), { description: 'Errors of a rejected line, warnings of another one; at most 20.' }))
}, { $id: 'ImportResult', description: 'The result of one line.' })

const ImportResultPage = Type.Object({
  items: Type.Array(ref('ImportResult')),
  nextCursor: Type.Optional(Type.String({ description: 'Pass it back as `cursor`, with the same `outcome`. Absent on the last page.' })),
  hasMore: Type.Boolean({ description: 'Whether another page follows.' })
}, { $id: 'ImportResultPage', description: 'One page of results, in the order of the file.' })

export const IMPORT_SCHEMAS = [ImportCounts, ImportFinding, ImportNote, Import, ImportPage, ImportIssue, ImportResult, ImportResultPage]
