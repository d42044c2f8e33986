import { Type } from 'typebox'
import { PATTERNS } from '../patterns.js'
import { closedObject, enumeration, quantity, string, text, trimmedString, wholeNumber } from '../schema-parts.js'

export const CATEGORIES = [
  'laptop', 'tablet', 'desktop', 'allInOne', 'thinClient', 'workstation', 'server', 'storageSystem', 'storageDrive',
  'convergedSystem', 'networkEquipment', 'monitor', 'printer', 'smartphone', 'dockingStation', 'accessory', 'wearable',
  'iotDevice', 'gamingConsole', 'multimediaDevice', 'other'
] as const

const Configuration = closedObject({
  name: 'configuration',
  title: 'Configuration',
  description: 'The configuration that the figures were determined for. Footprints depend on it, and the unit that is sold may differ.'
}, {
  description: Type.Optional(text({
    title: 'Description', description: 'The configuration in the words of the vendor.', examples: ['Core i5, 16 GB, 512 GB SSD, 14" FHD']
  })),
  screenSizeInches: Type.Optional(quantity('in', { exclusiveMinimum: 0, maximum: 200 }, {
    title: 'Screen size', description: 'Diagonal of the screen in inches. Left out for a product without a screen.', examples: [14]
  })),
  memoryGb: Type.Optional(quantity('GB', { exclusiveMinimum: 0 }, {
    title: 'Memory', description: 'Installed main memory in gigabytes.', examples: [16]
  })),
  storageDescription: Type.Optional(text({
    title: 'Storage', description: 'Installed drives.', examples: ['SSD 512 GB', '2 x 1 TB 3.5" HDD']
  })),
  cpuCount: Type.Optional(wholeNumber('processors', { minimum: 1 }, {
    title: 'Processors', description: 'Number of processor sockets in use.', examples: [2]
  })),
  rackUnits: Type.Optional(quantity('U', { exclusiveMinimum: 0 }, {
    title: 'Height in rack units', description: 'Height in rack units (1 U = 44.45 mm; EIA-310).', examples: [2]
  })),
  formFactor: Type.Optional(text({ title: 'Form factor', description: 'Shape of the housing.', examples: ['Rack', 'Tower', 'Small form factor'] }))
})

const Classification = closedObject({
  name: 'classification',
  title: 'Classification',
  description: 'The class of the product in a public classification.'
}, {
  scheme: enumeration(['unspsc', 'hs', 'etim', 'gpc'], {
    title: 'Scheme',
    description: 'unspsc: UNSPSC commodity; hs: Harmonized System, CN or TARIC code; etim: ETIM class; gpc: GS1 GPC brick.'
  }),
  code: string({ minLength: 1, maxLength: 20 }, {
    title: 'Code',
    description: 'UNSPSC: 8 or 10 digits. HS, CN, TARIC: 6, 8 or 10 digits without dots. ETIM: EC and 6 digits. GPC: 8 digits.',
    examples: ['43211503', '84713000', 'EC001413']
  }),
  version: Type.Optional(string({ maxLength: 20 }, {
    title: 'Release', description: 'Release of the classification that the code is taken from.', examples: ['ETIM-9.0']
  }))
})

const ExternalId = closedObject({
  name: 'externalId',
  title: 'External identifier',
  description: 'The identifier of the product in a public register or catalogue.'
}, {
  scheme: enumeration(['icecat', 'eprel', 'epeat', 'energyStar', 'tcoCertified', 'boavizta'], {
    title: 'Register',
    description: 'icecat: Icecat product id; eprel: EU energy-label register; epeat: EPEAT registry; energyStar: ENERGY STAR unique id; ' +
      'tcoCertified: TCO certificate; boavizta: row of the Boavizta data set.'
  }),
  value: string({ minLength: 1, maxLength: 100 }, {
    title: 'Identifier', description: 'The identifier as the register writes it. EPREL: up to 12 digits; Icecat: digits.', examples: ['1234567']
  })
})

export const Product = closedObject({
  name: 'productIdentification',
  title: 'Product',
  description: 'What the record is about. Manufacturer name and part number together identify the product.'
}, {
  manufacturerName: trimmedString(100, {
    title: 'Manufacturer',
    description: 'Brand owner under whose name the product is sold. Compared without regard to case and spacing.',
    source: 'PACT companyName',
    examples: ['Lenovo']
  }),
  manufacturerGln: Type.Optional(string({ pattern: PATTERNS.gln.pattern }, {
    title: 'Manufacturer GLN',
    description: 'Global Location Number of the manufacturer: 13 digits, the last one a check digit.',
    source: 'GS1; ETIM xChange manufacturerIdGln',
    examples: ['4012345000009']
  })),
  manufacturerPartNumber: trimmedString(70, {
    title: 'Manufacturer part number',
    description: 'Part number (MPN) under which the product is ordered; unique within its manufacturer. Compared in upper case.',
    source: 'ETIM xChange manufacturerProductNumber',
    examples: ['21HM004AGE', 'C/8#ABB']
  }),
  gtins: Type.Optional(Type.Array(string({ pattern: PATTERNS.gtin.pattern }, {
    title: 'GTIN', description: 'GTIN-8, GTIN-12 (UPC), GTIN-13 (EAN) or GTIN-14: digits only, the last one a check digit.'
  }), {
    minItems: 1,
    maxItems: 20,
    uniqueItems: true,
    title: 'GTINs',
    description: 'Every Global Trade Item Number of the product: packaging variants and regions have their own.',
    'x-source': 'GS1; Regulation (EU) 2024/1781, Annex III (c)',
    examples: [['4006381333931']]
  })),
  modelName: text({
    title: 'Model name', description: 'Commercial name of the product.', source: 'ECMA-370 commercial name; PACT productNameCompany', examples: ['ThinkPad T14 Gen 4']
  }),
  category: enumeration(CATEGORIES, { title: 'Category', description: 'Kind of product.' }),
  granularity: enumeration(['sku', 'model', 'family'], {
    title: 'Granularity',
    description: 'What the figures describe: one orderable article (sku), a model in a reference configuration, or a whole product family.',
    source: 'PAIA works on product families'
  }),
  massKg: Type.Optional(quantity('kg', { exclusiveMinimum: 0, maximum: 10_000 }, {
    title: 'Mass', description: 'Mass of the product in kilograms, without packaging.', source: 'PACT productMassPerDeclaredUnit', examples: [1.37]
  })),
  configuration: Type.Optional(Configuration),
  classifications: Type.Optional(Type.Array(Classification, {
    maxItems: 10,
    title: 'Classifications',
    description: 'Classes of the product in public classifications.',
    'x-source': 'UNSPSC; WCO Harmonized System; ETIM; GS1 GPC'
  })),
  externalIds: Type.Optional(Type.Array(ExternalId, {
    maxItems: 20, title: 'External identifiers', description: 'Identifiers of the product in public registers and catalogues.'
  }))
})
