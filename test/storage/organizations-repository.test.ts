import t from 'tap'
import type { Organization } from '../../src/domain/organization.js'
import { createOrganizationsRepository } from '../../src/storage/organizations-repository.js'
import { openTestDatabase } from '../support/database.js'

const createdAt = new Date('2026-11-21T12:00:00Z')

function vendor (id: string): Organization {
  return { id, name: id, role: 'vendor', manufacturers: [], createdAt }
}

async function openOrganizations (t: { teardown (work: () => Promise<void>): void }) {
  const db = await openTestDatabase(t)
  return createOrganizationsRepository(db)
}

t.test('what was added is found, and nothing else', async t => {
  const organizations = await openOrganizations(t)
  t.strictSame(await organizations.addOrFind(vendor('org_a')), vendor('org_a'))
  t.strictSame(await organizations.findById('org_a'), vendor('org_a'))
  t.equal(await organizations.findById('org_b'), null)
})

t.test('the first writer of an id wins', async t => {
  const organizations = await openOrganizations(t)
  const answers = await Promise.all(['one', 'two', 'three'].map(async name => await organizations.addOrFind({ ...vendor('org_a'), name })))
  t.equal(new Set(answers.map(({ name }) => name)).size, 1)
})

t.test('many organisations have no manufacturer', async t => {
  const organizations = await openOrganizations(t)
  for (const id of ['org_a', 'org_b', 'org_c']) t.strictSame(await organizations.addOrFind(vendor(id)), vendor(id))
})

t.test('a manufacturer is added once, and to one organisation', async t => {
  const organizations = await openOrganizations(t)
  await organizations.addOrFind(vendor('org_a'))
  await organizations.addOrFind(vendor('org_b'))
  const acme = { key: 'acme', name: 'ACME' }
  t.equal(await organizations.findByManufacturer('acme'), null)
  t.equal(await organizations.addManufacturer('org_a', acme), 'added')
  t.equal(await organizations.addManufacturer('org_a', { key: 'acme', name: 'Acme' }), 'present')
  t.equal(await organizations.addManufacturer('org_b', acme), 'taken')
  t.equal(await organizations.addManufacturer('org_nobody', { key: 'other', name: 'Other' }), 'unknown-organization')
  t.strictSame(await organizations.findByManufacturer('acme'), { ...vendor('org_a'), manufacturers: [acme] })
})

t.test('two organisations that ask for a manufacturer at the same time do not both get it', async t => {
  const organizations = await openOrganizations(t)
  const ids = ['org_a', 'org_b', 'org_c', 'org_d']
  for (const id of ids) await organizations.addOrFind(vendor(id))
  for (let round = 0; round < 10; round++) {
    const manufacturer = { key: `m${round}`, name: `M${round}` }
    const outcomes = await Promise.all(ids.map(async id => await organizations.addManufacturer(id, manufacturer)))
    t.same(outcomes.sort(), ['added', 'taken', 'taken', 'taken'])
  }
})
