import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { BOAVIZTA_ASSUMPTIONS, boaviztaPartNumber } from '../../../src/commands/data-packs/boavizta-mapping.js'
import { readBoaviztaCsv } from '../../../src/commands/data-packs/boavizta-csv.js'
import { renderBoaviztaReport } from '../../../src/commands/data-packs/boavizta-report.js'
import { loadBoavizta, type BoaviztaLoad } from '../../../src/commands/data-packs/load-boavizta.js'
import { standInName } from '../../../src/commands/data-packs/stand-in-organization.js'
import type { Services } from '../../../src/composition-root.js'
import { readSeeds } from '../../../src/demo-data.js'
import { productIdOf } from '../../../src/domain/identity/product-key.js'
import { projectPath } from '../../../src/project-root.js'
import { commandCaller } from '../../../src/services/command-caller.js'
import { openTestServices } from '../../support/services.js'

const SAMPLE = projectPath('test/fixtures/data-packs/boavizta-sample.csv')
const FULL = process.env['BOAVIZTA_CSV'] ?? projectPath('../shared/data/boavizta-data-us.csv')

async function load (services: Services, path = SAMPLE): Promise<BoaviztaLoad> {
  return await loadBoavizta(path, { ...services, onProgress: () => {} })
}

/** The product of "Pocket 5", of which the sample has two sheets. */
async function pocket (services: Services) {
  const owner = await services.administration.findOwnerOfManufacturer('Oberon (fictional)')
  if (owner === null) throw new Error('Nobody publishes for Oberon.')
  const caller = commandCaller(owner, 'test')
  let partNumber = ''
  for await (const { row } of readBoaviztaCsv(SAMPLE)) if (row.name === 'Pocket 5') partNumber = boaviztaPartNumber(row)
  const productId = productIdOf('Oberon (fictional)', partNumber)
  const product = await services.products.get(caller, productId)
  const record = JSON.parse(product.record.toString()) as { carbonFootprint: { totalKgCo2e: number } }
  const versions = await services.products.versions(caller, productId, { limit: 10 })
  return { total: record.carbonFootprint.totalKgCo2e, versions: versions.items.map(({ version }) => version) }
}

t.test('a first load, and the same again', async t => {
  const services = await openTestServices(t)
  const progress: Array<[number, number]> = []
  const loaded = await loadBoavizta(SAMPLE, { ...services, onProgress: (done, rows) => { progress.push([done, rows]) } })

  t.test('rows become products of stand-ins, or are rejected with the reason', async t => {
    t.match(loaded, { rows: 7, accepted: 5, outcomes: { created: 4, updated: 1, rejected: 2 } })
    t.match(loaded.rejections, [
      { code: 'STAGE_SUM_MISMATCH', rows: 1, examples: [{ line: 3, product: 'Umbriel (fictional) Slate 16, touch' }] },
      { code: 'STAGE_EXCEEDS_TOTAL', rows: 1, examples: [{ line: 8, product: 'Oberon (fictional) Rack 2' }] }
    ])
    const warnings = new Map(loaded.warnings.map(({ code, acceptedRows, rejectedRows }) => [code, [acceptedRows, rejectedRows]]))
    t.same(warnings.get('LIFETIME_REQUIRED'), [1, 0])
    t.same(warnings.get('ZERO_STAGE_PAIR'), [0, 1])
    t.same(loaded.standIns, [
      { organizationId: 'org_umbriel-fictional-from-published-sheets', name: 'Umbriel (fictional) (from published sheets)' },
      { organizationId: 'org_oberon-fictional-from-published-sheets', name: 'Oberon (fictional) (from published sheets)' }
    ])
  })

  t.test('progress goes from nothing to all rows', async t => {
    t.same(progress[0], [0, 7])
    t.same(progress.at(-1), [7, 7])
  })

  t.test('several sheets of one product are its versions, the newest last', async t => {
    t.same(loaded.repeated, [{ product: 'Oberon (fictional) Pocket 5', lines: [6, 7] }])
    t.same(await pocket(services), { total: 58, versions: [2, 1] })
  })

  t.test('the report says what happened, what was assumed and whose data these are', async t => {
    const report = renderBoaviztaReport('sample.csv', loaded)
    t.match(report, /^ +7 {2}rows\n +5 {2}accepted: 4 created, 1 updated\n +2 {2}rejected$/m)
    t.match(report, /STAGE_SUM_MISMATCH\n +line 3, Umbriel \(fictional\) Slate 16, touch: /)
    t.match(report, /Oberon \(fictional\) Pocket 5: lines 6, 7$/m)
    for (const assumption of BOAVIZTA_ASSUMPTIONS) t.ok(report.includes(assumption), assumption)
    t.match(report, /Open Database License 1\.0[^]*Database Contents License 1\.0/)
  })

  t.test('loading the same file again writes nothing', async t => {
    const second = await load(services)
    t.match(second, { rows: 7, accepted: 5, outcomes: { created: 0, updated: 0, unchanged: 4, superseded: 1, rejected: 2 } })
    t.same(second.warnings, loaded.warnings, 'it says the same about the data')
    t.same(second.rejections, loaded.rejections)
    t.same(await pocket(services), { total: 58, versions: [2, 1] })
  })
})

t.test('a load that was interrupted between two sheets is completed by the next one', async t => {
  const services = await openTestServices(t)
  const olderOnly = join(t.testdir(), 'interrupted.csv')
  const lines = readFileSync(SAMPLE, 'utf8').split('\n')
  writeFileSync(olderOnly, [lines[0], lines[5], ''].join('\n'))
  await load(services, olderOnly)
  t.same(await pocket(services), { total: 60, versions: [1] })
  await load(services)
  t.same(await pocket(services), { total: 58, versions: [2, 1] })
})

t.test('an organisation that already stands in for a manufacturer is used', async t => {
  const services = await openTestServices(t)
  const name = standInName('Umbriel (fictional)')
  const { id: organizationId } = await services.administration.ensureOrganization({ name, role: 'vendor' })
  await services.administration.ensureManufacturer(organizationId, 'Umbriel (fictional)')
  const { standIns, leftOut } = await load(services)
  t.same(standIns[0], { organizationId, name })
  t.same(leftOut, [])
})

t.test('nothing is published for a manufacturer that publishes itself', async t => {
  const services = await openTestServices(t)
  const { id: organizationId } = await services.administration.ensureOrganization({ name: 'Umbriel Inc. (fictional)', role: 'vendor' })
  await services.administration.ensureManufacturer(organizationId, 'UMBRIEL (fictional)')
  const loaded = await load(services)
  t.same(loaded.leftOut, [{ manufacturer: 'Umbriel (fictional)', organizationName: 'Umbriel Inc. (fictional)' }])
  t.match(loaded, { rows: 7, accepted: 2, outcomes: { leftOut: 4, rejected: 1 } })
  const owner = await services.administration.findOwnerOfManufacturer('Umbriel (fictional)')
  t.equal(owner?.id, organizationId)
  const listed = await services.products.list(commandCaller(owner as NonNullable<typeof owner>, 'test'), { manufacturer: ['Umbriel (fictional)'] }, { limit: 10 })
  t.same(listed.items, [])
})

t.test('a row without a manufacturer is rejected, the others are not', async t => {
  const services = await openTestServices(t)
  const path = join(t.testdir(), 'nameless.csv')
  const lines = readFileSync(SAMPLE, 'utf8').split('\n')
  writeFileSync(path, [lines[0], lines[1], lines[1]?.replace('Umbriel (fictional)', ''), ''].join('\n'))
  t.match(await load(services, path), { rows: 2, accepted: 1, rejections: [{ code: 'validation-failed', rows: 1, examples: [{ line: 3 }] }] })
})

t.test('a file that breaks off is refused before anything is written', async t => {
  const services = await openTestServices(t)
  const path = join(t.testdir(), 'broken.csv')
  writeFileSync(path, `${readFileSync(SAMPLE, 'utf8')}Umbriel (fictional),Slate`)
  await t.rejects(load(services, path), { name: 'CommandError' })
  t.equal(await services.administration.findOwnerOfManufacturer('Umbriel (fictional)'), null)
})

t.test('the whole data set', { skip: existsSync(FULL) ? false : `${FULL} is not there; name it in BOAVIZTA_CSV` }, async t => {
  const services = await openTestServices(t)
  await services.seeding.load(await readSeeds(projectPath('seed')))
  const loaded = await load(services, FULL)
  t.match(loaded, { rows: 1226, accepted: 1112, outcomes: { rejected: 114, leftOut: 0 } })
  // One row breaks both rules: 112 + 2 rows, and one more beside another error.
  t.match(loaded.rejections, [{ code: 'STAGE_SUM_MISMATCH', rows: 112, further: 0 }, { code: 'STAGE_EXCEEDS_TOTAL', rows: 2, further: 1 }])
  t.equal(loaded.rejections.length, 2)
  const rowsWith = (code: string) => loaded.warnings.find(warning => warning.code === code)
  t.match(rowsWith('LIFETIME_REQUIRED'), { acceptedRows: 33, rejectedRows: 0 })
  t.match(rowsWith('ZERO_STAGE_PAIR'), { acceptedRows: 3, rejectedRows: 100 })
  t.match(rowsWith('IMPLIED_GRID_FACTOR'), { acceptedRows: 15, rejectedRows: 0 })
  t.match(rowsWith('UNCERTAINTY_GT_TOTAL'), { acceptedRows: 21, rejectedRows: 0 })
  t.equal(loaded.repeated.length, 4)
  t.equal(loaded.standIns.length, 11)

  const again = await load(services, FULL)
  t.match(again, { accepted: 1112, outcomes: { created: 0, updated: 0, unchanged: 1108, superseded: 4, rejected: 114 } })
})
