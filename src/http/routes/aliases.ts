/** A distributor's or reseller's own SKUs. */
import { Type } from 'typebox'
import type { AliasBatchAnswer } from '../../services/aliases.js'
import type { App, HttpConfig, HttpServices } from '../app-types.js'
import { readAliasItems } from '../batch-items.js'
import { answer, HEADERS, problems, ref } from '../description.js'
import { pageParameters } from '../parameters.js'
import { sendPage } from '../paging.js'
import { markPrivate } from '../product-answers.js'
import { describeProblem } from '../problem-details.js'
import { isRetryable, PROBLEM_STATUS } from '../problem-status.js'

const ListQuery = Type.Object({
  ...pageParameters,
  productId: Type.Optional(Type.String({ format: 'uuid', description: 'Only the SKUs of this product.' })),
  skuPrefix: Type.Optional(Type.String({ minLength: 1, maxLength: 100, description: 'Only SKUs that begin like this.', examples: ['WB-10'] }))
}, { additionalProperties: false })

export function aliasRoutes ({ aliases }: HttpServices, { publicBaseUrl }: HttpConfig) {
  return async (app: App): Promise<void> => {
    app.post('/v1/aliases/batch', {
      config: { policy: 'aliases:write', unitsIn: 'items' },
      schema: {
        operationId: 'writeAliases',
        summary: 'Map up to 1,000 of your own SKUs to products.',
        description: 'For distributors and resellers, and private to you. Every item has a result of its own, in the order of the request: 200 if all succeeded, 207 if some failed. A SKU leads to one product; a product can have up to 100 SKUs. ' +
          'Afterwards look-ups take them as `distributorSku`, and exports show them with `ownSkus=true`. A SKU whose product you can no longer see stays, and finds nothing.',
        tags: ['Aliases'],
        body: ref<{ items: unknown[] }>('AliasBatchRequest'),
        response: {
          200: answer('Every item succeeded.', ref('AliasBatchAnswer')),
          207: answer('Some items failed; the others are stored.', ref('AliasBatchAnswer')),
          ...problems('validation-failed', 'role-not-allowed')
        }
      }
    }, async (request, reply) => {
      const written = await aliases.writeAliases(request.caller, readAliasItems(request.body.items))
      return markPrivate(reply).code(written.summary.failed === 0 ? 200 : 207).send(describeResults(written, publicBaseUrl ?? ''))
    })

    app.get('/v1/aliases', {
      config: { policy: 'products:read' },
      schema: {
        operationId: 'listAliases',
        summary: 'List your own SKUs and their products.',
        tags: ['Aliases'],
        querystring: ListQuery,
        response: { 200: answer('One page of SKUs.', ref('AliasPage'), { headers: { Link: HEADERS.Link } }), ...problems('invalid-cursor') }
      }
    }, async (request, reply) => {
      const { cursor, limit, productId, skuPrefix } = request.query
      return sendPage(request, reply, await aliases.listAliases(request.caller, { productId: productId?.toLowerCase(), skuPrefix }, { cursor, limit }))
    })
  }
}

function describeResults ({ summary, items }: AliasBatchAnswer, publicBaseUrl: string) {
  return {
    summary,
    items: items.map(({ error, outcome, ...item }) => error === undefined
      ? { ...item, outcome, status: outcome === 'created' ? 201 : 200, retryable: false }
      : { ...item, outcome, status: PROBLEM_STATUS[error.code], retryable: isRetryable(error.code), problem: describeProblem(error, publicBaseUrl) })
  }
}
