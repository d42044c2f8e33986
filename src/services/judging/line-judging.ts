/**
 * Judges lines of NDJSON in a thread: reading and judging them is most of the work of an import, and this leaves the process free for the
 * database and for everybody else, and lets two processors take part.
 */
import type { Worker } from 'node:worker_threads'
import type { AcceptedRecord } from '../../domain/product.js'
import type { ValidationContext } from '../../domain/rule.js'
import type { SchemaLifecycles } from '../../domain/schema-versions/lifecycle.js'
import { startThread } from '../thread.js'
import { packLines, unpackVerdicts, type LineToJudge, type PackedVerdicts, type ThreadVerdict } from './thread-messages.js'

/** Lines in one message: what is said of a few is garbage before the collector has to move it, and is taken in quickly. */
const LINES_AT_ONCE = 40

/** A line has at most 1 MiB, and what is read from it some ten times as much. Hardly anything outlives its message. */
const MEMORY = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 8, stackSizeMb: 4 }

/** Buffers that are kept for the next lines, and the bytes of each at most: 10 MiB together. */
const MOST_SPARE = 40
const LARGEST_SPARE = 262_144

export interface LineJudging {
  /** One verdict for each line, in their order. Rejects when the thread has failed; the next call starts another one. */
  judge: (lines: readonly LineToJudge[], context: ValidationContext) => Promise<ThreadVerdict[]>
  /**
   * Takes back the memory of records that are stored: their bytes and hashes are gone then, as are those of others that came from the same call of
   * `judge`. Who does not call it leaves them to the collector.
   */
  takeBack: (records: Iterable<Pick<AcceptedRecord, 'bytes'>>) => void
}

interface Waiting { resolve: (verdicts: ThreadVerdict[]) => void, reject: (error: unknown) => void }

/** The thread begins with the first line, and ends with the process. */
export function createLineJudging (lifecycles: SchemaLifecycles): LineJudging {
  const lent = new WeakSet<ArrayBufferLike>()
  const spare: ArrayBuffer[] = []
  let thread: { worker: Worker, waiting: Waiting[] } | undefined

  function openThread (): NonNullable<typeof thread> {
    const worker = startThread(new URL('./judging-thread.js', import.meta.url), { workerData: lifecycles, resourceLimits: MEMORY })
    const opened = { worker, waiting: [] as Waiting[] }
    const fail = (error: unknown): void => {
      if (thread === opened) thread = undefined
      for (const { reject } of opened.waiting.splice(0)) reject(error)
    }
    worker.on('message', (verdicts: PackedVerdicts) => {
      const answered = opened.waiting.shift()
      // Nothing is kept waiting by a thread that nobody waits for.
      if (opened.waiting.length === 0) worker.unref()
      lent.add(verdicts.bytes.buffer)
      answered?.resolve(unpackVerdicts(verdicts))
    })
    worker.on('error', fail)
    // Answers are told apart by their order alone, so after one that is lost no other can be trusted.
    worker.on('messageerror', error => {
      fail(error)
      void worker.terminate()
    })
    worker.on('exit', code => { fail(new Error(`The thread that judges lines has ended (${code}).`)) })
    return opened
  }

  async function judgeSome (lines: readonly LineToJudge[], context: ValidationContext): Promise<ThreadVerdict[]> {
    thread ??= openThread()
    const { worker, waiting } = thread
    const { content, transfer } = packLines(lines, context, spare.pop())
    return await new Promise((resolve, reject) => {
      worker.postMessage(content, transfer)
      waiting.push({ resolve, reject })
      worker.ref()
    })
  }

  return {
    async judge (lines, context) {
      const parts: Array<Promise<ThreadVerdict[]>> = []
      for (let start = 0; start < lines.length; start += LINES_AT_ONCE) parts.push(judgeSome(lines.slice(start, start + LINES_AT_ONCE), context))
      return (await Promise.all(parts)).flat()
    },

    takeBack (records) {
      for (const { bytes: { buffer } } of records) {
        if (lent.delete(buffer) && spare.length < MOST_SPARE && buffer.byteLength <= LARGEST_SPARE) spare.push(buffer as ArrayBuffer)
      }
    }
  }
}
