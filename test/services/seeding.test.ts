import t from 'tap'
import { readSeeds } from '../../src/demo-data.js'
import { projectPath } from '../../src/project-root.js'
import { formatApiKey } from '../../src/services/identity/api-key.js'
import type { SeedOrganization } from '../../src/services/seeding.js'
import { openTestServices } from '../support/services.js'

const { seeding, identity } = await openTestServices(t)
const seeds = await readSeeds(projectPath('seed'))
const size = seeds.reduce((sum, { records }) => sum + records.length, 0)

t.test('the seeds are loaded, and loading them again changes nothing', async t => {
  t.same(await seeding.load(seeds), { organizations: seeds.length, created: size, updated: 0, unchanged: 0 })
  t.same(await seeding.load(seeds), { organizations: seeds.length, created: 0, updated: 0, unchanged: size })
})

t.test('each organisation that should have a credential gets one that works, and keeps it', async t => {
  t.notOk(await seeding.haveCredentials(seeds, []))
  const credentials = await seeding.ensureCredentials(seeds, [])
  t.same(credentials.map(({ organizationId }) => organizationId), seeds.filter(({ demoCredential }) => demoCredential).map(({ id }) => id))
  for (const { organizationId, name, role, clientId, clientSecret } of credentials) {
    const caller = await identity.authenticateApiKey(formatApiKey({ clientId, clientSecret }), '127.0.0.1')
    t.match(caller, { organizationId, organizationName: name, role })
  }
  t.ok(await seeding.haveCredentials(seeds, credentials))
  t.same(await seeding.ensureCredentials(seeds, credentials), credentials)
})

t.test('a credential that is no longer accepted is replaced, the others stay', async t => {
  const [first, ...others] = await seeding.ensureCredentials(seeds, [])
  if (first === undefined) throw new Error('There are no credentials.')
  const damaged = { ...first, clientSecret: 'x'.repeat(43) }
  t.notOk(await seeding.haveCredentials(seeds, [damaged, ...others]))
  const [replaced, ...kept] = await seeding.ensureCredentials(seeds, [damaged, ...others])
  t.not(replaced?.clientSecret, damaged.clientSecret)
  t.not(replaced?.clientId, first.clientId)
  t.same(kept, others)
})

t.test('a credential of another organisation does not count', async t => {
  const [first, second] = await seeding.ensureCredentials(seeds, [])
  if (first === undefined || second === undefined) throw new Error('There are too few credentials.')
  t.notOk(await seeding.haveCredentials(seeds.slice(0, 1), [{ ...second, organizationId: first.organizationId }]))
})

t.test('a record that is refused is named, and the others are stored', async t => {
  const [seed] = seeds
  if (seed === undefined) throw new Error('There are no seeds.')
  const broken: SeedOrganization = { ...seed, records: [seed.records[0], { ...seed.records[1] as object, validFrom: 'yesterday' }] }
  await t.rejects(seeding.load([broken]), { message: /Norrsken Devices \(fictional\), record 2: [^]*at \/validFrom/ })
  t.match(await seeding.load([{ ...seed, records: [seed.records[0]] }]), { created: 0, unchanged: 1 })
})
