import { defineSchemaVersion } from '../schema-version.js'
import { downgrade, upgrade } from './conversion.js'
import { exchangeView } from './exchange-view.js'
import { rules } from './rules.js'
import { ATTRIBUTE_GROUPS, ProductRecordSchema } from './schema.js'

export const version1_1_0 = defineSchemaVersion({
  version: '1.1.0',
  rulesetVersion: '1.1.0-1',
  source: ProductRecordSchema,
  groups: ATTRIBUTE_GROUPS,
  rules,
  view: exchangeView,
  upgrade,
  downgrade
})
