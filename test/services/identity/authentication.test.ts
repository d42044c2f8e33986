import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import t from 'tap'
import type { Caller } from '../../../src/domain/access.js'
import { ExchangeError } from '../../../src/domain/problems.js'
import { formatApiKey } from '../../../src/services/identity/api-key.js'
import { MAX_AGE_MS } from '../../../src/services/identity/caller-cache.js'
import { createIdentityFreshness, MAX_STALENESS_MS } from '../../../src/services/identity/identity-freshness.js'
import { openIdentity, START } from './identity-fixture.js'

const WRONG_SECRET = 'w'.repeat(43)
const REFUSAL = { code: 'unauthenticated', message: 'The API key is not valid.' }

/** The answer as a promise: fresh callers come synchronously. */
async function settle (answer: Caller | Promise<Caller>): Promise<Caller> {
  return await answer
}

t.test('an API key gives the caller its organisation and nothing of another', async t => {
  const { identity, credential, vendor } = await openIdentity(t)
  const caller = await settle(identity.authenticateApiKey(credential.apiKey))
  t.equal(caller.organizationId, vendor.id)
  t.equal(caller.role, 'vendor')
  t.equal(caller.clientId, credential.clientId)
  t.same([...caller.manufacturerKeys], ['example devices'])
  t.ok(caller.scopes.has('products:write'))
  t.strictSame(identity.me(caller), {
    organization: { id: vendor.id, name: 'Example Devices', role: 'vendor', manufacturers: ['Example Devices'] },
    client: { id: credential.clientId, scopes: [...credential.scopes] },
    limits: { batchItems: 1_000 }
  })
})

t.test('wrong secret, unknown client and malformed key get the same refusal', async t => {
  const { identity, credential } = await openIdentity(t)
  const { clientId, clientSecret } = credential
  for (const key of [
    formatApiKey({ clientId, clientSecret: WRONG_SECRET }),
    formatApiKey({ clientId: 'nobody', clientSecret }),
    formatApiKey({ clientId: 'nobody', clientSecret: WRONG_SECRET }),
    clientSecret,
    ''
  ]) {
    await t.rejects(settle(identity.authenticateApiKey(key)), REFUSAL, key)
  }
})

t.test('right or wrong, every attempt costs two comparisons in constant time and one read of the client', async t => {
  const { identity, administration, credential, vendor, clientReads, disableClient } = await openIdentity(t)
  const { timingSafeEqual } = crypto
  let comparisons = 0
  crypto.timingSafeEqual = (a, b) => {
    comparisons++
    return timingSafeEqual(a, b)
  }
  syncBuiltinESMExports()
  t.teardown(() => {
    crypto.timingSafeEqual = timingSafeEqual
    syncBuiltinESMExports()
  })
  const disabled = await administration.createClient({ organizationId: vendor.id, name: 'disabled' })
  await disableClient(disabled.clientId)
  const { clientId, clientSecret } = credential
  const attempts = {
    right: credential.apiKey,
    'wrong secret': formatApiKey({ clientId, clientSecret: WRONG_SECRET }),
    'unknown client': formatApiKey({ clientId: 'nobody', clientSecret }),
    'disabled client': disabled.apiKey
  }
  for (const [name, key] of Object.entries(attempts)) {
    comparisons = 0
    clientReads.length = 0
    const refused = await settle(identity.authenticateApiKey(key)).then(() => false, () => true)
    t.equal(refused, name !== 'right', name)
    t.equal(comparisons, 2, name)
    t.equal(clientReads.length, 1, name)
  }
})

t.test('a secret is refused from the moment it expires, also from the cache', async t => {
  const { identity, administration, vendor, clock } = await openIdentity(t)
  const expiresAt = new Date(START + 1_000)
  const { apiKey } = await administration.createClient({ organizationId: vendor.id, name: 'short', expiresAt })
  clock.at = START + 999
  t.ok(await settle(identity.authenticateApiKey(apiKey)))
  clock.at = START + 1_000
  await t.rejects(settle(identity.authenticateApiKey(apiKey)), REFUSAL)
})

t.test('either of two secrets is accepted while they overlap', async t => {
  const { identity, credential, clientDocuments } = await openIdentity(t)
  const second = 'S'.repeat(43)
  const hash = crypto.createHash('sha256').update(second).digest()
  await clientDocuments.updateOne({ _id: credential.clientId }, { $push: { secrets: { hash, createdAt: new Date(START) } } } as object)
  t.ok(await settle(identity.authenticateApiKey(credential.apiKey)))
  t.ok(await settle(identity.authenticateApiKey(formatApiKey({ clientId: credential.clientId, clientSecret: second }))))
})

t.test('what another process changes is noticed within the staleness bound, and asked for beside the requests', async t => {
  const { identity, startIdentity, disableClient, credential, clientReads, versionReads, clock } = await openIdentity(t)
  await settle(identity.authenticateApiKey(credential.apiKey))
  await disableClient(credential.clientId, { inAnother: true })
  clientReads.length = 0
  versionReads.length = 0

  clock.at = START + 100
  t.notOk(identity.authenticateApiKey(credential.apiKey) instanceof Promise, 'a fresh answer is synchronous')
  t.same([clientReads, versionReads], [[], []], 'and asks nothing')
  await t.rejects(settle(startIdentity().authenticateApiKey(credential.apiKey)), REFUSAL, 'a process that has no answer yet asks')

  clock.at = START + MAX_STALENESS_MS - 1
  versionReads.length = 0
  t.notOk(identity.authenticateApiKey(credential.apiKey) instanceof Promise, 'answered while the counter is asked')
  t.equal(versionReads.length, 1)
  clock.at = START + MAX_STALENESS_MS
  await t.rejects(settle(identity.authenticateApiKey(credential.apiKey)), REFUSAL)
  clock.at = START + 1
  await t.rejects(settle(identity.authenticateApiKey(credential.apiKey)), REFUSAL, 'the refusal is not undone by a clock that was set back')
})

t.test('a change in this process counts at once, also while the counter is being asked', async t => {
  const { identity, disableClient, credential, clock } = await openIdentity(t)
  await settle(identity.authenticateApiKey(credential.apiKey))
  clock.at += MAX_STALENESS_MS - 1
  t.notOk(identity.authenticateApiKey(credential.apiKey) instanceof Promise, 'asks for the counter beside')
  await disableClient(credential.clientId)
  await t.rejects(settle(identity.authenticateApiKey(credential.apiKey)), REFUSAL)
})

t.test('nothing is answered from memory when the counter cannot be asked', async t => {
  const { startIdentity, credential, clock } = await openIdentity(t)
  let isAway = false
  const freshness = createIdentityFreshness({
    readVersion: async () => {
      if (isAway) throw new Error('away')
      return 1
    },
    monotonicMs: () => clock.at
  })
  const identity = startIdentity({ freshness })
  await settle(identity.authenticateApiKey(credential.apiKey))
  isAway = true
  clock.at += MAX_STALENESS_MS - 1
  t.ok(await settle(identity.authenticateApiKey(credential.apiKey)))
  clock.at += 1
  await t.rejects(settle(identity.authenticateApiKey(credential.apiKey)), { message: 'away' })
  isAway = false
  t.ok(await settle(identity.authenticateApiKey(credential.apiKey)))
})

t.test('a change that nobody announced is noticed all the same', async t => {
  const { identity, credential, clientDocuments, clock } = await openIdentity(t)
  await settle(identity.authenticateApiKey(credential.apiKey))
  await clientDocuments.updateOne({ _id: credential.clientId }, { $set: { disabledAt: new Date(START) } })
  for (let at = START; at < START + MAX_AGE_MS; at += MAX_STALENESS_MS) {
    clock.at = at
    t.ok(await settle(identity.authenticateApiKey(credential.apiKey)))
  }
  clock.at = START + MAX_AGE_MS
  await t.rejects(settle(identity.authenticateApiKey(credential.apiKey)), REFUSAL)
})

t.test('a client and an organisation that are over are refused, and come back', async t => {
  const { identity, administration, organizations, change, credential, vendor, clock } = await openIdentity(t)
  const disabledAt = new Date(clock.at)
  const stored = await organizations.findById(vendor.id)
  if (stored === null) throw new Error('there is no vendor')
  t.ok(await settle(identity.authenticateApiKey(credential.apiKey)))
  await change.everywhere(async () => await organizations.replace(vendor.id, { ...stored, disabledAt }))
  await t.rejects(settle(identity.authenticateApiKey(credential.apiKey)), REFUSAL)
  await change.everywhere(async () => await organizations.replace(vendor.id, stored))
  t.ok(await settle(identity.authenticateApiKey(credential.apiKey)))
  await administration.ensureManufacturer(vendor.id, 'Second Brand')
  t.same((await settle(identity.authenticateApiKey(credential.apiKey))).manufacturers, ['Example Devices', 'Second Brand'], 'a new manufacturer is known at once')
})

t.test('a client that is bound to addresses is refused from others, by key, by token, and when it asks for one', async t => {
  const { identity, change, clients, credential, clock } = await openIdentity(t)
  const client = await clients.findById(credential.clientId)
  if (client === null) throw new Error('there is no client')
  const token = (await identity.issueToken({ grantType: 'client_credentials', ...credential })).access_token
  await change.everywhere(async () => await clients.replace(client.organizationId, client.id, { ...client, allowedAddresses: ['203.0.113.0/24', '2001:db8::/32'] }))
  const refusal = { code: 'address-not-allowed', message: /198\.51\.100\.7/ }
  for (const round of ['asked', 'from memory']) {
    t.ok(await settle(identity.authenticateApiKey(credential.apiKey, '203.0.113.9')), round)
    t.ok(await settle(identity.authenticateApiKey(credential.apiKey, '::ffff:203.0.113.9')), round)
    t.ok(await settle(identity.authenticateToken(token, '2001:db8:1::1')), round)
    await t.rejects(async () => await identity.authenticateApiKey(credential.apiKey, '198.51.100.7'), refusal, round)
    await t.rejects(async () => await identity.authenticateToken(token, '198.51.100.7'), refusal, round)
  }
  await t.rejects(identity.issueToken({ grantType: 'client_credentials', ...credential }, undefined, '198.51.100.7'), { message: 'Client authentication failed.' })
  t.ok(await identity.issueToken({ grantType: 'client_credentials', ...credential }, undefined, '203.0.113.1'))

  await change.everywhere(async () => await clients.replace(client.organizationId, client.id, { ...client, expiresAt: new Date(clock.at + 2_000) }))
  t.ok(await settle(identity.authenticateToken(token, '198.51.100.7')))
  clock.at += 2_000
  await t.rejects(settle(identity.authenticateToken(token)), { code: 'unauthenticated' }, 'the end of a client is the end of its tokens')
  await t.rejects(settle(identity.authenticateApiKey(credential.apiKey)), REFUSAL)
})

t.test('requests that miss the cache together share one read', async t => {
  const { identity, credential, clientReads } = await openIdentity(t)
  const callers = await Promise.all(Array.from({ length: 50 }, async () => await identity.authenticateApiKey(credential.apiKey)))
  t.equal(new Set(callers).size, 1)
  t.strictSame(clientReads, [credential.clientId])
})

t.test('refusals are not remembered', async t => {
  const { identity, administration, vendor, clientReads } = await openIdentity(t)
  const early = formatApiKey({ clientId: 'later', clientSecret: WRONG_SECRET })
  await t.rejects(settle(identity.authenticateApiKey(early)), ExchangeError)
  await t.rejects(settle(identity.authenticateApiKey(early)), ExchangeError)
  t.equal(clientReads.length, 2)
  const { apiKey } = await administration.createClient({ organizationId: vendor.id, name: 'later', id: 'later' })
  t.ok(await settle(identity.authenticateApiKey(apiKey)))
})

t.test('the last use of a secret is noted once an hour', async t => {
  const { identity, clients, credential, clock } = await openIdentity(t)
  const lastUse = async () => (await clients.findById(credential.clientId))?.secrets[0]?.lastUsedAt?.getTime()
  t.equal(await lastUse(), undefined)
  await settle(identity.authenticateApiKey(credential.apiKey))
  t.equal(await lastUse(), START)
  clock.at = START + 3_540_000
  await settle(identity.authenticateApiKey(credential.apiKey))
  t.equal(await lastUse(), START)
  clock.at = START + 3_600_000
  await settle(identity.authenticateApiKey(credential.apiKey))
  t.equal(await lastUse(), START + 3_600_000)
})
