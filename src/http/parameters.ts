/** Query and path parameters that operations share. */
import { Type } from 'typebox'
import { closedString } from './description.js'

/** Items of a page unless `limit` says otherwise. */
const DEFAULT_LIMIT = 100
const MAX_LIMIT = 500

const MAX_ALTERNATIVES = 50

export const ProductIdParams = Type.Object({
  productId: Type.String({ format: 'uuid', description: 'The product; the id is found with `POST /v1/products/lookup`.' })
}, { additionalProperties: false })

export const ProductVersionParams = Type.Object({
  productId: Type.String({ format: 'uuid', description: 'The product.' }),
  version: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'The version.' })
}, { additionalProperties: false })

export const pageParameters = {
  limit: Type.Integer({ minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT, description: `Items per page, at most ${MAX_LIMIT}.` }),
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 2048, description: '`nextCursor` of the page before, unchanged.' }))
}

/** A released schema version, exactly or by its beginning. */
export function requestedVersion (description: string) {
  return Type.Optional(Type.String({
    pattern: '^\\d+(\\.\\d+){0,2}$',
    'x-expected': 'a major version such as 1, a minor version such as 1.1 or a full version such as 1.0.0',
    description
  }))
}

/** What `fields` means while records come in several versions. */
export const FIELDS_AND_VERSIONS = 'The versions of the record name their fields differently. With `schema` a path that the version does not have is refused. Without it any path of any version is taken, and a record that comes in another version is answered without it, which does not mean that nothing was declared: give `schema` along with `fields`.'

export const schemaParameter = requestedVersion('Schema version to answer in: `1` (the newest 1.x), `1.1` (the newest 1.1.x) or `1.0.0`; default: as submitted.')

export const describedSchemaParameter = requestedVersion('Schema version of the records that are described: `1` (the newest 1.x), `1.1` (the newest 1.1.x) or `1.0.0`; default: the newest.')

export const fieldsParameter = Type.Optional(Type.String({
  minLength: 1,
  maxLength: 2048,
  description: 'Parts of the record to answer, as dotted paths separated by commas, e.g. `product.modelName,carbonFootprint.totalKgCo2e`; default: all of it. ' + FIELDS_AND_VERSIONS
}))

export const dryRunParameter = Type.Boolean({ default: false, description: 'Check and answer as usual, but store nothing.' })

/** A filter that may be repeated: its values are alternatives. */
export function alternatives (description: string, options: { values?: readonly string[], maxLength?: number, format?: 'gtin', examples?: string[] } = {}) {
  const { values, maxLength = 200, format, examples } = options
  const item = values === undefined ? Type.String({ minLength: 1, maxLength, ...(format && { format }) }) : closedString(values)
  return Type.Optional(Type.Array(item, {
    minItems: 1, maxItems: MAX_ALTERNATIVES, description: `${description} May be repeated: any of the values matches.`, ...(examples && { examples: [examples] })
  }))
}
