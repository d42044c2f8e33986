/** The registry of published schemas, as readers see it. */
import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { ExchangeError } from '../domain/problems.js'
import { DRAFT_SCHEMA_VERSIONS, findSchemaVersion, NEWEST_SCHEMA_VERSION, requireSchemaVersion, resolveSchemaVersion, SCHEMA_VERSIONS } from '../domain/schema-versions/registry.js'
import { RECORD_SCHEMA_NAME } from '../domain/schema-versions/schema-version.js'
import { createColumnScheme } from '../formats/columns.js'
import { writeTemplate, type TemplateFormat } from '../formats/template.js'
import { fieldDictionary, type DescribedField } from '../formats/field-dictionary.js'
import { SCHEMA_LIFECYCLES, type Ending, type SchemaLifecycle, type SchemaLifecycles } from '../domain/schema-versions/lifecycle.js'

type PublishedVersion = SchemaLifecycle & {
  version: string
  /** SHA-256 of the schema file, in hexadecimal. A released file never changes. */
  sha256: string
}

/** A version in the making: its file follows its source, and no record is stored in it. */
interface DraftVersion {
  version: string
  status: 'draft'
  /** Its new fields, a sentence each. */
  changes: readonly string[]
}

export interface PublishedSchema {
  name: string
  title: string
  newestVersion: string
  versions: readonly PublishedVersion[]
  drafts: readonly DraftVersion[]
}

interface SchemaFile {
  status: PublishedVersion['status'] | 'draft'
  sha256: string
  /** The file as published, `application/schema+json`. */
  bytes: Buffer
}

/** Throws `not-found` for every name but that of the record schema. */
export function requireSchemaName (name: string): void {
  if (name !== RECORD_SCHEMA_NAME) throw new ExchangeError('not-found', `There is no schema ${name}; there is ${RECORD_SCHEMA_NAME}.`)
}

/** A version that is deprecated or retired, and the schema that it is of. */
export type EndingVersion = Ending & { schema: string }

export type SchemaRegistry = ReturnType<typeof createSchemaRegistry>

/**
 * @param fileOf the bytes of the published file of a version
 * @param lifecycles where each version is in its life
 */
export function createSchemaRegistry (fileOf: (version: string) => Buffer, lifecycles: SchemaLifecycles = SCHEMA_LIFECYCLES) {
  const released = new Map(SCHEMA_VERSIONS.map(({ version }) => {
    const bytes = fileOf(version)
    const lifecycle = lifecycles[version]
    if (lifecycle === undefined) throw new Error(`Schema version ${version} has no lifecycle.`)
    return [version, { version, ...lifecycle, sha256: sha256Of(bytes), bytes }]
  }))
  const drafts = DRAFT_SCHEMA_VERSIONS.map(({ version }) => {
    const bytes = fileOf(version)
    return { version, status: 'draft' as const, changes: newFieldsOf(version), sha256: sha256Of(bytes), bytes }
  })
  const files = new Map<string, SchemaFile>([...released, ...drafts.map(draft => [draft.version, draft] as const)])
  const endings = new Map<string, EndingVersion>([...released.values()].flatMap(published =>
    'successor' in published ? [[published.version, { ...published, schema: RECORD_SCHEMA_NAME }]] : []))
  const schema: PublishedSchema = {
    name: RECORD_SCHEMA_NAME,
    title: 'Product sustainability attributes',
    newestVersion: NEWEST_SCHEMA_VERSION.version,
    versions: [...released.values()].reverse().map(({ bytes: _bytes, ...published }) => published),
    drafts: drafts.map(({ version, status, changes }) => ({ version, status, changes }))
  }

  function unknownVersion (name: string, version: string): ExchangeError {
    return new ExchangeError('not-found', `There is no version ${version} of ${name}.`, { extra: { available: [...files.keys()] } })
  }

  return {
    list: (): PublishedSchema[] => [schema],

    get: (name: string): PublishedSchema => {
      requireSchemaName(name)
      return schema
    },

    getFile: (name: string, version: string): SchemaFile => {
      requireSchemaName(name)
      const file = files.get(version)
      if (file === undefined) throw unknownVersion(name, version)
      return file
    },

    /** What to say of answers in a version (`1`, `1.0.0`) that is on its way out; undefined for every other one. */
    endingOf: (requested: string | undefined): EndingVersion | undefined => {
      if (endings.size === 0 || requested === undefined) return undefined
      const version = resolveSchemaVersion(requested)?.version
      return version === undefined ? undefined : endings.get(version)
    },

    /** Every field of the version, with the version that brought it. */
    getFields: (name: string, version: string): DescribedField[] => {
      requireSchemaName(name)
      const definition = findSchemaVersion(version)
      if (definition === undefined) throw unknownVersion(name, version)
      return fieldDictionary(definition, ALL_VERSIONS)
    },

    /** An empty file to fill in, whose columns are those of the version. */
    getTemplate: (name: string, version: string, format: TemplateFormat): Readable => {
      requireSchemaName(name)
      const definition = findSchemaVersion(version)
      if (definition === undefined) throw unknownVersion(name, version)
      return writeTemplate(createColumnScheme(definition), format)
    }
  }
}

const ALL_VERSIONS = [...SCHEMA_VERSIONS, ...DRAFT_SCHEMA_VERSIONS]

function newFieldsOf (version: string): string[] {
  return fieldDictionary(requireSchemaVersion(version), ALL_VERSIONS).filter(({ since }) => since === version).map(({ path, title }) => `New field ${path}: ${title}.`)
}

function sha256Of (bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
