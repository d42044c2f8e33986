import { join } from 'node:path'
import t from 'tap'
import { standInName } from '../../src/commands/data-packs/stand-in-organization.js'
import { readSeeds } from '../../src/demo-data.js'
import { normalizeGtin } from '../../src/domain/identity/gtin.js'
import { normalizeManufacturerName } from '../../src/domain/identity/product-key.js'
import { ORGANIZATION_ID, organizationIdOf } from '../../src/domain/organization.js'
import { createRecordValidator } from '../../src/domain/record-validation.js'
import { refurbishedFootprintIssues } from '../../src/domain/rules/stored-data.js'
import { comparableRecord } from '../../src/domain/schema-versions/registry.js'
import { projectPath } from '../../src/project-root.js'

interface Provenance {
  sourceDocumentUri?: string
  sourceDocumentTitle?: string
  assuranceLevel: string
  collectionMethod: string
  verification?: { verifierName: string, evidenceUri: string }
}

/** The parts of a record that these tests look at. */
interface SeedRecord {
  product: { manufacturerName: string, manufacturerPartNumber: string, category: string, granularity: string, gtins?: string[] }
  validTo?: string
  carbonFootprint?: {
    provenance: Provenance
    totalKgCo2e: number
    systemBoundary: string
    methodology: string
    stages?: { endOfLifeKgCo2e?: number }
    uncertainty?: { type: string }
  }
  recycledContent?: { provenance: Provenance, calculationStandard: string, materials?: Array<{ material: string, basis: string }> }
  packaging?: { provenance: Provenance, plasticMassG?: number, components?: Array<{ level: string }> }
  refurbishment?: { provenance: Provenance, condition: string, grade?: string, basedOnManufacturerPartNumber?: string }
}

/** Warnings depend on the day; on this one the seeds have those below. */
const TODAY = '2026-11-21'

/** What the published sheets do not say, or what they are too old for. */
const PUBLISHED: Record<string, string[]> = {
  Dell: ['LIFETIME_REQUIRED', 'STALE'],
  Apple: ['LIFETIME_REQUIRED'],
  Logitech: ['STALE']
}

/** Deliberate: each shows a warning that vendors meet. */
const DELIBERATE: Record<string, string[]> = {
  'NLA-14-2023': ['STALE'],
  'CV-M70-MT': ['PACK_MASS_SUM'],
  'TS-R4-LEGACY': ['UNCERTAINTY_GT_TOTAL'],
  'TN-AP7': ['VERIFICATION_EXPIRED'],
  // A second life causes far less than what is usual for a new laptop.
  'NL13-G4-16-512-RFB-P': ['TOTAL_OUTLIER'],
  'NL13-G4-16-512-RFB-E': ['TOTAL_OUTLIER'],
  'NL13-G4-8-256-RFB-G': ['TOTAL_OUTLIER']
}

const CATEGORIES = [
  'accessory', 'allInOne', 'convergedSystem', 'desktop', 'dockingStation', 'gamingConsole', 'iotDevice', 'laptop', 'monitor',
  'multimediaDevice', 'networkEquipment', 'other', 'printer', 'server', 'smartphone', 'storageDrive', 'storageSystem', 'tablet',
  'thinClient', 'wearable', 'workstation'
]

const MATERIALS = [
  'aluminium', 'cobalt', 'copper', 'glass', 'gold', 'lead', 'lithium', 'magnesium', 'nickel', 'other', 'plastic', 'rareEarthElements',
  'silver', 'steel', 'tin'
]

const organizations = await readSeeds(projectPath('seed'))
const vendors = organizations.filter(({ role }) => role === 'vendor')
const records = vendors.flatMap(vendor => vendor.records as SeedRecord[])
const fictional = records.filter(({ product }) => product.manufacturerName.endsWith(' (fictional)'))
const published = records.filter(record => !fictional.includes(record))

function groupsOf ({ carbonFootprint, recycledContent, packaging, refurbishment }: SeedRecord) {
  return [carbonFootprint, recycledContent, packaging, refurbishment].filter(group => group !== undefined)
}

function distinct (values: Iterable<string | undefined>): string[] {
  return [...new Set([...values].filter(value => value !== undefined))].sort()
}

t.test('there is an organisation of every role, and enough of each', async t => {
  const count = (role: string) => organizations.filter(organization => organization.role === role && organization.demoCredential).length
  t.ok(count('vendor') >= 4)
  t.ok(count('distributor') >= 2)
  t.ok(count('reseller') >= 2)
  t.equal(count('operator'), 1)
  for (const { id } of organizations) t.match(id, ORGANIZATION_ID)
  t.equal(new Set(organizations.map(({ id }) => id)).size, organizations.length)
})

t.test('every record is valid, and only the deliberate warnings are given', async t => {
  const validator = createRecordValidator()
  for (const record of records) {
    const { manufacturerName, manufacturerPartNumber } = record.product
    const judged = validator.validate(record, { today: TODAY })
    t.same(judged.valid ? [] : judged.issues, [], manufacturerPartNumber)
    const expected = PUBLISHED[manufacturerName] ?? DELIBERATE[manufacturerPartNumber] ?? []
    const given = judged.valid ? distinct(judged.accepted.warnings.map(({ code }) => code)) : []
    t.same(given, [...expected].sort(), `warnings of ${manufacturerPartNumber}`)
  }
})

t.test('the records are of the manufacturers of their organisation', async t => {
  for (const vendor of vendors) {
    const used = distinct((vendor.records as SeedRecord[]).map(({ product }) => product.manufacturerName))
    t.same(used, [...vendor.manufacturers ?? []].sort(), vendor.name)
  }
  const keys = vendors.flatMap(({ manufacturers }) => manufacturers ?? []).map(normalizeManufacturerName)
  t.equal(new Set(keys).size, keys.length, 'no manufacturer belongs to two')
})

t.test('products and GTINs occur once', async t => {
  const products = records.map(({ product }) => `${product.manufacturerName}|${product.manufacturerPartNumber}`)
  t.equal(new Set(products).size, products.length)
  const gtins = records.flatMap(({ product }) => product.gtins ?? []).map(normalizeGtin)
  t.equal(new Set(gtins).size, gtins.length)
})

t.test('together they exercise what every record has', async t => {
  t.ok(records.length >= 150, `${records.length} records`)
  t.same(distinct(records.map(({ product }) => product.category)), CATEGORIES)
  t.same(distinct(records.map(({ product }) => product.granularity)), ['family', 'model', 'sku'])
  t.same(distinct(records.flatMap(({ product }) => product.gtins ?? []).map(gtin => String(gtin.length))), ['12', '13', '14', '8'])
  t.same(distinct(records.flatMap(groupsOf).map(({ provenance }) => provenance.assuranceLevel)),
    ['internallyReviewed', 'selfDeclared', 'thirdPartyVerified'])
  t.ok(records.some(({ validTo }) => validTo !== undefined), 'a period of validity')
  t.ok(records.some(({ product }) => product.manufacturerPartNumber === 'C/8#ABB'), 'a part number that has no place in a path')
})

t.test('together they exercise the attribute groups', async t => {
  for (const group of ['carbonFootprint', 'recycledContent', 'packaging', 'refurbishment'] as const) {
    t.ok(records.filter(record => record[group] !== undefined).length >= 15, group)
  }
  t.same(distinct(records.map(({ carbonFootprint }) => carbonFootprint?.systemBoundary)), ['cradleToConsumption', 'cradleToGate', 'cradleToGrave'])
  t.same(distinct(records.map(({ carbonFootprint }) => carbonFootprint?.methodology)),
    ['epd', 'ghgProtocolProduct', 'iso1404044', 'iso14067', 'other', 'pactV3', 'paia', 'pef'])
  t.same(distinct(records.map(({ carbonFootprint }) => carbonFootprint?.uncertainty?.type)),
    ['percentile5To95', 'standardDeviation', 'unspecifiedMargin'])
  t.ok(records.some(({ carbonFootprint }) => (carbonFootprint?.stages?.endOfLifeKgCo2e ?? 0) < 0), 'a recycling credit')

  const materials = records.flatMap(({ recycledContent }) => recycledContent?.materials ?? [])
  t.same(distinct(materials.map(({ material }) => material)), MATERIALS)
  t.same(distinct(materials.map(({ basis }) => basis)), ['componentMass', 'materialMassInProduct', 'productMass'])
  t.same(distinct(records.map(({ recycledContent }) => recycledContent?.calculationStandard)), ['en45557', 'ieee16801', 'iso14021', 'other', 'ul2809'])

  t.same(distinct(records.flatMap(({ packaging }) => packaging?.components ?? []).map(({ level }) => level)), ['primary', 'secondary', 'tertiary'])
  t.ok(records.some(({ packaging }) => packaging?.plasticMassG === 0), 'a declared zero')
  t.ok(records.some(({ packaging }) => packaging !== undefined && packaging.plasticMassG === undefined), 'the same, not declared')

  t.same(distinct(records.map(({ refurbishment }) => refurbishment?.condition)), ['new', 'refurbished', 'remanufactured', 'used'])
  t.same(distinct(records.map(({ refurbishment }) => refurbishment?.grade)), ['excellent', 'fair', 'good', 'premium'])
})

t.test('a second life names the new product, and does not repeat its footprint', async t => {
  const secondLives = records.filter(({ refurbishment }) => refurbishment?.basedOnManufacturerPartNumber !== undefined)
  t.ok(secondLives.length >= 15)
  for (const record of secondLives) {
    const { manufacturerName, manufacturerPartNumber } = record.product
    const base = records.find(({ product }) => product.manufacturerName === manufacturerName &&
      product.manufacturerPartNumber === record.refurbishment?.basedOnManufacturerPartNumber)
    t.ok(base, `${manufacturerPartNumber} is based on a product of the seeds`)
    t.same(base === undefined ? [] : refurbishedFootprintIssues(comparableRecord('1.0.0', record), comparableRecord('1.0.0', base)), [], manufacturerPartNumber)
  }
})

t.test('what is invented says so', async t => {
  for (const record of fictional) {
    for (const { provenance: { sourceDocumentUri, sourceDocumentTitle, verification } } of groupsOf(record)) {
      const name = record.product.manufacturerPartNumber
      if (sourceDocumentUri !== undefined) t.match(new URL(sourceDocumentUri).hostname, /\.example$/, name)
      if (sourceDocumentTitle !== undefined) t.match(sourceDocumentTitle, / \(fictional\)$/, name)
      if (verification !== undefined) t.match(new URL(verification.evidenceUri).hostname, /\.example$/, name)
    }
  }
  for (const { name } of organizations.filter(({ demoCredential }) => demoCredential)) t.match(name, / \(fictional\)$/)
})

t.test('figures of real products name their published sheet, and belong to a stand-in that nobody gets a credential of', async t => {
  t.ok(published.length > 0)
  for (const { product, carbonFootprint } of published) {
    t.match(carbonFootprint?.provenance, {
      collectionMethod: 'documentExtraction',
      assuranceLevel: 'selfDeclared',
      sourceDocumentUri: /^https:/,
      sourceDocumentTitle: /; figure (as quoted by a page that names the sheet|read in a copy of the published (sheet|release))$/
    }, product.manufacturerPartNumber)
  }
  for (const { id, name, manufacturers } of vendors.filter(({ demoCredential }) => !demoCredential)) {
    t.same([name], manufacturers?.map(standInName))
    t.equal(id, organizationIdOf(name))
  }
})

t.test('GTINs are from the ranges for examples', async t => {
  for (const gtin of records.flatMap(({ product }) => product.gtins ?? [])) {
    t.match(gtin, /^(952\d{5}|952\d{10}|[1-8]952\d{10}|614141\d{6})$/)
  }
})

t.test('a folder without seeds is an error', async t => {
  await t.rejects(readSeeds(join(projectPath('test'), 'absent')), { code: 'ENOENT' })
})
