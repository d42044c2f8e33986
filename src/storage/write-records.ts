/**
 * The audit events of one round of the product writer. Single writes that one credential sends at the same time share an event; an
 * event never has writes of two organisations.
 */
import type { AuditedWrite, ProductWritesEvent, WriteAuthor } from '../domain/audit.js'

export interface WriteRecords {
  events: readonly ProductWritesEvent[]
  /** The event that the writes of this author are recorded in; the written versions carry it. */
  idFor: (author: WriteAuthor) => string
}

type OpenEvent = ProductWritesEvent & { products: AuditedWrite[] }

/** @param newId an id for this moment; ids ascend in time */
export function recordsOf (writes: ReadonlyArray<AuditedWrite & { author: WriteAuthor }>, at: Date, newId: (at: Date) => string): WriteRecords {
  const byActor = new Map<string, OpenEvent>()
  const byAuthor = new Map<WriteAuthor, OpenEvent>()

  function eventOf (author: WriteAuthor): OpenEvent {
    const { actor: { requestId, ...actor }, operation, importId } = author
    const key = JSON.stringify([actor.organizationId, actor.clientId, actor.credentialId, actor.ip, operation, importId, requestId === undefined])
    const known = byActor.get(key)
    if (known !== undefined) return known
    const event: OpenEvent = { id: newId(at), at, organizationId: actor.organizationId, actor, operation, ...(importId !== undefined && { importId }), products: [] }
    byActor.set(key, event)
    return event
  }

  for (const { author, productId, outcome, version } of writes) {
    let event = byAuthor.get(author)
    if (event === undefined) byAuthor.set(author, event = eventOf(author))
    const { requestId } = author.actor
    event.products.push(requestId === undefined ? { productId, outcome, version } : { productId, outcome, version, requestId })
  }
  return {
    events: [...byActor.values()],
    idFor: author => (byAuthor.get(author) as OpenEvent).id
  }
}
