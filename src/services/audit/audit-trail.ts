/** Writing the audit log with the change: the intent first, then the change, then what became of it. */
import type { Caller } from '../../domain/access.js'
import type { AuditActor, AuditEvent, AuditedResource } from '../../domain/audit.js'
import type { AuditRepository } from '../../storage/audit-repository.js'

export interface AuditedChange {
  /** As the API calls it. */
  operation: string
  resource: { type: AuditedResource, id?: string }
  /** Whose resource it is; default: the caller's organisation. */
  organizationId?: string
  before?: unknown
}

export type AuditTrail = ReturnType<typeof createAuditTrail>

function actorOf ({ organizationId, clientId, credentialId, origin }: Caller): AuditActor {
  return {
    organizationId,
    clientId,
    ...(credentialId !== undefined && { credentialId }),
    ...(origin !== undefined && { ip: origin.ip, requestId: origin.id })
  }
}

/** @param parts.newId ids that ascend in time */
export function createAuditTrail (parts: { events: AuditRepository, now: () => Date, newId: () => string }) {
  /**
   * Makes a change that is on record before it is made. `change` answers the state after it (without secrets) and what its
   * caller wants to know.
   */
  async function audited<T> (caller: Caller, subject: AuditedChange, change: () => Promise<{ after?: unknown, result: T }>): Promise<T> {
    const event: AuditEvent = {
      id: parts.newId(),
      at: parts.now(),
      organizationId: subject.organizationId ?? caller.organizationId,
      actor: actorOf(caller),
      operation: subject.operation,
      resource: subject.resource,
      outcome: 'pending',
      ...(subject.before !== undefined && { before: subject.before })
    }
    await parts.events.append([event])
    try {
      const { after, result } = await change()
      await parts.events.complete(event.id, { outcome: 'succeeded', ...(after !== undefined && { after }) })
      return result
    } catch (error) {
      await parts.events.complete(event.id, { outcome: 'failed' })
      throw error
    }
  }

  return { audited }
}
