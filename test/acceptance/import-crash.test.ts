/** An import that was accepted comes to its end, although everything is killed while it is worked through. */
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pino from 'pino'
import t from 'tap'
import { openDatabase } from '../../src/composition-root.js'
import { readConfig } from '../../src/config.js'
import { recordOf } from '../support/records.js'
import { apiKeyOf, startServer, type ServerProcess } from './server-process.js'

const LINES = 6_000
const BROKEN = 'not json\n'

interface Import { importId: string, state: string, counts: Record<string, number>, note?: unknown }

const vendorOf = (server: ServerProcess): Record<string, string> => apiKeyOf(server.credentials, 'vendor')

async function ask<Answer> (server: ServerProcess, path: string): Promise<Answer> {
  return await (await fetch(`${server.url}${path}`, { headers: vendorOf(server) })).json() as Answer
}

/** New products, every hundredth line broken. */
function file (manufacturerName: string): string {
  const line = (index: number): string => index % 100 === 50 ? BROKEN : `${JSON.stringify(recordOf({ manufacturerName, manufacturerPartNumber: `KILLED-${index}` }))}\n`
  return Array.from({ length: LINES }, (_, index) => line(index)).join('')
}

/** As if the hold of the killed worker had run out; answers how many pieces of files the database has. */
async function endHold (dataDirectory: string, importId: string): Promise<number> {
  const database = await openDatabase(readConfig({ MONGODB_URI: '', DATA_DIR: dataDirectory, LOG_LEVEL: 'silent' }), pino({ level: 'silent' }))
  try {
    await database.db.collection<{ _id: string }>('imports').updateOne({ _id: importId }, { $set: { 'lease.until': new Date(0) } })
    return await database.db.collection('import_pieces').countDocuments()
  } finally {
    await database.close()
  }
}

t.test('kill -9 in the middle of an import: the next process goes on with the same file and counts every line once', async t => {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'esg-exchange-import-'))
  t.teardown(async () => { await rm(dataDirectory, { recursive: true, force: true }) })
  const first = await startServer(dataDirectory)
  const { organization } = await ask<{ organization: { manufacturers: [string] } }>(first, '/v1/me')
  const answer = await fetch(`${first.url}/v1/imports?format=ndjson`, {
    method: 'POST', headers: { ...vendorOf(first), 'content-type': 'application/x-ndjson' }, body: file(organization.manufacturers[0])
  })
  t.equal(answer.status, 202)
  const { importId } = await answer.json() as Import
  let seen = 0
  while (seen === 0) {
    seen = (await ask<Import>(first, `/v1/imports/${importId}`)).counts['lines'] ?? 0
    await sleep(2)
  }
  await first.end('SIGKILL')
  t.ok(seen < LINES, `it was killed at ${seen} of ${LINES} lines`)

  const [name] = (await readdir(dataDirectory)).filter(name => name.startsWith('import-files-'))
  const folder = join(dataDirectory, name as string)
  t.same(await readdir(folder), [importId], 'the file lies beside the database')
  t.equal((await stat(join(folder, importId))).mode & 0o777, 0o600, 'for its owner only')
  t.equal(await endHold(dataDirectory, importId), 0, 'and not in it as well')

  const second = await startServer(dataDirectory)
  t.teardown(async () => { await second.end('SIGTERM') })
  let view = await ask<Import>(second, `/v1/imports/${importId}`)
  while (view.state === 'running') {
    await sleep(50)
    view = await ask<Import>(second, `/v1/imports/${importId}`)
  }
  t.match(view, { state: 'completed_with_errors', counts: { lines: LINES, created: LINES * 0.99, updated: 0, unchanged: 0, rejected: LINES * 0.01 } })
  const rejected = await fetch(`${second.url}/v1/imports/${importId}/rejected`, { headers: vendorOf(second) })
  t.equal(await rejected.text(), BROKEN.repeat(LINES * 0.01))
})
