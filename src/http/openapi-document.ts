/** The API description without a running exchange, for the committed copy. */
import pino from 'pino'
import type { HttpServices } from './app-types.js'
import { buildApp } from './app.js'

/** Registers all routes and asks none of them, so there is nothing for services to do. */
export async function openapiDocument (version: string): Promise<unknown> {
  const app = await buildApp({
    config: { publicBaseUrl: undefined, trustProxy: undefined },
    services: {} as HttpServices,
    logger: pino({ level: 'silent' }),
    version
  })
  await app.ready()
  const document = app.swagger()
  await app.close()
  return document
}
