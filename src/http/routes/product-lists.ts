/** Product lists: products that a vendor decides about on their own, whatever their category. */
import { Type } from 'typebox'
import type { ProductList } from '../../domain/access-policy.js'
import type { ProductListBody } from '../access-components.js'
import type { App, HttpServices } from '../app-types.js'
import { answer, HEADERS, problems, ref } from '../description.js'
import { sendPage } from '../paging.js'
import { pageParameters } from '../parameters.js'
import { markPrivate } from '../product-answers.js'

const PageQuery = Type.Object(pageParameters, { additionalProperties: false })
const ListParams = Type.Object({ listId: Type.String({ maxLength: 64, description: 'The list.' }) }, { additionalProperties: false })

export function productListRoutes ({ productLists }: HttpServices) {
  return async (app: App): Promise<void> => {
    app.get('/v1/product-lists', {
      config: { policy: 'grants:manage' },
      schema: {
        operationId: 'listProductLists',
        summary: 'List your product lists.',
        tags: ['Access'],
        querystring: PageQuery,
        response: { 200: answer('One page of product lists.', ref('ProductListPage'), { headers: { Link: HEADERS.Link } }), ...problems('invalid-cursor', 'role-not-allowed') }
      }
    }, async (request, reply) => {
      const page = await productLists.list(request.caller, request.query)
      return sendPage(request, reply, { ...page, items: page.items.map(listBody) })
    })

    app.post('/v1/product-lists', {
      config: { policy: 'grants:manage' },
      schema: {
        operationId: 'createProductList',
        summary: 'Make a product list.',
        description: 'To keep products closed until a date, make a list with `audience: closed`, put them on it before they are published, and grant it with `validFrom`.',
        tags: ['Access'],
        body: ref<ProductListBody>('ProductListContent'),
        response: { 201: answer('The list.', ref('ProductList'), { headers: { Location: HEADERS.MadeLocation } }), ...problems('validation-failed', 'limit-reached', 'role-not-allowed') }
      }
    }, async (request, reply) => {
      const made = listBody(await productLists.create(request.caller, request.body))
      return await markPrivate(reply).code(201).header('location', `/v1/product-lists/${made.listId}`).send(made)
    })

    app.get('/v1/product-lists/:listId', {
      config: { policy: 'grants:manage' },
      schema: {
        operationId: 'getProductList',
        summary: 'Read one product list.',
        tags: ['Access'],
        params: ListParams,
        response: { 200: answer('The list.', ref('ProductList')), ...problems('not-found', 'role-not-allowed') }
      }
    }, async (request, reply) => {
      return await markPrivate(reply).send(listBody(await productLists.get(request.caller, request.params.listId)))
    })

    app.put('/v1/product-lists/:listId', {
      config: { policy: 'grants:manage' },
      schema: {
        operationId: 'replaceProductList',
        summary: 'Rename a product list, or decide who sees its products.',
        tags: ['Access'],
        params: ListParams,
        body: ref<ProductListBody>('ProductListContent'),
        response: { 200: answer('The list.', ref('ProductList')), ...problems('not-found', 'validation-failed', 'role-not-allowed') }
      }
    }, async (request, reply) => {
      return await markPrivate(reply).send(listBody(await productLists.replace(request.caller, request.params.listId, request.body)))
    })

    app.delete('/v1/product-lists/:listId', {
      config: { policy: 'grants:manage' },
      schema: {
        operationId: 'deleteProductList',
        summary: 'Remove a product list; its products go back to their categories.',
        description: 'Grants that name it stay as they are; one that names no other products has the state `void`.',
        tags: ['Access'],
        params: ListParams,
        response: { 200: answer('The list that is gone.', ref('ProductList')), ...problems('not-found', 'role-not-allowed') }
      }
    }, async (request, reply) => {
      return await markPrivate(reply).send(listBody(await productLists.remove(request.caller, request.params.listId)))
    })

    app.get('/v1/product-lists/:listId/products', {
      config: { policy: 'grants:manage' },
      schema: {
        operationId: 'listProductListMembers',
        summary: 'List the products on a list.',
        tags: ['Access'],
        params: ListParams,
        querystring: PageQuery,
        response: { 200: answer('One page of products.', ref('ProductListMemberPage'), { headers: { Link: HEADERS.Link } }), ...problems('not-found', 'invalid-cursor', 'role-not-allowed') }
      }
    }, async (request, reply) => {
      return sendPage(request, reply, await productLists.products(request.caller, request.params.listId, request.query))
    })

    app.post('/v1/product-lists/:listId/products', {
      config: { policy: 'grants:manage' },
      schema: {
        operationId: 'changeProductListMembers',
        summary: 'Put products on a list, or take them off it.',
        description: 'A product is on one list at most: it leaves the one that it was on. An organisation can have 1,000,000 products on its lists together, those that are not published yet among them.',
        tags: ['Access'],
        params: ListParams,
        body: ref<{ add?: string[], remove?: string[] }>('ProductListChange'),
        response: { 200: answer('What became of the change.', ref('ProductListChangeAnswer')), ...problems('not-found', 'validation-failed', 'limit-reached', 'role-not-allowed') }
      }
    }, async (request, reply) => {
      const { add = [], remove = [] } = request.body
      return await markPrivate(reply).send(await productLists.changeProducts(request.caller, request.params.listId, { add, remove }))
    })
  }
}

function listBody ({ id, name, audience, createdAt }: ProductList) {
  return { listId: id, name, ...(audience !== undefined && { audience }), createdAt }
}
