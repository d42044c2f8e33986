/** What a proposed write means for a product as it stands. Pure, so that the storage's retry loop can ask again at will. */
import type { WriteAuthor } from './audit.js'
import type { AcceptedRecord } from './product.js'

/** A version that the caller insists on (`If-Match`, `ifVersion`), or that there is no product yet (`If-None-Match: *`). */
export interface Precondition {
  /** The current version must be this one, or one of these; an empty list never holds. */
  ifVersion?: number | readonly number[]
  /** There must be a product that is not withdrawn. */
  ifPresent?: true
  ifAbsent?: true
}

/** The line of an import that a write comes from. It is stored with the version, so that an import that is resumed knows what it did. */
export interface WriteOrigin {
  import: string
  line: number
  /** SHA-256 in base64 of the line as it lay in the file, where nothing else decides what it says: the same bytes again are the same record. */
  hash?: string
}

export type Proposal = { author: WriteAuthor, precondition?: Precondition, origin?: WriteOrigin } & (
  | { kind: 'publish', record: AcceptedRecord, vendor: string }
  | { kind: 'withdraw', productId: string, writableManufacturers: ReadonlySet<string> }
)

/** The stored state that a decision needs. A withdrawn product still has a head: its tombstone. */
export interface ProductHead {
  productId: string
  version: number
  hash: Buffer
  vendor: string
  publishedAt: Date
  withdrawn: boolean
  manufacturerKey: string
  gtins: readonly string[]
}

/** What is settled without writing anything. */
export type SettledWrite =
  | { outcome: 'unchanged', version: number, publishedAt: Date }
  | { outcome: 'refused', reason: 'precondition-failed', currentVersion: number | undefined }
  | { outcome: 'refused', reason: 'not-found' | 'manufacturer-not-yours' }

export type Decision =
  | { action: 'create' | 'update' | 'withdraw', version: number }
  | { action: 'answer', result: SettledWrite }

export function productIdOfProposal (proposal: Proposal): string {
  return proposal.kind === 'publish' ? proposal.record.productId : proposal.productId
}

export function decideWrite (head: ProductHead | undefined, proposal: Proposal): Decision {
  const live = head !== undefined && !head.withdrawn ? head : undefined
  const next = (head?.version ?? 0) + 1
  if (proposal.kind === 'withdraw') {
    if (live === undefined) return refuse({ reason: 'not-found' })
    if (!proposal.writableManufacturers.has(live.manufacturerKey)) return refuse({ reason: 'manufacturer-not-yours' })
  }
  const { ifVersion, ifPresent, ifAbsent } = proposal.precondition ?? {}
  if (ifAbsent === true && live !== undefined) return refuse({ reason: 'precondition-failed', currentVersion: live.version })
  const isVersionMet = ifVersion === undefined || (live !== undefined && [ifVersion].flat().includes(live.version))
  if (!isVersionMet || (ifPresent === true && live === undefined)) {
    return refuse({ reason: 'precondition-failed', currentVersion: live?.version })
  }
  if (proposal.kind === 'withdraw') return { action: 'withdraw', version: next }
  if (live === undefined) return { action: 'create', version: next }
  // Unchanged content makes no version and no feed entry, so a nightly full push of the same catalogue is silent.
  if (live.vendor === proposal.vendor && live.hash.equals(proposal.record.hash)) {
    return { action: 'answer', result: { outcome: 'unchanged', version: live.version, publishedAt: live.publishedAt } }
  }
  return { action: 'update', version: next }
}

type Refusal = Extract<SettledWrite, { outcome: 'refused' }>

function refuse (refusal: { reason: 'precondition-failed', currentVersion: number | undefined } | { reason: 'not-found' | 'manufacturer-not-yours' }): Decision {
  const result: Refusal = { outcome: 'refused', ...refusal }
  return { action: 'answer', result }
}
