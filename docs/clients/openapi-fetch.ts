/** The exchange with types by openapi-typescript and calls by openapi-fetch. Functions to take over; below them, a run through all of them. */
import createClient from 'openapi-fetch'
import type { components, paths } from './exchange.js'

type ProductRecord = components['schemas']['ProductRecord']
type Product = components['schemas']['Product']
type Problem = components['schemas']['Problem']

/** The schema version that the types are made for. Whatever vendors push, answers come in it, as far as a record has a place there. */
const SCHEMA = '1.0.0'

function connect (apiKey: string) {
  return createClient<paths>({ baseUrl: process.env['EXCHANGE_URL'] ?? 'http://127.0.0.1:3000', headers: { 'X-API-Key': apiKey } })
}
type Exchange = ReturnType<typeof connect>

/** Vendor: publish a record. The same record again changes nothing, so repeating is safe. */
async function publish (exchange: Exchange, record: ProductRecord) {
  const { data, error } = await exchange.POST('/v1/products', { body: record })
  if (error !== undefined) throw new Error(explain(error))
  return data
}

async function readProduct (exchange: Exchange, productId: string): Promise<Product | undefined> {
  const { data, error } = await exchange.GET('/v1/products/{productId}', { params: { path: { productId }, query: { schema: SCHEMA } } })
  if (error === undefined) return data
  if (error.code === 'not-found') return undefined
  throw new Error(explain(error))
}

async function lookUpGtin (exchange: Exchange, gtin: string): Promise<Product | undefined> {
  const { data, error } = await exchange.POST('/v1/products/lookup', { body: { schema: SCHEMA, identifiers: [{ scheme: 'gtin', value: gtin }] } })
  if (error !== undefined) throw new Error(explain(error))
  return data.items[0]?.product
}

/** Keeps a copy in step. Store the cursor that it answers with the copy, and begin there the next time. */
async function follow (exchange: Exchange, copy: Map<string, Product>, cursor?: string): Promise<string> {
  for (;;) {
    const { data, error } = await exchange.GET('/v1/changes', { params: { query: cursor === undefined ? { schema: SCHEMA, from: 'beginning' } : { schema: SCHEMA, cursor } } })
    if (error !== undefined) throw new Error(explain(error))
    for (const { op, productId, product } of data.items) {
      if (op === 'upsert' && product !== undefined) copy.set(productId, product)
      else if (op === 'delete') copy.delete(productId) // withdrawn, or without a place in our schema version: `reason` says which
      else console.log(`ignored the unknown change ${op}`)
    }
    cursor = data.nextCursor
    if (!data.hasMore) return cursor
  }
}

/** Decide on `code`; the texts are for people. */
function explain ({ code, detail, errors = [] }: Problem): string {
  return [`${code}: ${detail}`, ...errors.map(({ pointer, parameter, header, detail }) => `  ${pointer ?? parameter ?? header ?? ''} ${detail}`)].join('\n')
}

const vendor = connect(process.env['VENDOR_KEY'] ?? '')
const reader = connect(process.env['READER_KEY'] ?? '')

const record: ProductRecord = {
  schemaVersion: '1.0.0',
  validFrom: '2026-11-01',
  product: {
    manufacturerName: 'Norrsken Devices (fictional)',
    manufacturerPartNumber: 'CLIENT/1#A',
    gtins: ['9520000000196'],
    modelName: 'Client notebook 14',
    category: 'laptop',
    granularity: 'sku'
  },
  packaging: {
    provenance: { documentDate: '2026-10', assuranceLevel: 'selfDeclared', dataQuality: { basis: 'measured' } },
    totalMassG: 410,
    plasticFree: true
  }
}

const { outcome, productId } = await publish(vendor, record)
console.log(`published: ${outcome}`)

const read = await readProduct(reader, productId)
console.log(`read: ${read?.record.product.modelName}, a ${read?.record.product.category}, ${read?.record.packaging?.totalMassG} g of packaging`)

const found = await lookUpGtin(reader, '9520000000196')
console.log(`looked up: ${found?.productId === productId}`)

const copy = new Map<string, Product>()
const cursor = await follow(reader, copy)
const versions = new Set([...copy.values()].map(product => product.schemaVersion))
console.log(`mirrored: ${copy.size > 1 && copy.has(productId)}, all in ${[...versions].join(', ')}`)
await follow(reader, copy, cursor)

try {
  await publish(vendor, { ...record, validFrom: '2026-02-30' })
} catch (error) {
  console.log(`refused: ${String(error)}`)
}
