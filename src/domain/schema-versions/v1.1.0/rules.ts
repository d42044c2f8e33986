import type { Rule } from '../../rule.js'
import { carbonBreakdownRules } from '../../rules/carbon-footprint.js'
import { certificationRules } from '../../rules/certifications.js'
import { circularityRules } from '../../rules/circularity.js'
import { energyRules } from '../../rules/energy.js'
import { recyclabilityRules } from '../../rules/packaging.js'
import { biobasedRules } from '../../rules/recycled-content.js'
import { refurbishmentDetailRules } from '../../rules/refurbishment.js'
import { responsibleMineralsRules } from '../../rules/responsible-minerals.js'
import { substanceRules } from '../../rules/substances.js'
import { rules as earlierRules } from '../v1.0.0/rules.js'
import type { ProductRecord } from './schema.js'

/**
 * Every cross-field rule of version 1.1.0. Those of 1.0.0 hold unchanged; an error among the new ones is about a field that 1.0.0 does not
 * have, and what is new about older fields only warns, so that every record of 1.0.0 passes.
 */
export const rules: readonly Rule<Omit<ProductRecord, 'schemaVersion'>>[] = [
  ...earlierRules,
  ...carbonBreakdownRules,
  ...biobasedRules,
  ...recyclabilityRules,
  ...refurbishmentDetailRules,
  ...energyRules,
  ...circularityRules,
  ...certificationRules,
  ...substanceRules,
  ...responsibleMineralsRules
]
