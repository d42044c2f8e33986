/** The published schemas of the record. Public: nobody needs a credential to learn how to write a record. */
import { Type } from 'typebox'
import { TEMPLATE_FORMATS } from '../../formats/template.js'
import type { PublishedSchema } from '../../services/schemas.js'
import { EXPORT_FORMATS } from '../../formats/product-export.js'
import type { App, HttpServices } from '../app-types.js'
import { sendNotModified } from '../conditional.js'
import { answer, closedString, emptyAnswer, ENDING, openString, problems, ref } from '../description.js'
import { fieldsPage, sendHtmlOrJson } from '../pages.js'
import { announceEnding } from '../version-ending.js'

const IMMUTABLE = 'public, max-age=31536000, immutable'
const SHORT = 'public, max-age=300'

export const NameParams = Type.Object({
  name: Type.String({ description: 'Name of the schema.', examples: ['product-sustainability-attributes'] })
}, { additionalProperties: false })

const VersionParams = Type.Object({
  ...NameParams.properties,
  version: Type.String({ description: 'A released version, or a draft.', examples: ['1.0.0'] })
}, { additionalProperties: false })

const TemplateQuery = Type.Object({ format: closedString(TEMPLATE_FORMATS, { description: 'Format of the table.' }) }, { additionalProperties: false })

const SchemaVersionSummary = Type.Object({
  version: Type.String({ description: 'The version; once released, its file never changes.', examples: ['1.0.0'] }),
  status: openString(['active', 'deprecated', 'retired'], { description: 'Where the version is in its life: `active`; `deprecated`: still accepted and answered; `retired`: no longer accepted, and still answered.' }),
  releasedOn: Type.String({ format: 'date', description: 'Day of the release.' }),
  deprecatedOn: Type.Optional(Type.String({ format: 'date', description: 'Day from which the version is deprecated.' })),
  sunsetOn: Type.Optional(Type.String({ format: 'date', description: 'Day from which the version may be retired.' })),
  successor: Type.Optional(Type.String({ description: 'The version that takes its place.' })),
  changes: Type.Array(Type.String(), { description: 'What is new against the version before it.' }),
  url: Type.String({ format: 'uri-reference', description: 'Where the JSON Schema is.' }),
  sha256: Type.String({ description: 'SHA-256 of the file, in hexadecimal.' })
}, { $id: 'SchemaVersionSummary', description: 'A released version of a schema.' })

const SchemaDraftSummary = Type.Object({
  version: Type.String({ description: 'The version that is being prepared.', examples: ['2.1.0'] }),
  status: openString(['draft'], { description: '`draft`: it may change any day; its records are judged with `dryRun` and by `POST /v1/products/validate`, and never stored.' }),
  changes: Type.Array(Type.String(), { description: 'What is new against the version before it.' }),
  url: Type.String({ format: 'uri-reference', description: 'Where the JSON Schema is as it stands.' })
}, { $id: 'SchemaDraftSummary', description: 'A version of a schema that is not released yet.' })

const SchemaSummary = Type.Object({
  name: Type.String({ description: 'Name of the schema.', examples: ['product-sustainability-attributes'] }),
  title: Type.String({ description: 'The same for people.' }),
  newestVersion: Type.String({ description: 'The version that new records should use.', examples: ['1.0.0'] }),
  versions: Type.Array(ref('SchemaVersionSummary'), { description: 'Released versions, newest first.' }),
  drafts: Type.Array(ref('SchemaDraftSummary'), { description: 'Versions that are being prepared.' })
}, { $id: 'SchemaSummary', description: 'A schema and its released versions.' })

const SchemaList = Type.Object({
  items: Type.Array(ref('SchemaSummary'))
}, { $id: 'SchemaList', description: 'The schemas of the exchange.' })

const DescribedField = Type.Object({
  path: Type.String({ description: 'Dotted path of the field; `[]` stands for the entries of a list.', examples: ['recycledContent.materials[].postConsumerPercent'] }),
  title: Type.String({ description: 'Its name for people.' }),
  description: Type.String({ description: 'What it means.' }),
  kind: openString(['text', 'number', 'boolean', 'json'], { description: 'Kind of value.' }),
  required: Type.Boolean({ description: 'Whether it must be given wherever the object around it is.' }),
  unit: Type.Optional(Type.String({ description: 'Unit of measure.', examples: ['kg CO2e'] })),
  allowed: Type.Optional(Type.Array(Type.String(), { description: 'The closed list of its values.' })),
  source: Type.Optional(Type.String({ description: 'Standard, law or published data that it comes from.' })),
  example: Type.Optional(Type.Unknown({ description: 'A possible value.' })),
  since: Type.String({ description: 'First schema version that has the field.', examples: ['1.0.0'] })
}, { $id: 'DescribedField', description: 'A field of a record.' })

const FieldDictionary = Type.Object({
  version: Type.String({ description: 'The schema version.', examples: ['1.1.0'] }),
  items: Type.Array(ref('DescribedField'), { description: 'Its fields, in the order of the schema.' })
}, { $id: 'FieldDictionary', description: 'Every field of a schema version.' })

const SchemaDocument = Type.Object({}, {
  $id: 'SchemaDocument', additionalProperties: true, description: 'A JSON Schema of draft 2020-12.'
})

export function schemaRoutes ({ schemas }: HttpServices) {
  return async (app: App): Promise<void> => {
    for (const schema of [SchemaVersionSummary, SchemaDraftSummary, SchemaSummary, SchemaList, DescribedField, FieldDictionary, SchemaDocument]) app.addSchema(schema)

    app.get('/v1/schemas', {
      config: { policy: 'public' },
      schema: {
        operationId: 'listSchemas',
        summary: 'List the schemas of the exchange.',
        tags: ['Schemas'],
        response: { 200: answer('The schemas.', ref('SchemaList')) }
      }
    }, async (_request, reply) => {
      return await reply.header('cache-control', SHORT).send({ items: schemas.list().map(withUrls) })
    })

    app.get('/v1/schemas/:name', {
      config: { policy: 'public' },
      schema: {
        operationId: 'getSchema',
        summary: 'Describe one schema and its versions.',
        tags: ['Schemas'],
        params: NameParams,
        response: { 200: answer('The schema.', ref('SchemaSummary')), ...problems('not-found') }
      }
    }, async (request, reply) => {
      return await reply.header('cache-control', SHORT).send(withUrls(schemas.get(request.params.name)))
    })

    app.get('/v1/schemas/:name/:version', {
      config: { policy: 'public' },
      schema: {
        operationId: 'getSchemaVersion',
        summary: 'Read the JSON Schema of one version.',
        description: 'The file of a released version never changes; that of a draft does. `Repr-Digest` (RFC 9530) carries its SHA-256.',
        tags: ['Schemas'],
        params: VersionParams,
        response: {
          200: answer('The JSON Schema.', ref('SchemaDocument'), {
            mediaType: 'application/schema+json',
            headers: { ...ENDING, 'Repr-Digest': { description: 'SHA-256 of the file (RFC 9530).', type: 'string' } }
          }),
          304: emptyAnswer('You have this file.'),
          ...problems('not-found')
        }
      }
    }, async (request, reply) => {
      const { name, version } = request.params
      const { bytes, sha256, status } = schemas.getFile(name, version)
      const ending = schemas.endingOf(version)
      const etag = `"${sha256}"`
      // The file of an ending version is immutable still, but what is said about it may change.
      reply.header('cache-control', ending === undefined && status !== 'draft' ? IMMUTABLE : SHORT).header('etag', etag).header('repr-digest', `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`)
      announceEnding(reply, ending)
      if (request.headers['if-none-match'] === etag) return sendNotModified(reply)
      return await reply.header('content-type', 'application/schema+json').send(bytes)
    })

    app.get('/v1/schemas/:name/:version/fields', {
      config: { policy: 'public' },
      schema: {
        operationId: 'listSchemaFields',
        summary: 'List every field of a schema version with label, unit, meaning and source.',
        description: 'JSON; a browser gets a page.',
        tags: ['Schemas'],
        params: VersionParams,
        response: { 200: answer('The fields.', ref('FieldDictionary'), { headers: ENDING }), ...problems('not-found') }
      }
    }, async (request, reply) => {
      const { name, version } = request.params
      const items = schemas.getFields(name, version)
      announceEnding(reply, schemas.endingOf(version))
      return sendHtmlOrJson(request, reply, { html: () => fieldsPage(name, version, items), json: () => ({ version, items }) })
    })

    app.get('/v1/schemas/:name/:version/template', {
      config: { policy: 'public' },
      schema: {
        operationId: 'getSchemaTemplate',
        summary: 'Get an empty table to fill in.',
        description: 'The columns of the version, for imports in CSV (`text/csv`) or XLSX (`application/vnd.openxmlformats-officedocument.spreadsheetml.sheet`); a unit stands in square brackets behind the name. The workbook has drop-down lists for closed lists of values, formats identifiers and dates as text, ' +
          'and describes every field on a second sheet. Further entries of a list get further columns: `product.gtins.4` follows `product.gtins.3`.',
        tags: ['Schemas'],
        params: VersionParams,
        querystring: TemplateQuery,
        response: { 200: answer('The table.', Type.Unsafe({ type: 'string', format: 'binary' }), { mediaType: 'application/octet-stream', headers: ENDING }), ...problems('not-found') }
      }
    }, async (request, reply) => {
      const { name, version } = request.params
      const { format } = request.query
      announceEnding(reply, schemas.endingOf(version))
      return await reply
        .header('cache-control', SHORT)
        .header('content-type', EXPORT_FORMATS[format].mediaType)
        .header('content-disposition', `attachment; filename="${name}-${version}.${format}"`)
        .send(schemas.getTemplate(name, version, format))
    })
  }
}

function withUrls ({ versions, drafts, ...schema }: PublishedSchema) {
  const withUrl = <Entry extends { version: string }>(entry: Entry) => ({ ...entry, url: `/v1/schemas/${schema.name}/${entry.version}` })
  return { ...schema, versions: versions.map(withUrl), drafts: drafts.map(withUrl) }
}
