/** Reads the items of a batch, each on its own: one that cannot be read becomes a failed item instead of a failed batch. */
import { ExchangeError } from '../domain/problems.js'
import { appendToPointer, renderReceived, type Issue } from '../domain/issue.js'
import type { SchemaIssueCode } from '../domain/schema-issue-catalogue.js'
import { suggestionFor } from '../domain/schema-issues.js'
import type { AliasItem } from '../services/aliases.js'
import type { BatchItem } from '../services/products/batch.js'
import { BATCH_ITEM_KINDS, SHARED_SCHEMAS } from './components.js'
import { buildValidator } from './validation.js'

const compile = buildValidator(SHARED_SCHEMAS)
export const readBatchItems = createItemReader<BatchItem>(BATCH_ITEM_KINDS.BatchItem)
export const readAliasItems = createItemReader<AliasItem>(BATCH_ITEM_KINDS.AliasItem)

interface MalformedItem { op: 'malformed', ref?: string, error: ExchangeError }

/** @param kinds names of the schemas by `op` */
function createItemReader<Item> (kinds: Readonly<Record<string, string>>): (items: readonly unknown[]) => Array<Item | MalformedItem> {
  const validators = new Map(Object.entries(kinds).map(([op, name]) => [op, compile({ schema: { $ref: `${name}#` }, httpPart: 'body' })]))
  const operations = [...validators.keys()]
  return items => items.map(item => {
    const { op, ref } = (typeof item === 'object' && item !== null ? item : {}) as { op?: unknown, ref?: unknown }
    const validate = typeof op === 'string' ? validators.get(op) : undefined
    const judged = validate === undefined ? { error: unknownOperation(item, op, operations) } : validate(item)
    if (judged === true) return item as Item
    return { op: 'malformed', error: atItem(judged.error), ...(typeof ref === 'string' && { ref: ref.slice(0, 200) }) }
  })
}

/** What an item lacks is pointed at, because the item as a whole is no place that a caller can correct. */
function atItem (error: ExchangeError): ExchangeError {
  const issues = error.issues.map(issue => 'pointer' in issue && issue.pointer === '' && issue.code === 'SCHEMA_REQUIRED' && issue.detail.startsWith('The document lacks')
    ? { ...issue, pointer: appendToPointer('', issue.expected ?? ''), detail: issue.detail.replace('The document', 'The item') }
    : issue)
  return new ExchangeError(error.code, issues.length === 1 ? issues[0]?.detail ?? '' : error.message, { issues })
}

function unknownOperation (item: unknown, op: unknown, operations: readonly string[]): ExchangeError {
  const expected = `one of ${operations.join(', ')}`
  const suggestion = typeof op === 'string' ? suggestionFor(op, operations) : undefined
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
