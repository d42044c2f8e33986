/**
 * Validation of requests. Bodies are judged as they were sent: no coercion, no defaults, nothing removed. Parameters
 * arrive as text and are coerced. (One set of options for both would turn a body's null into 0 and drop its unknown fields.)
 */
import { Ajv2020, type ErrorObject, type Options, type ValidateFunction } from 'ajv/dist/2020.js'
import { fullFormats } from 'ajv-formats/dist/formats.js'
import { normalizeGtin } from '../domain/identity/gtin.js'
import { ExchangeError } from '../domain/problems.js'
import { issuesOfSchemaErrors } from '../domain/schema-issues.js'
import { describeParameterError } from './parameter-errors.js'

/** Keywords that only describe. */
const ANNOTATIONS = ['x-documented-values', 'x-expected']

const BASE: Options = {
  strict: true,
  strictRequired: false,
  verbose: true,
  validateSchema: false, // They are the code's own; compiling the meta-schema for each instance would take longer than all else at the start.
  keywords: ANNOTATIONS,
  formats: { gtin: (value: string) => normalizeGtin(value) !== undefined, uuid: fullFormats.uuid, 'date-time': fullFormats['date-time'], 'uri-reference': fullFormats['uri-reference'] }
}

type Compile = (schema: object) => () => ValidateFunction
type Validation = (value: unknown) => true | { error: ExchangeError }

const STRICT: Options = { ...BASE, coerceTypes: false, useDefaults: false, removeAdditional: false }

/**
 * Builds the compiler of route schemas, which may refer to the shared ones. A schema is compiled when something comes that it has to judge: to
 * compile all of them would delay every start, and most processes never see an invalid body for each.
 */
export function buildValidator (schemas: readonly object[]) {
  const compilerOf = (options: Options): Compile => {
    const ajv = onDemand(() => newAjv(schemas, options))
    return schema => onDemand(() => ajv().compile(schema))
  }
  const firstError = compilerOf(STRICT)
  const allErrors = compilerOf({ ...STRICT, allErrors: true })
  const parameters = compilerOf({ ...BASE, coerceTypes: 'array', useDefaults: true, removeAdditional: false, allErrors: true })

  return ({ schema, httpPart }: { schema: unknown, httpPart?: string }): Validation => {
    // Schemas of headers document what `conditional.ts` and others read; they are not validated a second time.
    if (httpPart === 'headers') return () => true
    const source = schema as { properties?: object }
    // A file is handed to its route as a stream: there is no document yet that could be judged.
    if (httpPart === 'body' && (schema as { format?: string }).format === 'binary') return () => true
    if (httpPart === 'body') return bodyValidation(firstError(source), allErrors(source))
    const validator = parameters(source)
    const names = Object.keys(source.properties ?? {})
    // A path whose parameter cannot be one is the path of nothing.
    const code = httpPart === 'params' ? 'not-found' : 'invalid-parameter'
    return values => {
      const validate = validator()
      return validate(values) ? true : { error: invalidParameters(code, validate.errors ?? [], names) }
    }
  }
}

/** Made when it is asked for the first time. */
function onDemand<Made extends object> (make: () => Made): () => Made {
  let made: Made | undefined
  return () => (made ??= make())
}

function newAjv (schemas: readonly object[], options: Options): Ajv2020 {
  const ajv = new Ajv2020(options)
  for (const schema of schemas) ajv.addSchema(schema)
  return ajv
}

/** All errors are collected only for bodies of the right size: an oversized list could have millions. */
function bodyValidation (findFirst: () => ValidateFunction, findAll: () => ValidateFunction): Validation {
  return body => {
    if (body === null || body === undefined) {
      return { error: new ExchangeError('malformed-request', 'The body is missing or null; this operation needs a JSON object.') }
    }
    const isValid = findFirst()
    if (isValid(body)) return true
    const first = isValid.errors ?? []
    if (first.some(({ keyword }) => keyword === 'maxItems')) return { error: invalidBody(first, body) }
    const collectErrors = findAll()
    collectErrors(body)
    return { error: invalidBody(collectErrors.errors ?? [], body) }
  }
}

function invalidBody (errors: readonly ErrorObject[], body: unknown): ExchangeError {
  const issues = issuesOfSchemaErrors(errors, body)
  return new ExchangeError('validation-failed', issues.length === 1 ? issues[0]?.detail ?? '' : `The body has ${issues.length} errors.`, { issues })
}

function invalidParameters (code: 'not-found' | 'invalid-parameter', errors: readonly ErrorObject[], names: readonly string[]): ExchangeError {
  const issues = errors.map(error => describeParameterError(error, names))
  return new ExchangeError(code, issues.map(({ detail }) => detail).slice(0, 3).join(' '), { issues })
}
