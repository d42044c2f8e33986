import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { ensureDemoData, loadDemoData, readSeeds } from '../src/demo-data.js'
import { projectPath } from '../src/project-root.js'
import type { DemoCredential } from '../src/services/seeding.js'
import { openTestServices } from './support/services.js'

const { seeding } = await openTestServices(t)

/** A vendor with two products and a reseller, as a folder of seeds. */
const [vendor, reseller] = (await readSeeds(projectPath('seed'))).filter(({ id }) => ['org_norrsken', 'org_kontor'].includes(id))
const seedDirectory = t.testdir({
  'organizations.json': JSON.stringify([{ ...vendor, records: undefined, products: 'few.json' }, { ...reseller, records: undefined }]),
  'few.json': JSON.stringify(vendor?.records.slice(0, 2))
})

t.test('the first start loads the seeds and writes the credentials for their owner only', async t => {
  const dataDirectory = join(t.testdir(), 'data')
  const demo = await ensureDemoData({ seeding, seedDirectory, dataDirectory })
  t.same(demo?.loaded, { organizations: 2, created: 2, updated: 0, unchanged: 0 })
  t.same(demo?.credentials.map(({ role }) => role), ['vendor', 'reseller'])
  t.equal(demo?.credentialsPath, join(dataDirectory, 'demo-credentials.json'))
  t.equal(statSync(join(dataDirectory, 'demo-credentials.json')).mode & 0o777, 0o600)
  const written = JSON.parse(readFileSync(join(dataDirectory, 'demo-credentials.json'), 'utf8')) as DemoCredential[]
  t.same(written, demo?.credentials)
  t.same(Object.keys(written[0] ?? {}), ['organizationId', 'name', 'role', 'clientId', 'clientSecret'])
  t.same(await readdir(dataDirectory), ['demo-credentials.json'], 'no temporary file is left')
})

t.test('while the credentials work, a start loads and resets nothing', async t => {
  const dataDirectory = t.testdir()
  const first = await loadDemoData({ seeding, seedDirectory, dataDirectory })
  const second = await ensureDemoData({ seeding, seedDirectory, dataDirectory })
  t.same(second, { credentials: first.credentials, credentialsPath: first.credentialsPath })
})

t.test('loading again changes nothing and keeps the credentials', async t => {
  const dataDirectory = t.testdir()
  const first = await loadDemoData({ seeding, seedDirectory, dataDirectory })
  const again = await loadDemoData({ seeding, seedDirectory, dataDirectory })
  t.match(again.loaded, { created: 0, updated: 0, unchanged: 2 })
  t.same(again.credentials, first.credentials)
})

t.test('a lost or damaged file is written anew with credentials that work', async t => {
  const dataDirectory = t.testdir()
  const first = await loadDemoData({ seeding, seedDirectory, dataDirectory })
  await rm(first.credentialsPath)
  const second = await ensureDemoData({ seeding, seedDirectory, dataDirectory })
  t.not(second?.credentials[0]?.clientId, first.credentials[0]?.clientId)
  t.match(second?.loaded, { created: 0, updated: 0 })

  for (const damage of ['', '{"organizationId":', '{}', '[null, 7, {"clientId":"x"}]']) {
    writeFileSync(first.credentialsPath, damage)
    const demo = await ensureDemoData({ seeding, seedDirectory, dataDirectory })
    t.equal(demo?.credentials.length, 2)
    t.same(JSON.parse(readFileSync(first.credentialsPath, 'utf8')), demo?.credentials, damage)
  }
})

t.test('credentials of another database are replaced', async t => {
  const dataDirectory = t.testdir()
  const first = await loadDemoData({ seeding, seedDirectory, dataDirectory })
  const other = await openTestServices(t)
  const second = await ensureDemoData({ seeding: other.seeding, seedDirectory, dataDirectory })
  t.equal(second?.loaded?.created, 2)
  t.not(second?.credentials[0]?.clientSecret, first.credentials[0]?.clientSecret)
})

t.test('an exchange that is in use without the seeds is left alone by a start', async t => {
  const dataDirectory = t.testdir()
  const inUse = await openTestServices(t)
  await inUse.administration.ensureOrganization({ name: 'Somebody', role: 'vendor' })
  t.equal(await ensureDemoData({ seeding: inUse.seeding, seedDirectory, dataDirectory }), null)
  t.same(await readdir(dataDirectory), [])
  t.match((await loadDemoData({ seeding: inUse.seeding, seedDirectory, dataDirectory })).loaded, { created: 2 })
})
