/** Writing the audit log with the change: the intent first, then the change, then what became of it. */
import type { Caller } from '../../domain/access.js'
import { actorOf, type AdministrationEvent, type AuditedItem, type AuditedResource } from '../../domain/audit.js'
import { ExchangeError } from '../../domain/problems.js'
import type { AuditRepository } from '../../storage/audit-repository.js'

export interface AuditedChange {
  /** As the API calls it. */
  operation: string
  resource: { type: AuditedResource, id?: string }
  /** Whose resource it is; default: the caller's organisation. */
  organizationId?: string
  before?: unknown
  /** Instead, where it is about several resources of the type: each of them, with the state that it is to have. */
  items?: readonly AuditedItem[]
}

export type AuditTrail = ReturnType<typeof createAuditTrail>

/** @param parts.newId an id for this moment; ids ascend in time */
export function createAuditTrail (parts: { events: AuditRepository, now: () => Date, newId: (at: Date) => string }) {
  /**
   * Makes a change that is on record before it is made. `change` answers the state after it (without secrets), what its caller
   * wants to know, `isDone: false` when there turned out to be nothing to change, and `items` when only some were changed. An event whose change failed for another reason than a refusal stays pending: the change may have been made.
   */
  async function audited<T> (caller: Caller, subject: AuditedChange, change: () => Promise<{ after?: unknown, result: T, isDone?: boolean, items?: readonly AuditedItem[] }>): Promise<T> {
    const at = parts.now()
    const event: AdministrationEvent = {
      id: parts.newId(at),
      at,
      organizationId: subject.organizationId ?? caller.organizationId,
      actor: actorOf(caller),
      operation: subject.operation,
      resource: subject.resource,
      ...(subject.resource.type === 'import' && { importId: subject.resource.id }),
      outcome: 'pending',
      ...(subject.before !== undefined && { before: subject.before }),
      ...(subject.items !== undefined && { items: subject.items })
    }
    await parts.events.append([event])
    const { after, items, result, isDone = true } = await change().catch(async (error: unknown) => {
      if (error instanceof ExchangeError) await parts.events.complete(event.id, { outcome: 'failed' })
      throw error
    })
    await parts.events.complete(event.id, isDone ? { outcome: 'succeeded', ...(after !== undefined && { after }), ...(items !== undefined && { items }) } : { outcome: 'failed' })
    return result
  }

  return { audited }
}
