/** The parts of an exchange that the feed's contract is about, on one database, for every process that takes part in its test. */
import { randomBytes, randomUUID } from 'node:crypto'
import { resolveSchemaVersion, SCHEMA_VERSIONS } from '../../../src/domain/schema-versions/registry.js'
import { createRepresentations } from '../../../src/services/products/representation.js'
import { createChangeFeed } from '../../../src/services/changes/change-feed.js'
import { createFeedOrder } from '../../../src/services/changes/feed-order.js'
import { createFeedHead } from '../../../src/services/changes/feed-head.js'
import { createFeedUpkeep } from '../../../src/services/changes/feed-upkeep.js'
import { createHeadWatch } from '../../../src/services/changes/head-watch.js'
import { createCursors } from '../../../src/services/cursors.js'
import { createAccessEvents } from '../../../src/storage/access-events.js'
import { createChangesRepository } from '../../../src/storage/changes-repository.js'
import { connect } from '../../../src/storage/connection.js'
import { createFeedPositions } from '../../../src/storage/feed-positions.js'
import { createGtinClaims } from '../../../src/storage/gtin-claims.js'
import { productsCollection } from '../../../src/storage/product-documents.js'
import { createProductWriter } from '../../../src/storage/product-writer.js'
import { createTombstoneSweep } from '../../../src/storage/tombstone-sweep.js'
import { placementParts } from '../../storage/placement-parts.js'

export interface StoreAddress { uri: string, database: string, leaseMs: number }

const RETENTION_DAYS = 90

export async function openStore ({ uri, database, leaseMs }: StoreAddress) {
  const { db, close } = await connect({ uri, database, poolSize: 10 })
  const monotonicMs = (): number => performance.now()
  const now = (): Date => new Date()
  const positions = createFeedPositions(db, { newId: randomUUID, monotonicMs, leaseMs })
  let reaped = 0
  const feed = {
    ...positions,
    reapExpired: async () => {
      const count = await positions.reapExpired()
      reaped += count
      return count
    }
  }
  const readHead = createFeedHead(feed)
  return {
    close,
    feed,
    /** Reservations that this process has reaped. */
    reaped: (): number => reaped,
    products: productsCollection(db),
    newWriter: () => createProductWriter(db, { feed, claims: createGtinClaims(db), ...placementParts(db, feed), now, random: Math.random }),
    changeFeed: createChangeFeed({
      representations: createRepresentations({ versions: SCHEMA_VERSIONS, resolve: resolveSchemaVersion, maxBytes: 1_000_000 }),
      visibilityOf: () => ({ kind: 'everything' }),
      readHead,
      order: createFeedOrder({ changes: createChangesRepository(db), events: createAccessEvents(db), toldVisibilityOf: async () => ({ kind: 'everything' }) }),
      cursors: createCursors(Buffer.alloc(32, 7), randomBytes),
      headWatch: createHeadWatch(readHead),
      now,
      monotonicMs,
      retentionDays: RETENTION_DAYS
    }),
    upkeep: createFeedUpkeep({ feed, sweep: createTombstoneSweep(db), now, retentionDays: RETENTION_DAYS })
  }
}

export type Store = Awaited<ReturnType<typeof openStore>>
