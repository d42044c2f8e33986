import type { FeedPositions, Watermark } from '../../storage/feed-positions.js'

/** Reading the head of the feed. Whoever finds it held back by a writer that is gone clears the way, once for all readers. */
export function createFeedHead (feed: Pick<FeedPositions, 'watermark' | 'reapExpired'>): () => Promise<Watermark> {
  let reaping: Promise<unknown> | undefined
  return async () => {
    const head = await feed.watermark()
    if (!head.overdue) return head
    reaping ??= feed.reapExpired().finally(() => { reaping = undefined })
    await reaping
    return await feed.watermark()
  }
}
