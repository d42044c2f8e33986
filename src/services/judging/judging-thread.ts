/** Runs in a thread of its own (see `line-judging.ts`). */
import { readlinkSync } from 'node:fs'
import { setPriority } from 'node:os'
import { basename } from 'node:path'
import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import { createRecordValidator } from '../../domain/record-validation.js'
import type { SchemaLifecycles } from '../../domain/schema-versions/lifecycle.js'
import { parseLine } from '../../formats/ndjson.js'
import { lineHashOf } from '../../formats/source-line.js'
import { judgeLine } from './judge-line.js'
import { packVerdicts, unpackLines, type LineToJudge, type PackedLines, type ThreadVerdict } from './thread-messages.js'

/** Of 19. */
const LOW_PRIORITY = 6

const validator = createRecordValidator({ lifecycles: workerData as SchemaLifecycles })
const port = parentPort as MessagePort

giveWay()

// Ends the thread: whoever waits is told.
port.on('messageerror', error => { throw error })
port.on('message', (lines: PackedLines) => {
  const { content, transfer } = packVerdicts(unpackLines(lines).map(line => judge(line, lines.context)), lines.bytes.buffer)
  port.postMessage(content, transfer)
})

/** Requests come first where there are fewer processors than work. Linux gives threads ids and priorities of their own; elsewhere nothing is done. */
function giveWay (): void {
  try {
    setPriority(Number(basename(readlinkSync('/proc/thread-self'))), LOW_PRIORITY)
  } catch {
    // It is judged all the same.
  }
}

function judge ({ bytes, storedHash }: LineToJudge, context: PackedLines['context']): ThreadVerdict {
  const verdict = judgeLine(validator, parseLine(bytes), context, storedHash)
  const lineHash = 'accepted' in verdict ? lineHashOf({ bytes }) : undefined
  return lineHash === undefined ? verdict : { ...verdict, lineHash }
}
