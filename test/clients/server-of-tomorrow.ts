/** A proxy in front of an exchange that answers what a later version might: new values of open enumerations, new members, a new kind of change. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'

type Json = Record<string, unknown>

export async function serverOfTomorrow (exchangeUrl: string): Promise<{ url: string, close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    void (async () => {
      const { host: _host, connection: _connection, 'content-length': _length, ...headers } = request.headers
      const body = request.method === 'POST' ? { body: JSON.stringify(await json(request)) } : {}
      const answer = await fetch(`${exchangeUrl}${request.url}`, { method: request.method ?? 'GET', headers: headers as Record<string, string>, ...body })
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' })
      response.end(JSON.stringify(tomorrow(await answer.json() as Json)))
    })()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    }
  }
}

/** The answer with another value wherever one of an open enumeration stands, and a further member in every object. */
function tomorrow (answer: Json): Json {
  const changed = renewed(answer) as Json
  const items = changed['items'] as Json[] | undefined
  const [first] = items ?? []
  if (first?.['op'] === 'upsert') items?.unshift({ ...first, op: 'revalue', product: undefined })
  return changed
}

const NEW_VALUES: Readonly<Record<string, string>> = { outcome: 'merged', category: 'hologram', severity: 'notice', granularity: 'atom', assuranceLevel: 'sworn' }

function renewed (value: unknown): unknown {
  if (Array.isArray(value)) return value.map(renewed)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).map(([name, member]) => [name, typeof member === 'string' ? NEW_VALUES[name] ?? member : renewed(member)])
  return { ...Object.fromEntries(members), memberOfTomorrow: { since: 2030 } }
}
