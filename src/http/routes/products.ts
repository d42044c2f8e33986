/** One product (submit, read, replace, patch, withdraw) and the filtered list. */
import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import type { ProductFilters } from '../../domain/product-filters.js'
import { whenKnown } from '../../services/when-known.js'
import type { App, HttpServices } from '../app-types.js'
import { writePrecondition } from '../conditional.js'
import { answer, emptyAnswer, ENDING, HEADERS, PAGE_ENDING, problems, ref } from '../description.js'
import { filterParameters } from '../filter-parameters.js'
import { dryRunParameter, fieldsParameter, pageParameters, ProductIdParams, schemaParameter } from '../parameters.js'
import { sendPageOfBytes } from '../paging.js'
import { sendProduct, sendWithdrawn, sendWritten } from '../product-answers.js'
import { productBody } from '../../formats/product-json.js'
import { parseFields, projectProduct } from '../record-projection.js'
import { announceEnding } from '../version-ending.js'

const WriteQuery = Type.Object({ dryRun: dryRunParameter }, { additionalProperties: false })

const GetQuery = Type.Object({
  schema: schemaParameter,
  fields: fieldsParameter,
  asOf: Type.Optional(Type.String({ format: 'date-time', description: 'Read the product as it stood at this instant (RFC 3339).', examples: ['2026-11-01T00:00:00Z'] }))
}, { additionalProperties: false })

const ListQuery = Type.Object({
  ...filterParameters,
  schema: schemaParameter,
  ...pageParameters
}, { additionalProperties: false })

const IfMatch = Type.Object({
  'If-Match': Type.Optional(Type.String({ description: 'Write only if the product is at this version, e.g. `"v17"`; `*`: only if it exists.' }))
})

const IfMatchOrAbsent = Type.Object({
  'If-Match': Type.Optional(Type.String({ description: 'Write only if the product is at this version, e.g. `"v17"`; `*`: only if it exists.' })),
  'If-None-Match': Type.Optional(Type.String({ description: '`*`: write only if there is no such product yet.' }))
})

const IfNoneMatch = Type.Object({
  'If-None-Match': Type.Optional(Type.String({ description: 'Entity tag that you have; if it is current, the answer is 304 without a body.' }))
})

const CREATED = answer('The product is new.', ref('WriteAnswer'), { headers: { ETag: HEADERS.ETag, Location: HEADERS.Location, ...ENDING } })
const WRITTEN = answer('The product was updated, or its content is unchanged.', ref('WriteAnswer'), { headers: { ETag: HEADERS.ETag, Location: HEADERS.Location, ...ENDING } })
const NOT_MODIFIED = emptyAnswer('You have the current version.')

export function productRoutes ({ products, schemas }: HttpServices) {
  function answerWritten (reply: FastifyReply, written: Parameters<typeof sendWritten>[1]): FastifyReply {
    announceEnding(reply, schemas.endingOf(written.product.schemaVersion))
    return sendWritten(reply, written)
  }

  return async (app: App): Promise<void> => {
    app.post('/v1/products', {
      config: { policy: 'products:write' },
      schema: {
        operationId: 'submitProduct',
        summary: 'Publish a product, or a new version of it.',
        description: 'The body is the record. Manufacturer and part number decide which product it is: it is created if it is new, otherwise replaced as a whole. Sending unchanged content again makes no new version.',
        tags: ['Products'],
        querystring: WriteQuery,
        headers: IfMatchOrAbsent,
        body: ref('ProductRecord'),
        response: { 200: WRITTEN, 201: CREATED, ...problems('precondition-failed', 'validation-failed', 'write-conflict') }
      }
    }, async (request, reply) => {
      return answerWritten(reply, await products.submit(request.caller, request.body, writeOptions(request)))
    })

    app.get('/v1/products', {
      config: { policy: 'products:read' },
      schema: {
        operationId: 'listProducts',
        summary: 'List products by filters.',
        description: 'Different filters combine (and); values of a repeated filter are alternatives (or). Products come in the order in which they were first published, which never changes, so paging neither repeats nor skips one; new ones come at the end. To miss none that is published meanwhile, follow the feed.',
        tags: ['Products'],
        querystring: ListQuery,
        response: { 200: answer('One page of products.', ref('ProductPage'), { headers: PAGE_ENDING }), ...problems('invalid-cursor', 'schema-version-unavailable') }
      }
    }, async (request, reply) => {
      const { limit, cursor, schema, ...filters } = request.query
      const page = await products.list(request.caller, filters as ProductFilters, { limit, ...(cursor !== undefined && { cursor }), ...(schema !== undefined && { schema }) })
      announceEnding(reply, schemas.endingOf(schema))
      return sendPageOfBytes(request, reply, page.items.map(productBody), page)
    })

    app.get('/v1/products/:productId', {
      config: { policy: 'products:read' },
      schema: {
        operationId: 'getProduct',
        summary: 'Read one product.',
        tags: ['Products'],
        params: ProductIdParams,
        querystring: GetQuery,
        headers: IfNoneMatch,
        response: {
          200: answer('The product.', ref('Product'), { headers: { ETag: HEADERS.ETag, ...ENDING } }),
          304: NOT_MODIFIED,
          ...problems('not-found', 'schema-version-unavailable')
        }
      }
    }, (request, reply) => {
      const { schema, fields, asOf } = request.query
      const paths = parseFields(fields, schema)
      const options = { schema, asOf: asOf === undefined ? undefined : new Date(asOf) }
      return whenKnown(products.get(request.caller, request.params.productId, options), product => {
        announceEnding(reply, schemas.endingOf(product.schemaVersion))
        return sendProduct(request, reply, projectProduct(product, paths))
      })
    })

    app.put('/v1/products/:productId', {
      config: { policy: 'products:write' },
      schema: {
        operationId: 'replaceProduct',
        summary: 'Replace the record of a product, or restore a withdrawn one.',
        description: 'The body is the whole record; its manufacturer and part number must be those of the product.',
        tags: ['Products'],
        params: ProductIdParams,
        querystring: WriteQuery,
        headers: IfMatchOrAbsent,
        body: ref('ProductRecord'),
        response: { 200: WRITTEN, 201: CREATED, ...problems('precondition-failed', 'validation-failed', 'write-conflict') }
      }
    }, async (request, reply) => {
      return answerWritten(reply, await products.replace(request.caller, request.params.productId, request.body, writeOptions(request)))
    })

    app.patch('/v1/products/:productId', {
      config: { policy: 'products:write' },
      schema: {
        operationId: 'patchProduct',
        summary: 'Change parts of a product.',
        description: 'A JSON Merge Patch (RFC 7396) of the record. The result is validated as a whole.',
        tags: ['Products'],
        consumes: ['application/merge-patch+json'],
        params: ProductIdParams,
        querystring: WriteQuery,
        headers: IfMatch,
        body: ref('MergePatch'),
        response: { 200: WRITTEN, ...problems('not-found', 'precondition-failed', 'validation-failed', 'write-conflict') }
      }
    }, async (request, reply) => {
      return answerWritten(reply, await products.patch(request.caller, request.params.productId, request.body, writeOptions(request)))
    })

    app.delete('/v1/products/:productId', {
      config: { policy: 'products:write' },
      schema: {
        operationId: 'withdrawProduct',
        summary: 'Withdraw a product.',
        description: 'Readers no longer find it, and everybody who mirrors the catalogue learns of it. Its history stays; submitting the record again restores it.',
        tags: ['Products'],
        params: ProductIdParams,
        querystring: WriteQuery,
        headers: IfMatch,
        response: { 200: answer('The product is withdrawn.', ref('Withdrawal'), { headers: { ETag: HEADERS.ETag } }), ...problems('not-found', 'precondition-failed', 'write-conflict') }
      }
    }, async (request, reply) => {
      const { productId } = request.params
      return sendWithdrawn(reply, productId, await products.withdraw(request.caller, productId, writeOptions(request)))
    })
  }
}

function writeOptions ({ query, headers }: { query: { dryRun: boolean }, headers: IncomingHttpHeaders }) {
  return { dryRun: query.dryRun, ...writePrecondition(headers) }
}
