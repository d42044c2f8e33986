/** Many products in one request: write and validate. */
import { Type } from 'typebox'
import { ExchangeError } from '../../domain/problems.js'
import type { BatchAnswer } from '../../services/products/batch.js'
import { readBatchItems } from '../batch-items.js'
import type { App, HttpConfig, HttpServices } from '../app-types.js'
import { answer, problems, ref } from '../description.js'
import { dryRunParameter } from '../parameters.js'
import { markPrivate } from '../product-answers.js'
import { describeProblem } from '../problem-details.js'
import { isRetryable, PROBLEM_STATUS } from '../problem-status.js'

/** A thousand records of sixteen kilobytes; larger catalogues are imports. */
const BATCH_BYTES = 16 * 1_048_576
const VALIDATION_BYTES = 4 * 1_048_576

const BatchQuery = Type.Object({ dryRun: dryRunParameter }, { additionalProperties: false })

interface BatchRequest {
  onError?: 'continue' | 'abort'
  items: unknown[]
}

export function productBatchRoutes ({ products }: HttpServices, { publicBaseUrl }: HttpConfig) {
  return async (app: App): Promise<void> => {
    app.post('/v1/products/batch', {
      bodyLimit: BATCH_BYTES,
      config: { policy: 'products:write', unitsIn: 'items' },
      schema: {
        operationId: 'writeProductBatch',
        summary: 'Write up to 1,000 products.',
        description: 'Every item has a result of its own, in the order of the request: 200 if all succeeded, 207 if some failed. With `onError: "abort"` nothing is written unless every item is right, and the answer is 422 with the same results. A second item for the same product fails; the first one stands.',
        tags: ['Products'],
        querystring: BatchQuery,
        body: ref<BatchRequest>('BatchRequest'),
        response: {
          200: answer('Every item succeeded.', ref('BatchAnswer')),
          207: answer('Some items failed; the others are stored.', ref('BatchAnswer')),
          ...problems('batch-aborted', 'validation-failed')
        }
      }
    }, async (request, reply) => {
      const { items, onError = 'continue' } = request.body
      const written = await products.writeBatch(request.caller, readBatchItems(items), { onError, dryRun: request.query.dryRun })
      const results = describeResults(written, publicBaseUrl ?? '')
      if (onError === 'abort' && written.summary.failed > 0) {
        throw new ExchangeError('batch-aborted', 'Nothing was written: see the items with a problem of their own.', { extra: results })
      }
      return markPrivate(reply).code(written.summary.failed === 0 ? 200 : 207).send(results)
    })

    app.post('/v1/products/validate', {
      bodyLimit: VALIDATION_BYTES,
      config: { policy: 'schemas:read', unitsIn: 'records' },
      schema: {
        operationId: 'validateRecords',
        summary: 'Judge up to 100 records without storing anything.',
        description: 'The same schema and rules as on submission, with the same findings.',
        tags: ['Products'],
        body: ref<{ records: unknown[] }>('ValidationRequest'),
        response: { 200: answer('The judgement on each record.', ref('ValidationAnswer')), ...problems('validation-failed') }
      }
    }, async (request, reply) => {
      return markPrivate(reply).send({ items: await products.validate(request.caller, request.body.records) })
    })
  }
}

const STATUS_OF_OUTCOME = { created: 201, updated: 200, unchanged: 200, withdrawn: 200 } as const

function describeResults ({ summary, items }: BatchAnswer, publicBaseUrl: string) {
  return {
    summary,
    items: items.map(({ error, outcome, ...item }) => {
      if (error === undefined) {
        return { ...item, outcome, status: outcome === 'failed' ? 500 : STATUS_OF_OUTCOME[outcome], retryable: false }
      }
      return { ...item, outcome, status: PROBLEM_STATUS[error.code], retryable: isRetryable(error.code), problem: describeProblem(error, publicBaseUrl) }
    })
  }
}
