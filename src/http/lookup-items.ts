/** Reads the identifiers of a look-up, each on its own: one that cannot be read gets an answer of its own instead of failing the request. */
import type { Issue } from '../domain/issue.js'
import { ExchangeError } from '../domain/problems.js'
import type { Identifier } from '../services/products/identifiers.js'
import { LookupRequest, SHARED_SCHEMAS } from './components.js'
import { buildValidator } from './validation.js'

const compile = buildValidator(SHARED_SCHEMAS)
const judgeIdentifier = compile({ schema: { $ref: 'Identifier#' }, httpPart: 'body' })

/** The schema of the request with identifiers that may be anything, as many as it allows. */
const { $id: _, ...envelope } = structuredClone(LookupRequest) as typeof LookupRequest & { $id: string }
const REQUEST_AROUND_ITEMS = { ...envelope, properties: { ...envelope.properties, identifiers: { ...envelope.properties.identifiers, items: {} } } }

const NOT_AN_OBJECT: Issue = { code: 'SCHEMA_TYPE', severity: 'error', pointer: '', detail: 'An identifier is a JSON object.', expected: 'an object', received: 'null' }

export interface UnreadableIdentifier { error: ExchangeError, request?: undefined, candidates?: undefined, hasMoreCandidates?: undefined }

/** Judges the body without its identifiers; the API description shows them all the same. */
export function lookupValidator ({ schema, httpPart }: { schema: unknown, httpPart?: string }) {
  return compile({ schema: httpPart === 'body' ? REQUEST_AROUND_ITEMS : schema, ...(httpPart !== undefined && { httpPart }) })
}

/** In the order of the request. Pointers of findings lead into the identifier. */
export function readIdentifiers (items: readonly unknown[]): Array<Identifier | UnreadableIdentifier> {
  return items.map(item => {
    if (item === null) return { error: new ExchangeError('validation-failed', NOT_AN_OBJECT.detail, { issues: [NOT_AN_OBJECT] }) }
    const judged = judgeIdentifier(item)
    return judged === true ? item as Identifier : judged
  })
}

export function isReadable (item: Identifier | UnreadableIdentifier): item is Identifier {
  return !('error' in item)
}
