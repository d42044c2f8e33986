/** Compiles a JSON Schema into a check that reports issues. Nothing is coerced, defaulted or removed. */
import { Ajv2020, type Options, type ValidateFunction } from 'ajv/dist/2020.js'
import { fullFormats } from 'ajv-formats/dist/formats.js'
import type { Issue } from './issue.js'
import { issuesOfSchemaErrors } from './schema-issues.js'
import type { JsonSchema } from './schema-versions/publish.js'

/** Answers undefined for a document that fits the schema, else what is wrong with it. */
export type SchemaValidator = (document: unknown) => Issue[] | undefined

/** Web addresses of the usual kind, which the long expression for all URIs would accept as well. */
const USUAL_ADDRESS = /^https?:\/\/[a-z\d]+(?:[.-][a-z\d]+)*(?:\/[\w.~-]+)*\/?$/i

const isUri = fullFormats.uri as (text: string) => boolean

const OPTIONS = {
  strict: true,
  strictRequired: false, // does not see the properties beside an anyOf of required fields
  verbose: true,
  validateSchema: false, // What is published was checked when it was released.
  coerceTypes: false,
  useDefaults: false,
  removeAdditional: false,
  formats: { date: fullFormats.date, uri: text => USUAL_ADDRESS.test(text) || isUri(text) }
} satisfies Options

/**
 * Documents with more values than this are judged by their first error alone, because each of them may break the schema
 * and every error costs memory. The largest record that a schema allows has about 2,000.
 */
const MAX_VALUES_FOR_ALL_ERRORS = 5_000

/** Compiling takes about a tenth of a second, so it is done when the first document comes, and for all errors when the first wrong one does. */
export function createSchemaValidator (schema: JsonSchema): SchemaValidator {
  let first: ValidateFunction | undefined
  let all: ValidateFunction | undefined
  return function validate (document) {
    const stopAtFirst = first ??= new Ajv2020(OPTIONS).compile(schema)
    if (stopAtFirst(document)) return undefined
    if (hasMoreValuesThan(MAX_VALUES_FOR_ALL_ERRORS, document)) return issuesOfSchemaErrors(stopAtFirst.errors ?? [], document).map(withoutTheRest)
    const collectAll = all ??= new Ajv2020({ ...OPTIONS, allErrors: true }).compile(schema)
    collectAll(document)
    return issuesOfSchemaErrors(collectAll.errors ?? [], document)
  }
}

function withoutTheRest (issue: Issue): Issue {
  return { ...issue, detail: `${issue.detail} Checking stopped here, because the document is far larger than a record can be.` }
}

/** Walks with a stack of its own: a body may nest deeper than the call stack reaches. */
function hasMoreValuesThan (limit: number, document: unknown): boolean {
  const open: unknown[] = [document]
  let count = 0
  while (open.length > 0) {
    const value = open.pop()
    if (++count > limit || open.length > limit) return true
    if (typeof value !== 'object' || value === null) continue
    for (const key in value) {
      open.push((value as Record<string, unknown>)[key])
      if (open.length > limit) return true
    }
  }
  return false
}
