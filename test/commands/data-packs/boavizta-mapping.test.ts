import t from 'tap'
import {
  BOAVIZTA_COLUMNS, boaviztaAge, boaviztaDocumentDate, boaviztaPartNumber, mapBoaviztaRow, type BoaviztaRow
} from '../../../src/commands/data-packs/boavizta-mapping.js'

/** A row in which nothing was published but what is given. */
function row (cells: Partial<BoaviztaRow> = {}): BoaviztaRow {
  const empty = Object.fromEntries(BOAVIZTA_COLUMNS.map(column => [column, ''])) as BoaviztaRow
  return {
    ...empty,
    manufacturer: 'Umbriel (fictional)',
    name: 'Slate 14',
    subcategory: 'Laptop',
    gwp_total: '300',
    report_date: 'May 2025',
    sources: 'https://umbriel.example/slate-14.pdf',
    added_date: '12-06-2025',
    add_method: 'Manual',
    ...cells
  }
}

interface Mapped {
  product: Record<string, unknown> & { configuration?: Record<string, unknown> }
  validFrom: string
  carbonFootprint: Record<string, unknown> & {
    provenance: Record<string, unknown>
    stages?: Record<string, unknown>
    usePhase?: Record<string, unknown>
  }
}

function map (cells: Partial<BoaviztaRow> = {}): Mapped {
  return mapBoaviztaRow(row(cells)) as unknown as Mapped
}

t.test('a row with nothing but the universal columns has no field that was not published', async t => {
  t.same(mapBoaviztaRow(row()), {
    schemaVersion: '1.0.0',
    product: {
      manufacturerName: 'Umbriel (fictional)',
      manufacturerPartNumber: 'BOA-78db73146fa0',
      modelName: 'Slate 14',
      category: 'laptop',
      granularity: 'model'
    },
    validFrom: '2025-05-01',
    carbonFootprint: {
      provenance: {
        sourceDocumentUri: 'https://umbriel.example/slate-14.pdf',
        documentDate: '2025-05',
        collectionMethod: 'manualEntry',
        assuranceLevel: 'selfDeclared',
        dataQuality: { basis: 'estimated' }
      },
      totalKgCo2e: 300,
      declaredUnit: 'piece',
      systemBoundary: 'cradleToGrave',
      methodology: 'other'
    }
  })
})

t.test('dates keep the precision they were published with', async t => {
  const published: Array<[string, string]> = [
    ['May 2025', '2025-05'],
    ['Feb 2021', '2021-02'],
    ['December 10 2019', '2019-12-10'],
    ['September 7 2022', '2022-09-07'],
    ['2019', '2019'],
    ['2020-9-5', '2020-09-05'],
    ['2020-7-31', '2020-07-31'],
    ['2020-10-9', '2020-10-09'],
    ['2020-12-15', '2020-12-15'],
    ['26/07/2019', '2019-07-26']
  ]
  for (const [given, expected] of published) t.equal(boaviztaDocumentDate(row({ report_date: given })), expected, given)
})

t.test('an empty date of the sheet is the day on which the row was added, in either order', async t => {
  t.equal(boaviztaDocumentDate(row({ report_date: '', added_date: '12-06-2025' })), '2025-06-12')
  t.equal(boaviztaDocumentDate(row({ report_date: '', added_date: '2022-10-19' })), '2022-10-19')
})

t.test('a date that cannot be read is left to validation, not replaced', async t => {
  t.equal(boaviztaDocumentDate(row({ report_date: 'soon' })), 'soon')
  t.equal(map({ report_date: 'Octember 2020' }).validFrom, 'Octember 2020')
})

t.test('a record is valid from the first day of its sheet', async t => {
  t.equal(map({ report_date: '2019' }).validFrom, '2019-01-01')
  t.equal(map({ report_date: 'Feb 2021' }).validFrom, '2021-02-01')
  t.equal(map({ report_date: 'May 28 2019' }).validFrom, '2019-05-28')
})

t.test('ratios become kilograms, without the noise of binary fractions', async t => {
  const { stages } = map({
    gwp_total: '302',
    gwp_manufacturing_ratio: '0.45299999999999996',
    gwp_transport_ratio: '0.1',
    gwp_use_ratio: '0.4200',
    gwp_eol_ratio: '0.0270'
  }).carbonFootprint
  t.same(stages, { manufacturingKgCo2e: 136.806, transportKgCo2e: 30.2, useKgCo2e: 126.84, endOfLifeKgCo2e: 8.154 })
})

t.test('a stage of zero is kept, an empty one is absent', async t => {
  t.same(map({ gwp_transport_ratio: '0', gwp_eol_ratio: '' }).carbonFootprint.stages, { transportKgCo2e: 0 })
  t.equal(map().carbonFootprint.stages, undefined)
})

t.test('an error of zero means that none was published', async t => {
  t.equal(map({ gwp_error_ratio: '0.0000' }).carbonFootprint.uncertainty, undefined)
  t.same(map({ gwp_error_ratio: '0.2124' }).carbonFootprint.uncertainty, { type: 'unspecifiedMargin', marginKgCo2e: 63.72 })
})

t.test('locations become codes; a placeholder is no location', async t => {
  const use = (place: string) => map({ use_location: place }).carbonFootprint.usePhase?.useLocation
  const assembly = (place: string) => map({ assembly_location: place }).carbonFootprint.assemblyLocation
  t.same(['EU', 'US', 'WW', 'Worldwide', 'North America', 'Asia', ''].map(use), ['EU', 'US', '001', '001', '003', '142', undefined])
  t.same(['CN', 'China', 'KR', 'EU', 'WW', 'Asia', 'default', ''].map(assembly), ['CN', 'CN', 'KR', 'EU', '001', '142', undefined, undefined])
})

t.test('a screen of size zero is no screen', async t => {
  t.equal(map({ screen_size: '0' }).product.configuration, undefined)
  t.same(map({ screen_size: '14.0' }).product.configuration, { screenSizeInches: 14 })
})

t.test('columns that hold two kinds of thing are told apart', async t => {
  t.same(map({ hard_drive: '42ppm', server_type: 'Laser Couleur' }).product.configuration, { formFactor: 'Laser Couleur' })
  t.same(map({ hard_drive: 'x4 1TB 2.5in HDD  x2 300GB 2.5in HDD' }).product.configuration, {
    storageDescription: 'x4 1TB 2.5in HDD x2 300GB 2.5in HDD'
  })
})

t.test('numbers of parts are numbers', async t => {
  t.same(map({ number_cpu: '1.0', memory: '64.0', height: '2' }).product.configuration, { cpuCount: 1, memoryGb: 64, rackUnits: 2 })
})

t.test('every subcategory has a category', async t => {
  const categories: Array<[string, string]> = [
    ['Laptop', 'laptop'], ['Monitor', 'monitor'], ['Desktop', 'desktop'], ['Server', 'server'], ['Smartphone', 'smartphone'],
    ['IoT', 'iotDevice'], ['Tablet', 'tablet'], ['Thin Client', 'thinClient'], ['Thin client', 'thinClient'], ['Printer', 'printer'],
    ['Hard drive', 'storageDrive'], ['Gaming', 'gamingConsole'], ['Workstation', 'workstation'], ['Multimedia', 'multimediaDevice'],
    ['Entertainment', 'multimediaDevice'], ['EntertainmentT', 'multimediaDevice'], ['Network', 'networkEquipment'],
    ['Converged', 'convergedSystem'], ['Converged Edge', 'convergedSystem'], ['SAN/NAS', 'storageSystem']
  ]
  for (const [subcategory, category] of categories) t.equal(map({ subcategory }).product.category, category, subcategory)
})

t.test('only the manufacturers that are known to use PAIA are said to', async t => {
  t.same(['Dell', 'Lenovo', 'HP', 'Apple'].map(manufacturer => map({ manufacturer }).carbonFootprint.methodology),
    ['paia', 'paia', 'paia', 'other'])
})

t.test('how a row was collected is kept', async t => {
  const method = (how: string) => map({ add_method: how }).carbonFootprint.provenance.collectionMethod
  t.same(['Manual', 'Initial Parsing', 'Dell Auto Parser'].map(method), ['manualEntry', 'documentExtraction', 'documentExtraction'])
})

t.test('the stand-in for the part number depends on the manufacturer and the tidied name alone', async t => {
  const plain = boaviztaPartNumber(row({ name: 'Pixel 5' }))
  t.match(plain, /^BOA-[0-9a-f]{12}$/)
  t.equal(boaviztaPartNumber(row({ name: 'Pixel\u00a05', gwp_total: '1' })), plain, 'a no-break space is a space')
  t.equal(boaviztaPartNumber(row({ name: ' Pixel  5 ' })), plain, 'white space is collapsed')
  t.not(boaviztaPartNumber(row({ name: 'Pixel 5a' })), plain)
  t.not(boaviztaPartNumber(row({ manufacturer: 'Other', name: 'Pixel 5' })), plain)
})

t.test('what cannot be read is handed on for validation to refuse, never guessed', async t => {
  const mapped = map({ gwp_total: '1,234', weight: 'about 2', subcategory: 'Toaster', gwp_use_ratio: '0.2', use_location: 'Mars' })
  t.equal(mapped.carbonFootprint.totalKgCo2e, '1,234')
  t.equal(mapped.product.massKg, 'about 2')
  t.equal(mapped.product.category, 'Toaster')
  t.equal(mapped.carbonFootprint.usePhase?.useLocation, 'Mars')
})

t.test('a missing total stays missing', async t => {
  t.notOk('totalKgCo2e' in map({ gwp_total: '', gwp_use_ratio: '' }).carbonFootprint)
})

t.test('the newer sheet is later, and of the same sheet the row that was added later', async t => {
  const september = boaviztaAge(row({ report_date: 'September 7 2022', added_date: '2022-10-18' }))
  const addedLater = boaviztaAge(row({ report_date: 'September 7 2022', added_date: '23-02-2023' }))
  const newerSheet = boaviztaAge(row({ report_date: '2022-12-01', added_date: '2022-10-18' }))
  t.ok(september < addedLater)
  t.ok(addedLater < newerSheet)
})
