/** The limit for reads: Fastify answering prepared bytes from memory, and nothing else. */
import fastify from 'fastify'

const bytes = Buffer.alloc(Number(process.env['LIMIT_BYTES'] ?? 3_000), 'x')
const app = fastify()
app.get('/bytes/:key', (_request, reply) => reply.header('content-type', 'application/json; charset=utf-8').header('etag', '"v1"').send(bytes))
app.get('/unchanged/:key', (_request, reply) => reply.code(304).header('etag', '"v1"').send())
process.stdout.write(`${await app.listen({ host: '127.0.0.1', port: 0 })}\n`)
process.on('SIGTERM', () => { process.exit(0) })
