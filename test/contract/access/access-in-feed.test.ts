/**
 * Mirrors equal what their organisations may see, however access changes. `ACCESS_TEST_DEEDS=5000 ACCESS_TEST_SEED=7` makes it long, and repeats
 * one course of deeds.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import pino from 'pino'
import t from 'tap'
import { createServices } from '../../../src/composition-root.js'
import { readConfig } from '../../../src/config.js'
import { buildApp } from '../../../src/http/app.js'
import { openTestExchange, type Member } from '../../support/exchange.js'
import { createFollower } from './follower.js'
import { seeded } from './random.js'
import { createVendor, type Call } from './vendor.js'

const DEEDS = Number(process.env['ACCESS_TEST_DEEDS'] ?? 120)
const SEED = Number(process.env['ACCESS_TEST_SEED'] ?? Date.now() % 1_000_000)

t.test('three mirrors of three organisations follow random decisions, submissions and withdrawals of two vendors', { timeout: 60_000 + DEEDS * 500 }, async t => {
  t.comment(`ACCESS_TEST_SEED=${SEED} ACCESS_TEST_DEEDS=${DEEDS}`)
  const exchange = await openTestExchange(t)
  const { vendor, otherVendor, distributor, reseller, connection } = exchange
  const urls = [await exchange.app.listen({ host: '127.0.0.1', port: 0 })]

  // A second process, as far as the exchange can tell: it learns of decisions only by asking the database.
  const config = readConfig({ LOG_LEVEL: 'silent', EVENT_LOOP_DELAY_LIMIT: '0', MONGODB_URI: 'mongodb://unused', MONGODB_DATABASE: connection.db.databaseName })
  const services = await createServices(connection, config)
  const app = await buildApp({ config, services, logger: pino({ level: 'silent' }), version: '0.0.0' })
  urls.push(await app.listen({ host: '127.0.0.1', port: 0 }))
  t.teardown(async () => {
    services.close()
    await app.close()
  })

  const random = seeded(SEED)
  const distributors = [distributor, await exchange.addMember({ name: 'Fernsicht', role: 'distributor' })] as const
  const followers = [...distributors, reseller].map(({ organizationId }) => organizationId)
  const callAs = (member: Member, seed: number): Call => {
    const routing = seeded(seed)
    return async (method, url, body) => {
      const response = await fetch(`${routing.pick(urls)}${url}`, {
        method, headers: { ...member.headers, ...(body && { 'content-type': 'application/json' }) }, ...(body && { body: JSON.stringify(body) })
      })
      const answer = await response.json() as Record<string, unknown>
      if (response.status >= 300) throw new Error(`${method} ${url}: ${JSON.stringify(answer)}`)
      return answer
    }
  }
  const vendors = [{ member: vendor, manufacturer: 'Nordwind Systems' }, { member: otherVendor, manufacturer: 'Kiesel Devices' }].map(({ member, manufacturer }) => createVendor({
    organizationId: member.organizationId, manufacturer, partNumbers: 30, followers, random: seeded(random.below(2 ** 32)), call: callAs(member, random.below(2 ** 32)), now: Date.now
  }))
  const url = (): string => random.pick(urls) as string
  const mirrors = [
    { name: 'pages', member: distributors[0], wanted: () => true, follower: createFollower({ url, headers: distributors[0].headers, way: 'pages', random: seeded(random.below(2 ** 32)) }) },
    { name: 'stream', member: reseller, wanted: () => true, follower: createFollower({ url, headers: reseller.headers, way: 'stream', random: seeded(random.below(2 ** 32)) }) },
    {
      name: 'laptops',
      member: distributors[1],
      wanted: (category: string) => category === 'laptop',
      follower: createFollower({ url, headers: distributors[1].headers, way: 'pages', query: 'category=laptop', random: seeded(random.below(2 ** 32)) })
    }
  ]

  /** How wrongly held or missed products came where they are. */
  async function explained (productIds: readonly string[]): Promise<string> {
    const products = await connection.db.collection<{ _id: string }>('products').find({ _id: { $in: [...productIds] } }, { projection: { seq: 1, version: 1, withdrawn: 1, audience: 1, audienceSince: 1, audienceAt: 1, formerAudiences: 1 } }).toArray()
    return JSON.stringify({ seed: SEED, products, events: await connection.db.collection('access_events').find().sort({ seq: 1 }).toArray() })
  }

  let isOver = false
  async function whileRunning (step: () => Promise<unknown>, pauseMs: () => number): Promise<void> {
    while (!isOver) {
      await step()
      await sleep(pauseMs())
    }
  }
  const running = Promise.all([
    // Sometimes late.
    whileRunning(services.accessUpkeep.keepTime, () => random.below(1_500)),
    whileRunning(services.accessUpkeep.recount, () => 1_000),
    ...mirrors.map(async ({ follower }) => { await whileRunning(follower.step, () => random.once(20) ? 1_500 : random.below(120)) })
  ])
  await Promise.race([running, Promise.all(vendors.map(async ({ act }) => { for (let deed = 0; deed < DEEDS; deed++) await act(deed > DEEDS * 0.8) }))]).finally(() => { isOver = true })
  await running
  await sleep(Math.max(0, ...vendors.map(({ settlesAt }) => settlesAt())) - Date.now() + 50)
  await services.accessUpkeep.keepTime()
  for (const { follower } of mirrors) for (let atHead = 0; atHead < 3;) atHead = await follower.step() ? atHead + 1 : 0

  for (const { name, member, wanted, follower } of mirrors) {
    const expected = new Map(vendors.flatMap(({ visibleTo }) => [...visibleTo(member.organizationId, wanted)]))
    const differences = [
      ...[...expected].filter(([id, version]) => follower.held.get(id)?.version !== version).map(([id, version]) => `${id}: version ${version} is visible, ${follower.held.get(id)?.version} held`),
      ...[...follower.held].filter(([id]) => !expected.has(id)).map(([id, { version }]) => `${id}: held at version ${version} although it is not visible`)
    ]
    if (differences.length > 0) t.comment(await explained(differences.map(text => text.slice(0, 36))))
    t.same(differences, [], `${name}: the mirror equals what its organisation may see`)
    t.comment(`${name}: ${expected.size} products to be seen, told ${follower.told.size}, ${follower.revocations()} revocations`)
    t.same(follower.complaints, [], `${name}: versions only rise`)
    const leaked = [...follower.told].filter(([id]) => !vendors.some(vendor => vendor.wasEverVisible(member.organizationId, id)))
    if (leaked.length > 0) t.comment(await explained(leaked.map(([id]) => id)))
    t.same(leaked, [], `${name}: nothing that its organisation never saw is named to it`)
    t.ok(follower.told.size > 0, `${name}: it was told something`)
  }
})
