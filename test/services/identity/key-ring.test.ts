import { decodeProtectedHeader } from 'jose'
import t from 'tap'
import { TOKEN_SECONDS } from '../../../src/services/identity/access-token.js'
import { createKeyRing, PUBLISHED_AHEAD_MS, RETIRED_AFTER_MS } from '../../../src/services/identity/key-ring.js'
import { openIdentity, ROTATION_MS, START } from './identity-fixture.js'

t.test('processes that need the first key at the same time agree on one', async t => {
  const { signingKeys, keyDocuments, clock } = await openIdentity(t)
  const rings = Array.from({ length: 8 }, () => createKeyRing({ signingKeys, now: () => clock.at, rotationMs: ROTATION_MS }))
  const keys = await Promise.all(rings.map(async ring => await ring.signingKey()))
  t.equal(new Set(keys.map(({ kid }) => kid)).size, 1)
  t.equal(await keyDocuments.countDocuments(), 1)
})

t.test('a token of one process is accepted by another, and by one that starts later', async t => {
  const { identity, startIdentity, issueToken, credential } = await openIdentity(t)
  const other = startIdentity()
  await other.jwks()
  const token = await issueToken()
  for (const process of [identity, other, startIdentity()]) {
    t.equal((await process.authenticateToken(token)).clientId, credential.clientId)
  }
})

t.test('the published keys have no private part', async t => {
  const { identity } = await openIdentity(t)
  const { keys } = await identity.jwks()
  t.equal(keys.length, 1)
  t.same(Object.keys(keys[0] ?? {}).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
})

t.test('a further key signs new tokens, and the older one still verifies', async t => {
  const { identity, issueToken, signingKeys, clock } = await openIdentity(t)
  const before = await issueToken()
  const other = await openIdentity(t)
  await other.issueToken()
  const [second] = await other.signingKeys.listNewest()
  if (second === undefined) throw new Error('the other exchange has no key')
  t.equal(await signingKeys.add({ ...second, number: 2 }), true)
  clock.at += 30_000
  const after = await issueToken()
  t.equal(decodeProtectedHeader(after).kid, second.kid)
  t.not(decodeProtectedHeader(before).kid, second.kid)
  t.ok(await identity.authenticateToken(before))
  t.ok(await identity.authenticateToken(after))
  t.same((await identity.jwks()).keys.map(({ kid }) => kid), [second.kid, decodeProtectedHeader(before).kid])
})

t.test('unknown key ids cause at most one read a second, and find a key that was just added', async t => {
  const { signingKeys, clock } = await openIdentity(t)
  let reads = 0
  const counted = {
    ...signingKeys,
    listNewest: async () => {
      reads++
      return await signingKeys.listNewest()
    }
  }
  const ring = createKeyRing({ signingKeys: counted, now: () => clock.at, rotationMs: ROTATION_MS })
  await ring.signingKey()
  reads = 0
  for (let i = 0; i < 100; i++) t.equal(await ring.verificationKey(`unknown-${i}`), null)
  t.equal(reads, 0)
  const [first] = await signingKeys.listNewest()
  if (first === undefined) throw new Error('there is no key')
  await signingKeys.add({ ...first, number: 2, kid: 'added' })
  clock.at += 1_000
  const found = await Promise.all(Array.from({ length: 10 }, async () => await ring.verificationKey('added')))
  t.ok(found.every(key => key !== null))
  t.equal(reads, 1)
})

t.test('a key that was removed is trusted for half a minute at most', async t => {
  const { identity, issueToken, keyDocuments, clock } = await openIdentity(t)
  const token = await issueToken()
  await keyDocuments.deleteMany({})
  clock.at += 30_000
  await t.rejects(async () => await identity.authenticateToken(token), { code: 'unauthenticated' })
})

t.test('keys rotate by themselves: published before they sign, removed when their last token has ended', async t => {
  const { startIdentity, credential, keyDocuments, clock } = await openIdentity(t)
  const processes = Array.from({ length: 4 }, () => startIdentity())
  const published = async () => {
    const sets = await Promise.all(processes.map(async process => (await process.jwks()).keys.map(({ kid }) => kid)))
    t.equal(new Set(sets.map(String)).size, 1, 'all processes publish the same')
    return sets[0] ?? []
  }
  /** The key that signs, which must be the same in every process, and published by each. */
  const signing = async () => {
    const tokens = await Promise.all(processes.map(async process => (await process.issueToken({ grantType: 'client_credentials', ...credential, scope: undefined })).access_token))
    const kids = new Set(tokens.map(token => decodeProtectedHeader(token).kid))
    t.equal(kids.size, 1, 'one key signs')
    for (const token of tokens) for (const process of processes) t.ok(await process.authenticateToken(token))
    return [...kids][0]
  }
  t.ok(RETIRED_AFTER_MS > TOKEN_SECONDS * 1_000)

  const first = await signing()
  t.same(await published(), [first])
  clock.at = START + ROTATION_MS - PUBLISHED_AHEAD_MS - 60_000
  t.same([await signing(), await published()], [first, [first]])

  clock.at = START + ROTATION_MS - PUBLISHED_AHEAD_MS
  const [second, ...older] = await published()
  t.same(older, [first], 'the next is published')
  t.equal(await signing(), first, 'and does not sign yet')
  clock.at = START + ROTATION_MS - 1
  t.equal(await signing(), first)

  clock.at = START + ROTATION_MS
  t.equal(await signing(), second)
  t.same(await published(), [second, first], 'tokens of the one before are still accepted')
  clock.at = START + ROTATION_MS + RETIRED_AFTER_MS
  t.equal(await signing(), second)
  t.same(await published(), [second])
  t.equal(await keyDocuments.countDocuments(), 1, 'with its private half')

  clock.at = START + 5 * ROTATION_MS
  t.equal(await signing(), second, 'after a long pause the known key signs on')
  t.equal((await published()).length, 2)
  clock.at += PUBLISHED_AHEAD_MS
  t.not(await signing(), second, 'until the new one has been published for long enough')
  t.same((await keyDocuments.find().sort({ _id: 1 }).toArray()).map(({ _id }) => _id), [2, 3])
})
