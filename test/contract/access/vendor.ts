/**
 * A vendor that publishes, withdraws and changes its mind about who may see what, at random and over HTTP, and the account of what everybody
 * may see by its decisions: worked out anew from these decisions alone, not by the code under test.
 */
import { recordOf } from '../../support/records.js'
import type { Random } from './random.js'

/** Sends a request as this vendor and answers its body; throws for anything but success. */
export type Call = (method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, body?: object) => Promise<Record<string, unknown>>

type Setting = 'open' | 'closed'
interface Grant { id: string, organizations: string[], groups: string[], categories?: string[], productLists?: string[], from: number, to: number }
interface Product { category: string, version: number, isWithdrawn: boolean }
/** For which times something is asked. */
interface Span { from: number, to: number }

const CATEGORIES = ['laptop', 'monitor', 'tablet']
const SETTINGS: readonly Setting[] = ['open', 'closed', 'closed']

/** With more of them everybody would soon see everything. */
const MOST_GRANTS = 4

/** What happens within this time around the beginning or end of a grant may be told as if it were before or after it. */
const TOLERANCE_MS = 1_100

export function createVendor (parts: { organizationId: string, manufacturer: string, partNumbers: number, followers: readonly string[], random: Random, call: Call, now: () => number }) {
  const { random, now } = parts
  const products = new Map<string, Product>()
  let policy: { default: Setting, categories: Record<string, Setting> } = { default: 'open', categories: {} }
  const lists = new Map<string, { audience?: Setting, products: Set<string> }>()
  const groups = new Map<string, string[]>()
  const grants = new Map<string, Grant>()
  /** Ids of the products that a follower may have seen at any time until now. */
  const everSeen = new Map<string, Set<string>>(parts.followers.map(id => [id, new Set()]))
  let notedUntil = now()
  let deeds = 0

  function listOf (productId: string): string | undefined {
    return [...lists].find(([, { products }]) => products.has(productId))?.[0]
  }

  function maySee (follower: string, productId: string, span: Span): boolean {
    const { category } = products.get(productId) as Product
    const listId = listOf(productId)
    const exception = listId === undefined ? policy.categories[category] : lists.get(listId)?.audience
    if ((exception ?? policy.default) === 'open') return true
    return [...grants.values()].some(grant => {
      const isFor = grant.organizations.includes(follower) || grant.groups.some(id => groups.get(id)?.includes(follower) === true)
      const isAll = grant.categories === undefined && grant.productLists === undefined
      const covers = isAll || (listId === undefined ? grant.categories?.includes(category) === true : grant.productLists?.includes(listId) === true)
      return isFor && covers && grant.from < span.to && span.from < grant.to
    })
  }

  /** Notes who may have seen what since the last time, with everything as it is: before and after each deed. */
  function note (from = notedUntil): void {
    const span = { from: from - TOLERANCE_MS, to: now() + TOLERANCE_MS }
    notedUntil = now()
    for (const [follower, seen] of everSeen) {
      for (const productId of products.keys()) if (maySee(follower, productId, span)) seen.add(productId)
    }
  }

  /** What a request changes may have changed at any time from its sending to its answer. */
  const call: Call = async (...request) => {
    note()
    const answer = await parts.call(...request)
    note()
    return answer
  }

  async function publish (): Promise<void> {
    const changed = new Map(Array.from({ length: 1 + random.below(8) }, () => [`P/${Math.floor(deeds / 3) + random.below(parts.partNumbers)}`, CATEGORIES[random.below(CATEGORIES.length)] as string]))
    const items = [...changed].map(([manufacturerPartNumber, category]) => ({
      op: 'submit', ref: manufacturerPartNumber, record: recordOf({ manufacturerName: parts.manufacturer, manufacturerPartNumber, category, massKg: 1 + random.below(1_000) })
    }))
    const answer = await call('POST', '/v1/products/batch', { onError: 'continue', items })
    for (const { ref, productId, version } of answer['items'] as Array<{ ref: string, productId: string, version: number }>) {
      products.set(productId, { category: changed.get(ref) as string, version, isWithdrawn: false })
    }
  }

  async function withdraw (): Promise<void> {
    const live = [...products].filter(([, { isWithdrawn }]) => !isWithdrawn)
    const [productId, product] = random.pick(live) ?? []
    if (productId === undefined || product === undefined) return
    await call('DELETE', `/v1/products/${productId}`)
    products.set(productId, { ...product, version: product.version + 1, isWithdrawn: true })
  }

  async function decide (): Promise<void> {
    const decided = { default: random.pick(SETTINGS) as Setting, categories: Object.fromEntries(random.some(CATEGORIES).map(category => [category, random.pick(SETTINGS) as Setting])) }
    await call('PUT', '/v1/audiences', decided)
    policy = decided
  }

  async function grant (): Promise<void> {
    // What left its place within the tolerance before a grant begins may be told of, also when nobody knew of the grant yet.
    const from = random.once(3) ? now() - random.below(1_000) : now() + TOLERANCE_MS + random.below(1_500)
    const to = now() + 500 + random.below(4_000)
    const [hasFrom, hasTo] = [random.once(2), random.once(2)]
    const isNarrow = !random.once(8)
    const categories = isNarrow && random.once(2) ? random.some(CATEGORIES).slice(0, 1) : []
    const productLists = isNarrow && categories.length === 0 ? random.some([...lists.keys()]).slice(0, 1) : []
    const organizations = random.some(parts.followers).slice(0, 2)
    const given = random.some([...groups.keys()]).slice(0, 1)
    if (isNarrow && categories.length + productLists.length === 0) return
    if (grants.size >= MOST_GRANTS || organizations.length + given.length === 0 || (hasFrom && hasTo && from >= to)) return
    const terms = {
      organizations,
      groups: given,
      ...(categories.length > 0 && { categories }),
      ...(productLists.length > 0 && { productLists }),
      ...(hasFrom && { validFrom: new Date(from).toISOString() }),
      ...(hasTo && { validTo: new Date(to).toISOString() })
    }
    const { grantId } = await call('POST', '/v1/grants', terms)
    const { validFrom: _from, validTo: _to, ...rest } = terms
    grants.set(grantId as string, { id: grantId as string, ...rest, from: hasFrom ? from : -Infinity, to: hasTo ? to : Infinity })
  }

  async function revoke (): Promise<void> {
    const id = random.pick([...grants.keys()])
    if (id === undefined) return
    await call('DELETE', `/v1/grants/${id}`)
    grants.delete(id)
  }

  async function changeGroup (): Promise<void> {
    const id = random.pick([...groups.keys()])
    const members = random.some(parts.followers)
    if (id === undefined || groups.size < 2) {
      const { groupId } = await call('POST', '/v1/groups', { name: 'Partners', members })
      groups.set(groupId as string, members)
    } else if (random.once(5)) {
      await call('DELETE', `/v1/groups/${id}`)
      groups.delete(id)
    } else {
      await call('PUT', `/v1/groups/${id}`, { name: 'Partners', members })
      groups.set(id, members)
    }
  }

  async function changeList (): Promise<void> {
    const id = random.pick([...lists.keys()])
    const audience = random.once(3) ? undefined : random.pick(SETTINGS)
    const content = { name: 'List', ...(audience && { audience }) }
    if (id === undefined || lists.size < 2) {
      const { listId } = await call('POST', '/v1/product-lists', content)
      lists.set(listId as string, { ...(audience && { audience }), products: new Set() })
    } else if (random.once(5)) {
      await call('DELETE', `/v1/product-lists/${id}`)
      lists.delete(id)
    } else if (random.once(3)) {
      await call('PUT', `/v1/product-lists/${id}`, content)
      lists.set(id, { ...(audience && { audience }), products: (lists.get(id) as { products: Set<string> }).products })
    } else {
      await moveSome(id)
    }
  }

  async function moveSome (listId: string): Promise<void> {
    const ids = [...products.keys()]
    const add = Array.from({ length: random.below(10) }, () => random.pick(ids)).filter(id => id !== undefined)
    const remove = Array.from({ length: random.below(10) }, () => random.pick(ids)).filter(id => id !== undefined && !add.includes(id)) as string[]
    if (add.length + remove.length === 0) return
    await call('POST', `/v1/product-lists/${listId}/products`, { add: [...new Set(add)], remove: [...new Set(remove)] })
    for (const id of remove) lists.get(listId)?.products.delete(id)
    for (const id of add) {
      for (const { products: others } of lists.values()) others.delete(id)
      lists.get(listId)?.products.add(id)
    }
  }

  async function moveSomewhere (): Promise<void> {
    const id = random.pick([...lists.keys()])
    if (id !== undefined) await moveSome(id)
  }

  /** What is done to products; the rest are decisions. */
  const WRITES = [publish, publish, publish, withdraw, moveSomewhere]
  const DEEDS = [...WRITES, decide, grant, grant, grant, revoke, changeGroup, changeList]

  return {
    /** @param isSettled nothing is decided any more, so that no later decision covers up what was not told */
    async act (isSettled: boolean): Promise<void> {
      const begunAt = now()
      await (random.pick(isSettled ? WRITES : DEEDS) as typeof publish)()
      deeds++
      note(begunAt)
    },

    /** The products that a follower may see now, with their versions. */
    visibleTo (follower: string, wanted: (category: string) => boolean): Map<string, number> {
      const at = now()
      const visible = [...products].filter(([id, { category, isWithdrawn }]) => !isWithdrawn && wanted(category) && maySee(follower, id, { from: at, to: at + 1 }))
      return new Map(visible.map(([id, { version }]) => [id, version]))
    },

    /** Whether the follower may have seen the product at any time. */
    wasEverVisible (follower: string, productId: string): boolean {
      note()
      return everSeen.get(follower)?.has(productId) === true
    },

    has: (productId: string): boolean => products.has(productId),

    /** Until when grants begin and end by themselves, in milliseconds since 1970. */
    settlesAt: (): number => Math.max(0, ...[...grants.values()].flatMap(({ from, to }) => [from, to]).filter(Number.isFinite))
  }
}
