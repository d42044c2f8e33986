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

/** @param random that many random bytes from a cryptographic source */
export function createCursors (secret: Buffer, random: (bytes: number) => Buffer) {
  /** The cursors of one query of one organisation; for many of them at once, because it costs more than a cursor. */
  function bind (binding: CursorBinding): BoundCursors {
    const query = createHash('sha256').update(JSON.stringify(binding.query)).digest()
    const key = createHmac('sha256', secret).update('cursor\0').update(binding.list).update('\0').update(binding.organizationId).update('\0').update(query).digest()
    const nextNonce = noncesFrom(random)
    return {
      encode: position => {
        const text = JSON.stringify(position)
        const nonce = nextNonce()
        const cipher = createCipheriv(CIPHER, key, nonce)
        const sealed = cipher.update(text.padEnd(Math.ceil(text.length / BLOCK_BYTES) * BLOCK_BYTES), 'utf8')
        return Buffer.concat([nonce, sealed, cipher.final(), cipher.getAuthTag()]).toString('base64url')
      },
      decode: cursor => {
        const bytes = Buffer.from(cursor, 'base64url')
        // Decoding is lenient about characters that carry no bits; a cursor is not.
        const isWhole = bytes.length > NONCE_BYTES + TAG_BYTES && bytes.toString('base64url') === cursor
        const payload = isWhole ? open(key, bytes) : null
        if (payload === null) {
          throw new ExchangeError('invalid-cursor', 'The cursor was not issued for this query and organisation, or it was altered.', {
            issues: [{ parameter: 'cursor', code: 'INVALID_CURSOR', detail: 'Pass nextCursor back unchanged, with the same filters and schema version, or leave it out to start again.' }]
          })
        }
        return JSON.parse(payload)
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

/** What was sealed with that key; null for anything else. */
function open (key: Buffer, bytes: Buffer): string | null {
  const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
  const payload = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES))
  try {
    decipher.final()
    return payload.toString()
  } catch {
    return null
  }
}
