import t from 'tap'
import { SCOPES_OF_ROLE } from '../../src/domain/access.js'
import { callerOf, ORGANIZATION_ID, organizationIdOf, type Client, type Organization } from '../../src/domain/organization.js'

const createdAt = new Date('2026-11-21T12:00:00Z')

const reseller: Organization = { id: 'org_shop', name: 'Shop', role: 'reseller', manufacturers: [], createdAt }

const client: Client = {
  id: 'shop-sync', organizationId: 'org_shop', name: 'sync', scopes: ['products:read', 'products:write', 'changes:read'], secrets: [], createdAt
}

t.test('an organisation id is the name in lower-case ASCII words', async t => {
  t.equal(organizationIdOf('Example Devices, Inc.'), 'org_example-devices-inc')
  t.equal(organizationIdOf('  Händler & Söhne '), 'org_handler-sohne')
  t.equal(organizationIdOf('株式会社'), null)
  const long = organizationIdOf('very long name '.repeat(10)) ?? ''
  t.ok(long.length <= 64)
  t.match(long, ORGANIZATION_ID)
})

t.test('a caller has no scope beyond its role, whatever its client was given', async t => {
  t.same([...callerOf(reseller, client).scopes], ['products:read', 'changes:read'])
  t.notOk(SCOPES_OF_ROLE.reseller.includes('products:write'))
})

t.test('a token adds no scope to those of its client', async t => {
  t.same([...callerOf(reseller, client, { scopes: ['products:read', 'audit:read'] }).scopes], ['products:read'])
})

t.test('a caller knows its manufacturers by both names', async t => {
  const vendor: Organization = { ...reseller, role: 'vendor', manufacturers: [{ key: 'acme gmbh', name: 'ACME GmbH' }] }
  const caller = callerOf(vendor, client)
  t.same(caller.manufacturers, ['ACME GmbH'])
  t.ok(caller.manufacturerKeys.has('acme gmbh'))
})
