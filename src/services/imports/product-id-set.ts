/** A set of product ids in 32 bytes an id at most, for hundreds of thousands of them. */
const ID_BYTES = 16

export interface ProductIdSet {
  /** Takes ids of 16 bytes each, one behind the other; zeros stand for no id. */
  addAll: (ids: Buffer) => void
  has: (productId: string) => boolean
}

/** @param capacity how many ids it will hold at most */
export function createProductIdSet (capacity: number, accepts: (first32Bits: number) => boolean): ProductIdSet {
  const slots = 2 ** Math.ceil(Math.log2(Math.max(capacity, 8) * 1.5))
  const table = Buffer.alloc(slots * ID_BYTES)

  /** Byte offset of the slot that holds the id, or of the free one where it belongs. Ids are hashes, so any of their bits spread well. */
  function find (ids: Buffer, at: number): { offset: number, present: boolean } {
    for (let slot = ids.readUInt32LE(at + 4) % slots; ; slot = (slot + 1) % slots) {
      const offset = slot * ID_BYTES
      if (table.compare(ids, at, at + ID_BYTES, offset, offset + ID_BYTES) === 0) return { offset, present: true }
      if (table.readBigUInt64LE(offset) === 0n) return { offset, present: false }
    }
  }

  return {
    addAll (ids) {
      for (let at = 0; at < ids.length; at += ID_BYTES) {
        if (ids.readBigUInt64LE(at) === 0n || !accepts(ids.readUInt32BE(at))) continue
        const { offset, present } = find(ids, at)
        if (!present) ids.copy(table, offset, at, at + ID_BYTES)
      }
    },
    has: productId => find(Buffer.from(productId.replaceAll('-', ''), 'hex'), 0).present
  }
}
