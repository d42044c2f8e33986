/** Rules about energy use and the labels that belong to it. */
import type { Finding, Rule } from '../rule.js'

interface WithEnergy {
  readonly product: { readonly category: string, readonly externalIds?: readonly { readonly scheme: string, readonly value: string }[] }
  readonly energy?: {
    readonly tecKwhPerYear?: number
    readonly tecMethod?: string
    readonly idleW?: number
    readonly sleepW?: number
    readonly offW?: number
    readonly euEnergyClass?: string
    readonly eprelId?: string
  }
}

const AT = '/energy'

const tecMethod: Rule<WithEnergy> = {
  code: 'ENERGY_TEC_METHOD',
  severity: 'error',
  title: 'Typical energy consumption and its method belong together',
  cause: 'The typical energy consumption is given without the method by which it was determined, or the method without the figure.',
  fix: 'Give tecKwhPerYear and tecMethod, or neither.',
  source: 'ENERGY STAR: computers state kWh per year, imaging equipment kWh per week',
  check ({ energy }) {
    if (energy === undefined || (energy.tecKwhPerYear === undefined) === (energy.tecMethod === undefined)) return undefined
    const missing = energy.tecMethod === undefined ? 'tecMethod' : 'tecKwhPerYear'
    return [{ pointer: AT, detail: `The typical energy consumption lacks ${missing}.`, expected: missing }]
  }
}

const MODES = ['offW', 'sleepW', 'idleW'] as const

const modeOrder: Rule<WithEnergy> = {
  code: 'ENERGY_MODE_ORDER',
  severity: 'warning',
  title: 'More power in the lower mode',
  cause: 'A product needs no more power when off than in sleep, and no more in sleep than in idle; here it is the other way round.',
  fix: 'Check which figure belongs to which mode.',
  source: 'ENERGY STAR, power modes of computers',
  check ({ energy }) {
    if (energy === undefined) return undefined
    const given = MODES.filter(mode => energy[mode] !== undefined)
    return given.flatMap((mode, index): Finding[] => {
      const higher = given[index + 1]
      return higher === undefined || energy[mode]! <= energy[higher]!
        ? []
        : [{ pointer: `${AT}/${mode}`, detail: `${mode} is greater than ${higher}, ${energy[higher]} W.`, expected: `at most ${energy[higher]}`, received: energy[mode] }]
    })
  }
}

const LABELLED = ['monitor', 'smartphone', 'tablet']

const energyClass: Rule<WithEnergy> = {
  code: 'ENERGY_CLASS_CATEGORY',
  severity: 'warning',
  title: 'EU energy class for a product without such a label',
  cause: 'Of IT products only displays, smartphones and tablets have an EU energy label, and this product is none of them.',
  fix: 'Check the category, or remove the class.',
  source: 'Regulations (EU) 2019/2013 and 2023/1669',
  check: ({ product: { category }, energy }) => energy?.euEnergyClass === undefined || LABELLED.includes(category)
    ? undefined
    : [{ pointer: `${AT}/euEnergyClass`, detail: `There is no EU energy label for the category ${category}.`, expected: `a category of ${LABELLED.join(', ')}`, received: energy.euEnergyClass }]
}

const eprelMatch: Rule<WithEnergy> = {
  code: 'ENERGY_EPREL_MATCH',
  severity: 'error',
  title: 'Two EPREL numbers',
  cause: 'The EPREL number of the energy group and the one among the external identifiers differ, and a product has one.',
  fix: 'Correct the one that is wrong.',
  source: 'EPREL: one registration per model',
  check ({ product: { externalIds }, energy }) {
    const named = externalIds?.filter(({ scheme }) => scheme === 'eprel').map(({ value }) => value) ?? []
    if (energy?.eprelId === undefined || named.length === 0 || named.includes(energy.eprelId)) return undefined
    return [{ pointer: `${AT}/eprelId`, detail: `product.externalIds names the EPREL number ${named.join(', ')}.`, expected: named.join(', '), received: energy.eprelId }]
  }
}

export const energyRules = [tecMethod, modeOrder, energyClass, eprelMatch] satisfies readonly Rule<WithEnergy>[]
