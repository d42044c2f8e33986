/** Rules about several footprints of one product, as there are from version 2.0.0 on; each is also judged on its own. */
import type { Finding, Rule } from '../rule.js'

interface Footprint {
  readonly boundary: string
  readonly useLocation?: string
  readonly configurationId?: string
  readonly totalKgCo2e: number
  readonly cradleToGateKgCo2e: number
}

interface WithFootprints {
  readonly product: { readonly configurations?: readonly { readonly id: string }[] }
  readonly carbonFootprints?: readonly Footprint[]
}

const AT = '/carbonFootprints'

const duplicate: Rule<WithFootprints> = {
  code: 'FOOTPRINT_DUPLICATE',
  severity: 'error',
  title: 'Two footprints of the same thing',
  cause: 'Two footprints have the same place of use, configuration and boundary, so it is open which one holds.',
  fix: 'Keep one of them, or say in which of the three they differ.',
  source: 'Logic of the record',
  check ({ carbonFootprints }) {
    const first = new Map<string, number>()
    return carbonFootprints?.flatMap(({ useLocation, configurationId, boundary }, index): Finding[] => {
      const key = JSON.stringify([useLocation, configurationId, boundary])
      const earlier = first.get(key)
      if (earlier !== undefined) return [{ pointer: `${AT}/${index}`, detail: `Footprint ${earlier + 1} has the same place of use, configuration and boundary.` }]
      first.set(key, index)
      return []
    })
  }
}

const gateTotal: Rule<WithFootprints> = {
  code: 'GATE_TOTAL',
  severity: 'error',
  title: 'Two figures for a footprint that ends at the gate',
  cause: 'The boundary is cradleToGate, so the total is what is emitted up to the gate, and the two figures differ.',
  fix: 'Give the same figure for both, or correct the boundary.',
  source: 'GS1 cfpBoundariesCode; PACT version 3, scope',
  check: ({ carbonFootprints }) => carbonFootprints?.flatMap(({ boundary, totalKgCo2e, cradleToGateKgCo2e }, index): Finding[] =>
    boundary === 'cradleToGate' && totalKgCo2e !== cradleToGateKgCo2e
      ? [{ pointer: `${AT}/${index}/cradleToGateKgCo2e`, detail: `The footprint ends at the gate, and its total is ${totalKgCo2e} kg CO2e.`, expected: String(totalKgCo2e), received: cradleToGateKgCo2e }]
      : [])
}

const configuration: Rule<WithFootprints> = {
  code: 'FOOTPRINT_CONFIGURATION',
  severity: 'error',
  title: 'Footprint of a configuration that is not there',
  cause: 'configurationId names no entry of product.configurations.',
  fix: 'Correct the name, add the configuration, or leave configurationId out.',
  source: 'Logic of the record',
  check ({ product: { configurations = [] }, carbonFootprints }) {
    const known = configurations.map(({ id }) => id)
    return carbonFootprints?.flatMap(({ configurationId }, index): Finding[] => configurationId === undefined || known.includes(configurationId)
      ? []
      : [{
          pointer: `${AT}/${index}/configurationId`,
          detail: 'The product has no configuration of that name.',
          expected: known.length === 0 ? 'an entry of product.configurations' : known.join(', '),
          received: configurationId
        }])
  }
}

const configurationDuplicate: Rule<WithFootprints> = {
  code: 'CONFIGURATION_DUPLICATE',
  severity: 'error',
  title: 'Two configurations of the same name',
  cause: 'Footprints name their configuration, and two of them have that name.',
  fix: 'Give each configuration a name of its own.',
  source: 'Logic of the record',
  check: ({ product: { configurations = [] } }) => configurations.flatMap(({ id }, index): Finding[] => configurations.findIndex(other => other.id === id) === index
    ? []
    : [{ pointer: `/product/configurations/${index}/id`, detail: 'An earlier configuration has this name.', received: id }])
}

export const footprintListRules = [duplicate, gateTotal, configuration, configurationDuplicate] satisfies readonly Rule<WithFootprints>[]
