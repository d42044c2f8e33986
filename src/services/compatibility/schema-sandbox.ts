/** A thread in which a proposed schema is compared and tried on records, with limits of time and memory that it cannot get around. */
import type { Issue } from '../../domain/issue.js'
import type { SchemaComparison } from '../../domain/schema-compatibility/compare-schemas.js'
import type { JsonSchema } from '../../domain/schema-versions/publish.js'
import { startThread } from '../thread.js'

export interface Proposal {
  schema: JsonSchema
  /** The released version to compare with. */
  version: string
}

/** The canonical JSON of a record in the version in which it is stored. */
export interface StoredRecord { productId: string, schemaVersion: string, bytes: Uint8Array }

export interface Judgement {
  judged: number
  failed: number
  /** Records that cannot be represented in the version to compare with. */
  withoutPlace: number
  /** At most {@link MAX_FAILURES}. The pointers are those of the record in the version to compare with. */
  failures: Array<{ productId: string, issue: Issue }>
}

export type SandboxQuestion = { kind: 'compare' } | { kind: 'judge', records: readonly StoredRecord[] }

export const MAX_FAILURES = 10

/** A judged chunk of records takes a few megabytes; what compiles to more than this is no schema of a record. */
const MEMORY = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 32, codeRangeSizeMb: 16, stackSizeMb: 4 }

/** The thread was ended: it took too long, needed too much memory, or failed. */
export class SandboxEnded extends Error {}

export type SchemaSandbox = ReturnType<typeof openSchemaSandbox>

export function openSchemaSandbox (proposal: Proposal) {
  const worker = startThread(new URL('./schema-judge.js', import.meta.url), { workerData: proposal, resourceLimits: MEMORY })
  let ended: SandboxEnded | undefined
  let waiting: { resolve: (answer: never) => void, reject: (error: Error) => void } | undefined
  const end = (reason: string, cause?: unknown): void => {
    ended ??= new SandboxEnded(reason, { cause })
    waiting?.reject(ended)
    waiting = undefined
  }
  worker.on('message', answer => {
    waiting?.resolve(answer as never)
    waiting = undefined
  })
  worker.on('error', error => { end('The schema needs more memory or deeper nesting than there is.', error) })
  worker.on('exit', () => { end('The thread has ended.') })

  /** One question at a time. When the time is over the thread is ended, in whatever it does. */
  async function ask<Answer> (question: SandboxQuestion, timeMs: number): Promise<Answer> {
    const timer = setTimeout(() => {
      end(`The time of ${timeMs} ms is over.`)
      void worker.terminate()
    }, timeMs)
    try {
      return await new Promise<Answer>((resolve, reject) => {
        if (ended !== undefined) return reject(ended)
        waiting = { resolve, reject }
        worker.postMessage(question)
      })
    } finally {
      clearTimeout(timer)
    }
  }

  return {
    /** Also compiles the schema; `issues` say why it cannot be used. Rejects with {@link SandboxEnded}. */
    compare: async (timeMs: number): Promise<SchemaComparison | { issues: Issue[] }> => await ask({ kind: 'compare' }, timeMs),
    /** After a comparison without issues. Rejects with {@link SandboxEnded}. */
    judge: async (records: readonly StoredRecord[], timeMs: number): Promise<Judgement> => await ask({ kind: 'judge', records }, timeMs),
    close: async (): Promise<void> => { await worker.terminate() }
  }
}
