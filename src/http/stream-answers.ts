/** Long answers: streamed as the database delivers and the client takes them, compressed when the client can. */
import { pipeline, Readable } from 'node:stream'
import { createGzip } from 'node:zlib'
import { negotiate } from '@fastify/accept-negotiator'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { markPrivate } from './product-answers.js'

/** For `handlerTimeout` of routes that stream: a catalogue may take hours over a slow line. Idle connections end sooner. */
export const STREAM_TIMEOUT_MS = 24 * 60 * 60 * 1_000

/** Higher levels cost several times as much for a few percent. */
const GZIP = { level: 1, chunkSize: 64 * 1024 }

/**
 * Sends the chunks, never holding more than a few of them. A failure after the first byte breaks the connection, so that
 * nobody takes a part for the whole.
 */
export function sendStream (request: FastifyRequest, reply: FastifyReply, contentType: string, chunks: AsyncIterable<Buffer>): FastifyReply {
  const source = Readable.from(chunks, { objectMode: false, highWaterMark: 64 * 1024 })
  markPrivate(reply).header('content-type', contentType)
  // A workbook is compressed already.
  if (!/^text|ndjson/.test(contentType)) return reply.send(source)
  const accepted = request.headers['accept-encoding']
  if (typeof accepted !== 'string' || negotiate(accepted, ['gzip', 'identity']) !== 'gzip') return reply.send(source)
  // The pipeline hands a failure of either side to the other; the reply meets it in the compressed stream.
  return reply.header('content-encoding', 'gzip').send(pipeline(source, createGzip(GZIP), () => {}))
}
