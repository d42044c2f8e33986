/** The address under which this request's client knows the exchange. */
import type { FastifyRequest } from 'fastify'

/** For documents that must name absolute addresses; the configured one, else the one that the request was sent to. */
export function baseUrlOf (request: FastifyRequest, publicBaseUrl: string | undefined): string {
  return publicBaseUrl ?? `${request.protocol}://${request.host}`
}

/** `Cache-Control` of what names that address: where nobody configured it, a shared cache must not hand one client's address to another. */
export function cacheControlOf (publicBaseUrl: string | undefined): string {
  return publicBaseUrl === undefined ? 'private, no-store' : 'public, max-age=300'
}
