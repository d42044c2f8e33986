/** What a proposed schema would break: the differences from a released version, and the stored records that would fail. */
import { Type } from 'typebox'
import { DIFFERENCE_KINDS, type DifferenceKind } from '../../domain/schema-compatibility/difference.js'
import type { JsonSchema } from '../../domain/schema-versions/publish.js'
import type { App, HttpServices } from '../app-types.js'
import { answer, openString, problems, ref } from '../description.js'
import { requestedVersion } from '../parameters.js'
import { markPrivate } from '../product-answers.js'
import { NameParams } from './schemas.js'

/** Several times the largest published schema. */
const SCHEMA_BYTES = 524_288

/** A check takes as much as many reads. */
const UNITS = 100

const sides = openString(['pushers', 'readers'], { description: '`pushers`: records that were accepted would be refused. `readers`: answers would no longer be as the released version says.' })

const CompatibilityRequest = Type.Object({
  schema: Type.Object({}, { additionalProperties: true, description: 'The proposed JSON Schema of draft 2020-12, complete in itself: every `$ref` leads to a part of it.' }),
  version: requestedVersion('The released version to compare with: `1` (the newest 1.x), `1.0` or `1.0.0`; without it the newest.')
}, {
  $id: 'CompatibilityRequest',
  additionalProperties: false,
  description: 'A schema that somebody would like to see released.',
  examples: [{ version: '1.0.0', schema: { type: 'object', required: ['schemaVersion'], properties: { schemaVersion: { enum: ['1.2.0'] }, colour: { type: 'string' } } } }]
})

const SchemaDifference = Type.Object({
  pointer: Type.String({ description: 'JSON Pointer (RFC 6901) to what differs, in the schema named by `within`.', examples: ['/$defs/packaging/properties/totalMassG/maximum'] }),
  within: openString(['proposed', 'published'], { description: 'The schema that the pointer leads into: what is gone is in the published one only.' }),
  field: Type.String({ description: 'The place in a record, as a JSON Pointer with `*` for the entries of a list. A part that is used in several places is compared once, and this is the first of them.', examples: ['/packaging/totalMassG'] }),
  kind: openString(Object.keys(DIFFERENCE_KINDS) as DifferenceKind[], { description: 'What kind of difference it is.' }),
  breaks: Type.Array(sides, { description: 'Whom it breaks; empty when it is compatible.' }),
  reason: Type.String({ description: 'What it means, and by which rule.' }),
  before: Type.Optional(Type.String({ description: 'What the released schema says, cut at 128 characters.' })),
  after: Type.Optional(Type.String({ description: 'What the proposed one says, cut at 128 characters.' }))
}, { $id: 'SchemaDifference', description: 'A difference, and what it means for those who built for the released version.' })

const FailingRecord = Type.Object({
  productId: Type.String({ format: 'uuid', description: 'The product.' }),
  issue: ref('Issue')
}, { $id: 'FailingRecord', description: 'A stored record that would fail, with its first finding. The pointer leads into the record as it reads in the version compared with.' })

const count = (description: string) => Type.Integer({ minimum: 0, description })

const CompatibilityReport = Type.Object({
  comparedWith: Type.String({ description: 'The released version.', examples: ['1.1.0'] }),
  verdict: openString(['compatible', 'breaking'], { description: '`compatible`: it may be a minor version. `breaking`: it breaks somebody, or has more differences than can be judged, and needs a major version.' }),
  breaks: Type.Array(sides, { description: 'Whom the differences break, taken together.' }),
  differences: Type.Array(ref('SchemaDifference'), { description: 'At most 500.' }),
  differencesComplete: Type.Boolean({ description: 'False when there are more differences than are listed.' }),
  records: Type.Object({
    judgedOf: openString(['own', 'visible'], { description: 'Whose records were judged: of a vendor its own, of others all that they may see.' }),
    judged: count('Records that were judged by the proposed schema, each as it reads in the version compared with. At most 10,000, in the order in which they were first published.'),
    failed: count('Those of them that the proposed schema refuses. Rules beyond the schema are not applied.'),
    withoutPlace: count('Those of them that have no place in the version compared with, and so could not be tried.'),
    complete: Type.Boolean({ description: 'Whether all of these records were judged.' }),
    stoppedBy: Type.Optional(openString(['number', 'time'], { description: 'Why not all of them were judged.' })),
    failures: Type.Array(ref('FailingRecord'), { description: 'At most 10 of those that failed.' })
  }, { description: 'What the schema would do to stored records.' })
}, { $id: 'CompatibilityReport', description: 'What a proposed schema would break.' })

export function compatibilityRoutes ({ compatibility }: HttpServices) {
  return async (app: App): Promise<void> => {
    for (const schema of [CompatibilityRequest, SchemaDifference, FailingRecord, CompatibilityReport]) app.addSchema(schema)

    app.post('/v1/schemas/:name/compatibility-checks', {
      bodyLimit: SCHEMA_BYTES,
      config: { policy: 'schemas:write', quota: { units: UNITS }, idempotencyKey: 'ignored' },
      schema: {
        operationId: 'checkCompatibility',
        summary: 'Tell what a proposed schema would break.',
        description: 'Compares it with a released version, difference by difference, and tries it on stored records. Nothing is stored. A check takes up to 10 seconds. Your organisation has one at a time and one that waits; 503 with `Retry-After` says that its turn did not come within 10 seconds.',
        tags: ['Schemas'],
        params: NameParams,
        body: ref<{ schema: JsonSchema, version?: string }>('CompatibilityRequest'),
        response: { 200: answer('The differences, and what they would do to stored records.', ref('CompatibilityReport')), ...problems('not-found', 'validation-failed') }
      }
    }, async (request, reply) => {
      return markPrivate(reply).send(await compatibility.check(request.caller, request.params.name, request.body))
    })
  }
}
