/** Reads the items of a batch, each on its own: one that cannot be read becomes a failed item instead of a failed batch. */
import { ExchangeError } from '../domain/problems.js'
import { renderReceived, type Issue } from '../domain/issue.js'
import type { SchemaIssueCode } from '../domain/schema-issue-catalogue.js'
import { suggestionFor } from '../domain/schema-issues.js'
import type { BatchItem } from '../services/products/batch.js'
import { BATCH_ITEM_KINDS, SHARED_SCHEMAS } from './components.js'
import { buildValidator } from './validation.js'

const compile = buildValidator(SHARED_SCHEMAS)
const validators = new Map(Object.entries(BATCH_ITEM_KINDS).map(([op, name]) => [op, compile({ schema: { $ref: `${name}#` }, httpPart: 'body' })]))
const OPERATIONS = [...validators.keys()]

export function readBatchItems (items: readonly unknown[]): BatchItem[] {
  return items.map(readItem)
}

function readItem (item: unknown): BatchItem {
  const { op, ref } = (typeof item === 'object' && item !== null ? item : {}) as { op?: unknown, ref?: unknown }
  const validate = typeof op === 'string' ? validators.get(op) : undefined
  const judged = validate === undefined ? { error: unknownOperation(item, op) } : validate(item)
  if (judged === true) return item as BatchItem
  return { op: 'malformed', error: judged.error, ...(typeof ref === 'string' && { ref: ref.slice(0, 200) }) }
}

function unknownOperation (item: unknown, op: unknown): ExchangeError {
  const expected = `one of ${OPERATIONS.join(', ')}`
  const suggestion = typeof op === 'string' ? suggestionFor(op, OPERATIONS) : undefined
  const isObject = typeof item === 'object' && item !== null && !Array.isArray(item)
  const code: SchemaIssueCode = !isObject ? 'SCHEMA_TYPE' : op === undefined ? 'SCHEMA_REQUIRED' : 'SCHEMA_ENUM'
  const detail = isObject ? `op must be ${expected}${suggestion === undefined ? '.' : `; did you mean ${suggestion}?`}` : 'An item is a JSON object.'
  const issue: Issue = {
    code,
    severity: 'error',
    pointer: code === 'SCHEMA_ENUM' ? '/op' : '',
    detail,
    expected: isObject ? expected : 'an object',
    ...(op === undefined && isObject ? {} : { received: renderReceived(isObject ? op : item) })
  }
  return new ExchangeError('validation-failed', detail, { issues: [issue] })
}
