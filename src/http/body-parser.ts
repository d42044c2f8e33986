/**
 * Reads request bodies: one media type per operation, a limit on *decompressed* bytes, strict UTF-8 and JSON. A document
 * reaches the routes exactly as it was sent, or not at all.
 */
import { isAscii, isUtf8 } from 'node:buffer'
import { hash } from 'node:crypto'
import { createGunzip } from 'node:zlib'
import type { Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { visit } from 'jsonc-parser'
import { ExchangeError } from '../domain/problems.js'

/** No document of the exchange nests deeper than ten levels; beyond this it is an attack on recursive code, or a mistake. */
const MAX_DEPTH = 64

const FORM_TYPE = 'application/x-www-form-urlencoded'

/** For a body that is read into memory, from its first byte to its last (milliseconds): sixteen megabytes at 140 kB/s. */
const BODY_TIMEOUT_MS = 120_000

/** After a refusal the sender may read the answer for this long; then the connection ends (milliseconds). */
const LINGER_MS = 5_000

/** Replaces the framework's parsers. The media type that an operation reads is its `schema.consumes`, by default JSON. */
export function addBodyParser (app: FastifyInstance, timeoutMs = BODY_TIMEOUT_MS): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (request, payload, done) => {
    readDocument(request, payload, timeoutMs).then(document => done(null, document), done)
  })
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The body is a file: the route gets the stream itself, and bounds what it reads of it. */
    streamedBody?: true
  }
}

async function readDocument (request: FastifyRequest, payload: Readable, timeoutMs: number): Promise<unknown> {
  const { schema, bodyLimit, config } = request.routeOptions
  if (config.streamedBody === true) return payload
  if (schema?.body === undefined) {
    // The operation has no body; one that is sent all the same is passed over, as RFC 9110 allows.
    payload.resume()
    return undefined
  }
  try {
    const accepted = (schema as { consumes?: string[] }).consumes?.[0] ?? 'application/json'
    checkMediaType(request.headers['content-type'], accepted)
    const bytes = await inTime(request, payload, timeoutMs, readBytes(request, payload, bodyLimit))
    if (request.headers['idempotency-key'] !== undefined) request.bodyHash = hash('sha256', bytes, 'buffer')
    const text = decode(bytes, accepted)
    return accepted === FORM_TYPE ? parseForm(text) : parseJson(text)
  } catch (error) {
    // The rest of a refused body is drained, so that the client can finish sending and read the answer.
    payload.resume()
    throw error
  }
}

/** Ends the connection of a sender that takes too long, because draining it could take for ever. */
async function inTime (request: FastifyRequest, payload: Readable, timeoutMs: number, reading: Promise<Buffer>): Promise<Buffer> {
  const timer = setTimeout(() => {
    payload.emit('error', new ExchangeError('malformed-request', `The body did not arrive within ${timeoutMs / 1_000} seconds.`))
    setTimeout(() => { request.raw.destroy() }, LINGER_MS).unref()
  }, timeoutMs).unref()
  try {
    return await reading
  } finally {
    clearTimeout(timer)
  }
}

function checkMediaType (header: string | undefined, accepted: string): void {
  const [type = '', ...parameters] = (header ?? '').split(';').map(part => part.trim().toLowerCase())
  if (type !== accepted) {
    const received = type === '' ? 'none was given' : `${type.slice(0, 100)} was given`
    throw new ExchangeError('unsupported-media-type', `This operation reads Content-Type: ${accepted}; ${received}.`, {
      issues: [{ header: 'Content-Type', code: 'MEDIA_TYPE', detail: `Send ${accepted}.`, expected: accepted, received: type.slice(0, 128) }]
    })
  }
  const charset = parameters.find(parameter => parameter.startsWith('charset='))
  if (charset !== undefined && charset.replaceAll('"', '') !== 'charset=utf-8') {
    throw new ExchangeError('unsupported-media-type', `Bodies are read as UTF-8; ${charset.slice(0, 60)} is not supported.`, {
      issues: [{ header: 'Content-Type', code: 'MEDIA_TYPE', detail: 'Send UTF-8.', expected: 'charset=utf-8', received: charset.slice(0, 128) }]
    })
  }
}

async function readBytes (request: FastifyRequest, payload: Readable, limit: number): Promise<Buffer> {
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase()
  if (encoding === 'identity') {
    if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge(limit)
    return await collect(payload, limit)
  }
  if (encoding !== 'gzip' && encoding !== 'x-gzip') {
    throw new ExchangeError('unsupported-media-type', `Bodies may be sent plain or with Content-Encoding: gzip; ${encoding.slice(0, 60)} is not supported.`, {
      issues: [{ header: 'Content-Encoding', code: 'CONTENT_ENCODING', detail: 'Send the body plain or as gzip.', expected: 'gzip', received: encoding.slice(0, 128) }]
    })
  }
  const gunzip = createGunzip()
  payload.on('error', error => gunzip.destroy(error))
  payload.pipe(gunzip)
  try {
    return await collect(gunzip, limit)
  } catch (error) {
    payload.unpipe(gunzip)
    gunzip.destroy()
    if (error instanceof ExchangeError) throw error
    throw new ExchangeError('malformed-request', 'The body is announced as gzip but cannot be decompressed: it is damaged or cut short.', { cause: error })
  }
}

function collect (stream: Readable, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const settle = () => {
      stream.off('data', onData)
      stream.off('end', onEnd)
      stream.off('error', onError)
      stream.off('close', onClose)
    }
    const onData = (chunk: Buffer) => {
      size += chunk.length
      if (size <= limit) {
        chunks.push(chunk)
        return
      }
      settle()
      reject(tooLarge(limit))
    }
    const onEnd = () => {
      settle()
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, size))
    }
    const onError = (error: Error) => {
      settle()
      // A late error of a stream that was given up must not end the process.
      stream.on('error', () => {})
      reject(error)
    }
    const onClose = () => onError(new ExchangeError('malformed-request', 'The connection ended before the whole body had arrived.'))
    stream.on('data', onData)
    stream.on('end', onEnd)
    stream.on('error', onError)
    stream.on('close', onClose)
  })
}

function tooLarge (limit: number): ExchangeError {
  const text = limit >= 1_048_576 ? `${limit / 1_048_576} MiB` : `${limit / 1024} KiB`
  return new ExchangeError('payload-too-large', `The body may have at most ${limit} bytes (${text}) after decompression.`, { extra: { maxBytes: limit } })
}

function decode (bytes: Buffer, accepted: string): string {
  if (bytes.length === 0) {
    throw new ExchangeError('malformed-request', `The body is empty; this operation needs a document (${accepted}).`)
  }
  const isPlain = isAscii(bytes)
  if (!isPlain && !isUtf8(bytes)) {
    throw new ExchangeError('malformed-request', `The body is not valid UTF-8: the byte at offset ${invalidUtf8Offset(bytes)} cannot be decoded.`)
  }
  // Of ASCII, Latin-1 makes the same text with less work.
  const text = bytes.toString(isPlain ? 'latin1' : 'utf8')
  // A byte order mark is tolerated, as RFC 8259 section 8.1 permits.
  return text.charCodeAt(0) === 0xFEFF ? text.slice(1) : text
}

/** Offset of the first character that cannot be decoded, found by halving between character boundaries. */
function invalidUtf8Offset (bytes: Buffer): number {
  let sound = 0
  let broken = bytes.length
  for (;;) {
    const middle = characterStart(bytes, (sound + broken) >>> 1)
    const next = middle > sound ? middle : nextCharacterStart(bytes, sound)
    if (next >= broken) return sound
    if (isUtf8(bytes.subarray(sound, next))) sound = next
    else broken = next
  }
}

/** The latest offset up to `offset` at which a character begins (a byte that is no continuation byte). */
function characterStart (bytes: Buffer, offset: number): number {
  while (offset > 0 && isContinuation(bytes[offset])) offset--
  return offset
}

function nextCharacterStart (bytes: Buffer, offset: number): number {
  do offset++
  while (offset < bytes.length && isContinuation(bytes[offset]))
  return offset
}

function isContinuation (byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xC0) === 0x80
}

function parseJson (text: string): unknown {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch (error) {
    throw new ExchangeError('malformed-request', `The body is not well-formed JSON: ${describeSyntaxError(text) ?? (error as Error).message.slice(0, 200)}.`)
  }
  const finding = findHostileStructure(document, 1)
  if (finding !== undefined) {
    const { code, detail, path } = finding
    const pointer = path.map(token => `/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
    throw new ExchangeError('malformed-request', detail, { issues: [{ code, severity: 'error', pointer, detail }] })
  }
  return document
}

/** Where reading stops and what stands there; undefined when the tolerant reader finds no fault or gives up. */
function describeSyntaxError (text: string): string | undefined {
  let found: { offset: number, line: number, column: number } | undefined
  try {
    visit(text, {
      onError (_code, offset, _length, line, column) {
        found ??= { offset, line, column }
        throw new Error('The first error is the one to report.')
      }
    }, { disallowComments: true })
  } catch {
    // Either the first error, or a nesting that is too deep for a recursive reader.
  }
  if (found === undefined) return undefined
  const place = `line ${found.line + 1}, column ${found.column + 1} (offset ${found.offset})`
  if (found.offset >= text.trimEnd().length) return `it ends too early, at ${place}`
  return `reading stopped at ${place}, before ${JSON.stringify(text.slice(found.offset, found.offset + 20))}`
}

interface HostileStructure {
  code: string
  detail: string
  /** Reference tokens from the root to the place. */
  path: string[]
}

/**
 * Finds what no document of ours contains but recursive code stumbles over: extreme nesting, and a member called
 * `__proto__`, which an assignment would take for the prototype. The path is built only on the way out of a finding.
 */
function findHostileStructure (value: unknown, depth: number): HostileStructure | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if (depth > MAX_DEPTH) return { code: 'NESTING_TOO_DEEP', detail: `Documents may be nested at most ${MAX_DEPTH} levels deep.`, path: [] }
  for (const name in value) {
    if (name === '__proto__') return { code: 'FORBIDDEN_NAME', detail: 'A member called __proto__ is not allowed.', path: [name] }
    const member = (value as Record<string, unknown>)[name]
    if (typeof member !== 'object' || member === null) continue
    const finding = findHostileStructure(member, depth + 1)
    if (finding !== undefined) {
      finding.path.unshift(name)
      return finding
    }
  }
  return undefined
}

/** RFC 6749 appendix B; a parameter must not be repeated (section 3.2). */
function parseForm (text: string): Record<string, string> {
  const form: Record<string, string> = Object.create(null) as Record<string, string>
  for (const [name, value] of new URLSearchParams(text)) {
    if (name in form) throw new ExchangeError('malformed-request', `The parameter ${name.slice(0, 60)} is given more than once.`)
    form[name] = value
  }
  return form
}
