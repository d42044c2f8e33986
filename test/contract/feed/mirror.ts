/** A follower as the documentation describes it: a copy of the catalogue that is kept by cursor and by nothing else. */
import { randomInt } from 'node:crypto'
import type { Caller } from '../../../src/domain/access.js'
import type { Delivery, FeedStreamPart } from '../../../src/domain/change.js'
import type { ProductFilters } from '../../../src/domain/product-filters.js'
import type { Store } from './store.js'

const FOLLOWER: Caller = {
  organizationId: 'org_mirror', organizationName: 'Mirror', role: 'distributor', manufacturers: [], manufacturerKeys: new Set(), clientId: 'mirror', scopes: new Set(['changes:read'])
}

interface Held { version: number, record: string | null }

export function createMirror (store: Store, options: { filters?: ProductFilters, way: 'pages' | 'stream' }) {
  const filters = options.filters ?? {}
  const copy = new Map<string, Held>()
  const complaints: string[] = []
  let cursor: string | undefined
  let previous: string | undefined
  let applied = 0

  function apply ({ op, change }: Delivery): void {
    const held = copy.get(change.productId)
    if (held !== undefined && change.version < held.version) complaints.push(`${change.productId} went from version ${held.version} to ${change.version}`)
    const record = op === 'upsert' && change.product !== null ? change.product.record.toString() : null
    if (held !== undefined && held.version === change.version && held.record !== record) complaints.push(`${change.productId} changed within version ${held.version}`)
    copy.set(change.productId, { version: change.version, record })
    applied++
  }

  /** One step; true when it has come to the head of the feed. */
  async function step (): Promise<boolean> {
    // Now and then it loses what it did last and does it again.
    const from = randomInt(20) === 0 ? previous : cursor
    previous = from
    const start = from === undefined ? {} : { cursor: from }
    if (options.way === 'pages') {
      const page = await store.changeFeed.page(FOLLOWER, filters, { ...start, limit: randomInt(1, 200) })
      for (const delivery of page.deliveries) apply(delivery)
      cursor = page.nextCursor
      return !page.hasMore
    }
    // Every third stream breaks at some line.
    let patience = randomInt(3) === 0 ? randomInt(1, 300) : Infinity
    for await (const part of await store.changeFeed.stream(FOLLOWER, filters, start)) {
      if (!isDeliveries(part)) {
        cursor = part.nextCursor
        return true
      }
      for (const [index, delivery] of part.deliveries.entries()) {
        apply(delivery)
        cursor = part.cursors[index]
        if (--patience === 0) return false
      }
    }
    return false
  }

  /** Where the copy differs from what is stored. */
  async function differences (): Promise<string[]> {
    const different: string[] = []
    const expected = new Map<string, Held>()
    for await (const { _id, version, withdrawn, category, record } of store.products.find()) {
      const belongs = withdrawn !== true && (filters.category === undefined || filters.category.includes(category))
      if (belongs) expected.set(_id, { version, record: (record as Buffer).toString() })
    }
    for (const [productId, { version, record }] of expected) {
      const held = copy.get(productId)
      if (held?.version !== version || held.record !== record) different.push(`${productId}: version ${version} is stored, version ${held?.version} held`)
    }
    for (const [productId, { record, version }] of copy) {
      if (record !== null && !expected.has(productId)) different.push(`${productId}: held at version ${version} although it is not to be seen any more`)
    }
    return different
  }

  return { step, differences, complaints, applied: (): number => applied, size: (): number => [...copy.values()].filter(({ record }) => record !== null).length }
}

function isDeliveries (part: FeedStreamPart): part is Extract<FeedStreamPart, { deliveries: unknown }> {
  return 'deliveries' in part
}
