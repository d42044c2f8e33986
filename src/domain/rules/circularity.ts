/** Rules about repair, spare parts and take-back. */
import type { Finding, Rule } from '../rule.js'

interface WithCircularity {
  readonly product: { readonly category: string }
  readonly circularity?: {
    readonly repairabilityClassEu?: string
    readonly takeBackAvailable?: boolean
    readonly takeBackUri?: string
  }
}

const AT = '/circularity'
const LABELLED = ['smartphone', 'tablet']

const repairClass: Rule<WithCircularity> = {
  code: 'REPAIR_CLASS_CATEGORY',
  severity: 'warning',
  title: 'EU repairability class for a product without such a label',
  cause: 'The EU repairability class is a part of the energy label of smartphones and tablets, and this product is neither.',
  fix: 'Check the category, or remove the class.',
  source: 'Regulation (EU) 2023/1669',
  check: ({ product: { category }, circularity }) => circularity?.repairabilityClassEu === undefined || LABELLED.includes(category)
    ? undefined
    : [{ pointer: `${AT}/repairabilityClassEu`, detail: `There is no EU repairability class for the category ${category}.`, expected: `a category of ${LABELLED.join(', ')}`, received: circularity.repairabilityClassEu }]
}

const takeBack: Rule<WithCircularity> = {
  code: 'TAKE_BACK_CONTRADICTION',
  severity: 'error',
  title: 'An address for a take-back that does not exist',
  cause: 'The record says that used products are not taken back, and names an address where the take-back is described.',
  fix: 'Set takeBackAvailable to true, or remove takeBackUri.',
  source: 'Logic of the record',
  check: ({ circularity }): Finding[] | undefined => circularity?.takeBackAvailable === false && circularity.takeBackUri !== undefined
    ? [{ pointer: `${AT}/takeBackUri`, detail: 'takeBackAvailable is false.', received: circularity.takeBackUri }]
    : undefined
}

export const circularityRules = [repairClass, takeBack] satisfies readonly Rule<WithCircularity>[]
