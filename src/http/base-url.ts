/** The address under which this request's client knows the exchange. */
import type { FastifyRequest } from 'fastify'

/** For documents that must name absolute addresses; the configured one, else the one that the request was sent to. */
export function baseUrlOf (request: FastifyRequest, publicBaseUrl: string | undefined): string {
  return publicBaseUrl ?? `${request.protocol}://${request.host}`
}
