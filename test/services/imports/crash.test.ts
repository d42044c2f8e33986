/**
 * Workers that are killed at random points. Short here; in full with
 * `IMPORT_LINES=100000 IMPORT_KILLS=20 TAP_TIMEOUT=1800 node dist/test/services/imports/crash.test.js`.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import t from 'tap'
import { openTestExchange, type TestExchange } from '../../support/exchange.js'
import { catalogueRecord, importing } from '../../support/imports.js'

const LINES = Number(process.env['IMPORT_LINES'] ?? 8_000)
const KILLS = Number(process.env['IMPORT_KILLS'] ?? 3)

const PROGRAM = fileURLToPath(new URL('./worker-process.js', import.meta.url))

/** New products, changed ones, the same product again in the same step and steps later, and faulty lines. */
function file (): string {
  const lines: string[] = []
  for (let index = 0; index < LINES; index++) {
    if (index % 97 === 13) lines.push('{"broken"')
    else if (index % 10 === 9) lines.push(JSON.stringify(catalogueRecord(index - 5, 2 + index % 3)))
    else if (index % 50 === 20 && index > 2000) lines.push(JSON.stringify(catalogueRecord(index - 1999, 1 + index % 4)))
    else if (index % 50 === 30) lines.push(JSON.stringify(catalogueRecord(index - 1)))
    else lines.push(JSON.stringify(catalogueRecord(index)))
  }
  return lines.join('\n')
}

function startWorker ({ connection }: TestExchange): ChildProcess {
  const database = connection.db.databaseName
  return spawn(process.execPath, [PROGRAM], { env: { ...process.env, MONGODB_URI: uriOf(connection), MONGODB_DATABASE: database, LOG_LEVEL: 'silent' }, stdio: ['ignore', 'inherit', 'inherit'] })
}

function uriOf ({ db }: TestExchange['connection']): string {
  return (db.client.options as unknown as { srvHost?: string, hosts: Array<{ toString: () => string }> }).hosts.map(host => `mongodb://${encodeURIComponent(host.toString())}/?journal=true`)[0] ?? ''
}

async function stateOf (exchange: TestExchange, importId: string) {
  const { db } = exchange.connection
  const shape = { projection: { version: 1, hash: 1, outcome: 1, 'origin.line': 1 }, sort: { _id: 1 } } as const
  const results = []
  for await (const group of db.collection('import_results').find({ '_id.import': importId }, { sort: { _id: 1 } })) {
    const { _id, ...content } = group
    results.push([(_id as unknown as { n: number }).n, JSON.stringify(content)])
  }
  return {
    products: await db.collection('products').find({}, shape).toArray(),
    versions: await db.collection('product_versions').find({}, { projection: { version: 1, outcome: 1, 'origin.line': 1 }, sort: { _id: 1 } }).toArray(),
    results
  }
}

async function recordedWrites ({ app, vendor }: TestExchange, importId: string): Promise<string[]> {
  const recorded: string[] = []
  for (let url = `/v1/audit-events?importId=${importId}&limit=500`; ;) {
    const answer = await app.inject({ url, headers: vendor.headers })
    for (const { resource, outcome, after } of answer.json().items) if (resource.type === 'product' && outcome === 'succeeded') recorded.push(`${resource.id} ${after.version}`)
    const next = /<([^>]+)>/.exec(String(answer.headers['link']))?.[1]
    if (next === undefined) return recorded
    url = next
  }
}

/** The first of them: to show those of a hundred thousand would take minutes. */
function differences (left: readonly unknown[], right: readonly unknown[]): unknown[] {
  const longer = left.length > right.length ? left : right
  return longer.flatMap((_, index) => isDeepStrictEqual(left[index], right[index]) ? [] : [{ index, left: left[index], right: right[index] }]).slice(0, 5)
}

t.test('workers are killed again and again, and the end is the same as if they were not', async t => {
  const text = file()
  const undisturbed = await openTestExchange(t)
  const calm = importing(undisturbed, undisturbed.vendor)
  const expected = await calm.run('format=ndjson', text)

  const exchange = await openTestExchange(t)
  const { upload, get } = importing(exchange, exchange.vendor)
  const imports = exchange.connection.db.collection<{ _id: string }>('imports')
  const { importId } = (await upload('format=ndjson', text)).json()
  let worker = startWorker(exchange)
  t.teardown(async () => { worker.kill('SIGKILL') })
  for (let kill = 0; kill < KILLS; kill++) {
    const { counts } = await get(importId)
    const threshold = counts.lines + Math.random() * (LINES - counts.lines) / (KILLS - kill + 1)
    while ((await get(importId)).counts.lines < threshold) await sleep(5)
    await sleep(Math.random() * 60)
    worker.kill('SIGKILL')
    await once(worker, 'exit')
    // As if the hold had run out. What the dead worker has sent may still be carried out.
    await imports.updateOne({ _id: importId }, { $set: { 'lease.until': new Date(0) } })
    worker = startWorker(exchange)
  }
  while (!['completed', 'completed_with_errors'].includes((await get(importId)).state)) await sleep(50)
  worker.kill('SIGKILL')
  const view = await get(importId)
  t.same(view.counts, expected.counts)
  t.same(view.errorBreakdown, expected.errorBreakdown)
  t.equal(view.counts.lines, LINES)
  const [left, right] = [await stateOf(exchange, importId), await stateOf(undisturbed, expected.importId)]
  t.same(differences(left.products, right.products), [], 'the same products at the same versions')
  t.same(differences(left.versions, right.versions), [], 'the same history: no version twice')
  t.same(differences(left.results, right.results), [], 'the same result for every line')
  const written = [
    ...left.products.map(({ _id, version }) => `${String(_id)} ${version}`),
    ...left.versions.map(({ _id }) => Object.values(_id).join(' '))
  ]
  t.same(differences((await recordedWrites(exchange, importId)).toSorted(), written.toSorted()), [], 'and every version, and nothing else, on record')
})
