/** A mirror of what one organisation may see, kept over HTTP by cursor and by nothing else, as the documentation says. */
import type { Random } from './random.js'

interface Item { op: 'upsert' | 'delete', productId: string, version: number, changedAt: string, reason?: string, identifiers: Array<{ scheme: string }>, product?: { version: number, record: unknown }, cursor?: string }

/** @param options.query the filters, e.g. `category=laptop` */
export function createFollower (options: { url: () => string, headers: Record<string, string>, query?: string, way: 'pages' | 'stream', random: Random }) {
  const { random, query = '' } = options
  const held = new Map<string, { version: number, record: string }>()
  const versions = new Map<string, number>()
  const complaints: string[] = []
  /** What it was told first of each product. */
  const told = new Map<string, string>()
  let [cursor, previous]: Array<string | undefined> = [undefined, undefined]
  let revocations = 0

  function apply (item: Item): void {
    if (!told.has(item.productId)) told.set(item.productId, `${item.op} ${item.reason ?? ''} of version ${item.version}, changed at ${item.changedAt}`)
    const known = versions.get(item.productId) ?? 0
    if (item.version < known) complaints.push(`${item.productId} went from version ${known} to ${item.version}`)
    versions.set(item.productId, item.version)
    if (item.op === 'upsert') {
      held.set(item.productId, { version: item.version, record: JSON.stringify(item.product?.record) })
      return
    }
    if (item.reason === 'access-revoked') revocations++
    if (!item.identifiers.some(({ scheme }) => scheme === 'mpn')) complaints.push(`${item.productId} was deleted without its identifiers`)
    held.delete(item.productId)
  }

  function addressOf (path: string, from: string | undefined, more: string[] = []): string {
    return `${options.url()}${path}?${[...(from === undefined ? [] : [`cursor=${from}`]), ...(query === '' ? [] : [query]), ...more].join('&')}`
  }

  async function readPage (from: string | undefined): Promise<boolean> {
    const response = await fetch(addressOf('/v1/changes', from, [`limit=${1 + random.below(40)}`]), { headers: options.headers })
    const page = await response.json() as { items: Item[], nextCursor: string, hasMore: boolean }
    if (response.status !== 200) throw new Error(JSON.stringify(page))
    for (const item of page.items) apply(item)
    cursor = page.nextCursor
    return !page.hasMore
  }

  /** Every third stream breaks at some line. */
  async function readStream (from: string | undefined): Promise<boolean> {
    let patience = random.once(3) ? random.below(60) : Infinity
    const response = await fetch(addressOf('/v1/changes/stream', from), { headers: options.headers })
    if (response.status !== 200 || response.body === null) throw new Error(await response.text())
    let rest = ''
    const decoder = new TextDecoder()
    for await (const bytes of response.body) {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        const item = JSON.parse(line) as Item & { nextCursor?: string }
        if (item.nextCursor !== undefined) {
          cursor = item.nextCursor
          return true
        }
        apply(item)
        cursor = item.cursor
        // Leaving the loop breaks the connection.
        if (--patience < 0) return false
      }
    }
    throw new Error('The stream ended without its last line')
  }

  return {
    /** One step; true when it has come to the head of the feed. Now and then it loses what it did last and does it again. */
    async step (): Promise<boolean> {
      const from = random.once(15) ? previous : cursor
      previous = from
      return options.way === 'pages' ? await readPage(from) : await readStream(from)
    },
    held,
    complaints,
    told,
    revocations: (): number => revocations
  }
}
