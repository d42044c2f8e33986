/** What was acknowledged is there after a crash, of the API process and of the database engine alike. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { apiKeyOf, startServer, type ServerProcess } from './server-process.js'

const WRITERS = 8

interface Acknowledged { partNumber: string, productId: string, version: number }

interface Stream { acknowledged: Map<string, Acknowledged>, refused: Map<number, number>, stop: () => Promise<void> }

/** Submits new products and new versions of earlier ones until it is stopped; notes what was acknowledged. */
function streamSubmissions (server: ServerProcess, manufacturerName: string, prefix: string): Stream {
  const acknowledged = new Map<string, Acknowledged>()
  const refused = new Map<number, number>()
  const headers = { ...apiKeyOf(server.credentials, 'vendor'), 'content-type': 'application/json' }
  const stopping = new AbortController()
  async function write (writer: number): Promise<void> {
    for (let i = 0; !stopping.signal.aborted; i++) {
      // Every third submission is a change of an earlier product.
      const partNumber = `${prefix}-${writer}-${i % 3 === 2 ? i - 2 : i}`
      const record = {
        schemaVersion: '1.0.0',
        validFrom: '2026-01-01',
        product: { manufacturerName, manufacturerPartNumber: partNumber, modelName: `Crash ${i}`, category: 'laptop', granularity: 'sku' },
        packaging: { provenance: { documentDate: '2026', assuranceLevel: 'selfDeclared', dataQuality: { basis: 'measured' } }, totalMassG: 100 + i }
      }
      try {
        const answer = await fetch(`${server.url}/v1/products`, { method: 'POST', headers, body: JSON.stringify(record) })
        const body = await answer.json() as { productId: string, version: number }
        if (answer.ok) acknowledged.set(partNumber, { partNumber, productId: body.productId, version: body.version })
        else refused.set(answer.status, (refused.get(answer.status) ?? 0) + 1)
      } catch {
        // The process is gone: nothing was acknowledged.
        await sleep(20)
      }
    }
  }
  const writers = Array.from({ length: WRITERS }, async (_, writer) => { await write(writer) })
  return {
    acknowledged,
    refused,
    stop: async () => {
      stopping.abort()
      await Promise.all(writers)
    }
  }
}

/** How long that takes is the machine's affair. */
async function someAcknowledged ({ acknowledged }: { acknowledged: Map<string, Acknowledged> }): Promise<void> {
  while (acknowledged.size <= 50) await sleep(20)
}

/** What was acknowledged and is not there, a line each. */
async function missing (server: ServerProcess, acknowledged: Map<string, Acknowledged>): Promise<string[]> {
  const headers = apiKeyOf(server.credentials, 'vendor')
  const wrong: string[] = []
  for (const { partNumber, productId, version } of acknowledged.values()) {
    const answer = await fetch(`${server.url}/v1/products/${productId}`, { headers })
    const product = await answer.json() as { version: number }
    // A submission that was on its way when the process died may have been stored as one more version.
    if (!answer.ok || product.version < version || product.version > version + 1) wrong.push(`${partNumber}: acknowledged ${version}, found ${answer.status} ${product.version}`)
    const old = await fetch(`${server.url}/v1/products/${productId}/versions/${version}`, { headers })
    if (!old.ok) wrong.push(`${partNumber}: version ${version} is gone`)
  }
  return wrong
}

t.test('kill -9 of the API process and of the engine lose nothing that was acknowledged', async t => {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'esg exchange crash '))
  t.teardown(async () => { await rm(dataDirectory, { recursive: true, force: true }) })

  let server = await startServer(dataDirectory)
  const me = await (await fetch(`${server.url}/v1/me`, { headers: apiKeyOf(server.credentials, 'vendor') })).json() as { organization: { manufacturers: string[] } }
  const [manufacturer] = me.organization.manufacturers as [string]

  const first = streamSubmissions(server, manufacturer, 'API')
  await someAcknowledged(first)
  await server.end('SIGKILL')
  await first.stop()
  server = await startServer(dataDirectory)
  t.same(await missing(server, first.acknowledged), [], `all ${first.acknowledged.size} acknowledged products are there`)

  const second = streamSubmissions(server, manufacturer, 'ENGINE')
  await someAcknowledged(second)
  const before = second.acknowledged.size
  const killed = server.enginePid()
  process.kill(killed, 'SIGKILL')
  await sleep(4_000)
  await second.stop()
  t.not(server.enginePid(), killed, 'the engine was started again')
  t.ok(second.acknowledged.size > before, 'and submissions went on')
  t.same([...second.refused.keys()].filter(status => status !== 503), [], 'what could not be stored was answered with 503', { log: server.errors() })
  t.same(await missing(server, second.acknowledged), [], `all ${second.acknowledged.size} acknowledged products are there`)

  t.equal(await server.end('SIGTERM'), 0, 'SIGTERM ends it in order')
})
