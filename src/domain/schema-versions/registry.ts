/**
 * The released versions of the record schema, oldest first.
 *
 * How to add one: a folder `v<version>/` with its schema, its list of rules, the ways from and to the version before it,
 * what the exchange has to know of its records (`exchange-view.ts`), and a `version.ts`; a line here; `npm run generate` writes the file under `schemas/`; fixtures under `test/fixtures/<version>/`. A released version never changes.
 */
import type { ComparableRecord, NamedProduct } from './exchange-view.js'
import type { SchemaVersion } from './schema-version.js'
import { version1_0_0 } from './v1.0.0/version.js'
import { version1_1_0 } from './v1.1.0/version.js'
import { version2_0_0 } from './v2.0.0/version.js'
import { version2_1_0 } from './v2.1.0/version.js'

export const SCHEMA_VERSIONS: readonly SchemaVersion[] = [
  version1_0_0,
  version1_1_0,
  version2_0_0
]

/** Versions in the making, oldest first: judged and described like the released ones, stored and answered never. They may change any day. */
export const DRAFT_SCHEMA_VERSIONS: readonly SchemaVersion[] = [
  version2_1_0
]

/** The version that new records should follow. */
export const NEWEST_SCHEMA_VERSION: SchemaVersion = SCHEMA_VERSIONS.at(-1)!

const byVersion: ReadonlyMap<string, SchemaVersion> = new Map([...SCHEMA_VERSIONS, ...DRAFT_SCHEMA_VERSIONS].map(entry => [entry.version, entry]))

/** A version by its exact name, be it released or a draft. */
export function findSchemaVersion (version: string): SchemaVersion | undefined {
  return byVersion.get(version)
}

/** The released version that a reader asks for: an exact one (`1.0.0`), or the newest of a major (`1`) or minor (`1.1`). */
export function resolveSchemaVersion (requested: string): SchemaVersion | undefined {
  return SCHEMA_VERSIONS.findLast(({ version }) => version === requested || version.startsWith(`${requested}.`))
}

/** The product that a document of any version names, be it valid or not. */
export function namedProductOf (document: unknown): NamedProduct | undefined {
  for (const { view } of [...SCHEMA_VERSIONS, ...DRAFT_SCHEMA_VERSIONS]) {
    const named = view.identify(document)
    if (named !== undefined) return named
  }
  return undefined
}

/** What rules on stored data look at in a record that was accepted in that version. */
export function comparableRecord (version: string, record: unknown): ComparableRecord {
  return requireSchemaVersion(version).view.comparable(record)
}

/** A version that a stored or accepted record names. */
export function requireSchemaVersion (version: string): SchemaVersion {
  const found = findSchemaVersion(version)
  if (found === undefined) throw new Error(`There is no schema version ${version}.`)
  return found
}
