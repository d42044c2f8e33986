/**
 * One look-out at the head of the feed per process, shared by everybody who waits for changes. It asks the database only
 * while somebody waits.
 */
/** How long a change of another process can stay unnoticed by those who wait. */
const POLL_MS = 200

export type HeadWatch = ReturnType<typeof createHeadWatch>

export function createHeadWatch (readHead: () => Promise<{ position: number }>) {
  const waiting = new Set<{ position: number, wake: () => void }>()
  let timer: NodeJS.Timeout | undefined
  let looking = false
  let closed = false

  async function look (): Promise<void> {
    if (looking) return
    looking = true
    clearTimeout(timer)
    try {
      const { position } = await readHead()
      for (const waiter of waiting) if (position > waiter.position) waiter.wake()
    } catch {
      // Those who wait go on waiting, until the database answers or their time is over; then they meet the error themselves.
    } finally {
      looking = false
      schedule()
    }
  }

  function schedule (): void {
    clearTimeout(timer)
    if (waiting.size > 0 && !closed) timer = setTimeout(() => { void look() }, POLL_MS).unref()
  }

  /** Resolves when the head may have passed the position, the time is over, the signal is aborted, or the process ends. */
  async function waitBeyond (position: number, limits: { timeoutMs: number, signal: AbortSignal }): Promise<void> {
    if (closed || limits.signal.aborted || limits.timeoutMs <= 0) return
    await new Promise<void>(resolve => {
      const waiter = { position, wake: end }
      const timeout = setTimeout(end, limits.timeoutMs)
      limits.signal.addEventListener('abort', end)
      waiting.add(waiter)
      if (waiting.size === 1) schedule()
      function end (): void {
        clearTimeout(timeout)
        limits.signal.removeEventListener('abort', end)
        waiting.delete(waiter)
        resolve()
      }
    })
  }

  return {
    waitBeyond,
    /** Something was written by this process: look now instead of at the next turn. */
    nudge: (): void => { if (waiting.size > 0 && !closed) void look() },
    isClosed: (): boolean => closed,
    /** Lets everybody go who waits; from now on nobody waits any more. */
    close: (): void => {
      closed = true
      clearTimeout(timer)
      for (const { wake } of [...waiting]) wake()
    }
  }
}
