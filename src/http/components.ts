/**
 * Shared schemas of the API, by name. Requests are validated against them and the API description publishes them.
 *
 * How to add one: a constant with its `$id`, and a line in `SHARED_SCHEMAS`.
 */
import { Type } from 'typebox'
import { ROLES, SCOPES } from '../domain/access.js'
import { ACCESS_SCHEMAS } from './access-components.js'
import { ALIAS_ITEM_KINDS, ALIAS_SCHEMAS } from './alias-components.js'
import { openString, ref } from './description.js'
import { IDENTITY_SCHEMAS } from './identity-components.js'
import { FIELDS_AND_VERSIONS, requestedVersion } from './parameters.js'

const Uuid = (description: string) => Type.String({ format: 'uuid', description, examples: ['31ab12ef-9a1c-5d9e-8f0a-2c4d6e8f0a1b'] })
const Instant = (description: string) => Type.String({ format: 'date-time', description, examples: ['2026-11-21T08:30:00.000Z'] })
const Version = (description: string) => Type.Integer({ minimum: 1, description, examples: [17] })
const NextCursor = Type.Optional(Type.String({ description: 'Pass it back as `cursor`, unchanged and with the same filters, to read the next page. Absent on the last page.' }))
const HasMore = Type.Boolean({ description: 'Whether another page follows.' })

const Issue = Type.Object({
  code: Type.String({ description: 'UPPER_SNAKE_CASE, stable; explained at `/errors/{code}`.', examples: ['STAGE_SUM_MISMATCH'] }),
  severity: openString(['error', 'warning'], { description: 'An error rejects the record; a warning is stored with it.' }),
  pointer: Type.String({ description: 'JSON Pointer (RFC 6901) into the submitted document; a missing field points to the object that lacks it.', examples: ['/carbonFootprint/stages'] }),
  detail: Type.String({ description: 'What is wrong and what would be right.' }),
  expected: Type.Optional(Type.String({ description: 'What would have been accepted.' })),
  received: Type.Optional(Type.String({ description: 'What was received, cut at 128 characters.' }))
}, { $id: 'Issue', description: 'One finding about a submitted record.' })

const ProblemIssue = Type.Object({
  code: Type.String({ description: 'UPPER_SNAKE_CASE, stable; explained at `/errors/{code}`.', examples: ['UNKNOWN_PARAMETER'] }),
  detail: Type.String({ description: 'What is wrong and what would be right.' }),
  severity: Type.Optional(openString(['error', 'warning'], { description: 'Given for findings in a document.' })),
  pointer: Type.Optional(Type.String({ description: 'JSON Pointer into the submitted document.' })),
  parameter: Type.Optional(Type.String({ description: 'Name of the query or path parameter.' })),
  header: Type.Optional(Type.String({ description: 'Name of the request header.' })),
  expected: Type.Optional(Type.String({ description: 'What would have been accepted.' })),
  received: Type.Optional(Type.String({ description: 'What was received, cut at 128 characters.' }))
}, { $id: 'ProblemIssue', description: 'One finding about a request: it names a place in the body, a parameter or a header.' })

const Problem = Type.Object({
  type: Type.String({ format: 'uri-reference', description: 'Page that explains cause and fix.' }),
  title: Type.String({ description: 'The same for every occurrence of the code.' }),
  status: Type.Integer({ description: 'The HTTP status.' }),
  code: Type.String({ description: 'Stable, kebab-case; decide on this, not on texts.', examples: ['validation-failed'] }),
  detail: Type.String({ description: 'What happened this time.' }),
  instance: Type.Optional(Type.String({ description: 'Path of the request.' })),
  errors: Type.Optional(Type.Array(ref('ProblemIssue'), { maxItems: 50, description: 'Each finding on its own, at most 50.' })),
  currentVersion: Type.Optional(Type.Integer({ description: 'With `precondition-failed`: the version that the product is at.' })),
  available: Type.Optional(Type.Array(Type.String(), { description: 'With `schema-version-unavailable`: schema versions that there are, or that the record can be read in.' })),
  maxBytes: Type.Optional(Type.Integer({ description: 'With `payload-too-large`: the limit, in bytes after decompression.' }))
}, {
  $id: 'Problem',
  additionalProperties: true,
  description: 'RFC 9457 problem details. Further members may be present.',
  examples: [{
    type: '/errors/invalid-parameter',
    title: 'A parameter is unknown or not acceptable',
    status: 400,
    code: 'invalid-parameter',
    detail: 'The parameter categorie is unknown.',
    instance: '/v1/products',
    errors: [{ parameter: 'categorie', code: 'UNKNOWN_PARAMETER', detail: 'There is no parameter categorie; did you mean category?', expected: 'category' }]
  }]
})

/** In requests the record is judged by its own validator, which knows all schema versions; the API description types it. */
const ProductRecord = { $id: 'ProductRecord', description: 'A product sustainability record.' }
const PublishedRecord = { $id: 'PublishedRecord', description: 'A product sustainability record, as it was accepted.' }

const MergePatch = Type.Object({}, {
  $id: 'MergePatch',
  additionalProperties: true,
  description: 'JSON Merge Patch (RFC 7396) of the record: members replace, null removes, arrays are replaced as a whole.',
  examples: [{ product: { massKg: 1.24 }, validTo: null }]
})

const productMembers = {
  productId: Uuid('UUID (version 5) computed from manufacturer and part number: the same product has the same id on every exchange.'),
  version: Version('Rises by one with every accepted change.'),
  vendor: Type.String({ description: 'Organisation id of the publisher.', examples: ['org_nordwind-systems'] }),
  publishedAt: Instant('When this version was accepted.'),
  schemaVersion: Type.String({ description: 'Schema version of `record`. Without `schema` in the request it is the one that the record was submitted in, so a client asks for the version that it was built for.', examples: ['1.0.0'] }),
  sourceSchemaVersion: Type.Optional(Type.String({ description: 'Schema version that the record was submitted in. Only there when it was converted to another one for this answer.', examples: ['1.1.0'] })),
  lossy: Type.Optional(Type.Boolean({ description: 'Whether the conversion left something behind. Only there when the record was converted.' })),
  record: ref('PublishedRecord'),
  warnings: Type.Array(ref('Issue'), { description: 'Findings that did not prevent publication; their pointers are those of the record as it was submitted.' })
}

const Product = Type.Object(productMembers, { $id: 'Product', description: 'A product at one version: the record and what the exchange knows about it.' })

const WriteAnswer = Type.Object({
  outcome: openString(['created', 'updated', 'unchanged'], { description: 'What the write did. Unchanged content makes no new version.' }),
  ...productMembers
}, { $id: 'WriteAnswer', description: 'The product after the write.' })

const Withdrawal = Type.Object({
  outcome: openString(['withdrawn'], { description: 'What the write did.' }),
  productId: Uuid('The withdrawn product.'),
  version: Version('The version of the tombstone.')
}, { $id: 'Withdrawal', description: 'The product was withdrawn; submitting its record again restores it.' })

const Unrepresentable = Type.Object({
  productId: Uuid('The product.'),
  version: Version('Its version.'),
  schemaVersion: Type.String({ description: 'Schema version of its record.', examples: ['1.1.0'] }),
  available: Type.Array(Type.String(), { description: 'Schema versions that it can be read in.' })
}, { $id: 'Unrepresentable', description: 'A product whose record has no place in the schema version asked for.' })

const ProductPage = Type.Object({
  items: Type.Array(ref('Product')),
  unrepresentable: Type.Optional(Type.Array(ref('Unrepresentable'), { description: 'Products of this page whose records have no place in the schema version asked for. Only there when there are any.' })),
  nextCursor: NextCursor,
  hasMore: HasMore
}, { $id: 'ProductPage', description: 'One page of products.' })

const ProductVersionEntry = Type.Object({
  version: Version('The version.'),
  publishedAt: Instant('When it was accepted.'),
  schemaVersion: Type.String({ description: 'Schema version of its record.' }),
  outcome: openString(['created', 'updated', 'withdrawn'], { description: 'What made this version.' })
}, { $id: 'ProductVersionEntry', description: 'One entry of the history of a product.' })

const ProductVersionPage = Type.Object({
  items: Type.Array(ref('ProductVersionEntry')),
  nextCursor: NextCursor,
  hasMore: HasMore
}, { $id: 'ProductVersionPage', description: 'One page of the history of a product, newest first.' })

const PatchOperation = Type.Object({
  op: openString(['add', 'remove', 'replace'], { description: 'The operation.' }),
  path: Type.String({ description: 'JSON Pointer into the record.' }),
  value: Type.Optional(Type.Unknown({ description: 'The value that was added or put in place.' }))
}, { $id: 'PatchOperation', description: 'One operation of a JSON Patch (RFC 6902).' })

const ProductDiff = Type.Object({
  productId: Uuid('The product.'),
  from: Version('The earlier version.'),
  to: Version('The later version.'),
  operations: Type.Array(ref('PatchOperation'), { description: 'Applied to the record of `from` they give the record of `to`.' })
}, { $id: 'ProductDiff', description: 'The difference between two versions of a product.' })

const identifierMembers = {
  scheme: openString(['productId', 'gtin', 'mpn', 'distributorSku', 'eprel', 'epeat', 'icecat'], { description: 'What kind of identifier it is. `distributorSku` is one of your own SKUs.' }),
  value: Type.String({ maxLength: 200, description: 'The identifier. A GTIN may have 8, 12, 13 or 14 digits.', examples: ['9521234543213'] }),
  issuer: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'Who issued it: for `mpn` the manufacturer, without which a part number can be ambiguous.' }))
}

const Identifier = Type.Object(identifierMembers, {
  $id: 'Identifier', additionalProperties: false, description: 'Something that a product is known by.', examples: [{ scheme: 'gtin', value: '9521234543213' }]
})

const ProductIdentifier = Type.Object(identifierMembers, { $id: 'ProductIdentifier', description: 'Something that a product is known by.' })

export const LookupRequest = Type.Object({
  identifiers: Type.Array(ref('Identifier'), { minItems: 1, maxItems: 1000, description: 'At most 1,000.' }),
  fields: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { minItems: 1, maxItems: 50, description: 'Parts of the record to answer, as dotted paths such as `carbonFootprint.totalKgCo2e`; default: all of it. ' + FIELDS_AND_VERSIONS })),
  schema: requestedVersion('Schema version to answer in: `1` (the newest 1.x), `1.1` (the newest 1.1.x) or `1.0.0`; default: as submitted.')
}, {
  $id: 'LookupRequest',
  additionalProperties: false,
  description: 'Identifiers to look up.',
  examples: [{ identifiers: [{ scheme: 'gtin', value: '9521234543213' }, { scheme: 'mpn', value: 'C/8#ABB', issuer: 'Nordwind Systems' }] }]
})

const LookupCandidate = Type.Object({
  productId: Uuid('The product.'),
  manufacturerName: Type.String({ description: 'Its manufacturer.' }),
  manufacturerPartNumber: Type.String({ description: 'Its part number.' })
}, { $id: 'LookupCandidate', description: 'One of several products that answer to an identifier.' })

const LookupResult = Type.Object({
  request: Type.Optional(ref('ProductIdentifier')),
  status: Type.Integer({ description: '200 found, 404 unknown, 409 ambiguous, 422 not an identifier of that scheme, 406 not available in the schema version.', examples: [200] }),
  product: Type.Optional(ref('Product')),
  candidates: Type.Optional(Type.Array(ref('LookupCandidate'), { description: 'With 409: the products to choose from, at most ten, in the order in which they were first published.' })),
  hasMoreCandidates: Type.Optional(Type.Boolean({ description: 'With `candidates`: whether there are more than these.' })),
  problem: Type.Optional(ref('Problem'))
}, { $id: 'LookupResult', description: 'The answer for one identifier. `request` is absent where it could not be read as an identifier, which is a 422; the order tells which one that is.' })

const LookupAnswer = Type.Object({
  items: Type.Array(ref('LookupResult'), { description: 'One per identifier, in the order of the request.' })
}, { $id: 'LookupAnswer', description: 'The products that were looked up.' })

const Ref = Type.Optional(Type.String({ maxLength: 200, description: 'Your own name for the item, repeated in its result.', examples: ['row-1'] }))
const IfVersion = Type.Optional(Type.Integer({ minimum: 1, description: 'The item fails unless the product is at this version.' }))

const BatchSubmit = Type.Object({
  op: Type.Literal('submit'), ref: Ref, record: ref('ProductRecord'), ifVersion: IfVersion
}, { $id: 'BatchSubmit', additionalProperties: false, description: 'Create or replace a product.' })

const BatchPatch = Type.Object({
  op: Type.Literal('patch'), ref: Ref, productId: Uuid('The product to change.'), patch: ref('MergePatch'), ifVersion: IfVersion
}, { $id: 'BatchPatch', additionalProperties: false, description: 'Change parts of a product.' })

const BatchWithdraw = Type.Object({
  op: Type.Literal('withdraw'), ref: Ref, productId: Uuid('The product to withdraw.'), ifVersion: IfVersion
}, { $id: 'BatchWithdraw', additionalProperties: false, description: 'Withdraw a product.' })

/** Only described here: every item is judged on its own (see `batch-items.ts`), so that one bad item does not cost the batch. */
const BatchItem = { $id: 'BatchItem', description: 'One write; `op` says which.' }

const BatchItemResult = Type.Object({
  index: Type.Integer({ minimum: 0, description: 'Position of the item in the request.' }),
  ref: Type.Optional(Type.String({ description: 'The name that the item was given.' })),
  productId: Type.Optional(Uuid('The product, as far as it is known.')),
  outcome: openString(['created', 'updated', 'unchanged', 'withdrawn', 'failed'], { description: 'What happened to the item.' }),
  status: Type.Integer({ description: 'The HTTP status that the same operation on its own would have had.', examples: [201] }),
  version: Type.Optional(Version('The version that the product is at now.')),
  retryable: Type.Boolean({ description: 'Whether sending the same item again, unchanged, can succeed.' }),
  warnings: Type.Optional(Type.Array(ref('Issue'), { description: 'Findings that did not prevent the write.' })),
  problem: Type.Optional(ref('Problem'))
}, { $id: 'BatchItemResult', description: 'The result of one item.' })

const count = Type.Integer({ minimum: 0 })
const BatchSummary = Type.Object({
  total: count, created: count, updated: count, unchanged: count, withdrawn: count, failed: count
}, { $id: 'BatchSummary', description: 'How many items had which outcome.' })

const BatchRequest = Type.Object({
  onError: Type.Optional(Type.Unsafe<'continue' | 'abort'>({
    type: 'string',
    enum: ['continue', 'abort'],
    description: '`continue` (what happens without it): every item stands for itself. `abort`: nothing is written if any item fails.'
  })),
  items: Type.Array(ref('BatchItem'), { minItems: 1, maxItems: 1000, description: 'At most 1,000, each for another product.' })
}, { $id: 'BatchRequest', additionalProperties: false, description: 'Up to 1,000 writes.' })

const BatchAnswer = Type.Object({
  summary: ref('BatchSummary'),
  items: Type.Array(ref('BatchItemResult'), { description: 'One per item, in the order of the request.' })
}, { $id: 'BatchAnswer', description: 'The results of a batch.' })

const ValidationRequest = Type.Object({
  records: Type.Array(ref('ProductRecord'), { minItems: 1, maxItems: 100, description: 'At most 100.' })
}, { $id: 'ValidationRequest', additionalProperties: false, description: 'Records to judge; nothing is stored.' })

const ValidationResult = Type.Object({
  index: Type.Integer({ minimum: 0, description: 'Position of the record in the request.' }),
  valid: Type.Boolean({ description: 'Whether the record would be accepted.' }),
  issues: Type.Array(ref('Issue'), { description: 'Errors and warnings.' })
}, { $id: 'ValidationResult', description: 'The judgement on one record.' })

const ValidationAnswer = Type.Object({
  items: Type.Array(ref('ValidationResult'), { description: 'One per record, in the order of the request.' })
}, { $id: 'ValidationAnswer', description: 'The judgement on each record.' })

const Me = Type.Object({
  organization: Type.Object({
    id: Type.String({ description: 'Organisation id.' }),
    name: Type.String({ description: 'Its name.' }),
    role: openString(ROLES, { description: 'What the organisation does on the exchange.' }),
    manufacturers: Type.Array(Type.String(), { description: 'Manufacturers whose records it publishes.' })
  }),
  client: Type.Object({
    id: Type.String({ description: 'Client id of the credential.' }),
    scopes: Type.Array(openString(SCOPES, { description: 'What the credential may do.' }))
  }),
  limits: Type.Object({}, { additionalProperties: Type.Number(), description: 'Limits that apply to you, by name.' })
}, { $id: 'Me', description: 'Who you are to the exchange.' })

const Change = Type.Object({
  op: openString(['upsert', 'delete'], { description: '`upsert`: store this state. `delete`: remove the product from your copy; it may not be there.' }),
  productId: Uuid('The product.'),
  version: Version('Only rises. Ignore a change whose version is not above the one that you have.'),
  changedAt: Instant('When this version was accepted. Not an order: the order is that of the items.'),
  identifiers: Type.Array(ref('ProductIdentifier'), { description: 'What the product is known by, as look-ups take it.' }),
  reason: Type.Optional(openString(['withdrawn', 'access-revoked', 'no-longer-matching', 'not-representable'], { description: 'With `delete`: why. `access-revoked`: you may not see the product any more. `not-representable`: there is a product, and its record has no place in the schema version that you read.' })),
  schemaVersion: Type.Optional(Type.String({ description: 'With `not-representable`: schema version of the record.', examples: ['1.1.0'] })),
  available: Type.Optional(Type.Array(Type.String(), { description: 'With `not-representable`: schema versions that the record can be read in.' })),
  product: Type.Optional(ref('Product')),
  cursor: Type.Optional(Type.String({ description: 'On lines of the stream: goes on behind this change.' }))
}, { $id: 'Change', description: 'The latest change of one product.' })

const ChangePage = Type.Object({
  items: Type.Array(ref('Change')),
  nextCursor: Type.String({ description: 'Always present, also on an empty page. Pass it back unchanged, with the same filters.' }),
  hasMore: Type.Boolean({ description: 'Whether there is more to read right now; otherwise come back later, or wait with `Prefer: wait=30`.' }),
  asOf: Instant('When the head of the feed was read that this page goes up to.')
}, { $id: 'ChangePage', description: 'Changes in order, oldest first.' })

const FeedStatus = Type.Object({
  pending: Type.Optional(Type.Integer({ minimum: 0, description: 'Changes behind the cursor, before filters.' })),
  pendingIsExact: Type.Optional(Type.Boolean({ description: 'False when there are more than `pending`.' })),
  oldestPendingAt: Type.Optional(Instant('When the oldest pending change happened.')),
  lagMs: Type.Integer({ minimum: 0, description: 'For how long writes in progress have been holding back the head of the feed, in milliseconds.' }),
  retentionDays: Type.Integer({ minimum: 90, description: 'For how many days withdrawals stay in the feed. A cursor lives at least as long.' }),
  asOf: Instant('When this was true.')
}, { $id: 'FeedStatus', description: 'The state of the feed, and how far behind it a cursor is.' })

export const SHARED_SCHEMAS: readonly object[] = [
  Issue, ProblemIssue, Problem, ProductRecord, PublishedRecord, MergePatch, Product, WriteAnswer, Withdrawal, Unrepresentable, ProductPage,
  ProductVersionEntry, ProductVersionPage, PatchOperation, ProductDiff, Identifier, ProductIdentifier, LookupRequest, LookupCandidate, LookupResult,
  LookupAnswer, BatchSubmit, BatchPatch, BatchWithdraw, BatchItem, BatchItemResult, BatchSummary, BatchRequest, BatchAnswer,
  ValidationRequest, ValidationResult, ValidationAnswer, Me, Change, ChangePage, FeedStatus,
  ...ACCESS_SCHEMAS, ...IDENTITY_SCHEMAS, ...ALIAS_SCHEMAS
]

/** What the API description says instead of the placeholders: the kinds of items of each batch by their `op`. */
export const BATCH_ITEM_KINDS = {
  BatchItem: { submit: 'BatchSubmit', patch: 'BatchPatch', withdraw: 'BatchWithdraw' },
  AliasItem: ALIAS_ITEM_KINDS
} as const
