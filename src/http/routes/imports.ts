/** Files of any size in. */
import type { Readable } from 'node:stream'
import { Type } from 'typebox'
import { IMPORT_FORMATS, IMPORT_MODES, RESULT_OUTCOMES, type ResultOutcome } from '../../domain/import.js'
import type { App, HttpServices } from '../app-types.js'
import { answer, closedString, HEADERS, problems, ref } from '../description.js'
import { checkFileType, encodingOf, FILE_TYPES } from '../file-headers.js'
import { IMPORT_SCHEMAS } from '../import-components.js'
import { alternatives, dryRunParameter, pageParameters } from '../parameters.js'
import { sendPage } from '../paging.js'
import { markPrivate } from '../product-answers.js'

const CreateQuery = Type.Object({
  format: closedString(IMPORT_FORMATS, { description: '`ndjson`: one record a line. `csv`, `xlsx`: one record a row, in the columns of the template of the schema.' }),
  mode: closedString(IMPORT_MODES, {
    default: 'upsert',
    description: '`upsert`: products of the file are created or replaced. `replace-catalog`: products of your manufacturers that the file does not name are withdrawn as well.'
  }),
  dryRun: dryRunParameter,
  decimalSeparator: closedString(['point', 'comma'], { default: 'point', description: 'How numbers are written in a table. A decimal comma is refused unless it is announced here.' }),
  clientImportId: Type.Optional(Type.String({
    minLength: 1, maxLength: 100, pattern: '^\\S(.*\\S)?$', description: 'Your own name for this upload. The same file under it is never imported twice; another file is refused.'
  }))
}, { additionalProperties: false })

const CreateHeaders = Type.Object({
  'Content-Encoding': Type.Optional(Type.String({ description: '`gzip` when the file is sent compressed; left out: it is sent as it is.', examples: ['gzip'] }))
})

const ImportParams = Type.Object({ importId: Type.String({ minLength: 1, maxLength: 100, description: 'The import.' }) }, { additionalProperties: false })
const PageQuery = Type.Object(pageParameters, { additionalProperties: false })
const ResultsQuery = Type.Object({ ...pageParameters, outcome: alternatives('What became of the line.', { values: RESULT_OUTCOMES }) }, { additionalProperties: false })

const IMPORT_LOCATION = { ...HEADERS.Location, description: 'Where the import can be followed: `/v1/imports/{importId}`.', example: '/v1/imports/019aa3f0-5c1e-7d42-9b6a-0f4e2d8c7b61' }

const POLICY = { policy: 'products:write' } as const

export function importRoutes ({ imports }: HttpServices) {
  return async (app: App): Promise<void> => {
    for (const schema of IMPORT_SCHEMAS) app.addSchema(schema)

    app.post('/v1/imports', {
      // The file is not held to be compared with another; `clientImportId` is the key of an upload.
      config: { ...POLICY, streamedBody: true, quota: { policy: 'import' }, idempotencyKey: { refused: 'A file is not held to be compared with another one. Name the upload with the parameter clientImportId: the same file under it is never imported twice.' } },
      schema: {
        operationId: 'createImport',
        summary: 'Upload a file of product records.',
        description: 'The body is the file itself, plain or with `Content-Encoding: gzip`, of any size. The answer comes when every byte is on disk; the lines are worked through afterwards: follow `Location`. ' +
          'One bad line never stops the rest, and sending a file twice changes nothing the second time. Takes no `Idempotency-Key`: name the upload with `clientImportId`.',
        tags: ['Imports'],
        consumes: [...FILE_TYPES],
        querystring: CreateQuery,
        headers: CreateHeaders,
        body: Type.Unsafe<Readable>({ type: 'string', format: 'binary', description: 'The file. `application/octet-stream` stands for a file of any format; the media type of the format is accepted as well. It is not sent as a form.' }),
        response: {
          202: answer('The file is stored, and its import is queued.', ref('Import'), { headers: { Location: IMPORT_LOCATION } }),
          ...problems('unusable-file', 'import-conflict', 'storage-full', 'role-not-allowed')
        }
      }
    }, async (request, reply) => {
      const { decimalSeparator, clientImportId, ...options } = request.query
      checkFileType(request.headers['content-type'], options.format)
      const view = await imports.createImport(request.caller, {
        ...options,
        decimalComma: decimalSeparator === 'comma',
        body: request.body,
        encoding: encodingOf(request.headers['content-encoding']),
        ...(clientImportId !== undefined && { clientImportId })
      })
      return markPrivate(reply).code(202).header('location', `/v1/imports/${view.importId}`).send(view)
    })

    app.get('/v1/imports', {
      config: POLICY,
      schema: {
        operationId: 'listImports',
        summary: 'List your imports, newest first.',
        tags: ['Imports'],
        querystring: PageQuery,
        response: { 200: answer('One page of imports.', ref('ImportPage'), { headers: { Link: HEADERS.Link } }), ...problems('invalid-cursor') }
      }
    }, async (request, reply) => {
      const { limit, cursor } = request.query
      return sendPage(request, reply, await imports.listImports(request.caller, { limit, ...(cursor !== undefined && { cursor }) }))
    })

    app.get('/v1/imports/:importId', {
      config: POLICY,
      schema: {
        operationId: 'getImport',
        summary: 'See how an import is getting on.',
        tags: ['Imports'],
        params: ImportParams,
        response: { 200: answer('The import.', ref('Import')), ...problems('not-found') }
      }
    }, async (request, reply) => {
      return markPrivate(reply).send(await imports.getImport(request.caller, request.params.importId))
    })

    app.get('/v1/imports/:importId/results', {
      config: POLICY,
      schema: {
        operationId: 'listImportResults',
        summary: 'Read what became of every line.',
        description: 'In the order of the file, so far as it is worked through; then one result for each product that the file does not name (`replace-catalog`).',
        tags: ['Imports'],
        params: ImportParams,
        querystring: ResultsQuery,
        response: { 200: answer('One page of results.', ref('ImportResultPage'), { headers: { Link: HEADERS.Link } }), ...problems('not-found', 'invalid-cursor') }
      }
    }, async (request, reply) => {
      const { limit, cursor, outcome } = request.query
      return sendPage(request, reply, await imports.listImportResults(request.caller, request.params.importId, {
        limit, ...(cursor !== undefined && { cursor }), ...(outcome !== undefined && { outcome: outcome as ResultOutcome[] })
      }))
    })

    app.get('/v1/imports/:importId/rejected', {
      config: POLICY,
      schema: {
        operationId: 'downloadRejected',
        summary: 'Get the rejected lines back.',
        description: 'Verbatim, as a file of the same format with its header, ready to be corrected and sent again.',
        tags: ['Imports'],
        params: ImportParams,
        response: {
          200: answer('The rejected lines.', Type.Unsafe({ type: 'string', format: 'binary' }), { mediaType: 'application/octet-stream' }),
          ...problems('not-found', 'file-gone')
        }
      }
    }, async (request, reply) => {
      const { fileName, bytes } = await imports.rejectedLines(request.caller, request.params.importId)
      return markPrivate(reply)
        .header('content-type', 'application/octet-stream')
        .header('content-disposition', `attachment; filename="${fileName}"`)
        .send(bytes)
    })

    app.post('/v1/imports/:importId/cancel', {
      config: POLICY,
      schema: {
        operationId: 'cancelImport',
        summary: 'Stop an import.',
        description: 'Lines that were worked through stay as they are, and are counted. An import that is being worked on stops at its next step.',
        tags: ['Imports'],
        params: ImportParams,
        response: { 200: answer('The import, cancelled or about to be.', ref('Import')), ...problems('not-found', 'import-state-conflict') }
      }
    }, async (request, reply) => {
      return markPrivate(reply).send(await imports.cancelImport(request.caller, request.params.importId))
    })

    app.post('/v1/imports/:importId/confirm', {
      config: POLICY,
      schema: {
        operationId: 'confirmImport',
        summary: 'Agree to the withdrawals of an import.',
        description: 'A `replace-catalog` that would withdraw more than 5 % of your products waits for this. What it would withdraw is listed by its results with `outcome=withdrawal_pending`.',
        tags: ['Imports'],
        params: ImportParams,
        response: { 200: answer('The import, which goes on.', ref('Import')), ...problems('not-found', 'import-state-conflict') }
      }
    }, async (request, reply) => {
      return markPrivate(reply).send(await imports.confirmImport(request.caller, request.params.importId))
    })
  }
}
