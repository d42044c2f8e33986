/**
 * The closed catalogue of business errors. Every failure that a caller can see is one of these, whatever the door:
 * the HTTP layer maps a code to a status (an exhaustive map, so a new code does not compile without one), commands
 * print it, imports count it.
 *
 * How to add one: a line here, a row in `src/http/problem-status.ts`; the page at `/errors/{code}` follows.
 */
import type { Issue } from './issue.js'

interface ProblemDescription {
  /** Short, the same for every occurrence (RFC 9457 `title`). */
  title: string
  /** Why it happens. */
  cause: string
  /** What the caller can do about it. */
  fix: string
}

export const PROBLEMS = {
  'malformed-request': {
    title: 'The request cannot be read',
    cause: 'The body is not well-formed JSON in UTF-8, is empty, or the request line or headers are broken.',
    fix: 'Send one JSON document in UTF-8. The detail names the position at which reading stopped.'
  },
  'invalid-parameter': {
    title: 'A parameter is unknown or not acceptable',
    cause: 'A query, path or header parameter is not known to this operation or has a value outside its range. Unknown query parameters are refused so that a misspelt filter never returns the whole catalogue.',
    fix: 'Correct the parameters named in `errors`; each entry says what is expected.'
  },
  'invalid-cursor': {
    title: 'The cursor cannot be used here',
    cause: 'A cursor is signed and bound to the organisation and the filters that it was issued for; this one was altered, cut, or belongs to another query.',
    fix: 'Start again without a cursor, and pass `nextCursor` back unchanged with the same filters.'
  },
  'cursor-expired': {
    title: 'The cursor is too old',
    cause: 'Withdrawals are kept in the feed for at least 90 days, and some of those that follow this cursor have left it. Going on would leave withdrawn products in your copy.',
    fix: 'Start again with `from=beginning`. When you have reached the head, remove from your copy every product that did not come again.'
  },
  unauthenticated: {
    title: 'No valid credential',
    cause: 'The request carries no credential, or one that is unknown, wrong or expired.',
    fix: 'Send `X-API-Key: esgx_<clientId>_<secret>`, or `Authorization: Bearer <token>` with a token from `POST /oauth/token`.'
  },
  'too-many-failures': {
    title: 'Too many wrong credentials',
    cause: 'Many wrong secrets were sent from your network, for this client or for several. Each further one costs a longer wait, and until it is over none is looked at.',
    fix: 'Wait for the seconds given in `Retry-After`, then send the right credential. If it is not you who sends wrong ones, look for a deployment with an old secret.'
  },
  'address-not-allowed': {
    title: 'Not from this address',
    cause: 'The credential is bound to a list of addresses (`allowedAddresses` of its client), and the request came from another one, or asked for a secret that could be used from others.',
    fix: 'Call from an address on the list, or have an administrator of your organisation change it. For a secret of a client that is not bound like yours, ask with a client that is not bound. Behind a proxy, the operator must name that proxy in `TRUST_PROXY`.'
  },
  'insufficient-scope': {
    title: 'The credential lacks a scope',
    cause: 'The credential is valid but was not given the scope that this operation needs.',
    fix: 'Use a client that has the scope named in `detail`, or ask your organisation administrator to grant it.'
  },
  'role-not-allowed': {
    title: 'Not for this role',
    cause: 'Vendors publish records and decide who sees them, distributors and resellers map their own article numbers, the operator administers organisations.',
    fix: 'Use a credential of an organisation with the role named in `detail`.'
  },
  'limit-reached': {
    title: 'No more of these',
    cause: 'An organisation can have only so many groups, grants, product lists, clients or SKUs for one product, so that every answer stays fast.',
    fix: 'Remove what is no longer needed, or grant to a group instead of single organisations.'
  },
  'manufacturer-not-yours': {
    title: 'The manufacturer belongs to another organisation',
    cause: 'A vendor writes only records of its own manufacturers; `product.manufacturerName` is not one of yours.',
    fix: 'Correct the manufacturer name (your own are listed by `GET /v1/me`), or ask the operator to add it to your organisation.'
  },
  'last-client': {
    title: 'The last client of the operator stays',
    cause: 'Without it nobody could administer the exchange.',
    fix: 'Make another client with the scope org:admin first.'
  },
  'identity-conflict': {
    title: 'The id, manufacturer or secret is taken or in use',
    cause: 'An id belongs to one organisation or client, and a manufacturer to one organisation. `detail` says what is taken, or what of a client changed or ended meanwhile.',
    fix: 'Use another id, leave out the manufacturer, or change the organisation or client that `detail` names.'
  },
  'not-found': {
    title: 'Not found',
    cause: 'There is nothing here that this credential may know of: it never existed, was withdrawn, or is not visible to you.',
    fix: 'Check the identifier. Products are found by GTIN, part number or id with `POST /v1/products/lookup`.'
  },
  'method-not-allowed': {
    title: 'This resource has no such method',
    cause: 'The path exists but does not answer to this HTTP method.',
    fix: 'Use one of the methods named in the `Allow` header.'
  },
  'schema-version-unavailable': {
    title: 'Not available in that schema version',
    cause: 'The schema version asked for does not exist, or this record cannot be represented in it; then `errors` say what stands in the way.',
    fix: 'Ask for one of the versions named in `available`, or leave `schema` out to read records as they were submitted.'
  },
  'ambiguous-identifier': {
    title: 'More than one product answers to this identifier',
    cause: 'The identifier is not unique: a part number without its manufacturer, or a registration (EPREL, EPEAT, Icecat), which belongs to nobody and can be declared by several vendors.',
    fix: 'Choose one of `candidates`; `hasMoreCandidates` says whether there are more. `mpn` with its `issuer`, the manufacturer name, a GTIN and `productId` lead to one product.'
  },
  'write-conflict': {
    title: 'The product kept changing',
    cause: 'Other writers changed the same product between reading and writing, several times in a row.',
    fix: 'Read the product again, decide on its current version, and repeat the request.'
  },
  'duplicate-in-batch': {
    title: 'The batch names the same thing twice',
    cause: 'Two items of one batch address the same product, or the same SKU; the first one stands, the second is refused because their order would decide the result.',
    fix: 'Send one item for each, or the second one in a batch of its own.'
  },
  'batch-aborted': {
    title: 'Nothing was written because another item failed',
    cause: 'The batch was sent with `onError: "abort"` and at least one item has an error.',
    fix: 'Correct the failed items and send the whole batch again.'
  },
  'precondition-failed': {
    title: 'The product is at another version',
    cause: '`If-Match`, `If-None-Match` or `ifVersion` names a version that is not the current one.',
    fix: 'Read the product, apply your change to `currentVersion`, and send the request with that version.'
  },
  'payload-too-large': {
    title: 'The body is too large',
    cause: 'The body, counted after decompression, is above the limit of this operation.',
    fix: 'Send smaller batches; files of any size go to `POST /v1/imports`.'
  },
  'unsupported-media-type': {
    title: 'Media type or encoding not supported',
    cause: 'The `Content-Type` or `Content-Encoding` is not one that this operation reads.',
    fix: 'Use the media type named in `detail`.'
  },
  'validation-failed': {
    title: 'The document is not valid',
    cause: 'The document breaks its JSON Schema or a domain rule. Nothing was stored.',
    fix: 'Correct every entry of `errors`; each one has a JSON Pointer to the place, and says what was expected.'
  },
  'unusable-file': {
    title: 'The file cannot be imported',
    cause: 'The file is empty, damaged, cut short, of another format than announced, or holds what is never accepted: macros, links to other files, or data that unpacks to far more than a catalogue.',
    fix: 'Read `detail`, correct the file and send it again. Nothing of it was stored.'
  },
  'import-conflict': {
    title: 'Another file was sent under this clientImportId',
    cause: 'A `clientImportId` names one upload for good: the same file under it is answered with the same import, another file is refused.',
    fix: 'Use a new `clientImportId` for a new file.'
  },
  'import-state-conflict': {
    title: 'The import is not in a state for that',
    cause: 'Only an unfinished import can be cancelled, and only one that waits for confirmation can be confirmed.',
    fix: 'Read the import: `state` in the answer says where it is.'
  },
  'file-gone': {
    title: 'The file of the import is gone',
    cause: 'Rejected lines are given back from the file as it was sent, and that, or a part of it, was removed from the data directory or the database of the exchange.',
    fix: 'Correct the lines in your own copy of the file; `GET /v1/imports/{importId}/results` says which they are and what is wrong with them.'
  },
  'storage-full': {
    title: 'No room to store the file',
    cause: 'The storage of the exchange is full or nearly full. Nothing of the file was kept.',
    fix: 'Try again later; the operator has to make room first.'
  },
  'rate-limited': {
    title: 'Too many requests',
    cause: 'The quota of your organisation or credential for this window is used up.',
    fix: 'Wait for the seconds given in `Retry-After`. Batches and conditional reads need fewer requests.'
  },
  'idempotency-in-progress': {
    title: 'The first request with this key is still being worked on',
    cause: 'Another request with the same `Idempotency-Key` arrived a moment ago and has no answer yet.',
    fix: 'Repeat the request after the seconds given in `Retry-After`; you then get the answer of the first one.'
  },
  'idempotency-key-reused': {
    title: 'The key belongs to another request',
    cause: 'An `Idempotency-Key` names one request for 24 hours: the same method, path, parameters, conditions and body.',
    fix: 'Use a new key for a new request, and repeat a request byte by byte as it was first sent.'
  },
  unavailable: {
    title: 'Temporarily unavailable',
    cause: 'The exchange cannot answer right now, for example because its database is restarting. Nothing was acknowledged that is not stored.',
    fix: 'Repeat the request after the seconds given in `Retry-After`. Writes are idempotent: repeating one is safe.'
  },
  internal: {
    title: 'Unexpected error',
    cause: 'A fault of the exchange, not of your request.',
    fix: 'Tell the operator the `X-Request-Id` of the answer.'
  }
} as const satisfies Record<string, ProblemDescription>

export type ProblemCode = keyof typeof PROBLEMS

export interface ProblemOptions {
  /** Entries of `errors`: findings in the submitted document, or the parameter / header that is wrong. */
  issues?: readonly ProblemIssue[]
  /** Extension members of the problem, e.g. `currentVersion`, `candidates`, `available`. */
  extra?: Readonly<Record<string, unknown>>
  /** Whole seconds for `Retry-After`. */
  retryAfterSeconds?: number
  cause?: unknown
}

/** An entry of a problem's `errors`: it names a place in the body, a parameter, or a header. */
export type ProblemIssue = Issue | (Omit<Issue, 'pointer' | 'severity'> & ({ parameter: string } | { header: string }))

/** The one error class that services throw. `message` becomes the problem's `detail`. */
export class ExchangeError extends Error {
  readonly code: ProblemCode
  readonly issues: readonly ProblemIssue[]
  readonly extra: Readonly<Record<string, unknown>>
  readonly retryAfterSeconds: number | undefined

  constructor (code: ProblemCode, detail: string, options: ProblemOptions = {}) {
    super(detail, { cause: options.cause })
    this.name = 'ExchangeError'
    this.code = code
    this.issues = options.issues ?? []
    this.extra = options.extra ?? {}
    this.retryAfterSeconds = options.retryAfterSeconds
  }
}
