/** The history of a product. */
import { Type } from 'typebox'
import type { App, HttpServices } from '../app-types.js'
import { answer, emptyAnswer, ENDING, HEADERS, problems, ref } from '../description.js'
import { pageParameters, ProductIdParams, ProductVersionParams, schemaParameter } from '../parameters.js'
import { sendPage } from '../paging.js'
import { markPrivate, sendProduct } from '../product-answers.js'
import { announceEnding } from '../version-ending.js'

const PageQuery = Type.Object(pageParameters, { additionalProperties: false })
const VersionQuery = Type.Object({ schema: schemaParameter }, { additionalProperties: false })
const DiffQuery = Type.Object({
  from: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'The earlier version.' }),
  to: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'The later version.' })
}, { additionalProperties: false })

export function productHistoryRoutes ({ products, schemas }: HttpServices) {
  return async (app: App): Promise<void> => {
    app.get('/v1/products/:productId/versions', {
      config: { policy: 'products:read' },
      schema: {
        operationId: 'listProductVersions',
        summary: 'List the versions of a product, newest first.',
        tags: ['History'],
        params: ProductIdParams,
        querystring: PageQuery,
        response: { 200: answer('One page of the history.', ref('ProductVersionPage'), { headers: { Link: HEADERS.Link } }), ...problems('not-found', 'invalid-cursor') }
      }
    }, async (request, reply) => {
      const { limit, cursor } = request.query
      const page = await products.versions(request.caller, request.params.productId, { limit, ...(cursor !== undefined && { cursor }) })
      return sendPage(request, reply, page)
    })

    app.get('/v1/products/:productId/versions/:version', {
      config: { policy: 'products:read' },
      schema: {
        operationId: 'getProductVersion',
        summary: 'Read one version of a product, exactly as it was published.',
        tags: ['History'],
        params: ProductVersionParams,
        querystring: VersionQuery,
        headers: Type.Object({ 'If-None-Match': Type.Optional(Type.String({ description: 'Entity tag that you have; a version never changes, so the answer is then 304.' })) }),
        response: {
          200: answer('The product at that version.', ref('Product'), { headers: { ETag: HEADERS.ETag, ...ENDING } }),
          304: emptyAnswer('You have this version.'),
          ...problems('not-found', 'schema-version-unavailable')
        }
      }
    }, async (request, reply) => {
      const { productId, version } = request.params
      const { schema } = request.query
      const product = await products.version(request.caller, productId, version, schema === undefined ? {} : { schema })
      announceEnding(reply, schemas.endingOf(product.schemaVersion))
      return sendProduct(request, reply, product)
    })

    app.get('/v1/products/:productId/diff', {
      config: { policy: 'products:read' },
      schema: {
        operationId: 'diffProductVersions',
        summary: 'Tell what changed between two versions.',
        description: 'JSON Patch operations (RFC 6902) that turn the record of `from` into the record of `to`.',
        tags: ['History'],
        params: ProductIdParams,
        querystring: DiffQuery,
        response: { 200: answer('The difference.', ref('ProductDiff')), ...problems('not-found') }
      }
    }, async (request, reply) => {
      const { productId } = request.params
      const { from, to } = request.query
      return markPrivate(reply).send({ productId, from, to, operations: await products.diff(request.caller, productId, { from, to }) })
    })
  }
}
