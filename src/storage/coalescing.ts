import { ExchangeError } from '../domain/problems.js'

/**
 * Turns many concurrent reads of one key into few reads of many keys. The cost of a database command dominates a small
 * read, so while one command is on its way the next keys gather; nobody waits for a timer.
 */
export interface CoalescedReader<Value> {
  get: (key: string) => Promise<Value | undefined>
}

/** @param load calls `answered` when the database has nothing more to do for it: then the next keys are asked for, before this process is busy with the answer */
export function createCoalescedReader<Value> (
  load: (keys: string[], answered: () => void) => Promise<ReadonlyMap<string, Value>>,
  limits: { maxKeys: number, maxInFlight: number, maxWaiting: number }
): CoalescedReader<Value> {
  interface Waiter { resolve: (value: Value | undefined) => void, reject: (reason: unknown) => void }
  let waiting = new Map<string, Waiter[]>()
  let waiters = 0
  let inFlight = 0
  let scheduled = false

  function schedule (): void {
    if (scheduled || inFlight >= limits.maxInFlight || waiting.size === 0) return
    scheduled = true
    setImmediate(() => {
      scheduled = false
      void flush()
    })
  }

  async function flush (): Promise<void> {
    if (waiting.size === 0 || inFlight >= limits.maxInFlight) return
    const batch = new Map([...waiting].slice(0, limits.maxKeys))
    for (const all of batch.values()) waiters -= all.length
    if (batch.size === waiting.size) waiting = new Map()
    else for (const key of batch.keys()) waiting.delete(key)
    inFlight++
    schedule()
    let isInFlight = true
    const answered = (): void => {
      if (!isInFlight) return
      isInFlight = false
      inFlight--
      void flush()
    }
    try {
      const found = await load([...batch.keys()], answered)
      for (const [key, all] of batch) for (const waiter of all) waiter.resolve(found.get(key))
    } catch (error) {
      for (const all of batch.values()) for (const waiter of all) waiter.reject(error)
    } finally {
      answered()
    }
  }

  return {
    get: async key => await new Promise((resolve, reject) => {
      if (waiters >= limits.maxWaiting) throw new ExchangeError('unavailable', 'Too many reads wait for the database.', { retryAfterSeconds: 2 })
      waiters++
      const known = waiting.get(key)
      if (known === undefined) waiting.set(key, [{ resolve, reject }])
      else known.push({ resolve, reject })
      schedule()
    })
  }
}
