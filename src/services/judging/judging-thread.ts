/** Runs in a thread of its own (see `line-judging.ts`). */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import { createRecordValidator } from '../../domain/record-validation.js'
import type { SchemaLifecycles } from '../../domain/schema-versions/lifecycle.js'
import { parseLine } from '../../formats/ndjson.js'
import { lineHashOf } from '../../formats/source-line.js'
import { judgeLine } from './judge-line.js'
import { packVerdicts, unpackLines, type LineToJudge, type PackedLines, type ThreadVerdict } from './thread-messages.js'

const validator = createRecordValidator({ lifecycles: workerData as SchemaLifecycles })
const port = parentPort as MessagePort

port.on('message', (lines: PackedLines) => {
  const { content, transfer } = packVerdicts(unpackLines(lines).map(line => judge(line, lines.context)))
  port.postMessage(content, transfer)
})

function judge ({ bytes, storedHash }: LineToJudge, context: PackedLines['context']): ThreadVerdict {
  const verdict = judgeLine(validator, parseLine(bytes), context, storedHash)
  const lineHash = 'accepted' in verdict ? lineHashOf({ bytes }) : undefined
  return lineHash === undefined ? verdict : { ...verdict, lineHash }
}
