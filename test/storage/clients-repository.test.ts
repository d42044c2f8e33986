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

t.test('a client is disabled by its own organisation, from the first time on', async t => {
  const clients = createClientsRepository(await openTestDatabase(t))
  await clients.add(client)
  t.equal(await clients.disable('org_b', 'nightly', early), false)
  t.equal((await clients.findById('nightly'))?.disabledAt, undefined)
  t.equal(await clients.disable('org_a', 'nightly', early), true)
  t.equal(await clients.disable('org_a', 'nightly', late), true)
  t.same((await clients.findById('nightly'))?.disabledAt, early)
})
