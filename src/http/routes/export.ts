/** The list of products as a file, for people. */
import { Type } from 'typebox'
import { ExchangeError } from '../../domain/problems.js'
import type { ProductFilters } from '../../domain/product-filters.js'
import { resolveSchemaVersion, SCHEMA_VERSIONS } from '../../domain/schema-versions/registry.js'
import { createColumnScheme, joinColumnSchemes, type ColumnScheme } from '../../formats/columns.js'
import { EXPORT_FORMATS, type ExportFormat } from '../../formats/product-export.js'
import type { App, HttpServices } from '../app-types.js'
import { answer, closedString, ENDING, problems } from '../description.js'
import { filterParameters } from '../filter-parameters.js'
import { schemaParameter } from '../parameters.js'
import { sendStream, STREAM_TIMEOUT_MS } from '../stream-answers.js'
import { announceEnding } from '../version-ending.js'

const ExportQuery = Type.Object({
  format: closedString(Object.keys(EXPORT_FORMATS) as ExportFormat[], { default: 'csv', description: 'The kind of file.' }),
  schema: schemaParameter,
  ownSkus: Type.Boolean({ default: false, description: 'Begin each row with the SKUs that you gave the product (`POST /v1/aliases/batch`), in a column `ownSkus`; several are separated by a vertical bar. For CSV and XLSX. Imports pass this column over. Vendors have no SKUs here, and for them the column is empty.' }),
  ...filterParameters
}, { additionalProperties: false })

export function exportRoutes ({ products, schemas }: HttpServices) {
  const schemes = new Map(SCHEMA_VERSIONS.map(version => [version, createColumnScheme(version)]))
  const allVersions = joinColumnSchemes([...schemes.values()].reverse() as [ColumnScheme, ...ColumnScheme[]])
  return async (app: App): Promise<void> => {
    app.get('/v1/products/export', {
      config: { policy: 'products:read' },
      handlerTimeout: STREAM_TIMEOUT_MS,
      schema: {
        operationId: 'exportProducts',
        summary: 'Download the products that match as a file.',
        description: 'For people; to stay in step with the exchange follow the feed. CSV (`text/csv`) and XLSX have one row per record, NDJSON (`application/x-ndjson`) one line, in the columns that imports read, so that the file can be corrected and sent back. Without `schema` records come as they were submitted, in the columns of all schema versions together. With `schema` all of them are in that version, and those without a place in it are left out: the trailer field `Records-Left-Out` at the end of the answer says how many, an XLSX file names them on its second sheet, and the list of products with the same filters and `schema` in `unrepresentable`. Text that a spreadsheet would take for a formula has an apostrophe in front. A file that ends before its time was interrupted: the connection breaks.',
        tags: ['Products'],
        querystring: ExportQuery,
        response: { 200: answer('The file.', Type.String({ format: 'binary' }), { mediaType: 'application/octet-stream', headers: ENDING }), ...problems('schema-version-unavailable') }
      }
    }, async (request, reply) => {
      const { format, schema, ownSkus, ...filters } = request.query
      if (ownSkus && format === 'ndjson') throw noColumns()
      const { chunks, leftOut } = await products.exportProducts(request.caller, filters as ProductFilters, { ownSkus, ...(schema !== undefined && { schema }) })
      const { mediaType, write } = EXPORT_FORMATS[format]
      announceEnding(reply, schemas.endingOf(schema))
      // An unknown version was refused when the products were asked for.
      const scheme = schema === undefined ? allVersions : schemes.get(resolveSchemaVersion(schema)!)!
      reply.header('content-disposition', `attachment; filename="products.${format}"`)
      if (leftOut !== undefined && request.raw.httpVersion !== '1.0') {
        // How many is known at the end only. Clients of HTTP/1.0 have no trailers.
        reply.trailer('records-left-out', (_reply, _payload, done) => { done(null, String(leftOut.count)) })
      }
      return sendStream(request, reply, mediaType, write(chunks, scheme, { ownSkus, leftOut }))
    })
  }
}

function noColumns (): ExchangeError {
  return new ExchangeError('invalid-parameter', 'A line of NDJSON is a record and has no room for your SKUs.', {
    issues: [{ parameter: 'ownSkus', code: 'PARAMETER_CONFLICT', detail: 'Leave out ownSkus, or ask for another format.', expected: 'format=csv or format=xlsx' }]
  })
}
