/**
 * Cursors: opaque to callers, signed, and bound to the organisation and the query that they were issued for, so that a
 * cursor can neither be forged, nor carried to another tenant, nor silently continue another query.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { ExchangeError } from '../domain/problems.js'

/** What a cursor is bound to. `query` is anything that must be the same on the next page, e.g. the filters. */
export interface CursorBinding {
  list: string
  organizationId: string
  query: unknown
}

export type Cursors = ReturnType<typeof createCursors>

const SIGNATURE_BYTES = 12

export function createCursors (secret: Buffer) {
  function sign (binding: CursorBinding, payload: Buffer): Buffer {
    const query = createHash('sha256').update(JSON.stringify(binding.query)).digest()
    return createHmac('sha256', secret)
      .update(binding.list).update('\0').update(binding.organizationId).update('\0').update(query).update(payload)
      .digest().subarray(0, SIGNATURE_BYTES)
  }

  function encode (binding: CursorBinding, position: unknown): string {
    const payload = Buffer.from(JSON.stringify(position))
    return Buffer.concat([sign(binding, payload), payload]).toString('base64url')
  }

  /** The position that {@link encode} was given; throws `invalid-cursor` for anything else. */
  function decode (binding: CursorBinding, cursor: string): unknown {
    const bytes = Buffer.from(cursor, 'base64url')
    const payload = bytes.subarray(SIGNATURE_BYTES)
    if (bytes.length <= SIGNATURE_BYTES || !timingSafeEqual(bytes.subarray(0, SIGNATURE_BYTES), sign(binding, payload))) {
      throw new ExchangeError('invalid-cursor', 'The cursor was not issued for this query and organisation, or it was altered.', {
        issues: [{ parameter: 'cursor', code: 'INVALID_CURSOR', detail: 'Pass nextCursor back unchanged, with the same filters, or leave it out to start again.' }]
      })
    }
    return JSON.parse(payload.toString())
  }

  return { encode, decode }
}
