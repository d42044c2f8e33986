/**
 * Cursors: opaque to callers, encrypted, and bound to the organisation and the query that they were issued for, so that a
 * cursor can neither be read, nor forged, nor carried to another tenant, nor silently continue another query. The same position
 * reads differently each time and always has the same length: two cursors do not tell whether anything lies between them.
 */
import { createCipheriv, createDecipheriv, createHash, createHmac } from 'node:crypto'
import { ExchangeError } from '../domain/problems.js'

/** What a cursor is bound to. `query` is anything that must be the same on the next page, e.g. the filters. */
export interface CursorBinding {
  list: string
  organizationId: string
  query: unknown
}

export interface BoundCursors {
  encode: (position: unknown) => string
  /**
   * A cursor for each of many numbers, as `encode([number, ...rest])` would give it, in an eighth of the time: {@link SEALED_TOGETHER} of
   * them are sealed together, and each says behind a dot which of these it is.
   */
  encodeEach: (numbers: readonly number[], rest: readonly unknown[]) => string[]
  /** The position that `encode` was given; throws `invalid-cursor` for anything else. */
  decode: (cursor: string) => unknown
}

export type Cursors = ReturnType<typeof createCursors>

/** AES-256-GCM as in NIST SP 800-38D: one nonce for each cursor, and a whole tag. */
const CIPHER = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** Positions are filled up with spaces to a multiple of this, which JSON allows: their length would tell how large the numbers are. */
const BLOCK_BYTES = 64

/** Numbers that are sealed together: filled up to two blocks, as long as none is beyond 10^11. */
export const SEALED_TOGETHER = 8
const GROUP_BYTES = 2 * BLOCK_BYTES

/** What is sealed in base64url, and which of the positions in it. */
const CURSOR = /^([\w-]+)(?:\.([0-7]))?$/

/** @param random that many random bytes from a cryptographic source */
export function createCursors (secret: Buffer, random: (bytes: number) => Buffer) {
  /** The cursors of one query of one organisation; for many of them at once, because it costs more than a cursor. */
  function bind (binding: CursorBinding): BoundCursors {
    const query = createHash('sha256').update(JSON.stringify(binding.query)).digest()
    const key = createHmac('sha256', secret).update('cursor\0').update(binding.list).update('\0').update(binding.organizationId).update('\0').update(query).digest()
    const nextNonce = noncesFrom(random)
    const seal = (text: string, block: number): string => {
      const nonce = nextNonce()
      const cipher = createCipheriv(CIPHER, key, nonce)
      const sealed = cipher.update(text.padEnd(Math.ceil(text.length / block) * block), 'utf8')
      return Buffer.concat([nonce, sealed, cipher.final(), cipher.getAuthTag()]).toString('base64url')
    }
    return {
      encode: position => seal(JSON.stringify(position), BLOCK_BYTES),
      encodeEach: (numbers, rest) => {
        const encoded: string[] = []
        for (let start = 0; start < numbers.length; start += SEALED_TOGETHER) {
          const group = numbers.slice(start, start + SEALED_TOGETHER)
          const sealed = seal(JSON.stringify([group, ...rest]), GROUP_BYTES)
          for (let index = 0; index < group.length; index++) encoded.push(`${sealed}.${index}`)
        }
        return encoded
      },
      decode: cursor => {
        const position = positionIn(key, cursor)
        if (position !== undefined) return position
        throw new ExchangeError('invalid-cursor', 'The cursor was not issued for this query and organisation, or it was altered.', {
          issues: [{ parameter: 'cursor', code: 'INVALID_CURSOR', detail: 'Pass nextCursor back unchanged, with the same filters and schema version, or leave it out to start again.' }]
        })
      }
    }
  }

  return {
    bind,
    encode: (binding: CursorBinding, position: unknown): string => bind(binding).encode(position),
    decode: (binding: CursorBinding, cursor: string): unknown => bind(binding).decode(cursor)
  }
}

/** Random for the first, counted on from there: a stream needs one for each line, and random bytes cost more than the rest. */
function noncesFrom (random: (bytes: number) => Buffer): () => Buffer {
  let nonce: Buffer | undefined
  return () => {
    if (nonce === undefined) nonce = random(NONCE_BYTES)
    else nonce.writeUInt32BE((nonce.readUInt32BE(NONCE_BYTES - 4) + 1) >>> 0, NONCE_BYTES - 4)
    return nonce
  }
}

function positionIn (key: Buffer, cursor: string): unknown {
  const [, text = '', index] = CURSOR.exec(cursor) ?? []
  const bytes = Buffer.from(text, 'base64url')
  // Decoding is lenient about characters that carry no bits; a cursor is not.
  if (bytes.length <= NONCE_BYTES + TAG_BYTES || bytes.toString('base64url') !== text) return undefined
  const position = open(key, bytes)
  if (index === undefined) return isGroup(position) ? undefined : position
  if (!isGroup(position)) return undefined
  const [numbers, ...rest] = position
  const number = numbers[Number(index)]
  return number === undefined ? undefined : [number, ...rest]
}

function isGroup (position: unknown): position is [number[], ...unknown[]] {
  return Array.isArray(position) && Array.isArray(position[0])
}

/** What was sealed with that key; undefined for anything else. */
function open (key: Buffer, bytes: Buffer): unknown {
  const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
  const payload = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES))
  try {
    decipher.final()
  } catch {
    return undefined
  }
  return JSON.parse(payload.toString())
}
