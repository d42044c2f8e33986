/** The audit events of one round of the product writer: one for each author, because an event belongs to one organisation only. */
import type { AuditedWrite, ProductWritesEvent, WriteAuthor } from '../domain/audit.js'

export interface WriteRecords {
  events: readonly ProductWritesEvent[]
  /** The event that the writes of this author are recorded in; the written versions carry it. */
  idFor: (author: WriteAuthor) => string
}

/** @param newId an id for this moment; ids ascend in time */
export function recordsOf (writes: ReadonlyArray<AuditedWrite & { author: WriteAuthor }>, at: Date, newId: (at: Date) => string): WriteRecords {
  const events = new Map<WriteAuthor, ProductWritesEvent & { products: AuditedWrite[] }>()
  for (const { author, ...write } of writes) {
    const known = events.get(author)
    if (known !== undefined) known.products.push(write)
    else {
      const { actor, operation, importId } = author
      const { organizationId } = actor
      events.set(author, { id: newId(at), at, organizationId, actor, operation, ...(importId !== undefined && { importId }), products: [write] })
    }
  }
  return {
    events: [...events.values()],
    idFor: author => (events.get(author) as ProductWritesEvent).id
  }
}
