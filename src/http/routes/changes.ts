/** The feed of changes: pages with long polling, the stream up to the head, and how far behind a follower is. */
import { Type } from 'typebox'
import type { ProductFilters } from '../../domain/product-filters.js'
import { changePageJson, changeStreamJson } from '../../formats/change-json.js'
import type { App, HttpServices } from '../app-types.js'
import { answer, closedString, ENDING, PAGE_ENDING, problems, ref } from '../description.js'
import { filterParameters } from '../filter-parameters.js'
import { linkNext } from '../paging.js'
import { pageParameters, schemaParameter } from '../parameters.js'
import { sendBytes } from '../product-answers.js'
import { sendStream, STREAM_TIMEOUT_MS } from '../stream-answers.js'
import { announceEnding } from '../version-ending.js'
import { appliedWait, untilGone } from '../waiting.js'

const cursor = Type.Optional(Type.String({ minLength: 1, maxLength: 2048, description: '`nextCursor` of the answer before, or `cursor` of a line of the stream, with the same filters and the same schema version.' }))
const from = Type.Optional(closedString(['beginning', 'now'], { description: 'Where to begin without a cursor: with all products (`beginning`, the default) or with the next change (`now`).' }))

const PageQuery = Type.Object({ cursor, from, limit: pageParameters.limit, schema: schemaParameter, ...filterParameters }, { additionalProperties: false })
const StreamQuery = Type.Object({ cursor, from, schema: schemaParameter, ...filterParameters }, { additionalProperties: false })
const StatusQuery = Type.Object({ cursor, schema: schemaParameter, ...filterParameters }, { additionalProperties: false })

const Prefer = Type.Object({
  Prefer: Type.Optional(Type.String({ description: '`wait=30` (RFC 7240): when there is no change yet, wait for one, for at most that many seconds and never more than 30.', examples: ['wait=30'] }))
})

const PREFERENCE_APPLIED = { 'Preference-Applied': { description: 'The wait that was granted, when one was asked for.', type: 'string', example: 'wait=30' } } as const

export function changeRoutes ({ changes, schemas }: HttpServices) {
  return async (app: App): Promise<void> => {
    app.get('/v1/changes', {
      config: { policy: 'changes:read' },
      schema: {
        operationId: 'listChanges',
        summary: 'Follow the changes of products, page by page.',
        description: 'Begin without a cursor, then pass `nextCursor` on for ever. Each product comes with its latest state only, and its `version` only rises; the same change may come twice. Withdrawn products come as `delete`, as do products that no longer match the filters.',
        tags: ['Feed'],
        querystring: PageQuery,
        headers: Prefer,
        response: { 200: answer('Changes in order, oldest first.', ref('ChangePage'), { headers: { ...PAGE_ENDING, ...PREFERENCE_APPLIED } }), ...problems('invalid-cursor', 'cursor-expired', 'schema-version-unavailable') }
      }
    }, async (request, reply) => {
      const { cursor, from, limit, schema, ...filters } = request.query
      const wait = appliedWait(request, reply)
      const page = await changes.page(request.caller, filters as ProductFilters, { ...startOf({ cursor, from }), limit, ...(schema !== undefined && { schema }), ...(wait > 0 && { wait: { ms: wait, signal: untilGone(reply) } }) })
      const { deliveries, ...envelope } = page
      if (page.hasMore) linkNext(request, reply, page)
      announceEnding(reply, schemas.endingOf(schema))
      return sendBytes(reply, changePageJson(deliveries, envelope))
    })

    app.get('/v1/changes/stream', {
      // A catalogue in one answer.
      config: { policy: 'changes:read', quota: { units: 100 } },
      handlerTimeout: STREAM_TIMEOUT_MS,
      schema: {
        operationId: 'streamChanges',
        summary: 'Read all changes up to now in one answer.',
        description: 'NDJSON: one change per line, each with its own `cursor`; the last line holds `nextCursor` and `asOf` instead. Without a cursor it is a full export. An answer without that last line was interrupted: go on from the `cursor` of the last line that arrived.',
        tags: ['Feed'],
        querystring: StreamQuery,
        response: { 200: answer('Changes in order, one per line.', Type.String(), { mediaType: 'application/x-ndjson', headers: ENDING }), ...problems('invalid-cursor', 'cursor-expired', 'schema-version-unavailable') }
      }
    }, async (request, reply) => {
      const { cursor, from, schema, ...filters } = request.query
      const stream = await changes.stream(request.caller, filters as ProductFilters, { ...startOf({ cursor, from }), ...(schema !== undefined && { schema }) })
      announceEnding(reply, schemas.endingOf(schema))
      return sendStream(request, reply, 'application/x-ndjson; charset=utf-8', changeStreamJson(stream))
    })

    app.get('/v1/changes/status', {
      config: { policy: 'changes:read' },
      schema: {
        operationId: 'getFeedStatus',
        summary: 'See how far behind a cursor is.',
        tags: ['Feed'],
        querystring: StatusQuery,
        response: { 200: answer('The state of the feed, and of your cursor if you gave one.', ref('FeedStatus')), ...problems('invalid-cursor', 'cursor-expired', 'schema-version-unavailable') }
      }
    }, async request => {
      const { cursor, schema, ...filters } = request.query
      return await changes.status(request.caller, filters as ProductFilters, { ...startOf({ cursor }), ...(schema !== undefined && { schema }) })
    })
  }
}

function startOf ({ cursor, from }: { cursor?: string | undefined, from?: 'beginning' | 'now' | undefined }) {
  return { ...(cursor !== undefined && { cursor }), ...(from !== undefined && { from }) }
}
