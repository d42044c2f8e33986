/** What a worker has in hand while it works on an import. */
import type { ImportJob, ImportProgress } from '../../domain/import.js'
import type { StepChange } from '../../storage/imports-repository.js'

/** The import is in other hands, or has ended. */
export class ImportLost extends Error {
  constructor () {
    super('The import is no longer held by this worker')
    this.name = 'ImportLost'
  }
}

/** The hold on an import during a turn. */
export interface Hold {
  readonly job: ImportJob
  progress: ImportProgress
  readonly abandoned: boolean
  /** Throws {@link ImportLost} when it is too late to start another write. */
  assertCurrent: () => void
  /** Takes one step; throws {@link ImportLost} when the import is no longer held. */
  advance: (change: StepChange) => Promise<void>
  /** Whether the import shall end. What is on its way is finished and counted first. */
  cancelRequested: boolean
}
