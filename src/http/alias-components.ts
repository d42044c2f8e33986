/** Shared schemas of aliases. Listed in `components.ts`. */
import { Type } from 'typebox'
import { openString, ref } from './description.js'

const SKU = '^[^\\s|]([^|\\x00-\\x1f\\x7f]*[^\\s|])?$'

const Sku = Type.String({ minLength: 1, maxLength: 100, pattern: SKU, 'x-expected': 'one line of text without vertical bars, and without spaces at its ends', description: 'Your own number for the product, as you write it; upper and lower case differ. Without a vertical bar, and without spaces at its ends.', examples: ['WB-100234'] })
const ProductId = (description: string) => Type.String({ format: 'uuid', description, examples: ['31ab12ef-9a1c-5d9e-8f0a-2c4d6e8f0a1b'] })
const Ref = Type.Optional(Type.String({ maxLength: 200, description: 'Your own name for the item, repeated in its result.', examples: ['row-1'] }))

const AliasSet = Type.Object({
  op: Type.Literal('set'),
  ref: Ref,
  sku: Sku,
  product: Type.Optional(ref('Identifier')),
  productId: Type.Optional(ProductId('The product, instead of an identifier.'))
}, { $id: 'AliasSet', additionalProperties: false, description: 'Let a SKU lead to a product that you can see, named by an identifier or its id; where it led before, it does no longer.' })

const AliasRemove = Type.Object({
  op: Type.Literal('remove'), ref: Ref, sku: Sku
}, { $id: 'AliasRemove', additionalProperties: false, description: 'Take a SKU away. One that is not there is `unchanged`.' })

/** Only described here: every item is judged on its own (see `batch-items.ts`). */
const AliasItem = { $id: 'AliasItem', description: 'One SKU; `op` says what is done.' }

const AliasBatchRequest = Type.Object({
  items: Type.Array(ref('AliasItem'), { minItems: 1, maxItems: 1000, description: 'At most 1,000, each for another SKU.' })
}, {
  $id: 'AliasBatchRequest',
  additionalProperties: false,
  description: 'Up to 1,000 SKUs.',
  examples: [{ items: [{ op: 'set', sku: 'WB-100234', product: { scheme: 'gtin', value: '9521234543213' } }, { op: 'set', ref: 'row-2', sku: 'WB-100235', productId: '31ab12ef-9a1c-5d9e-8f0a-2c4d6e8f0a1b' }, { op: 'remove', sku: 'WB-000001' }] }]
})

const AliasItemResult = Type.Object({
  index: Type.Integer({ minimum: 0, description: 'Position of the item in the request.' }),
  ref: Type.Optional(Type.String({ description: 'The name that the item was given.' })),
  sku: Type.Optional(Type.String({ description: 'The SKU.' })),
  productId: Type.Optional(ProductId('The product that it leads to now.')),
  outcome: openString(['created', 'updated', 'unchanged', 'removed', 'failed'], { description: 'What happened to the SKU. `updated`: it led to another product before.' }),
  status: Type.Integer({ description: 'The HTTP status that the item would have had on its own: 404 when there is no such product that you can see, 409 when several answer to the identifier.', examples: [201] }),
  retryable: Type.Boolean({ description: 'Whether sending the same item again, unchanged, can succeed.' }),
  candidates: Type.Optional(Type.Array(ref('LookupCandidate'), { description: 'With 409 `ambiguous-identifier`: the products to choose from, at most ten, in the order in which they were first published.' })),
  hasMoreCandidates: Type.Optional(Type.Boolean({ description: 'With `candidates`: whether there are more than these.' })),
  problem: Type.Optional(ref('Problem'))
}, { $id: 'AliasItemResult', description: 'The result of one item.' })

const count = Type.Integer({ minimum: 0 })
const AliasBatchSummary = Type.Object({
  total: count, created: count, updated: count, unchanged: count, removed: count, failed: count
}, { $id: 'AliasBatchSummary', description: 'How many items had which outcome.' })

const AliasBatchAnswer = Type.Object({
  summary: ref('AliasBatchSummary'),
  items: Type.Array(ref('AliasItemResult'), { description: 'One per item, in the order of the request.' })
}, { $id: 'AliasBatchAnswer', description: 'The results of a batch.' })

const Alias = Type.Object({
  sku: Type.String({ description: 'Your SKU.', examples: ['WB-100234'] }),
  productId: ProductId('The product that it leads to. It may have been withdrawn or hidden since.'),
  updatedAt: Type.String({ format: 'date-time', description: 'When it was given this product.' })
}, { $id: 'Alias', description: 'A SKU of yours and its product.' })

const AliasPage = Type.Object({
  items: Type.Array(ref('Alias')),
  nextCursor: Type.Optional(Type.String({ description: 'Pass it back as `cursor`, unchanged and with the same filters, to read the next page. Absent on the last page.' })),
  hasMore: Type.Boolean({ description: 'Whether another page follows.' })
}, { $id: 'AliasPage', description: 'One page of your SKUs, in their order.' })

export const ALIAS_SCHEMAS: readonly object[] = [AliasSet, AliasRemove, AliasItem, AliasBatchRequest, AliasItemResult, AliasBatchSummary, AliasBatchAnswer, Alias, AliasPage]

export const ALIAS_ITEM_KINDS = { set: 'AliasSet', remove: 'AliasRemove' } as const
