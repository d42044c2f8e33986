/** Shared schemas of the audit log. */
import { Type } from 'typebox'
import { openString, ref } from './description.js'

const State = (description: string, example: object) =>
  Type.Unsafe<Record<string, unknown>>({ type: 'object', additionalProperties: true, description, examples: [example] })

const AuditActor = Type.Object({
  organizationId: Type.String({ description: 'The organisation that acted.', examples: ['org_nordwind-systems'] }),
  clientId: Type.Optional(Type.String({ description: 'Its client; for a command of the operator, the name of the command.', examples: ['k7xq2m9p4wtz'] })),
  credentialId: Type.Optional(Type.String({ description: 'Which secret (`sec_...`) or access token (its `jti`) was presented. Absent for commands.', examples: ['sec_5f1d0c9a7b3e'] })),
  ip: Type.Optional(Type.String({ description: 'Address that the request came from. Absent for commands.', examples: ['192.0.2.17'] })),
  requestId: Type.Optional(Type.String({ description: '`X-Request-Id` of the request. Absent for commands.', examples: ['0f6a0d2c7f0e4f0e9d533b0f3a4f9a51'] }))
}, { $id: 'AuditActor', description: 'Who acted. Of another organisation (the operator) only its id is told.' })

const AuditEvent = Type.Object({
  eventId: Type.String({ format: 'uuid', description: 'The event. It ascends in time. What one request or import did in one go is one event with an item for each product or alias: `eventId` and `resource` together are unique.', examples: ['019aa6c2-7e10-7c3a-9b1d-2f4a6c8e0b1d'] }),
  at: Type.String({ format: 'date-time', description: 'When it was recorded, just before it was done.', examples: ['2026-11-21T08:30:00.000Z'] }),
  organizationId: Type.String({ description: 'Whose resource it is.', examples: ['org_nordwind-systems'] }),
  actor: ref('AuditActor'),
  operation: Type.String({ description: 'The `operationId` of the operation, or the name of the command. What an import writes has `createImport`.', examples: ['writeProductBatch'] }),
  importId: Type.Optional(Type.String({ description: 'The import that it is about or part of.' })),
  resource: Type.Object({
    type: openString(['product', 'import', 'alias', 'audience-policy', 'group', 'grant', 'product-list', 'organization', 'client'], { description: 'The kind of resource.' }),
    id: Type.Optional(Type.String({ description: 'The resource; of an alias the SKU. Absent for what an organisation has one of.' }))
  }, { description: 'What was changed.' }),
  outcome: openString(['succeeded', 'failed', 'pending'], { description: '`failed`: refused, nothing was changed. `pending`: it is going on; after some minutes, its process ended in between, and it may or may not have been done. Writes of products that were not done leave no item.' }),
  before: Type.Optional(State('The state before, without secrets; of a product its version. Absent when there was none.', { version: 3 })),
  after: Type.Optional(State('The state after, without secrets; of a product its version and what made it. Absent when there is none.', { version: 4, outcome: 'updated' }))
}, {
  $id: 'AuditEvent',
  description: 'Who did what to which resource.',
  examples: [{
    eventId: '019aa6c2-7e10-7c3a-9b1d-2f4a6c8e0b1d',
    at: '2026-11-21T08:30:00.000Z',
    organizationId: 'org_nordwind-systems',
    actor: { organizationId: 'org_nordwind-systems', clientId: 'k7xq2m9p4wtz', credentialId: 'sec_5f1d0c9a7b3e', ip: '192.0.2.17', requestId: '0f6a0d2c7f0e4f0e9d533b0f3a4f9a51' },
    operation: 'writeProductBatch',
    resource: { type: 'product', id: '31ab12ef-9a1c-5d9e-8f0a-2c4d6e8f0a1b' },
    outcome: 'succeeded',
    before: { version: 3 },
    after: { version: 4, outcome: 'updated' }
  }]
})

const AuditEventPage = Type.Object({
  items: Type.Array(ref('AuditEvent')),
  nextCursor: Type.Optional(Type.String({ description: 'Pass it back as `cursor`, unchanged and with the same filters, to read the next page. Absent on the last page.' })),
  hasMore: Type.Boolean({ description: 'Whether another page follows.' })
}, { $id: 'AuditEventPage', description: 'One page of the audit log, newest first.' })

export const AUDIT_SCHEMAS: readonly object[] = [AuditActor, AuditEvent, AuditEventPage]
