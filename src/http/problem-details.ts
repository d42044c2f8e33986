/**
 * The one place where a failure becomes an answer: RFC 9457 problem details. Whatever is thrown in a route, a hook, the
 * body parser or the framework passes here, so no door answers in another shape and no unexpected error leaks its text.
 */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { MAX_ISSUES_PER_DOCUMENT } from '../domain/issue.js'
import { ExchangeError, PROBLEMS, type ProblemCode, type ProblemIssue } from '../domain/problems.js'
import { PROBLEM_STATUS } from './problem-status.js'
import { holdsCredential } from './url-credentials.js'

export const PROBLEM_MEDIA_TYPE = 'application/problem+json'

/** Members of RFC 9457, our `code` and `errors`, and what the problem itself adds (`currentVersion`, `candidates`, ...). */
export interface ProblemDetails {
  type: string
  title: string
  status: number
  code: ProblemCode
  detail: string
  instance?: string
  errors?: readonly ProblemIssue[]
  [extension: string]: unknown
}

/** The page that explains a problem or an issue. */
function errorPageUrl (publicBaseUrl: string, code: string): string {
  return `${publicBaseUrl}/errors/${code}`
}

/**
 * Renders a business error.
 *
 * @param instance path of the request; left out for the problems of single items inside an answer
 */
export function describeProblem (error: ExchangeError, publicBaseUrl: string, instance?: string): ProblemDetails {
  const { code } = error
  return {
    type: errorPageUrl(publicBaseUrl, code),
    title: PROBLEMS[code].title,
    status: PROBLEM_STATUS[code],
    code,
    detail: error.message,
    ...(instance === undefined ? {} : { instance }),
    ...(error.issues.length > 0 ? { errors: error.issues.slice(0, MAX_ISSUES_PER_DOCUMENT) } : {}),
    ...error.extra
  }
}

/** Sends any failure as a problem, with the headers that its status asks for. */
export function sendProblem (failure: unknown, request: FastifyRequest, reply: FastifyReply, publicBaseUrl: string): void {
  const error = toExchangeError(failure)
  const status = PROBLEM_STATUS[error.code]
  if (status === 500) {
    request.log.error({ err: failure, requestId: request.id, route: request.routeOptions.url }, 'unexpected error')
  }
  if (status === 401) reply.header('www-authenticate', challenge(request))
  if (error.code === 'insufficient-scope') reply.header('www-authenticate', scopeChallenge(request))
  if (status === 429 || status === 503) reply.header('retry-after', String(error.retryAfterSeconds ?? 1))
  else if (error.retryAfterSeconds !== undefined) reply.header('retry-after', String(error.retryAfterSeconds))

  void reply
    .code(status)
    .header('cache-control', 'no-store')
    .header('content-type', PROBLEM_MEDIA_TYPE)
    .serializer(JSON.stringify)
    .send(describeProblem(error, publicBaseUrl, pathOf(request.url)))
}

function challenge (request: FastifyRequest): string {
  const presented = request.headers.authorization !== undefined
  return presented ? 'Bearer realm="product-esg-exchange", error="invalid_token"' : 'Bearer realm="product-esg-exchange"'
}

function scopeChallenge (request: FastifyRequest): string {
  const { policy } = request.routeOptions.config
  return `Bearer realm="product-esg-exchange", error="insufficient_scope"${policy === undefined ? '' : `, scope="${policy}"`}`
}

function pathOf (url: string): string | undefined {
  if (holdsCredential(url)) return undefined
  const end = url.indexOf('?')
  return end === -1 ? url : url.slice(0, end)
}

function toExchangeError (failure: unknown): ExchangeError {
  if (failure instanceof ExchangeError) return failure
  if (isFrameworkError(failure)) return fromFrameworkError(failure)
  return new ExchangeError('internal', UNEXPECTED, { cause: failure })
}

const UNEXPECTED = 'The exchange met an unexpected error. It has been logged under the X-Request-Id of this answer.'

function isFrameworkError (failure: unknown): failure is FastifyError {
  return failure instanceof Error && 'code' in failure && typeof failure.code === 'string' && failure.code.startsWith('FST_')
}

/** Only messages written here leave the process: the framework's own are not meant for callers. */
function fromFrameworkError (error: FastifyError): ExchangeError {
  switch (error.code) {
    case 'FST_ERR_BAD_URL':
      return new ExchangeError('malformed-request', 'The path cannot be decoded: it contains a broken percent-encoding.')
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new ExchangeError('not-found', 'Nothing has an identifier as long as the one in the path.')
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_ERR_CTP_INVALID_TYPE':
      return new ExchangeError('unsupported-media-type', 'The Content-Type header is not a media type such as application/json.')
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new ExchangeError('payload-too-large', 'The body is larger than this operation accepts.')
    default:
      return error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500
        ? new ExchangeError('malformed-request', 'The request cannot be read.', { cause: error })
        : new ExchangeError('internal', UNEXPECTED, { cause: error })
  }
}
