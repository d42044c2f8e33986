import type { Rule } from '../../rule.js'
import { productRules } from '../../rules/product.js'
import type { ProductRecord } from './schema.js'

/** Every cross-field rule of version 1.0.0, in the order in which its findings are reported. */
export const rules: readonly Rule<ProductRecord>[] = [
  ...productRules
]
