/**
 * What goes between a process and the thread that judges its lines. Bytes lie one behind the other in one buffer each, which changes
 * hands without being copied; small objects are copied.
 */
import type { TransferListItem } from 'node:worker_threads'
import type { AcceptedRecord } from '../../domain/product.js'
import type { ValidationContext } from '../../domain/rule.js'
import type { LineVerdict } from './judge-line.js'

const HASH_BYTES = 32

/** What bytes get more than they need: records that come back are about as long as the lines that they came from, and have their hashes with them. */
const SLACK = 4_096
const SIZE_STEP = 16_384

/** A line of NDJSON, and the hash of the record that is stored of its product, if the line is to be compared with it. */
export interface LineToJudge { bytes: Buffer, storedHash?: Uint8Array | undefined }

/** With the hash of the line itself where a record came from it (see `lineHashOf`). */
export type ThreadVerdict = LineVerdict & { lineHash?: string }

export interface PackedLines {
  bytes: Uint8Array<ArrayBuffer>
  lengths: number[]
  storedHashes: Array<Uint8Array | undefined>
  context: ValidationContext
}

type AcceptedVerdict = Extract<ThreadVerdict, { accepted: unknown }>
type PackedVerdict = Exclude<LineVerdict, { accepted: unknown }> | PackedRecord
interface PackedRecord extends Omit<AcceptedVerdict, 'accepted'> { accepted: Omit<AcceptedRecord, 'bytes' | 'hash'>, bytesLength: number }

export interface PackedVerdicts {
  /** JSON of a list of `PackedVerdict`, which is written and read faster than objects are copied. */
  verdicts: string
  /** Of the accepted records, in their order: the bytes of each, and its hash. */
  bytes: Uint8Array<ArrayBuffer>
}

interface Message<Content> { content: Content, transfer: TransferListItem[] }

/**
 * Hashes are taken out of the answers of the database that they are parts of: the whole would be copied with each message.
 *
 * @param room where the bytes go if they fit
 */
export function packLines (lines: readonly LineToJudge[], context: ValidationContext, room?: ArrayBuffer): Message<PackedLines> {
  const bytes = joined(lines.map(({ bytes }) => bytes), room)
  const content = { bytes, lengths: lines.map(({ bytes }) => bytes.length), storedHashes: lines.map(({ storedHash }) => storedHash && new Uint8Array(storedHash)), context }
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

/** @param room where the bytes go if they fit; nothing in it is needed any more */
export function packVerdicts (verdicts: readonly ThreadVerdict[], room: ArrayBuffer): Message<PackedVerdicts> {
  const records: Buffer[] = []
  const packed = verdicts.map((verdict): PackedVerdict => {
    if (!('accepted' in verdict)) return verdict
    const { productId, schemaVersion, rulesetVersion, bytes, hash, promoted, warnings, notices } = verdict.accepted
    records.push(bytes, hash)
    const { compared, lineHash } = verdict
    return {
      accepted: { productId, schemaVersion, rulesetVersion, promoted, warnings, notices },
      bytesLength: bytes.length,
      ...(compared && { compared }),
      ...(lineHash !== undefined && { lineHash })
    }
  })
  const content = { verdicts: JSON.stringify(packed), bytes: joined(records, room) }
  return { content, transfer: [content.bytes.buffer] }
}

export function unpackVerdicts ({ verdicts, bytes: { buffer } }: PackedVerdicts): ThreadVerdict[] {
  let end = 0
  return (JSON.parse(verdicts) as PackedVerdict[]).map((verdict): ThreadVerdict => {
    // What is undefined is not in the JSON.
    if ('issues' in verdict) return { issues: verdict.issues, productId: verdict.productId }
    if (!('accepted' in verdict)) return verdict
    const { accepted: { productId, schemaVersion, rulesetVersion, promoted, warnings, notices }, bytesLength, compared, lineHash } = verdict
    const bytes = Buffer.from(buffer, end, bytesLength)
    const hash = Buffer.from(buffer, end + bytesLength, HASH_BYTES)
    end += bytesLength + HASH_BYTES
    const accepted = { productId, schemaVersion, rulesetVersion, bytes, hash, promoted, warnings, notices }
    return { accepted, ...(compared && { compared }), ...(lineHash !== undefined && { lineHash }) }
  })
}

/** In a buffer that can change hands; those of `Buffer` are shared. A new one has room for what comes back. */
function joined (parts: readonly Buffer[], room?: ArrayBuffer): Uint8Array<ArrayBuffer> {
  const length = parts.reduce((sum, { length }) => sum + length, 0)
  const whole = new Uint8Array(room !== undefined && room.byteLength >= length ? room : new ArrayBuffer(Math.ceil((length + SLACK) / SIZE_STEP) * SIZE_STEP))
  let end = 0
  for (const part of parts) {
    whole.set(part, end)
    end += part.length
  }
  return whole
}
