/**
 * Runs in a thread of its own (see `schema-sandbox.ts`): a proposed schema is compared, compiled and applied here, because one from outside
 * can be made to take any time and memory. Whoever started the thread ends it.
 */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import { fullFormats } from 'ajv-formats/dist/formats.js'
import type { Issue } from '../../domain/issue.js'
import { compareSchemas } from '../../domain/schema-compatibility/compare-schemas.js'
import { issuesOfSchemaErrors } from '../../domain/schema-issues.js'
import { convertRecord, type JsonObject } from '../../domain/schema-versions/conversion.js'
import type { JsonSchema } from '../../domain/schema-versions/publish.js'
import { requireSchemaVersion, SCHEMA_VERSIONS } from '../../domain/schema-versions/registry.js'
import { MAX_FAILURES, type Judgement, type Proposal, type SandboxQuestion, type StoredRecord } from './schema-sandbox.js'

const { schema, version } = workerData as Proposal
const port = parentPort as MessagePort

const MAX_TEXT_LENGTH = 400

let compiled: ValidateFunction | undefined

port.on('message', (question: SandboxQuestion) => {
  port.postMessage(question.kind === 'compare' ? compare() : judge(question.records))
})

function compare () {
  const unusable = compile()
  return unusable.length > 0 ? { issues: unusable } : compareSchemas(requireSchemaVersion(version).schema, schema)
}

function compile (): Issue[] {
  const ajv = new Ajv2020({ strict: true, strictRequired: false, strictTypes: false, strictTuples: false, verbose: true, inlineRefs: false, logger: false, formats: { ...fullFormats } as never })
  if (ajv.validateSchema(schema) !== true) return (ajv.errors ?? []).slice(0, MAX_FAILURES).map(unusableBy)
  try {
    compiled = ajv.compile(schema)
    return []
  } catch (error) {
    if (error instanceof RangeError) throw error
    return [unusable('', (error as Error).message)]
  }
}

function unusableBy ({ instancePath, message = 'is not as the draft describes it' }: ErrorObject): Issue {
  return unusable(instancePath, `This part of the schema ${message}.`)
}

function unusable (pointer: string, detail: string): Issue {
  return { code: 'SCHEMA_UNUSABLE', severity: 'error', pointer, detail: cut(detail) }
}

function judge (records: readonly StoredRecord[]): Judgement {
  const judgement: Judgement = { judged: 0, failed: 0, withoutPlace: 0, failures: [] }
  for (const { productId, schemaVersion, bytes } of records) {
    const converted = convertRecord(SCHEMA_VERSIONS, JSON.parse(Buffer.from(bytes).toString()) as JsonObject, schemaVersion, version)
    judgement.judged++
    if ('obstacles' in converted) {
      judgement.withoutPlace++
      continue
    }
    const record = asProposed(converted.record)
    if (compiled?.(record) === true) continue
    judgement.failed++
    const [issue] = issuesOfSchemaErrors(compiled?.errors ?? [], record)
    if (issue !== undefined && judgement.failures.length < MAX_FAILURES) judgement.failures.push({ productId, issue: shortened(issue) })
  }
  return judgement
}

/** What is expected comes from the proposed schema, which may say it at any length. */
function shortened (issue: Issue): Issue {
  const { detail, expected } = issue
  return { ...issue, detail: cut(detail), ...(expected !== undefined && { expected: cut(expected) }) }
}

function cut (text: string): string {
  return text.slice(0, MAX_TEXT_LENGTH)
}

/** The same content, said to be in the version that the proposed schema names: a version is not refused for its name. */
function asProposed (record: JsonObject): JsonObject {
  const properties = schema['properties'] as Readonly<Record<string, JsonSchema | boolean>> | undefined
  const named = properties?.['schemaVersion']
  return typeof named === 'object' && named['const'] !== undefined ? { ...record, schemaVersion: named['const'] } : record
}
