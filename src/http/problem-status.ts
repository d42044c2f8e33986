/** The HTTP status of every problem. Exhaustive: a new problem code does not compile without a row here. */
import type { ProblemCode } from '../domain/problems.js'

export const PROBLEM_STATUS = {
  'malformed-request': 400,
  'invalid-parameter': 400,
  'invalid-cursor': 400,
  unauthenticated: 401,
  'address-not-allowed': 403,
  'insufficient-scope': 403,
  'role-not-allowed': 403,
  'manufacturer-not-yours': 403,
  'not-found': 404,
  'method-not-allowed': 405,
  'schema-version-unavailable': 406,
  'ambiguous-identifier': 409,
  'identity-conflict': 409,
  'last-client': 409,
  'limit-reached': 409,
  'write-conflict': 409,
  'duplicate-in-batch': 409,
  'batch-aborted': 422,
  'cursor-expired': 410,
  'precondition-failed': 412,
  'payload-too-large': 413,
  'unsupported-media-type': 415,
  'validation-failed': 422,
  'unusable-file': 422,
  'import-conflict': 409,
  'import-state-conflict': 409,
  'file-gone': 410,
  'storage-full': 507,
  'idempotency-in-progress': 409,
  'idempotency-key-reused': 422,
  'rate-limited': 429,
  'too-many-failures': 429,
  unavailable: 503,
  internal: 500
} as const satisfies Record<ProblemCode, number>

/** True when repeating the same request, unchanged, can succeed. */
export function isRetryable (code: ProblemCode): boolean {
  const status: number = PROBLEM_STATUS[code]
  return status === 429 || status >= 500 || code === 'write-conflict' || code === 'idempotency-in-progress' || code === 'batch-aborted'
}
