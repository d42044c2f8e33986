/** The API description in its forms: by OpenAPI version, and by the schema version of the records in it. Each is made once, when it is asked for. */
import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ExchangeError } from '../domain/problems.js'
import { findSchemaVersion, NEWEST_SCHEMA_VERSION, resolveSchemaVersion, SCHEMA_VERSIONS } from '../domain/schema-versions/registry.js'
import { sendNotModified } from './conditional.js'
import { asOpenapi30 } from './openapi-3-0.js'
import { bindRecords } from './openapi-records.js'

type Json = Record<string, unknown>

interface Description { body: Buffer, etag: string }

/** @param baseDocument the description with records of the newest schema version, once the application is ready */
export function createDescriptions (baseDocument: () => unknown) {
  const made = new Map<string, Description>()
  return {
    /** @param schema the schema version of records, which may be a draft by its exact name; default: the newest. Throws `schema-version-unavailable`. */
    get (openapi: '3.0' | '3.1', schema: string = NEWEST_SCHEMA_VERSION.version): Description {
      const version = findSchemaVersion(schema) ?? resolveSchemaVersion(schema)
      if (version === undefined) {
        const available = SCHEMA_VERSIONS.map(({ version }) => version)
        throw new ExchangeError('schema-version-unavailable', `There is no schema version ${schema}; there are ${available.join(', ')}.`, { extra: { available } })
      }
      const key = `${openapi} ${version.version}`
      const description = made.get(key) ?? describe(bindRecords(baseDocument() as Json, version), openapi)
      made.set(key, description)
      return description
    }
  }
}

function describe (document: Json, openapi: '3.0' | '3.1'): Description {
  const body = Buffer.from(JSON.stringify(openapi === '3.0' ? asOpenapi30(document) : document))
  return { body, etag: `"${createHash('sha256').update(body).digest('base64url')}"` }
}

export function sendDescription (request: FastifyRequest, reply: FastifyReply, { body, etag }: Description): FastifyReply {
  reply.header('cache-control', 'public, max-age=300').header('etag', etag)
  if (request.headers['if-none-match'] === etag) return sendNotModified(reply)
  return reply.header('content-type', 'application/json; charset=utf-8').send(body)
}
