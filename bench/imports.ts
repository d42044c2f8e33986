/**
 * Imports of NDJSON over HTTP, from the first byte sent to the last line reported, against the database step alone. The number of
 * lines is `BENCH_IMPORT_LINES` (default 20,000; the memory of the API process is worth reading at 1,000,000).
 */
import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { request, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { Document } from 'mongodb'
import { compare, ratePerSecond, type Measurement } from './measure.js'
import type { ExchangeUnderTest } from './exchange-under-test.js'
import { benchRecord } from './records.js'

const LINES = Number(process.env['BENCH_IMPORT_LINES'] ?? 20_000)
const BATCH = 500

/** Lines of the import before the measured ones, and different rows of the limits. */
const WARM_UP = Math.min(LINES, 20_000)

/** A larger file does not fit into memory, and is made on the disk. */
const MOST_IN_MEMORY = 100_000

/** How often the progress is asked for (milliseconds). Each time takes some of both processors; when an import ended it says itself. */
const PROGRESS_MS = 250

/** A million lines take minutes; of fewer the rates differ from round to round, by what the database still has to do for the round before. */
const rounds = LINES > MOST_IN_MEMORY ? 1 : 9

export async function benchImports (exchange: ExchangeUnderTest): Promise<Measurement[]> {
  await importFile(exchange, lines(0, WARM_UP))
  const idle = await slowestOfHundred(exchange, async () => { await sleep(3_000) })
  const limit = await openPlain(exchange)
  await limit.insert(WARM_UP)
  const notes: string[] = []
  let plain: Progress[] = []
  let busy: number | undefined
  const fresh = await compare(
    { name: `import of ${LINES} fresh lines, lines per second`, limit: `insertMany of as many rows, ${BATCH} each`, target: 0.6, rounds },
    async round => {
      let imported: ImportTimes | undefined
      const importAll = async (): Promise<void> => { imported = await importFile(exchange, lines(first(round), LINES)) }
      // Asking takes some of the processor as well: where there are several rounds, it has one of its own.
      if (rounds === 1) busy = await slowestOfHundred(exchange, importAll)
      else await importAll()
      const { progress } = imported as ImportTimes
      notes.push(`${shareOfUpload(imported as ImportTimes)}${costs('a line', progress)}${costs('a row by insertMany', plain)}`)
      return perSecond(imported as ImportTimes)
    },
    async () => {
      plain = await limit.insert(LINES)
      // What is left to do for so many rows would be done during the import.
      if (rounds === 1) await limit.drop()
      return LINES / (plain.at(-1) as Progress).at * 1000
    }
  )
  busy ??= await slowestOfHundred(exchange, async () => { await importFile(exchange, lines(first(rounds), LINES)) })
  const others = `; p99 of GET /v1/me meanwhile ${busy.toFixed(1)} ms, idle ${idle.toFixed(1)} ms; peak RSS of the API ${await peakMegabytes(exchange.pid)} MB`
  const again: ImportTimes[] = []
  const unchanged = await compare(
    { name: 'the same file again', limit: 'parse, hash, read hashes, skip', target: 0.8, rounds },
    async round => {
      const times = await importFile(exchange, lines(first(round), LINES))
      again.push(times)
      return perSecond(times)
    },
    async () => await hashAndSkip(exchange)
  )
  const partly = await compare(
    { name: 'the same file, 5 % of the lines changed', limit: 'the same file again', target: 0, rounds },
    async round => perSecond(await importFile(exchange, lines(first(round), LINES, (line, index) => index % 20 === 0 ? line.replace('revision 1', `revision ${round + 2}`) : line))),
    async () => unchanged.perSecond
  )
  return [{ ...fresh, note: (notes.at(-1) ?? '') + others }, { ...unchanged, note: shareOfUpload(again.at(-1) as ImportTimes) }, partly]
}

/** The first product of a round, behind those of the warm-up. */
function first (round: number): number {
  return WARM_UP + round * LINES
}

/** In milliseconds: until the file is stored, and from then on until every line is reported. */
interface ImportTimes { upload: number, work: number, progress: Progress[] }

/** How many lines were done at which time. */
interface Progress { lines: number, at: number }

function perSecond ({ upload, work }: ImportTimes): number {
  return LINES / (upload + work) * 1000
}

function shareOfUpload ({ upload, work }: ImportTimes): string {
  return `storing the file ${Math.round(upload / (upload + work) * 100)} % of the time, lines alone ${Math.round(LINES / work * 1000).toLocaleString('en')}/s`
}

/** What a line cost while the import had stored about so many: between these counts. */
const STAGES = { '10,000': [5_000, 15_000], '100,000': [50_000, 150_000], '900,000': [800_000, 1_000_000] } as const

function costs (of: string, progress: readonly Progress[]): string {
  const timeOf = (lines: number): Progress => progress.find(each => each.lines >= lines) as Progress
  const each = Object.entries(STAGES).filter(([, [, until]]) => until <= LINES).map(([stage, [since, until]]) => {
    const [from, to] = [timeOf(since), timeOf(until)]
    return `${Math.round((to.at - from.at) * 1000 / (to.lines - from.lines))} at ${stage}`
  })
  return each.length < 2 ? '' : `; microseconds ${of} ${each.join(', ')}`
}

function * lines (from: number, count: number, change = (line: string, _index: number): string => line): Generator<Buffer> {
  let text = ''
  for (let index = 0; index < count; index++) {
    text += change(JSON.stringify(benchRecord(from + index)), index) + '\n'
    if (text.length < 65_536 && index < count - 1) continue
    yield Buffer.from(text)
    text = ''
  }
}

/** The file is made beforehand. */
async function importFile (exchange: ExchangeUnderTest, file: Iterable<Buffer>): Promise<ImportTimes> {
  if (LINES <= MOST_IN_MEMORY) return await importBytes(exchange, [...file])
  const directory = await mkdtemp(join(tmpdir(), 'esg-exchange-bench-file-'))
  try {
    const path = join(directory, 'import.ndjson')
    await pipeline(file, createWriteStream(path))
    return await importBytes(exchange, createReadStream(path, { highWaterMark: 65_536 }))
  } finally {
    await rm(directory, { recursive: true })
  }
}

async function importBytes ({ url, vendorHeaders }: ExchangeUnderTest, body: Iterable<Buffer> | AsyncIterable<Buffer>): Promise<ImportTimes> {
  const begun = performance.now()
  const importId = await send(`${url}/v1/imports?format=ndjson`, vendorHeaders, body)
  const stored = performance.now()
  const progress: Progress[] = []
  for (;;) {
    const view = await (await fetch(`${url}/v1/imports/${importId}`, { headers: vendorHeaders })).json() as { state: string, finishedAt: string, counts: { lines: number } }
    progress.push({ lines: view.counts.lines, at: performance.now() })
    if (view.state === 'completed') return { upload: stored - begun, work: new Date(view.finishedAt).getTime() - performance.timeOrigin - stored, progress }
    if (view.state !== 'queued' && view.state !== 'running') throw new Error(`The import is ${view.state}`)
    await sleep(PROGRESS_MS)
  }
}

/** With Node's own client, which takes less of the processor than `fetch`. Answers the id of the import. */
async function send (url: string, headers: Record<string, string>, body: Iterable<Buffer> | AsyncIterable<Buffer>): Promise<string> {
  const sending = request(url, { method: 'POST', headers: { ...headers, 'content-type': 'application/octet-stream' } })
  const [[answer]] = await Promise.all([once(sending, 'response') as Promise<[IncomingMessage]>, pipeline(body, sending)])
  const text = Buffer.concat(await answer.toArray()).toString()
  if (answer.statusCode !== 202) throw new Error(text)
  return (JSON.parse(text) as { importId: string }).importId
}

/**
 * The database step of a fresh import alone: rows as they are stored, under new ids, with their indexes, beside as many rows. Only the time that
 * `insertMany` takes is counted; so much of it had gone when so many rows were stored.
 */
async function openPlain ({ database: { db } }: ExchangeUnderTest): Promise<{ insert: (count: number) => Promise<Progress[]>, drop: () => Promise<unknown> }> {
  const products = db.collection<Document>('products')
  const plain = db.collection<Document>('bench_plain')
  await plain.createIndexes((await products.indexes()).filter(({ name }) => name !== '_id_').map(({ v: _v, ...index }) => index) as Parameters<typeof plain.createIndexes>[0])
  const stored = await products.find().limit(WARM_UP).toArray()
  let inserted = 0
  return {
    insert: async count => {
      const progress: Progress[] = []
      let at = 0
      for (let lines = 0; lines < count; lines += BATCH) {
        const rows = Array.from({ length: Math.min(BATCH, count - lines) }, () => ({ ...stored[inserted % stored.length], _id: randomUUID() as never, seq: inserted, born: inserted++ }))
        const begun = performance.now()
        await plain.insertMany(rows, { ordered: false })
        at += performance.now() - begun
        progress.push({ lines: lines + rows.length, at })
      }
      return progress
    },
    drop: async () => await plain.drop()
  }
}

/** What cannot be left out when nothing has changed. */
async function hashAndSkip ({ database: { db } }: ExchangeUnderTest): Promise<number> {
  const products = db.collection<Document>('products')
  const rows = await products.find({}, { projection: { record: 1 } }).limit(WARM_UP).toArray()
  const file = rows.map(({ _id, record }) => ({ _id, text: (record as Buffer).toString() }))
  return await ratePerSecond(file.length, async () => {
    for (let start = 0; start < file.length; start += BATCH) {
      const batch = file.slice(start, start + BATCH).map(({ _id, text }) => ({ _id, hash: createHash('sha256').update(JSON.stringify(JSON.parse(text))).digest() }))
      const stored = await products.find({ _id: { $in: batch.map(({ _id }) => _id) } }, { projection: { hash: 1 }, batchSize: BATCH + 1 }).toArray()
      const hashes = new Map(stored.map(({ _id, hash }) => [_id, hash as Buffer]))
      if (batch.some(({ _id, hash }) => hashes.get(_id)?.equals(hash) !== true)) throw new Error('A stored hash is not that of its record')
    }
  })
}

/** The 99th percentile, in milliseconds, of a light request that is sent every few milliseconds while the action runs. */
async function slowestOfHundred ({ url, vendorHeaders }: ExchangeUnderTest, action: () => Promise<void>): Promise<number> {
  const probe = new Worker(new URL('./latency-probe.js', import.meta.url), { workerData: { url, headers: vendorHeaders } })
  const answer = once(probe, 'message')
  await action()
  probe.postMessage('stop')
  const [slowest] = await answer as [number]
  return slowest
}

async function peakMegabytes (pid: number): Promise<string> {
  try {
    return String(Math.round(Number(/VmHWM:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024))
  } catch {
    return 'unknown'
  }
}
