import { createHash } from 'node:crypto'
import t from 'tap'
import type { Client } from '../../src/domain/organization.js'
import { createClientsRepository } from '../../src/storage/clients-repository.js'
import { openTestDatabase } from '../support/database.js'

const createdAt = new Date('2026-11-21T12:00:00Z')
const early = new Date('2026-11-21T13:00:00Z')
const late = new Date('2026-11-21T14:00:00Z')
const first = createHash('sha256').update('first').digest()
const second = createHash('sha256').update('second').digest()

const client: Client = {
  id: 'nightly',
  organizationId: 'org_a',
  name: 'Nightly push',
  scopes: ['products:read'],
  secrets: [{ hash: first, createdAt, expiresAt: late }, { hash: second, createdAt }],
  createdAt
}

t.test('a client is read as it was added', async t => {
  const clients = createClientsRepository(await openTestDatabase(t))
  t.equal(await clients.add(client), true)
  const stored = await clients.findById('nightly')
  t.strictSame(stored, client)
  t.ok(Buffer.isBuffer(stored?.secrets[0]?.hash))
  t.equal(await clients.findById('other'), null)
})

t.test('an id that is taken changes nothing', async t => {
  const clients = createClientsRepository(await openTestDatabase(t))
  await clients.add(client)
  t.equal(await clients.add({ ...client, organizationId: 'org_b' }), false)
  t.strictSame(await clients.findById('nightly'), client)
})

t.test('the latest use of each secret is kept', async t => {
  const clients = createClientsRepository(await openTestDatabase(t))
  await clients.add(client)
  await clients.recordUse('org_a', 'nightly', second, late)
  await clients.recordUse('org_a', 'nightly', second, early)
  await clients.recordUse('org_b', 'nightly', first, late)
  const stored = await clients.findById('nightly')
  t.same(stored?.secrets[1]?.lastUsedAt, late)
  t.equal(stored?.secrets[0]?.lastUsedAt, undefined)
})

t.test('a client is changed and removed by its own organisation only', async t => {
  const clients = createClientsRepository(await openTestDatabase(t))
  await clients.add(client)
  const content = { name: 'Renamed', scopes: [], allowedAddresses: ['192.0.2.1'], expiresAt: late, disabledAt: early }
  t.equal(await clients.replace('org_b', 'nightly', content), false)
  t.equal(await clients.remove('org_b', 'nightly'), false)
  t.strictSame(await clients.findById('nightly'), client)
  t.equal(await clients.replace('org_a', 'nightly', content), true)
  t.strictSame(await clients.findById('nightly'), { ...client, ...content })
  t.equal(await clients.replace('org_a', 'nightly', client), true)
  t.strictSame(await clients.findById('nightly'), client, 'what is left out is removed')
  t.equal(await clients.remove('org_a', 'nightly'), true)
  t.equal(await clients.findById('nightly'), null)
})

t.test('of two that replace the secrets at the same time one is told', async t => {
  const clients = createClientsRepository(await openTestDatabase(t))
  await clients.add(client)
  const third = { hash: createHash('sha256').update('third').digest(), createdAt }
  const [old] = client.secrets
  if (old === undefined) throw new Error('there is no secret')
  t.same((await Promise.all([[third], [old, third]].map(async secrets => await clients.replaceSecrets('org_a', 'nightly', client.secrets, secrets)))).sort(), [false, true])
  t.equal(await clients.replaceSecrets('org_a', 'nightly', client.secrets, []), false)
})

t.test('clients are paged by organisation, in the order of their ids', async t => {
  const clients = createClientsRepository(await openTestDatabase(t))
  for (const [id, organizationId] of [['b1', 'org_b'], ['a2', 'org_a'], ['a1', 'org_a'], ['a3', 'org_a']] as const) await clients.add({ ...client, id, organizationId })
  const ids = async (...page: Parameters<typeof clients.page>) => (await clients.page(...page)).map(({ id }) => id)
  t.same(await ids('org_a', { limit: 2 }), ['a1', 'a2'])
  t.same(await ids('org_a', { after: 'a2', limit: 2 }), ['a3'])
  t.same(await ids(undefined, { after: 'a2', limit: 9 }), ['a3', 'b1'])
  t.equal(await clients.count('org_a'), 3)
})
