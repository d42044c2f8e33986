/** Building blocks of the API description: open enumerations, references, and the answers that operations share. */
import { Type, type TSchema } from 'typebox'
import { PROBLEMS, type ProblemCode } from '../domain/problems.js'
import { PROBLEM_STATUS } from './problem-status.js'

interface Described {
  description: string
  [keyword: string]: unknown
}

/**
 * A string of an answer whose values are documented but may grow: generated clients take any string, so that a new value
 * breaks nobody.
 */
export function openString (values: readonly string[], { description, ...rest }: Described) {
  return Type.String({
    description: `${description} Documented values: ${values.map(value => `\`${value}\``).join(', ')}; more may be added.`,
    'x-documented-values': [...values],
    ...rest
  })
}

/** A string of a request that must be one of the values. */
export function closedString<const Values extends readonly string[]> (values: Values, options: Partial<Described> = {}) {
  return Type.Unsafe<Values[number]>({ type: 'string', enum: [...values], ...options })
}

/** A reference to a shared schema by its `$id`. */
export function ref<T = unknown> (id: string) {
  return Type.Unsafe<T>({ $ref: `${id}#` })
}

interface HeaderDescription {
  description: string
  type: 'string' | 'integer'
  example?: string | number
}

export const HEADERS = {
  ETag: { description: 'The version of the product as a strong entity tag, the same for every projection of it.', type: 'string', example: '"v17"' },
  Location: { description: 'Where the product can be read.', type: 'string', example: '/v1/products/31ab12ef-9a1c-5d9e-8f0a-2c4d6e8f0a1b' },
  MadeLocation: { description: 'Where what was made can be read.', type: 'string', example: '/v1/grants/0190163d-8694-7c6f-8b5a-4e0a4b8d7d0f' },
  Deprecation: { description: 'Only where the schema version of the answer is deprecated or retired: since when (RFC 9745).', type: 'string', example: '@1798761600' },
  Sunset: { description: 'Only where the schema version of the answer is deprecated or retired: from when on it may be refused at submission (RFC 8594).', type: 'string', example: 'Sat, 01 Jan 2028 00:00:00 GMT' },
  Successor: { description: 'Only where the schema version of the answer is deprecated or retired: what takes its place (`rel="successor-version"`, RFC 5829).', type: 'string', example: '</v1/schemas/product-sustainability-attributes/1.1.0>; rel="successor-version"' },
  Link: { description: 'The next page (`rel="next"`, RFC 8288), with all parameters of this request. Absent on the last page.', type: 'string', example: '</v1/products?limit=100&cursor=b3BhcXVl>; rel="next"' }
} as const satisfies Record<string, HeaderDescription>

const { Deprecation, Sunset, Successor, Link } = HEADERS

/** The headers of an answer in one schema version, see `version-ending.ts`. */
export const ENDING = { Deprecation, Sunset, Link: Successor } as const

/** The same for a page, which also has a link to the next one. */
export const PAGE_ENDING = { Deprecation, Sunset, Link: { ...Link, description: `${Link.description} ${Successor.description}` } } as const

/** An answer of one media type. */
export function answer (description: string, schema: TSchema, options: { mediaType?: string, headers?: Record<string, HeaderDescription> } = {}) {
  return {
    description,
    ...(options.headers === undefined ? {} : { headers: options.headers }),
    content: { [options.mediaType ?? 'application/json']: { schema } }
  }
}

/** An answer without a body. */
export function emptyAnswer (description: string) {
  return { description, type: 'null' }
}

/** The problems that are special to an operation. Those that follow from its form (401, 404 of paths, 413 ...) are added by themselves. */
export function problems (...codes: readonly ProblemCode[]): Record<number, { $ref: string }> {
  return Object.fromEntries(codes.map(code => [PROBLEM_STATUS[code], { $ref: 'Problem#' }]))
}

/** Name of the shared response of a status in the API description. */
export const RESPONSE_NAMES: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthenticated',
  403: 'Forbidden',
  404: 'NotFound',
  406: 'NotAvailable',
  409: 'Conflict',
  410: 'Expired',
  412: 'PreconditionFailed',
  413: 'PayloadTooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'Unavailable',
  507: 'StorageFull'
}

/** The codes that share a status, with their titles, in catalogue order. */
export function codesOfStatus (status: number): Array<{ code: ProblemCode, title: string }> {
  const codes = Object.keys(PROBLEMS) as ProblemCode[]
  return codes.filter(code => PROBLEM_STATUS[code] === status).map(code => ({ code, title: PROBLEMS[code].title }))
}
