import { carbonFootprintRules } from '../../rules/carbon-footprint.js'
import { packagingRules } from '../../rules/packaging.js'
import { productRules } from '../../rules/product.js'
import { provenanceRules } from '../../rules/provenance.js'
import { recycledContentRules } from '../../rules/recycled-content.js'
import { refurbishmentRules } from '../../rules/refurbishment.js'
import { textRules } from '../../rules/text.js'
import type { Rule } from '../../rule.js'
import type { ProductRecord } from './schema.js'

/** Every cross-field rule of version 1.0.0, in the order in which its findings are reported. */
export const rules: readonly Rule<Omit<ProductRecord, 'schemaVersion'>>[] = [
  ...textRules,
  ...productRules,
  ...provenanceRules,
  ...carbonFootprintRules,
  ...recycledContentRules,
  ...packagingRules,
  ...refurbishmentRules
]
