/**
 * The limits for reads, by Fastify: prepared bytes and nothing else; 304 and nothing else; and the same 304 as the exchange answers, from memory:
 * the entity tag of what is asked for, compared, and the headers that a 304 must carry (RFC 9110 section 15.4.5).
 */
import fastify from 'fastify'

const bytes = Buffer.alloc(Number(process.env['LIMIT_BYTES'] ?? 3_000), 'x')
const tags = new Map(Array.from({ length: Number(process.env['LIMIT_KEYS'] ?? 0) }, (_, key) => [String(key), '"v1"']))
const app = fastify()
app.get('/bytes/:key', (_request, reply) => reply.header('content-type', 'application/json; charset=utf-8').header('etag', '"v1"').send(bytes))
app.get('/bare-304/:key', (_request, reply) => reply.code(304).header('etag', '"v1"').send())
app.get<{ Params: { key: string } }>('/unchanged/:key', (request, reply) => {
  const tag = tags.get(request.params.key)
  if (tag === undefined || request.headers['if-none-match'] !== tag) return reply.code(404).send()
  return reply.code(304).header('cache-control', 'private, no-cache').header('vary', 'Authorization, X-API-Key, Accept-Encoding').header('etag', tag).send()
})
process.stdout.write(`${await app.listen({ host: '127.0.0.1', port: 0 })}\n`)
process.on('SIGTERM', () => { process.exit(0) })
