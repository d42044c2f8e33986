/**
 * Turns what Ajv reports into issues that a vendor's data person understands. Serves records and every other request body;
 * the validator should be compiled with `allErrors` and `verbose`, the latter for the suggestions.
 */
import type { ErrorObject } from 'ajv'
import { closest, distance } from 'fastest-levenshtein'
import { appendToPointer, MAX_ISSUES_PER_DOCUMENT, renderReceived, valueAtPointer, type Issue } from './issue.js'
import type { SchemaIssueCode } from './schema-issue-catalogue.js'
import { expectedOfFormat, expectedOfPattern } from './schema-versions/patterns.js'

/**
 * One issue per cause, in the order in which the document was checked, at most {@link MAX_ISSUES_PER_DOCUMENT}.
 *
 * @param document what was validated; the pointers of the issues resolve in it
 */
export function issuesOfSchemaErrors (errors: readonly ErrorObject[], document: unknown): Issue[] {
  const issues: Issue[] = []
  for (const error of withoutConsequences(errors)) {
    if (issues.length === MAX_ISSUES_PER_DOCUMENT) break
    issues.push(issueOfError(error, valueAtPointer(document, error.instancePath)))
  }
  return issues
}

/** Errors that are mentioned first hide what follows from the same cause at the same place. */
const FORM_OF_A_VALUE = ['type', 'const', 'enum', 'minLength', 'pattern', 'format', 'maxLength']

/**
 * Drops the branches of a failed `anyOf` or `oneOf` (the alternative itself is reported), and all but the most telling error
 * about the form of one value.
 */
function withoutConsequences (errors: readonly ErrorObject[]): ErrorObject[] {
  const branches = new Set<string>()
  const bestForm = new Map<string, number>()
  for (const { keyword, instancePath, schemaPath } of errors) {
    if (keyword === 'anyOf' || keyword === 'oneOf') branches.add(`${schemaPath}/`)
    const rank = FORM_OF_A_VALUE.indexOf(keyword)
    if (rank >= 0 && rank < (bestForm.get(instancePath) ?? Infinity)) bestForm.set(instancePath, rank)
  }
  const branchPaths = [...branches]
  return errors.filter(({ keyword, instancePath, schemaPath }) => {
    if (branchPaths.some(path => schemaPath.startsWith(path))) return false
    const rank = FORM_OF_A_VALUE.indexOf(keyword)
    return rank < 0 || rank === bestForm.get(instancePath)
  })
}

function issueOfError (error: ErrorObject, value: unknown): Issue {
  const name = nameOf(error.instancePath)
  const { params } = error
  if (value === null) return nullIssue(error, name)
  switch (error.keyword) {
    case 'type': return typeIssue(error, name, value)
    case 'required': return missingIssue(error, name)
    case 'additionalProperties': return unknownFieldIssue(error, name, String(params['additionalProperty']), value)
    case 'unevaluatedProperties': return unknownFieldIssue(error, name, String(params['unevaluatedProperty']), value)
    case 'enum': return choiceIssue(error, name, (params['allowedValues'] as unknown[]).map(String), value)
    case 'const': return choiceIssue(error, name, [String(params['allowedValue'])], value)
    case 'minimum': return limitIssue('SCHEMA_RANGE', error, name, `at least ${params['limit']}`, value)
    case 'maximum': return limitIssue('SCHEMA_RANGE', error, name, `at most ${params['limit']}`, value)
    case 'exclusiveMinimum': return limitIssue('SCHEMA_RANGE', error, name, `greater than ${params['limit']}`, value)
    case 'exclusiveMaximum': return limitIssue('SCHEMA_RANGE', error, name, `less than ${params['limit']}`, value)
    case 'multipleOf': return limitIssue('SCHEMA_RANGE', error, name, `a multiple of ${params['multipleOf']}`, value)
    case 'minLength': return lengthIssue(error, name, `at least ${plural(params['limit'], 'character')}`, value)
    case 'maxLength': return lengthIssue(error, name, `at most ${plural(params['limit'], 'character')}`, value)
    case 'minItems': return itemsIssue(error, name, `at least ${plural(params['limit'], 'entry', 'entries')}`, value)
    case 'maxItems': return itemsIssue(error, name, `at most ${plural(params['limit'], 'entry', 'entries')}`, value)
    case 'uniqueItems': return duplicateIssue(error, name, value)
    case 'minProperties': return tooFewFieldsIssue(error, name)
    case 'pattern': return formIssue('SCHEMA_PATTERN', error, name, patternMeaning(error), value)
    case 'format': return formIssue('SCHEMA_FORMAT', error, name, formatMeaning(String(params['format'])), value)
    case 'anyOf': return alternativesIssue(error, name)
    default: return plainIssue('SCHEMA_MISMATCH', error, `${name} does not fit: it ${error.message ?? 'is not as described'}.`)
  }
}

function plainIssue (code: SchemaIssueCode, error: ErrorObject, detail: string): Issue {
  return { code, severity: 'error', pointer: error.instancePath, detail }
}

/** How a text speaks of the place: the field, an entry of a list, or the document. */
function nameOf (pointer: string): string {
  if (pointer === '') return 'The document'
  const tokens = pointer.split('/')
  const last = tokens.at(-1)!.replaceAll('~1', '/').replaceAll('~0', '~')
  return /^\d+$/.test(last) && tokens.length > 2 ? `Entry ${Number(last) + 1} of ${tokens.at(-2)!}` : shorten(last)
}

function shorten (name: string): string {
  return renderReceived(name)
}

function plural (count: unknown, one: string, many = `${one}s`): string {
  return `${String(count)} ${count === 1 ? one : many}`
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  number: 'a number',
  integer: 'a whole number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  null: 'null'
}

function typeName (type: unknown): string {
  return [type].flat().map(name => TYPE_NAMES[String(name)] ?? String(name)).join(' or ')
}

function nameOfReceived (value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'number') return Number.isFinite(value) ? 'a number' : 'a number too large to be one'
  return TYPE_NAMES[typeof value] ?? typeof value
}

function typeIssue (error: ErrorObject, name: string, value: unknown): Issue {
  const expected = typeName(error.params['type'])
  const wantsNumber = error.params['type'] === 'number' || error.params['type'] === 'integer'
  let received = nameOfReceived(value)
  if (error.params['type'] === 'integer' && typeof value === 'number' && Number.isFinite(value)) received = 'a number with decimals'
  const quoted = wantsNumber && typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value))
  const hint = quoted ? ' Send the number without quotes.' : error.params['type'] === 'string' && typeof value === 'number' ? ' Put it in quotes.' : ''
  return { ...plainIssue('SCHEMA_TYPE', error, `${name} must be ${expected}, not ${received}.${hint}`), expected, received: renderReceived(value) }
}

function nullIssue (error: ErrorObject, name: string): Issue {
  const detail = `${name} is null. Leave a field out when it is not declared.`
  return { ...plainIssue('SCHEMA_NULL', error, detail), received: 'null' }
}

function missingIssue (error: ErrorObject, name: string): Issue {
  const field = String(error.params['missingProperty'])
  const title = propertyOf(error, field)?.title
  const meaning = title === undefined ? '' : ` (${title})`
  return { ...plainIssue('SCHEMA_REQUIRED', error, `${name} lacks the required field ${field}${meaning}.`), expected: field }
}

function unknownFieldIssue (error: ErrorObject, name: string, field: string, parent: unknown): Issue {
  const known = Object.keys(propertiesOf(error) ?? {})
  const suggestion = suggestionFor(field, known)
  const hint = suggestion === undefined ? '' : ` Did you mean ${suggestion}?`
  const issue: Issue = {
    code: 'SCHEMA_UNKNOWN_FIELD' satisfies SchemaIssueCode,
    severity: 'error',
    pointer: appendToPointer(error.instancePath, field),
    detail: `${shorten(field)} is not a field of ${name === 'The document' ? 'the document' : name}.${hint}`
  }
  if (suggestion !== undefined) issue.expected = suggestion
  if (typeof parent === 'object' && parent !== null && Object.hasOwn(parent, field)) {
    issue.received = renderReceived((parent as Record<string, unknown>)[field])
  }
  return issue
}

function choiceIssue (error: ErrorObject, name: string, allowed: readonly string[], value: unknown): Issue {
  const suggestion = typeof value === 'string' ? suggestionFor(value, allowed) : undefined
  const hint = suggestion === undefined ? '' : ` Did you mean ${suggestion}?`
  const detail = allowed.length === 1 ? `${name} must be ${allowed[0]}.` : `${name} must be one of the listed values.${hint}`
  return { ...plainIssue('SCHEMA_ENUM', error, detail), expected: allowed.join(', '), received: renderReceived(value) }
}

function limitIssue (code: SchemaIssueCode, error: ErrorObject, name: string, expected: string, value: unknown): Issue {
  return { ...plainIssue(code, error, `${name} must be ${expected}.`), expected, received: renderReceived(value) }
}

function lengthIssue (error: ErrorObject, name: string, expected: string, value: unknown): Issue {
  const length = [...String(value).slice(0, 100_000)].length
  const detail = length === 0 ? `${name} is empty. Leave a field out when it is not declared.` : `${name} must have ${expected}, not ${length}.`
  return { ...plainIssue('SCHEMA_LENGTH', error, detail), expected, received: renderReceived(value) }
}

function itemsIssue (error: ErrorObject, name: string, expected: string, value: unknown): Issue {
  const received = plural((value as readonly unknown[]).length, 'entry', 'entries')
  return { ...plainIssue('SCHEMA_ITEMS', error, `${name} must have ${expected}, not ${received}.`), expected, received }
}

function duplicateIssue (error: ErrorObject, name: string, value: unknown): Issue {
  const [first, second] = [error.params['j'], error.params['i']].map(Number).sort((left, right) => left - right)
  const received = renderReceived((value as readonly unknown[])[second!])
  const detail = `Entries ${first! + 1} and ${second! + 1} of ${name} are the same.`
  return { ...plainIssue('SCHEMA_DUPLICATE', error, detail), pointer: appendToPointer(error.instancePath, second!), received }
}

function tooFewFieldsIssue (error: ErrorObject, name: string): Issue {
  const required = (error.parentSchema?.['required'] ?? []) as readonly string[]
  const optional = Object.keys(propertiesOf(error) ?? {}).filter(field => !required.includes(field))
  const besides = required.length === 0 ? '' : ` besides ${required.join(', ')}`
  const issue = plainIssue('SCHEMA_EMPTY', error, `${name} declares nothing: give at least one field${besides}, or leave ${name} out.`)
  return optional.length === 0 ? issue : { ...issue, expected: `at least one of ${optional.join(', ')}` }
}

function formIssue (code: SchemaIssueCode, error: ErrorObject, name: string, expected: string, value: unknown): Issue {
  return { ...plainIssue(code, error, `${name} must be ${expected}.`), expected, received: renderReceived(value) }
}

function patternMeaning ({ params, parentSchema }: ErrorObject): string {
  const pattern = String(params['pattern'])
  const described: unknown = parentSchema?.['x-expected']
  return typeof described === 'string' ? described : expectedOfPattern(pattern) ?? `text that matches ${pattern}`
}

function formatMeaning (format: string): string {
  return expectedOfFormat(format) ?? `a valid ${format}`
}

function alternativesIssue (error: ErrorObject, name: string): Issue {
  const branches = Array.isArray(error.schema) ? error.schema as readonly { required?: readonly string[] }[] : []
  const fields = branches.flatMap(({ required }) => required ?? [])
  if (fields.length === 0 || branches.some(branch => branch.required === undefined)) {
    return plainIssue('SCHEMA_MISMATCH', error, `${name} fits none of the described alternatives.`)
  }
  const expected = `at least one of ${fields.join(', ')}`
  return { ...plainIssue('SCHEMA_REQUIRED_ONE_OF', error, `${name} needs ${expected}.`), expected }
}

interface DescribedProperty { readonly title?: string }

function propertiesOf (error: ErrorObject): Record<string, DescribedProperty> | undefined {
  return error.parentSchema?.['properties'] as Record<string, DescribedProperty> | undefined
}

function propertyOf (error: ErrorObject, field: string): DescribedProperty | undefined {
  const properties = propertiesOf(error)
  return properties !== undefined && Object.hasOwn(properties, field) ? properties[field] : undefined
}

/** Names longer than this are no misspelling of anything. */
const MAX_SUGGESTED_LENGTH = 60

/** The candidate that was probably meant: at most a third of its letters differ, upper and lower case aside. */
export function suggestionFor (name: string, candidates: readonly string[]): string | undefined {
  if (candidates.length === 0 || name.length === 0 || name.length > MAX_SUGGESTED_LENGTH) return undefined
  const byFolded = new Map(candidates.map(candidate => [candidate.toLowerCase(), candidate]))
  const folded = name.toLowerCase()
  const best = closest(folded, [...byFolded.keys()])
  return distance(folded, best) <= Math.ceil(best.length / 3) ? byFolded.get(best) : undefined
}
