import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import t from 'tap'
import { demoCredentialsPath, loadDemoData, readSeeds } from '../src/demo-data.js'
import { projectPath } from '../src/project-root.js'
import type { DemoCredential } from '../src/services/seeding.js'
import { openTestExchange } from './support/exchange.js'

const { services: { seeding } } = await openTestExchange(t)

/** A vendor with two products and a reseller, as a folder of seeds. */
const [vendor, reseller] = (await readSeeds(projectPath('seed'))).filter(({ id }) => ['org_norrsken', 'org_kontor'].includes(id))
const seedDirectory = t.testdir({
  'organizations.json': JSON.stringify([{ ...vendor, records: undefined, products: 'few.json' }, { ...reseller, records: undefined }]),
  'few.json': JSON.stringify(vendor?.records.slice(0, 2))
})

t.test('the first load writes the credentials for their owner only', async t => {
  const dataDirectory = `${t.testdir()}/data`
  const { credentials, credentialsPath, loaded } = await loadDemoData({ seeding, seedDirectory, dataDirectory })
  t.same(loaded, { organizations: 2, created: 2, updated: 0, unchanged: 0 })
  t.same(credentials.map(({ role }) => role), ['vendor', 'reseller'])
  t.equal(credentialsPath, demoCredentialsPath(dataDirectory))
  t.equal(statSync(credentialsPath).mode & 0o777, 0o600)
  const written = JSON.parse(readFileSync(credentialsPath, 'utf8')) as DemoCredential[]
  t.same(written, credentials)
  t.same(Object.keys(written[0] ?? {}), ['organizationId', 'name', 'role', 'clientId', 'clientSecret'])
  t.same(await readdir(dataDirectory), ['demo-credentials.json'], 'no temporary file is left')
})

t.test('while the credentials work, nothing is loaded and nothing is reset', async t => {
  const dataDirectory = t.testdir()
  const first = await loadDemoData({ seeding, seedDirectory, dataDirectory })
  const second = await loadDemoData({ seeding, seedDirectory, dataDirectory })
  t.equal(second.loaded, undefined)
  t.same(second.credentials, first.credentials)
})

t.test('it can be asked to load in any case', async t => {
  const dataDirectory = t.testdir()
  const { credentials } = await loadDemoData({ seeding, seedDirectory, dataDirectory })
  const again = await loadDemoData({ seeding, seedDirectory, dataDirectory, always: true })
  t.match(again.loaded, { created: 0, updated: 0 })
  t.same(again.credentials, credentials)
})

t.test('a lost or damaged file is written anew with credentials that work', async t => {
  const dataDirectory = t.testdir()
  const first = await loadDemoData({ seeding, seedDirectory, dataDirectory })
  await rm(first.credentialsPath)
  const second = await loadDemoData({ seeding, seedDirectory, dataDirectory })
  t.not(second.credentials[0]?.clientId, first.credentials[0]?.clientId)
  t.match(second.loaded, { created: 0, updated: 0 })

  for (const damage of ['', '{"organizationId":', '{}', '[null, 7, {"clientId":"x"}]']) {
    writeFileSync(second.credentialsPath, damage)
    const { credentials } = await loadDemoData({ seeding, seedDirectory, dataDirectory })
    t.same(JSON.parse(readFileSync(second.credentialsPath, 'utf8')), credentials, damage)
  }
})

t.test('credentials of another database are replaced', async t => {
  const dataDirectory = t.testdir()
  const first = await loadDemoData({ seeding, seedDirectory, dataDirectory })
  const other = await openTestExchange(t)
  const second = await loadDemoData({ seeding: other.services.seeding, seedDirectory, dataDirectory })
  t.equal(second.loaded?.created, 2)
  t.not(second.credentials[0]?.clientSecret, first.credentials[0]?.clientSecret)
})
