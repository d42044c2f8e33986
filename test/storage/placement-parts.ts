/** What a product writer needs to place products among audiences, and to put its writes on record. */
import type { Db } from 'mongodb'
import { newEventId } from '../../src/services/audit/event-ids.js'
import { createAccessVersion } from '../../src/storage/access-version.js'
import { createAudienceRegistry } from '../../src/storage/audience-registry.js'
import { createAuditRepository } from '../../src/storage/audit-repository.js'
import type { FeedPositions } from '../../src/storage/feed-positions.js'
import { createProductListMembers } from '../../src/storage/product-list-members.js'

export function placementParts (db: Db, feed: FeedPositions) {
  const audiences = createAudienceRegistry(db, { version: createAccessVersion(db), onAdded: () => {} })
  return {
    audiences,
    listMembers: createProductListMembers(db, { feed, audiences, now: () => new Date() }),
    audit: createAuditRepository(db),
    newAuditId: newEventId
  }
}
