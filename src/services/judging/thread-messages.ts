/**
 * What goes between a process and the thread that judges its lines. Bytes lie one behind the other in one buffer each, which changes
 * hands without being copied; small objects are copied.
 */
import type { TransferListItem } from 'node:worker_threads'
import type { AcceptedRecord } from '../../domain/product.js'
import type { ValidationContext } from '../../domain/rule.js'
import type { LineVerdict } from './judge-line.js'

const HASH_BYTES = 32

/** A line of NDJSON, and the hash of the record that is stored of its product, if the line is to be compared with it. */
export interface LineToJudge { bytes: Buffer, storedHash?: Uint8Array | undefined }

/** With the hash of the line itself where a record came from it (see `lineHashOf`). */
export type ThreadVerdict = LineVerdict & { lineHash?: string }

export interface PackedLines {
  bytes: Uint8Array
  lengths: Uint32Array
  storedHashes: Array<Uint8Array | undefined>
  context: ValidationContext
}

type PackedVerdict = Exclude<LineVerdict, { accepted: unknown }> | { accepted: Omit<AcceptedRecord, 'bytes' | 'hash'>, bytesLength: number }

export interface PackedVerdicts {
  verdicts: PackedVerdict[]
  /** Of the accepted records, in their order. */
  bytes: Uint8Array
  hashes: Uint8Array
}

interface Message<Content> { content: Content, transfer: TransferListItem[] }

/** Hashes are taken out of the answers of the database that they are parts of: the whole would be copied with each message. */
export function packLines (lines: readonly LineToJudge[], context: ValidationContext): Message<PackedLines> {
  const bytes = joined(lines.map(({ bytes }) => bytes))
  const content = { bytes, lengths: Uint32Array.from(lines, ({ bytes }) => bytes.length), storedHashes: lines.map(({ storedHash }) => storedHash && new Uint8Array(storedHash)), context }
  return { content, transfer: [bytes.buffer] }
}

export function unpackLines ({ bytes, lengths, storedHashes }: PackedLines): LineToJudge[] {
  let end = 0
  return storedHashes.map((storedHash, index) => {
    const start = end
    end += lengths[index] as number
    return { bytes: Buffer.from(bytes.buffer, start, end - start), storedHash }
  })
}

export function packVerdicts (verdicts: readonly ThreadVerdict[]): Message<PackedVerdicts> {
  const records: Buffer[] = []
  const hashes: Buffer[] = []
  const packed = verdicts.map((verdict): PackedVerdict => {
    if (!('accepted' in verdict)) return verdict
    const { accepted: { bytes, hash, ...accepted }, ...rest } = verdict
    records.push(bytes)
    hashes.push(hash)
    return { ...rest, accepted, bytesLength: bytes.length }
  })
  const content = { verdicts: packed, bytes: joined(records), hashes: joined(hashes) }
  return { content, transfer: [content.bytes.buffer, content.hashes.buffer] }
}

export function unpackVerdicts ({ verdicts, bytes, hashes }: PackedVerdicts): ThreadVerdict[] {
  let end = 0
  let hashesEnd = 0
  return verdicts.map((verdict): ThreadVerdict => {
    if (!('accepted' in verdict)) return verdict
    const { accepted, bytesLength, ...rest } = verdict
    const record = Object.assign(accepted, { bytes: Buffer.from(bytes.buffer, end, bytesLength), hash: Buffer.from(hashes.buffer, hashesEnd, HASH_BYTES) })
    end += bytesLength
    hashesEnd += HASH_BYTES
    return { ...rest, accepted: record }
  })
}

/** In a buffer of its own, which can change hands; those of `Buffer` are shared. */
function joined (parts: readonly Buffer[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let end = 0
  for (const part of parts) {
    whole.set(part, end)
    end += part.length
  }
  return whole
}
