import t from 'tap'
import { createSigningKeysRepository, type SigningKey } from '../../src/storage/signing-keys-repository.js'
import { openTestDatabase } from '../support/database.js'

function key (number: number, kid: string): SigningKey {
  const publicJwk = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' }
  return { number, kid, algorithm: 'ES256', publicJwk, privateJwk: { ...publicJwk, d: 'd' }, createdAt: new Date('2026-11-21T12:00:00Z') }
}

t.test('keys are listed newest first, the ten newest of them', async t => {
  const keys = createSigningKeysRepository(await openTestDatabase(t))
  t.same(await keys.listNewest(), [])
  for (let number = 1; number <= 12; number++) await keys.add(key(number, `kid-${number}`))
  const listed = await keys.listNewest()
  t.same(listed.map(({ number }) => number), [12, 11, 10, 9, 8, 7, 6, 5, 4, 3])
  t.strictSame(listed[0], key(12, 'kid-12'))
})

t.test('of several keys with one number, one is stored', async t => {
  const keys = createSigningKeysRepository(await openTestDatabase(t))
  const kids = ['a', 'b', 'c', 'd', 'e']
  const added = await Promise.all(kids.map(async kid => await keys.add(key(1, kid))))
  t.equal(added.filter(Boolean).length, 1)
  t.same((await keys.listNewest()).map(({ kid }) => kid), [kids[added.indexOf(true)]])
})
