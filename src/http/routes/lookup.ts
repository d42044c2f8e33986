/** Products by the identifiers that the trade knows them by. */
import type { LookupAnswer } from '../../services/products/lookup.js'
import type { App, HttpConfig, HttpServices } from '../app-types.js'
import { answer, ENDING, problems, ref } from '../description.js'
import { sendBytes } from '../product-answers.js'
import { listBody, productBody } from '../../formats/product-json.js'
import { isReadable, lookupValidator, readIdentifiers, type UnreadableIdentifier } from '../lookup-items.js'
import { describeProblem } from '../problem-details.js'
import { PROBLEM_STATUS } from '../problem-status.js'
import { checkFields, projectProduct, type FieldPaths } from '../record-projection.js'
import { announceEnding } from '../version-ending.js'

interface LookupRequest {
  identifiers: unknown[]
  fields?: string[]
  schema?: string
}

export function lookupRoutes ({ products, schemas }: HttpServices, { publicBaseUrl }: HttpConfig) {
  return async (app: App): Promise<void> => {
    app.post('/v1/products/lookup', {
      config: { policy: 'products:read', unitsIn: 'identifiers' },
      validatorCompiler: lookupValidator,
      schema: {
        operationId: 'lookupProducts',
        summary: 'Find up to 1,000 products by GTIN, part number, your own SKU or other identifiers.',
        description: 'Every identifier has an answer of its own, in the order of the request: 200 with the product, 404, 409 with the candidates to choose from, or 422. ' +
          'Registrations (`eprel`, `epeat`, `icecat`) are what vendors declare and belong to nobody: other products may carry the same, and a single answer is no proof. A GTIN belongs to one product; `mpn` with its `issuer` and `productId` name one.',
        tags: ['Products'],
        body: ref<LookupRequest>('LookupRequest'),
        response: { 200: answer('One answer per identifier.', ref('LookupAnswer'), { headers: ENDING }), ...problems('validation-failed') }
      }
    }, async (request, reply) => {
      const { identifiers, fields, schema } = request.body
      const paths = checkFields(fields, schema)
      const items = readIdentifiers(identifiers)
      const answers = (await products.lookup(request.caller, items.filter(isReadable), schema === undefined ? {} : { schema })).values()
      const results = items.map(item => 'error' in item ? item : answers.next().value as LookupAnswer)
      announceEnding(reply, schemas.endingOf(schema))
      return sendBytes(reply, listBody(results.map(found => resultBody(found, paths, publicBaseUrl ?? '')), {}))
    })
  }
}

/** `{"request"?, "status", "product" | "problem", "candidates"?, "hasMoreCandidates"?}`; the product is joined in as stored bytes. */
function resultBody (found: LookupAnswer | UnreadableIdentifier, paths: FieldPaths | undefined, publicBaseUrl: string): Buffer {
  if ('product' in found) {
    const head = `{"request":${JSON.stringify(found.request)},"status":200,"product":`
    return Buffer.concat([Buffer.from(head), productBody(projectProduct(found.product, paths)), CLOSING])
  }
  const { request, error, candidates, hasMoreCandidates } = found
  return Buffer.from(JSON.stringify({
    request,
    status: PROBLEM_STATUS[error.code],
    ...(candidates !== undefined && { candidates, hasMoreCandidates }),
    problem: describeProblem(error, publicBaseUrl)
  }))
}

const CLOSING = Buffer.from('}')
