/**
 * The released versions of the record schema, oldest first.
 *
 * How to add one: a folder `v<version>/` with its schema, its list of rules, the ways from and to the version before it, and a `version.ts`; a line here; `npm run generate`
 * writes the file under `schemas/`; fixtures under `test/fixtures/<version>/`. A released version never changes.
 */
import type { SchemaVersion } from './schema-version.js'
import { version1_0_0 } from './v1.0.0/version.js'
import { version1_1_0 } from './v1.1.0/version.js'

export const SCHEMA_VERSIONS: readonly SchemaVersion[] = [
  version1_0_0,
  version1_1_0
]

/** The version that new records should follow. */
export const NEWEST_SCHEMA_VERSION: SchemaVersion = SCHEMA_VERSIONS.at(-1)!

const byVersion: ReadonlyMap<string, SchemaVersion> = new Map(SCHEMA_VERSIONS.map(entry => [entry.version, entry]))

export function findSchemaVersion (version: string): SchemaVersion | undefined {
  return byVersion.get(version)
}

/** The version that a reader asks for: an exact one (`1.0.0`), or a major (`1`), which means the newest of that major. */
export function resolveSchemaVersion (requested: string): SchemaVersion | undefined {
  return findSchemaVersion(requested) ?? SCHEMA_VERSIONS.findLast(({ version }) => version.startsWith(`${requested}.`))
}
