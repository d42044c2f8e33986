/** Pushes Boavizta's rows through the same service as any vendor's push, in the name of stand-ins for the manufacturers. */
import type { Services } from '../../composition-root.js'
import type { Caller } from '../../domain/access.js'
import { ExchangeError } from '../../domain/problems.js'
import type { BatchItemAnswer } from '../../services/products/batch.js'
import { readBoaviztaCsv, type NumberedRow } from './boavizta-csv.js'
import { boaviztaAge, boaviztaPartNumber, boaviztaProductName, mapBoaviztaRow } from './boavizta-mapping.js'
import { createLoadTally, type LoadSummary, type LoadTally, type RowOutcome, type RowResult } from './load-tally.js'
import { ensureStandIn, type StandIn } from './stand-in-organization.js'

export interface BoaviztaLoad extends LoadSummary {
  /** Products named by several rows: their lines, the oldest sheet first. The last valid one is the current version. */
  readonly repeated: ReadonlyArray<{ readonly product: string, readonly lines: readonly number[] }>
  /** Who the rows were published by. */
  readonly standIns: ReadonlyArray<{ readonly organizationId: string, readonly name: string }>
  /** Manufacturers whose rows were left out, and the organisations that publish for them. */
  readonly leftOut: ReadonlyArray<{ readonly manufacturer: string, readonly organizationName: string }>
}

export interface BoaviztaLoadParts {
  administration: Services['administration']
  products: Pick<Services['products'], 'writeBatch' | 'submit' | 'validate'>
  /** Called when the number of rows is known, and then whenever some of them are done. */
  onProgress: (done: number, rows: number) => void
}

/** Rows of one manufacturer that are written together. */
const BATCH = 200

const COMMAND = 'load-data-pack'

/**
 * @throws CommandError when the file is not Boavizta's CSV; nothing is written then
 */
export async function loadBoavizta (path: string, parts: BoaviztaLoadParts): Promise<BoaviztaLoad> {
  const { rows, repeatedLines } = await survey(path)
  const tally = createLoadTally()
  const standIns = createStandIns(parts.administration)
  const batches = new Map<string, NumberedRow[]>()
  const repeated = new Map<string, NumberedRow[]>()
  let done = 0
  parts.onProgress(done, rows)

  async function flush (manufacturer: string): Promise<void> {
    const batch = batches.get(manufacturer) ?? []
    batches.delete(manufacturer)
    await writeTogether(batch, await standIns.of(manufacturer), parts, tally)
    done += batch.length
    parts.onProgress(done, rows)
  }

  for await (const numbered of readBoaviztaCsv(path)) {
    if (repeatedLines.has(numbered.line)) {
      append(repeated, boaviztaPartNumber(numbered.row), numbered)
      continue
    }
    const { manufacturer } = numbered.row
    if (append(batches, manufacturer, numbered) === BATCH) await flush(manufacturer)
  }
  for (const manufacturer of [...batches.keys()]) await flush(manufacturer)
  for (const group of repeated.values()) {
    group.sort((a, b) => boaviztaAge(a.row) < boaviztaAge(b.row) ? -1 : 1)
    await writeInTurn(group, await standIns.of((group[0] as NumberedRow).row.manufacturer), parts, tally)
    done += group.length
    parts.onProgress(done, rows)
  }
  return {
    ...tally.summary(),
    ...standIns.met(),
    repeated: [...repeated.values()].map(group => ({
      product: boaviztaProductName((group[0] as NumberedRow).row),
      lines: group.map(({ line }) => line)
    }))
  }
}

/** Reads the file once without writing, so that a broken one is refused as a whole, and finds the products that it names repeatedly. */
async function survey (path: string): Promise<{ rows: number, repeatedLines: Set<number> }> {
  const firstLine = new Map<string, number>()
  const repeatedLines = new Set<number>()
  let rows = 0
  for await (const { line, row } of readBoaviztaCsv(path)) {
    rows += 1
    const key = boaviztaPartNumber(row)
    const earlier = firstLine.get(key)
    if (earlier === undefined) firstLine.set(key, line)
    else repeatedLines.add(earlier).add(line)
  }
  return { rows, repeatedLines }
}

/** One look-up per manufacturer. A name that no manufacturer can have is remembered as the error that it is. */
function createStandIns (administration: Services['administration']) {
  const known = new Map<string, StandIn | ExchangeError>()
  return {
    async of (manufacturer: string): Promise<StandIn | ExchangeError> {
      const found = known.get(manufacturer) ?? await ensureStandIn(administration, manufacturer.trim(), COMMAND).catch((error: unknown) => {
        if (error instanceof ExchangeError) return error
        throw error
      })
      known.set(manufacturer, found)
      return found
    },

    met (): Pick<BoaviztaLoad, 'standIns' | 'leftOut'> {
      const standIns: Array<BoaviztaLoad['standIns'][number]> = []
      const leftOut: Array<BoaviztaLoad['leftOut'][number]> = []
      for (const [manufacturer, found] of known) {
        if (found instanceof ExchangeError) continue
        if (found.kind === 'publishes-itself') leftOut.push({ manufacturer, organizationName: found.organizationName })
        else standIns.push({ organizationId: found.caller.organizationId, name: found.caller.organizationName })
      }
      return { standIns, leftOut }
    }
  }
}

async function writeTogether (
  rows: readonly NumberedRow[], standIn: StandIn | ExchangeError, { products }: BoaviztaLoadParts, tally: LoadTally
): Promise<void> {
  const caller = callerOrTally(rows, standIn, tally)
  if (caller === undefined) return
  const { items } = await products.writeBatch(
    caller, rows.map(({ row }) => ({ op: 'submit', record: mapBoaviztaRow(row) })), { onError: 'continue' })
  rows.forEach((numbered, index) => { tally.add(resultOfBatchItem(numbered, items[index] as BatchItemAnswer)) })
}

/**
 * Rows of one product, the oldest first, become its versions. The older ones are written only while this load is the first to write the
 * product; so loading the same file again writes nothing, instead of going back and forth between the sheets.
 */
async function writeInTurn (
  rows: readonly NumberedRow[], standIn: StandIn | ExchangeError, { products }: BoaviztaLoadParts, tally: LoadTally
): Promise<void> {
  const caller = callerOrTally(rows, standIn, tally)
  if (caller === undefined) return
  let version: number | undefined
  for (const [index, numbered] of rows.entries()) {
    const record = mapBoaviztaRow(numbered.row)
    const newest = index === rows.length - 1
    const precondition = version === undefined ? { ifAbsent: true as const } : { ifVersion: version }
    try {
      const { outcome, product } = await products.submit(caller, record, newest ? {} : { precondition })
      version = product.version
      tally.add(resultOf(numbered, outcome, product.warnings))
    } catch (error) {
      if (!(error instanceof ExchangeError)) throw error
      if (error.code !== 'precondition-failed') tally.add(rejectionOf(numbered, error))
      else tally.add(resultOf(numbered, 'superseded', (await products.validate(caller, [record]))[0]?.issues ?? []))
    }
  }
}

/** The caller to write the rows with; where there is none, the rows are done. */
function callerOrTally (rows: readonly NumberedRow[], standIn: StandIn | ExchangeError, tally: LoadTally): Caller | undefined {
  if (!(standIn instanceof ExchangeError) && standIn.kind === 'stand-in') return standIn.caller
  for (const numbered of rows) {
    tally.add(standIn instanceof ExchangeError ? rejectionOf(numbered, standIn) : resultOf(numbered, 'leftOut', []))
  }
  return undefined
}

function resultOfBatchItem (numbered: NumberedRow, answer: BatchItemAnswer): RowResult {
  if (answer.error !== undefined) return rejectionOf(numbered, answer.error)
  return resultOf(numbered, answer.outcome as RowOutcome, answer.warnings ?? [])
}

function rejectionOf (numbered: NumberedRow, error: ExchangeError): RowResult {
  const issues = error.issues.flatMap(issue => 'severity' in issue ? [issue] : [])
  const found = issues.some(({ severity }) => severity === 'error') ? issues : [{ code: error.code, severity: 'error' as const, detail: error.message }]
  return resultOf(numbered, 'rejected', found)
}

function resultOf ({ line, row }: NumberedRow, outcome: RowOutcome, issues: RowResult['issues']): RowResult {
  return { line, product: boaviztaProductName(row), outcome, issues }
}

/** Answers how many there are now. */
function append (groups: Map<string, NumberedRow[]>, key: string, numbered: NumberedRow): number {
  const group = groups.get(key) ?? []
  groups.set(key, group)
  return group.push(numbered)
}
