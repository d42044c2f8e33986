/** Every field of a schema version in a flat list: what it is called, what it means, in which unit, from which source, since when. */
import type { SchemaVersion } from '../domain/schema-versions/schema-version.js'
import { createColumnScheme, type Column } from './columns.js'

export interface DescribedField {
  /** Dotted path; `[]` stands for the entries of a list. */
  path: string
  title: string
  description: string
  kind: Column['kind']
  /** Whether it must be given wherever the object around it is. */
  required: boolean
  unit?: string
  allowed?: readonly string[]
  source?: string
  example?: unknown
  /** The first schema version that has the field. */
  since: string
}

/** @param versions oldest first, up to the one that is described */
export function fieldDictionary (version: Pick<SchemaVersion, 'version' | 'source'>, versions: readonly Pick<SchemaVersion, 'version' | 'source'>[]): DescribedField[] {
  const earlier = versions.slice(0, versions.findIndex(entry => entry.version === version.version)).map(createColumnScheme)
  return createColumnScheme(version).columns(() => 1).map(({ name, path, title, description, kind, required, unit, allowed, source, example }) => ({
    path: path.map(step => typeof step === 'number' ? '[]' : step).join('.').replaceAll('.[]', '[]'),
    title,
    description,
    kind,
    required,
    ...(unit !== undefined && { unit }),
    ...(allowed !== undefined && { allowed }),
    ...(source !== undefined && { source }),
    ...(example !== undefined && { example }),
    since: earlier.find(scheme => scheme.find(name) !== undefined)?.schemaVersion ?? version.version
  }))
}
