import { Type } from 'typebox'
import { PATTERNS } from '../patterns.js'
import { closedObject, enumeration, frameOf, string, trimmedString } from '../schema-parts.js'
import { CATEGORIES } from '../v1.0.0/product.js'
import { CONDITIONS } from '../v1.0.0/refurbishment.js'
import { Product as EarlierProduct } from '../v1.1.0/product.js'
import { localId } from './evidence.js'

const earlier = EarlierProduct.properties

const Manufacturer = closedObject({
  name: 'manufacturer',
  title: 'Manufacturer',
  description: 'Brand owner under whose name the product is sold, with at least one identifier that tells it from others of the same name.'
}, {
  name: trimmedString(100, {
    title: 'Name', description: 'Name of the manufacturer. Compared without regard to case and spacing; together with the part number it identifies the product.', source: 'PACT companyName', examples: ['Lenovo']
  }),
  gln: earlier.manufacturerGln,
  lei: Type.Optional(string({ pattern: PATTERNS.lei.pattern }, {
    title: 'Legal Entity Identifier', description: 'LEI of the manufacturer: 20 characters, the last two of them check digits.', source: 'Aligned with ISO 17442; GLEIF', examples: ['529900T8BM49AURSDO55']
  })),
  operatorId: Type.Optional(string({ pattern: PATTERNS.operatorId.pattern }, {
    title: 'Unique operator identifier', description: 'Identifier of the manufacturer as an economic operator in digital product passports.', source: 'Regulation (EU) 2024/1781, Annex III (g)', examples: ['DE4711-0815']
  }))
}, { anyOf: [{ required: ['gln'] }, { required: ['lei'] }, { required: ['operatorId'] }] })

const earlierConfiguration = earlier.configuration
const { component: configuration } = frameOf(earlierConfiguration)

const Configuration = closedObject({
  ...configuration, description: 'A configuration that figures were determined for. Footprints depend on it, and the unit that is sold may differ.'
}, {
  id: localId('Name', 'Name of this configuration within the record; footprints refer to it.', 'base'),
  ...earlierConfiguration.properties
})

const { component } = frameOf(EarlierProduct)

export const Product = closedObject(component, {
  manufacturer: Manufacturer,
  manufacturerPartNumber: earlier.manufacturerPartNumber,
  gtins: earlier.gtins,
  modelName: earlier.modelName,
  classifications: Type.Array(earlier.classifications.items, {
    minItems: 1,
    maxItems: 10,
    title: 'Classifications',
    description: 'Classes of the product in public classifications, at least one of UNSPSC or of the Harmonized System.',
    'x-source': 'UNSPSC; WCO Harmonized System; ETIM; GS1 GPC; Regulation (EU) 2024/1781, Annex III (d)'
  }),
  category: Type.Optional(enumeration(CATEGORIES, {
    title: 'Category', description: 'Kind of product. Left out where a classification tells it; given where the codes stand for several kinds, as most of the Harmonized System do.'
  })),
  condition: Type.Optional(enumeration(CONDITIONS, {
    title: 'Condition',
    description: 'Condition in which the article is sold; one in another condition has a part number of its own. refurbished: tested, cleaned, repaired where needed, data erased; remanufactured: restored to as-new performance in an industrial process.',
    source: 'Regulation (EU) 2024/1781, Article 2'
  })),
  granularity: earlier.granularity,
  massKg: earlier.massKg,
  configurations: Type.Optional(Type.Array(Configuration, {
    minItems: 1, maxItems: 20, title: 'Configurations', description: 'The configurations that footprints of the record are about.'
  })),
  externalIds: earlier.externalIds,
  digitalProductPassportUri: earlier.digitalProductPassportUri,
  warrantyUri: earlier.warrantyUri
})
