/** What a schema version consists of. */
import type { Static, TSchema } from 'typebox'
import type { Issue } from '../issue.js'
import { issuesOfRules, type IssueDescription, type Rule, type ValidationContext } from '../rule.js'
import type { ConvertibleVersion } from './conversion.js'
import type { ExchangeView } from './exchange-view.js'
import { publishedSchema, type JsonSchema } from './publish.js'

/** The name of the record schema in the registry, in paths and in `$id`s. */
export const RECORD_SCHEMA_NAME = 'product-sustainability-attributes'

export interface SchemaVersion extends ConvertibleVersion {
  /** Stored with every accepted record, so that it is known which rules it was judged by. */
  readonly rulesetVersion: string
  /** The TypeBox source, with its annotations. */
  readonly source: TSchema
  /** The published JSON Schema. */
  readonly schema: JsonSchema
  /** The attribute groups, by the names that filters know them by in every version. */
  readonly groups: readonly string[]
  readonly rules: readonly IssueDescription[]
  /** Applies every rule to a record that fits the schema. */
  readonly issuesOf: (record: unknown, context: ValidationContext) => Issue[]
  /** What the exchange itself has to know of a record that fits the schema. */
  readonly view: ExchangeView<unknown>
}

interface SchemaVersionSource<Schema extends TSchema> extends ConvertibleVersion {
  readonly rulesetVersion: string
  readonly source: Schema
  readonly groups: readonly string[]
  readonly rules: readonly Rule<Static<Schema>>[]
  readonly view: ExchangeView<Static<Schema>>
}

/**
 * Ties the parts of a version together. The casts are the only ones: whoever calls `issuesOf` or the view has validated the
 * record against `schema` first.
 */
export function defineSchemaVersion<Schema extends TSchema> (parts: SchemaVersionSource<Schema>): SchemaVersion {
  return {
    ...parts,
    schema: publishedSchema(parts.source, `urn:product-esg:schema:${RECORD_SCHEMA_NAME}:${parts.version}`),
    issuesOf: (record, context) => issuesOfRules(parts.rules, record as Static<Schema>, context),
    view: parts.view as ExchangeView<unknown>
  }
}
