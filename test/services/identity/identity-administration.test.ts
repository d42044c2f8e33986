import t from 'tap'
import { SCOPES_OF_ROLE } from '../../../src/domain/access.js'
import { createOperatorCredential, describeCredential } from '../../../src/services/identity/operator-credential.js'
import { openIdentity, START } from './identity-fixture.js'

t.test('an organisation is made once, however often and by however many it is asked for', async t => {
  const { administration } = await openIdentity(t)
  const made = await Promise.all(Array.from({ length: 10 }, async () => await administration.ensureOrganization({ name: 'Ätna Shop', role: 'reseller' })))
  for (const organization of made) {
    t.strictSame(organization, { id: 'org_atna-shop', name: 'Ätna Shop', role: 'reseller', manufacturers: [], createdAt: new Date(START) })
  }
})

t.test('an id is never shared by two organisations', async t => {
  const { administration, vendor } = await openIdentity(t)
  await t.rejects(administration.ensureOrganization({ name: 'Example Devices', role: 'distributor' }), { code: 'identity-conflict' })
  await t.rejects(administration.ensureOrganization({ name: 'Example-Devices', role: 'vendor' }), { code: 'identity-conflict' })
  const second = await administration.ensureOrganization({ name: 'Example-Devices', role: 'vendor', id: 'org_example-devices-2' })
  t.not(second.id, vendor.id)
  t.equal((await administration.ensureOrganization({ name: 'Renamed since', role: 'vendor', id: second.id })).name, 'Example-Devices', 'an id that is given names the organisation')
  await t.rejects(administration.ensureOrganization({ name: 'Example-Devices', role: 'reseller', id: second.id }), { code: 'identity-conflict' })
  await t.rejects(administration.ensureOrganization({ name: '株式会社', role: 'vendor' }), { code: 'validation-failed' })
  await t.rejects(administration.ensureOrganization({ name: 'x', role: 'vendor', id: 'org_X y' }), { code: 'validation-failed' })
})

t.test('a manufacturer belongs to one organisation, compared by its normalised name', async t => {
  const { administration, vendor } = await openIdentity(t)
  const other = await administration.ensureOrganization({ name: 'Other', role: 'vendor' })
  const third = await administration.ensureOrganization({ name: 'Third', role: 'vendor' })
  t.strictSame(await administration.ensureManufacturer(vendor.id, '  Brand\t One '), { key: 'brand one', name: 'Brand One' })
  t.strictSame(await administration.ensureManufacturer(vendor.id, 'BRAND ONE'), { key: 'brand one', name: 'Brand One' }, 'the first display form stays')
  await t.rejects(administration.ensureManufacturer(other.id, 'brand  one'), { code: 'manufacturer-not-yours' })
  t.equal((await administration.findOwnerOfManufacturer('Brand one'))?.id, vendor.id)
  t.equal(await administration.findOwnerOfManufacturer('Brand two'), null)

  const race = await Promise.allSettled([vendor, other, third].map(async ({ id }) => await administration.ensureManufacturer(id, 'Contested')))
  t.equal(race.filter(({ status }) => status === 'fulfilled').length, 1)
})

t.test('only a vendor that exists gets manufacturers', async t => {
  const { administration } = await openIdentity(t)
  const reseller = await administration.ensureOrganization({ name: 'Shop', role: 'reseller' })
  await t.rejects(administration.ensureManufacturer(reseller.id, 'Brand'), { code: 'role-not-allowed' })
  await t.rejects(administration.ensureManufacturer('org_nobody', 'Brand'), { code: 'not-found' })
})

t.test('a client gets only scopes of its role', async t => {
  const { administration, identity } = await openIdentity(t)
  const { id } = await administration.ensureOrganization({ name: 'Shop', role: 'reseller' })
  await t.rejects(administration.createClient({ organizationId: id, name: 'x', scopes: ['products:read', 'products:write'] }), {
    code: 'validation-failed', message: /products:write/
  })
  const narrow = await administration.createClient({ organizationId: id, name: 'x', scopes: ['products:read'] })
  t.same([...(await identity.authenticateApiKey(narrow.apiKey)).scopes], ['products:read'])
  const wide = await administration.createClient({ organizationId: id, name: 'x' })
  t.same(wide.scopes, SCOPES_OF_ROLE.reseller)
})

t.test('a client id is used once', async t => {
  const { administration, vendor, identity } = await openIdentity(t)
  const first = await administration.createClient({ organizationId: vendor.id, name: 'x', id: 'nightly-push' })
  await t.rejects(administration.createClient({ organizationId: vendor.id, name: 'y', id: 'nightly-push' }), { code: 'identity-conflict' })
  t.equal((await identity.authenticateApiKey(first.apiKey)).clientId, 'nightly-push', 'the first one is untouched')
  await t.rejects(administration.createClient({ organizationId: vendor.id, name: 'x', id: 'with_underscore' }), { code: 'validation-failed' })
  await t.rejects(administration.createClient({ organizationId: 'org_nobody', name: 'x' }), { code: 'not-found' })
})

t.test('a secret is stored as a hash only', async t => {
  const { credential, clientDocuments } = await openIdentity(t)
  const stored = await clientDocuments.findOne({ _id: credential.clientId }, { raw: true })
  const bytes = Buffer.from(stored as unknown as Uint8Array)
  t.ok(bytes.includes(credential.clientId))
  t.notOk(bytes.includes(credential.clientSecret))
  t.notOk(bytes.includes(Buffer.from(credential.clientSecret, 'base64url')))
})

t.test('an operator credential is made, shown, and made again', async t => {
  const { administration, identity } = await openIdentity(t)
  const first = await createOperatorCredential(administration, { name: 'Exchange Operations' })
  const again = await createOperatorCredential(administration, { name: 'Exchange Operations' })
  t.equal(again.organizationId, first.organizationId)
  t.not(again.clientId, first.clientId)
  const caller = await identity.authenticateApiKey(first.apiKey)
  t.equal(caller.role, 'operator')
  t.ok(caller.scopes.has('org:admin'))
  t.notOk(caller.scopes.has('products:write'), 'an operator publishes nothing')
  const shown = describeCredential(first)
  for (const part of [first.organizationId, first.clientId, first.clientSecret, first.apiKey]) t.ok(shown.includes(part))
})
