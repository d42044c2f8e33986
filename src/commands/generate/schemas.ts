/** The published JSON Schemas: one file per version of the record. That of a draft follows its source; the others never change. */
import { DRAFT_SCHEMA_VERSIONS, SCHEMA_VERSIONS } from '../../domain/schema-versions/registry.js'
import { RECORD_SCHEMA_NAME } from '../../domain/schema-versions/schema-version.js'
import type { GeneratedFile } from './generated-file.js'

export const publishedSchemaFiles: readonly GeneratedFile[] = [...SCHEMA_VERSIONS, ...DRAFT_SCHEMA_VERSIONS].map(({ version, schema }) => ({
  path: `schemas/${RECORD_SCHEMA_NAME}/${version}.json`,
  content: () => `${JSON.stringify(schema, null, 2)}\n`
}))
