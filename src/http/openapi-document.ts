/** The API description without a running exchange, for the committed copy. */
import pino from 'pino'
import type { HttpConfig, HttpServices } from './app-types.js'
import { buildApp } from './app.js'

const NOTHING_LIMITED: HttpConfig = {
  publicBaseUrl: undefined,
  trustProxy: undefined,
  rateLimits: { perCredential: { read: 0, write: 0, import: 0 }, organizationFactor: 1 },
  corsOrigins: [],
  pressure: { eventLoopDelayMs: 0, bodyBytes: Infinity },
  maxConnections: Infinity
}

/** Registers all routes and asks none of them, so there is nothing for services to do. */
export async function openapiDocument (version: string): Promise<unknown> {
  const app = await buildApp({
    config: NOTHING_LIMITED,
    services: {} as HttpServices,
    logger: pino({ level: 'silent' }),
    version
  })
  await app.ready()
  const document = app.swagger()
  await app.close()
  return document
}
