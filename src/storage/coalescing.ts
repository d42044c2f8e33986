/**
 * Turns many concurrent reads of one key into few reads of many keys. The cost of a database command dominates a small
 * read, so while one command is on its way the next keys gather; nobody waits for a timer.
 */
export interface CoalescedReader<Value> {
  get: (key: string) => Promise<Value | undefined>
}

export function createCoalescedReader<Value> (
  load: (keys: string[]) => Promise<ReadonlyMap<string, Value>>,
  limits: { maxKeys: number, maxInFlight: number }
): CoalescedReader<Value> {
  interface Waiter { resolve: (value: Value | undefined) => void, reject: (reason: unknown) => void }
  let waiting = new Map<string, Waiter[]>()
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
    const batch = new Map([...waiting].slice(0, limits.maxKeys))
    if (batch.size === waiting.size) waiting = new Map()
    else for (const key of batch.keys()) waiting.delete(key)
    inFlight++
    schedule()
    try {
      const found = await load([...batch.keys()])
      for (const [key, waiters] of batch) for (const waiter of waiters) waiter.resolve(found.get(key))
    } catch (error) {
      for (const waiters of batch.values()) for (const waiter of waiters) waiter.reject(error)
    } finally {
      inFlight--
      schedule()
    }
  }

  return {
    get: async key => await new Promise((resolve, reject) => {
      const waiters = waiting.get(key)
      if (waiters === undefined) waiting.set(key, [{ resolve, reject }])
      else waiters.push({ resolve, reject })
      schedule()
    })
  }
}
