import { defineSchemaVersion } from '../schema-version.js'
import { downgrade } from './downgrade.js'
import { exchangeView, FILTERED_GROUPS } from './exchange-view.js'
import { rules } from './rules.js'
import { ProductRecordSchema } from './schema.js'
import { upgrade } from './upgrade.js'

export const version2_0_0 = defineSchemaVersion({
  version: '2.0.0',
  rulesetVersion: '2.0.0-1',
  source: ProductRecordSchema,
  groups: Object.values(FILTERED_GROUPS),
  rules,
  view: exchangeView,
  upgrade,
  downgrade
})
