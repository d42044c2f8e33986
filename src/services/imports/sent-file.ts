/** The bytes of a file as it is sent: unpacked, bounded, and looked at as they pass. */
import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { ImportFormat } from '../../domain/import.js'
import { ExchangeError } from '../../domain/problems.js'
import { foreignContent, TELLING_BYTES } from '../../formats/file-beginning.js'

export interface SentFile {
  /** The raw body. */
  body: Readable
  /** `Content-Encoding`; gzip is also recognised by its first bytes. */
  encoding: 'identity' | 'gzip'
}

/** Decompressed, a file may be this many times larger, once it has passed the size up to which nothing can go wrong. */
const MAX_RATIO = 200
const HARMLESS_BYTES = 64 * 1_048_576

/** Bytes without a line break after which a file is taken for no file of lines. A line over 1 MiB is one rejected line. */
const MAX_UNBROKEN_BYTES = 64 * 1_048_576

/** The bytes as they were before compression, bounded; failures of the sender's compression are the sender's. */
export async function * decompress ({ body, encoding }: SentFile, maxBytes: number): AsyncGenerator<Buffer> {
  let packed = 0
  let size = 0
  async function * received (): AsyncGenerator<Buffer> {
    try {
      for await (const bytes of body) {
        packed += (bytes as Buffer).length
        yield bytes as Buffer
      }
    } catch (error) {
      throw new ExchangeError('malformed-request', 'The connection ended before the whole file had arrived.', { cause: error })
    }
  }
  const pieces = received()
  const first = await pieces.next()
  const head = first.done === true ? Buffer.alloc(0) : first.value
  async function * all (): AsyncGenerator<Buffer> {
    if (head.length > 0) yield head
    yield * pieces
  }
  const isGzip = encoding === 'gzip' || (head[0] === 0x1F && head[1] === 0x8B)
  for await (const bytes of isGzip ? gunzip(all()) : all()) {
    size += bytes.length
    if (size > maxBytes) throw tooLarge(maxBytes)
    if (isGzip && size > HARMLESS_BYTES && size > packed * MAX_RATIO) {
      throw new ExchangeError('unusable-file', `The file unpacks to more than ${MAX_RATIO} times its size, which no catalogue does.`)
    }
    yield bytes
  }
}

async function * gunzip (packed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const unpacked = createGunzip({ chunkSize: 256 * 1024 })
  const source = Readable.from(packed, { objectMode: false })
  source.on('error', error => unpacked.destroy(error))
  source.pipe(unpacked)
  try {
    for await (const bytes of unpacked) yield bytes as Buffer
  } catch (error) {
    if (error instanceof ExchangeError) throw error
    throw new ExchangeError('unusable-file', 'The file is compressed with gzip, and the compressed data are damaged or cut short. Nothing of it was stored.', { cause: error })
  } finally {
    source.destroy()
    unpacked.destroy()
  }
}

/** Looks at the bytes as they pass: what the file really is, whether it has anything, whether it has lines. */
export function createInspection (format: ImportFormat) {
  let head: Buffer | undefined = Buffer.alloc(0)
  let unbroken = 0
  function judgeHead (): void {
    if (head === undefined || head.length === 0) return
    const reason = foreignContent(format, head)
    if (reason !== undefined) throw new ExchangeError('unusable-file', reason)
    head = undefined
  }
  return {
    piece (bytes: Buffer): void {
      if (head !== undefined) {
        head = Buffer.concat([head, bytes])
        if (head.length >= TELLING_BYTES) judgeHead()
      }
      if (format === 'xlsx') return
      const lastBreak = bytes.lastIndexOf(0x0A)
      unbroken = lastBreak === -1 ? unbroken + bytes.length : bytes.length - lastBreak - 1
      if (unbroken > MAX_UNBROKEN_BYTES) {
        throw new ExchangeError('unusable-file', `The file has more than ${MAX_UNBROKEN_BYTES} bytes without a line break. It is no file of lines, or they are not separated.`)
      }
    },
    end (size: number): void {
      if (size === 0) throw new ExchangeError('unusable-file', 'The file is empty.')
      judgeHead()
    }
  }
}

export function tooLarge (maxBytes: number): ExchangeError {
  return new ExchangeError('payload-too-large', `The file may have at most ${maxBytes} bytes after decompression.`, { extra: { maxBytes } })
}
