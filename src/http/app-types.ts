/** What the HTTP application is made from, and how its route files see it. */
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { AccessAdministration } from '../services/access/access-administration.js'
import type { GrantPreviewing } from '../services/access/grant-preview.js'
import type { ProductLists } from '../services/access/product-lists.js'
import type { Aliases } from '../services/aliases.js'
import type { AuditQueries } from '../services/audit/audit-queries.js'
import type { ChangeFeed } from '../services/changes/change-feed.js'
import type { Idempotency } from '../services/idempotency.js'
import type { ClientAdministration } from '../services/identity/client-administration.js'
import type { IdentityService } from '../services/identity/identity-service.js'
import type { OrganizationAdministration } from '../services/identity/organization-administration.js'
import type { BatchWriting } from '../services/products/batch.js'
import type { ProductExport } from '../services/products/export.js'
import type { ProductLookup } from '../services/products/lookup.js'
import type { ProductReading } from '../services/products/reading.js'
import type { RecordJudging } from '../services/products/validation.js'
import type { ProductWriting } from '../services/products/writing.js'
import type { ImportUse } from '../services/imports/imports.js'
import type { CompatibilityChecks } from '../services/compatibility/compatibility-checks.js'
import type { SchemaRegistry } from '../services/schemas.js'
import type { PressureLimits } from './load-shedding.js'
import type { QuotaLimits } from './quotas.js'

export type App = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, TypeBoxTypeProvider>

/** The use cases that the API offers. */
export interface HttpServices {
  products: ProductWriting & ProductReading & ProductExport & ProductLookup & BatchWriting & RecordJudging
  changes: ChangeFeed
  imports: ImportUse
  access: AccessAdministration & GrantPreviewing
  productLists: ProductLists
  aliases: Aliases
  audit: AuditQueries
  schemas: SchemaRegistry
  compatibility: CompatibilityChecks
  identity: IdentityService
  organizations: OrganizationAdministration
  clients: ClientAdministration
  idempotency: Idempotency
  health: {
    /** Resolves when the exchange can answer. */
    ready: () => Promise<void>
  }
  /** True for failures that repeating the operation later can cure. */
  isUnavailable: (error: unknown) => boolean
}

export interface HttpConfig {
  /** Address under which clients reach the API, without a trailing slash; unset: links in answers are relative. */
  publicBaseUrl: string | undefined
  /** Addresses of proxies whose `X-Forwarded-*` headers are believed. */
  trustProxy: string[] | undefined
  rateLimits: QuotaLimits
  /** Origins whose pages may call the API from a browser. */
  corsOrigins: readonly string[]
  pressure: PressureLimits
  /** Connections to one process; further ones are closed at once. */
  maxConnections: number
}
