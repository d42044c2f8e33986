/** How a change of organisations and clients takes effect in every process. */
import type { IdentityVersion } from '../../storage/access-version.js'
import { MAX_STALENESS_MS, type IdentityFreshness } from './identity-freshness.js'

export type IdentityChange = ReturnType<typeof createIdentityChange>

/** @param parts.wait resolves after that many milliseconds */
export function createIdentityChange (parts: { version: Pick<IdentityVersion, 'raise'>, freshness: IdentityFreshness, wait: (ms: number) => Promise<void> }) {
  /** In this process it has taken effect when this resolves, in others within {@link MAX_STALENESS_MS}. */
  async function soon<T> (apply: () => Promise<T>): Promise<T> {
    try {
      return await apply()
    } finally {
      // Also when the database did not answer: the change may have been stored.
      await parts.version.raise().finally(parts.freshness.markStale)
    }
  }

  /**
   * When this resolves it has taken effect everywhere: no process repeats what it was told before the change. Whoever takes a right
   * away waits for that, so that those who call pay nothing for it.
   */
  async function everywhere<T> (apply: () => Promise<T>): Promise<T> {
    const result = await soon(apply)
    await settled()
    return result
  }

  /** When this resolves, what was done {@link soon} has taken effect everywhere. */
  async function settled (): Promise<void> {
    await parts.wait(MAX_STALENESS_MS)
  }

  return { soon, settled, everywhere }
}
