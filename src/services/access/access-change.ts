/** How every decision about access takes effect. */
import type { AccessRepository } from '../../storage/access-repository.js'
import type { AccessView } from './access-view.js'

/** Makes a decision of this vendor take effect: in this process when it resolves, in others within the view's staleness. */
export type AccessChange = (vendor: string, apply: () => Promise<void>) => Promise<void>

export function createAccessChange (parts: { access: Pick<AccessRepository, 'raiseVersion'>, view: AccessView }): AccessChange {
  return async (_vendor, apply) => {
    try {
      await apply()
    } finally {
      // Also when the database did not answer: the decision may have been stored.
      await parts.access.raiseVersion().finally(parts.view.markStale)
    }
  }
}
