/** The audit log. */
import { Type } from 'typebox'
import type { AuditEntry } from '../../domain/audit.js'
import type { App, HttpServices } from '../app-types.js'
import { AUDIT_SCHEMAS } from '../audit-components.js'
import { answer, HEADERS, problems, ref } from '../description.js'
import { alternatives, pageParameters } from '../parameters.js'
import { sendPage } from '../paging.js'

const Moment = (description: string) => Type.Optional(Type.String({ format: 'date-time', description, examples: ['2026-11-21T00:00:00Z'] }))
const Id = (description: string) => Type.Optional(Type.String({ minLength: 1, maxLength: 200, description }))

const AuditQuery = Type.Object({
  ...pageParameters,
  since: Moment('Only events at or after this instant (RFC 3339).'),
  until: Moment('Only events before this instant.'),
  operation: alternatives('Operation, e.g. `createGrant`.', { maxLength: 64, examples: ['createGrant'] }),
  client: Id('Client that acted. For a command, or a client that was deleted since, the operator gives its `organization` as well.'),
  productId: Type.Optional(Type.String({ format: 'uuid', description: 'Product that was written; the latest version comes first.' })),
  resourceId: Id('Any other resource, e.g. a grant.'),
  importId: Id('Import.'),
  requestId: Id('`X-Request-Id` of the request.'),
  organization: Id('For the operator: only events that this organisation acted in, or whose resource is its own.')
}, { additionalProperties: false })

export function auditRoutes ({ audit }: HttpServices) {
  return async (app: App): Promise<void> => {
    for (const schema of AUDIT_SCHEMAS) app.addSchema(schema)

    app.get('/v1/audit-events', {
      config: { policy: 'audit:read' },
      schema: {
        operationId: 'listAuditEvents',
        summary: 'Read who did what, newest first.',
        description: 'What your organisation did, and what was done to its resources; for the operator, everything. One of `operation`, `client`, `productId`, `resourceId`, `importId` and `requestId` can be given at a time, with or without a range of time. ' +
          'Every change is recorded before it is made; an event is never changed afterwards except by its outcome, and never removed.',
        tags: ['Audit'],
        querystring: AuditQuery,
        response: { 200: answer('One page of events.', ref('AuditEventPage'), { headers: { Link: HEADERS.Link } }), ...problems('invalid-cursor', 'role-not-allowed') }
      }
    }, async (request, reply) => {
      const { cursor, limit, since, until, productId, ...filters } = request.query
      const page = await audit.listAuditEvents(request.caller, {
        ...filters,
        ...(productId !== undefined && { productId: productId.toLowerCase() }),
        ...(since !== undefined && { since: new Date(since) }),
        ...(until !== undefined && { until: new Date(until) })
      }, { cursor, limit })
      return sendPage(request, reply, { ...page, items: page.items.map(entryBody) })
    })
  }
}

function entryBody ({ id, ...rest }: AuditEntry) {
  return { eventId: id, ...rest }
}
