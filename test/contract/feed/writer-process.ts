/**
 * A process with three writers that go on until they are told to stop: random batches, single writes through the group
 * commit, withdrawals. It reports how many changes it has made. Others may stop, continue or kill it at any moment.
 */
import { randomInt, randomUUID } from 'node:crypto'
import type { Proposal } from '../../../src/domain/write-decision.js'
import { createGroupCommit } from '../../../src/services/products/group-commit.js'
import type { WriteResult } from '../../../src/storage/product-writer.js'
import { AUTHOR, syntheticRecord } from '../../storage/synthetic-record.js'
import { openStore, type StoreAddress } from './store.js'

export interface WriterOrder extends StoreAddress {
  /** Products that all writers share; few, so that they get into each other's way. */
  keys: number
  largestBatch: number
}

const WRITERS = 3
const CATEGORIES = ['laptop', 'monitor']
const OWN = new Set(['example'])

const order = JSON.parse(process.argv[2] ?? '') as WriterOrder
const store = await openStore(order)
const stop = new AbortController()
process.once('message', () => { stop.abort() })
process.once('disconnect', () => { process.exit(0) })

await Promise.all(Array.from({ length: WRITERS }, async () => { await writeUntilStopped() }))
await store.close()
process.disconnect()

async function writeUntilStopped (): Promise<void> {
  const writer = store.newWriter()
  const groupCommit = createGroupCommit(async proposals => await writer.write(proposals))
  while (!stop.signal.aborted) {
    try {
      const results = randomInt(3) === 0
        ? await Promise.all(proposals(randomInt(1, 4)).map(async proposal => await groupCommit.submit(proposal)))
        : await writer.write(proposals(randomInt(1, order.largestBatch + 1)))
      process.send?.(results.filter(isChange).length)
    } catch (error) {
      // A busy engine may end an operation; what was stored of it is in the feed like anything else.
      process.stderr.write(`A write failed: ${String(error)}\n`)
    }
  }
}

function proposals (count: number): Proposal[] {
  const ids = new Set(Array.from({ length: count }, () => `p${randomInt(order.keys)}`))
  return [...ids].map((productId): Proposal => {
    if (randomInt(6) === 0) return { kind: 'withdraw', author: AUTHOR, productId, writableManufacturers: OWN }
    const record = syntheticRecord(productId, randomUUID())
    record.promoted.category = CATEGORIES[randomInt(CATEGORIES.length)] as string
    return { kind: 'publish', author: AUTHOR, vendor: 'org_a', record }
  })
}

function isChange ({ outcome }: WriteResult): boolean {
  return outcome === 'created' || outcome === 'updated' || outcome === 'withdrawn'
}
