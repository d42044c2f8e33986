/** The registry of published schemas, as readers see it. */
import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { ExchangeError } from '../domain/problems.js'
import { findSchemaVersion, NEWEST_SCHEMA_VERSION, SCHEMA_VERSIONS } from '../domain/schema-versions/registry.js'
import { RECORD_SCHEMA_NAME } from '../domain/schema-versions/schema-version.js'
import { createColumnScheme } from '../formats/columns.js'
import { writeTemplate, type TemplateFormat } from '../formats/template.js'

interface PublishedVersion {
  version: string
  status: 'active'
  /** SHA-256 of the schema file, in hexadecimal. A released file never changes. */
  sha256: string
}

export interface PublishedSchema {
  name: string
  title: string
  newestVersion: string
  versions: readonly PublishedVersion[]
}

export interface SchemaFile extends PublishedVersion {
  /** The file as published, `application/schema+json`. */
  bytes: Buffer
}

export type SchemaRegistry = ReturnType<typeof createSchemaRegistry>

/** @param fileOf the bytes of the published file of a version */
export function createSchemaRegistry (fileOf: (version: string) => Buffer) {
  const files = new Map<string, SchemaFile>(SCHEMA_VERSIONS.map(({ version }) => {
    const bytes = fileOf(version)
    return [version, { version, status: 'active', sha256: createHash('sha256').update(bytes).digest('hex'), bytes }]
  }))
  const schema: PublishedSchema = {
    name: RECORD_SCHEMA_NAME,
    title: 'Product sustainability attributes',
    newestVersion: NEWEST_SCHEMA_VERSION.version,
    versions: [...files.values()].reverse().map(({ version, status, sha256 }) => ({ version, status, sha256 }))
  }

  function requireName (name: string): void {
    if (name !== schema.name) throw new ExchangeError('not-found', `There is no schema ${name}; there is ${schema.name}.`)
  }

  function unknownVersion (name: string, version: string): ExchangeError {
    return new ExchangeError('not-found', `There is no version ${version} of ${name}.`, { extra: { available: [...files.keys()] } })
  }

  return {
    list: (): PublishedSchema[] => [schema],

    get: (name: string): PublishedSchema => {
      requireName(name)
      return schema
    },

    getFile: (name: string, version: string): SchemaFile => {
      requireName(name)
      const file = files.get(version)
      if (file === undefined) throw unknownVersion(name, version)
      return file
    },

    /** An empty file to fill in, whose columns are those of the version. */
    getTemplate: (name: string, version: string, format: TemplateFormat): Readable => {
      requireName(name)
      const definition = findSchemaVersion(version)
      if (definition === undefined) throw unknownVersion(name, version)
      return writeTemplate(createColumnScheme(definition), format)
    }
  }
}
