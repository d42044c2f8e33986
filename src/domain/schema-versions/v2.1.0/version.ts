/**
 * Version 2.1.0, a draft: 2.0.0 with what regulation will ask for next. It may change any day, and no record is stored in it.
 *
 * How to add an attribute: a property here, and the attribute in a fixture under `test/fixtures/2.1.0/valid`; then `npm run generate`. Types,
 * validation, the JSON Schema, the API description, tables and the field dictionary follow.
 */
import { Type } from 'typebox'
import { projectOnto } from '../conversion.js'
import { closedObject, constant, extendedObject, frameOf, percent, quantity } from '../schema-parts.js'
import { defineSchemaVersion } from '../schema-version.js'
import { exchangeView } from '../v2.0.0/exchange-view.js'
import { rules } from '../v2.0.0/rules.js'
import { ProductRecordSchema as EarlierProductRecordSchema } from '../v2.0.0/schema.js'
import { version2_0_0 } from '../v2.0.0/version.js'

const VERSION = '2.1.0'

const earlier = EarlierProductRecordSchema.properties

const Circularity = extendedObject(earlier.circularity, {
  repairabilityIndexEu: Type.Optional(quantity('points', { minimum: 1, maximum: 5 }, {
    title: 'EU repairability index', description: 'Repairability index behind the EU repairability class, 1 to 5 points, 5 is best.', source: 'Regulation (EU) 2023/1669, Annex IV', examples: [3.4]
  })),
  recyclabilityRatePercent: Type.Optional(percent({
    title: 'Recyclability rate', description: 'Part of the product, in percent of its mass without packaging, that can be recycled at its end of life.', source: 'Aligned with EN 45555', examples: [82]
  }))
})

const { component, constraints } = frameOf(EarlierProductRecordSchema)

const ProductRecordSchema = closedObject(component, {
  ...earlier,
  schemaVersion: constant(VERSION, { title: 'Schema version', description: 'Version of the schema that the record follows.' }),
  circularity: Type.Optional(Circularity)
}, constraints)

export const version2_1_0 = defineSchemaVersion({
  version: VERSION,
  rulesetVersion: '2.1.0-draft',
  source: ProductRecordSchema,
  groups: version2_0_0.groups,
  rules,
  view: exchangeView,
  upgrade: record => ({ record: { ...record, schemaVersion: VERSION }, losses: [] }),
  downgrade: record => projectOnto(EarlierProductRecordSchema, '2.0.0', record)
})
