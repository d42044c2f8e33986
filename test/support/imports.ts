/** Imports in tests: files of records, and workers that are run by hand. */
import type { InjectOptions } from 'fastify'
import type { ImportView } from '../../src/services/imports/import-view.js'
import type { TestExchange } from './exchange.js'
import { recordOf } from './records.js'

type Payload = NonNullable<InjectOptions['payload']>

/** A valid record of the vendor's first manufacturer; another mass makes another content. */
export function catalogueRecord (index: number, massKg = 1.36) {
  return recordOf({ manufacturerPartNumber: `PN-${String(index).padStart(7, '0')}`, massKg })
}

export function ndjson (records: readonly unknown[]): string {
  return records.map(record => `${JSON.stringify(record)}\n`).join('')
}

export function importing ({ app, services }: TestExchange, member: TestExchange['vendor']) {
  async function upload (query: string, payload: Payload, headers: Record<string, string> = {}) {
    return await app.inject({ method: 'POST', url: `/v1/imports?${query}`, headers: { ...member.headers, 'content-type': 'application/octet-stream', ...headers }, payload })
  }
  async function get (importId: string): Promise<ImportView> {
    return (await app.inject({ url: `/v1/imports/${importId}`, headers: member.headers })).json()
  }
  /** Lets a worker take turns until there is nothing left to do. */
  async function work (worker = 'worker'): Promise<void> {
    while (await services.importWork.workOnNext(worker, () => false)) continue
  }
  async function run (query: string, payload: Payload, headers?: Record<string, string>): Promise<ImportView> {
    const answer = await upload(query, payload, headers)
    if (answer.statusCode !== 202) throw new Error(answer.body)
    await work()
    return await get(answer.json().importId)
  }
  async function results (importId: string, query = ''): Promise<Array<Record<string, unknown>>> {
    return (await app.inject({ url: `/v1/imports/${importId}/results?limit=500${query}`, headers: member.headers })).json().items
  }
  async function rejected (importId: string): Promise<Buffer> {
    return (await app.inject({ url: `/v1/imports/${importId}/rejected`, headers: member.headers })).rawPayload
  }
  return { upload, get, work, run, results, rejected }
}
