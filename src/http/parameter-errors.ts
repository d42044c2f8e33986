/** Says in words what is wrong with a query or path parameter. */
import type { ErrorObject } from 'ajv'
import { EXPECTED_GTIN } from '../domain/identity/gtin.js'
import { renderReceived } from '../domain/issue.js'
import type { ProblemIssue } from '../domain/problems.js'
import { suggestionFor } from '../domain/schema-issues.js'
import { expectedOfPattern } from '../domain/schema-versions/patterns.js'
import type { RequestIssueCode } from './request-issues.js'

/** @param names the parameters that the operation knows */
export function describeParameterError (error: ErrorObject, names: readonly string[]): ProblemIssue {
  const { keyword, params, instancePath } = error
  if (keyword === 'additionalProperties') return unknownParameter(String(params.additionalProperty), names)
  if (keyword === 'required') {
    const parameter = String(params.missingProperty)
    return { parameter, code: 'PARAMETER_REQUIRED' satisfies RequestIssueCode, detail: `The parameter ${parameter} is required.` }
  }
  const parameter = instancePath.split('/')[1] ?? ''
  const expected = describeExpectation(error)
  return {
    parameter,
    code: 'PARAMETER_VALUE' satisfies RequestIssueCode,
    detail: `The parameter ${parameter} must be ${expected}.`,
    expected,
    received: renderReceived(error.data)
  }
}

function unknownParameter (parameter: string, names: readonly string[]): ProblemIssue {
  const suggestion = suggestionFor(parameter, names)
  const known = names.length === 0 ? 'This operation has no query parameters.' : `Known parameters: ${names.join(', ')}.`
  return {
    parameter: parameter.slice(0, 128),
    code: 'UNKNOWN_PARAMETER' satisfies RequestIssueCode,
    detail: suggestion === undefined
      ? `There is no parameter ${parameter.slice(0, 128)}. ${known}`
      : `There is no parameter ${parameter.slice(0, 128)}; did you mean ${suggestion}?`,
    ...(suggestion === undefined ? {} : { expected: suggestion })
  }
}

const FORMATS: Readonly<Record<string, string>> = {
  gtin: EXPECTED_GTIN,
  uuid: 'a UUID such as 0190163d-8694-5c6f-8b5a-4e0a4b8d7d0f',
  'date-time': 'an RFC 3339 time in UTC such as 2026-11-21T08:30:00Z'
}

function describeExpectation ({ keyword, params, parentSchema }: ErrorObject): string {
  const described: unknown = parentSchema?.['x-expected']
  if (typeof described === 'string') return described
  switch (keyword) {
    case 'type': return params.type === 'array' || Array.isArray(params.type) ? 'a value of the documented type' : articled(String(params.type))
    case 'enum': return `one of ${(params.allowedValues as unknown[]).join(', ')}`
    case 'const': return String(params.allowedValue)
    case 'format': return FORMATS[String(params.format)] ?? `in the format ${String(params.format)}`
    case 'minimum': return `at least ${String(params.limit)}`
    case 'maximum': return `at most ${String(params.limit)}`
    case 'exclusiveMinimum': return `greater than ${String(params.limit)}`
    case 'minLength': return 'not empty'
    case 'maxLength': return `at most ${String(params.limit)} characters long`
    case 'maxItems': return `given at most ${String(params.limit)} times`
    case 'pattern': return expectedOfPattern(String(params.pattern)) ?? `text that matches ${String(params.pattern)}`
    default: return 'a value of the documented form'
  }
}

function articled (type: string): string {
  switch (type) {
    case 'integer': return 'a whole number'
    case 'number': return 'a number'
    case 'boolean': return 'true or false'
    default: return 'given once, as text'
  }
}
