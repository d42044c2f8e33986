/** The filters as query parameters, the same for the list of products, the feed and the export. */
import { Type } from 'typebox'
import { RECORD_GROUPS, recordFieldValues } from '../domain/record-fields.js'
import { alternatives } from './parameters.js'

export const filterParameters = {
  manufacturer: alternatives('Manufacturer name; case and spacing do not matter.', { examples: ['Nordwind Systems'] }),
  mpn: alternatives('Manufacturer part number; case does not matter.', { examples: ['C/8#ABB'] }),
  gtin: alternatives('GTIN of 8, 12, 13 or 14 digits with its check digit.', { format: 'gtin', examples: ['9521234543213'] }),
  category: alternatives('Product category.', { values: recordFieldValues('product.category') }),
  condition: alternatives('Condition of refurbished and used products.', { values: recordFieldValues('refurbishment.condition') }),
  vendor: alternatives('Organisation id of the publisher.'),
  maxTotalKgCo2e: Type.Optional(Type.Number({ minimum: 0, description: 'Largest declared footprint, in kgCO2e. Products that declare none never match.' })),
  minRecycledPercent: Type.Optional(Type.Number({ minimum: 0, maximum: 100, description: 'Smallest declared recycled share of the product, in percent. Products that declare none never match.' })),
  hasGroup: alternatives('Attribute group that the record declares.', { values: RECORD_GROUPS }),
  plasticFreePackaging: Type.Optional(Type.Boolean({ description: 'Whether the packaging is declared free of plastic.' })),
  assuranceLevel: alternatives('Assurance level that occurs in the record.', { values: recordFieldValues('carbonFootprint.provenance.assuranceLevel') }),
  updatedSince: Type.Optional(Type.String({ format: 'date-time', description: 'Published at or after this instant (RFC 3339). For people; to stay in step with the exchange follow the feed.' }))
}
