/**
 * Group commit for single writes: while one batch is being stored, the next one gathers, so that a hundred concurrent
 * submissions share one feed reservation, one read and one bulk write. Nobody waits for a timer.
 */
import { ExchangeError } from '../../domain/problems.js'
import { productIdOfProposal, type Proposal } from '../../domain/write-decision.js'
import type { WriteResult } from '../../storage/product-writer.js'

/** Bounds both the size of a database command and how long a slow batch can hold the feed back. */
const MAX_GROUP = 500

/** Some ten seconds of work for the database. Who comes after that is told at once instead of waiting longer. */
const MAX_WAITING = 5_000

interface Waiting { proposal: Proposal, resolve: (result: WriteResult) => void, reject: (reason: unknown) => void }

export interface GroupCommit {
  submit: (proposal: Proposal) => Promise<WriteResult>
}

/** `submit` throws `unavailable` when too many writes wait already. */
export function createGroupCommit (write: (proposals: readonly Proposal[]) => Promise<WriteResult[]>, maxWaiting = MAX_WAITING): GroupCommit {
  let queue: Waiting[] = []
  let running = false

  /** The next group, in order of arrival; a product that is in it already waits for the group after. */
  function takeGroup (): Waiting[] {
    const group: Waiting[] = []
    const rest: Waiting[] = []
    const taken = new Set<string>()
    for (const waiting of queue) {
      const productId = productIdOfProposal(waiting.proposal)
      if (group.length < MAX_GROUP && !taken.has(productId)) group.push(waiting)
      else rest.push(waiting)
      // Also when it has to wait: a later write of the same product must not overtake it.
      taken.add(productId)
    }
    queue = rest
    return group
  }

  async function run (): Promise<void> {
    running = true
    while (queue.length > 0) {
      const group = takeGroup()
      try {
        const results = await write(group.map(({ proposal }) => proposal))
        group.forEach(({ resolve }, index) => { resolve(results[index] as WriteResult) })
      } catch (error) {
        for (const { reject } of group) reject(error)
      }
    }
    running = false
  }

  return {
    submit: async proposal => await new Promise((resolve, reject) => {
      if (queue.length >= maxWaiting) throw new ExchangeError('unavailable', 'Too many writes wait for the database. Nothing was stored; repeating the request is safe.', { retryAfterSeconds: 5 })
      queue.push({ proposal, resolve, reject })
      // One turn of the event loop lets requests that arrived together travel together.
      if (!running) {
        running = true
        setImmediate(() => { void run() })
      }
    })
  }
}
