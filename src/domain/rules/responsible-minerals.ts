/** Rules about due diligence on minerals. */
import type { Finding, Rule } from '../rule.js'

interface WithMinerals {
  readonly responsibleMinerals?: {
    readonly cmrtVersion?: string
    readonly emrtVersion?: string
    readonly reportingYear?: number
    readonly rmapConformantPercent?: Readonly<Record<string, number>>
  }
}

const AT = '/responsibleMinerals'

const TEMPLATES = [
  { field: 'cmrtVersion', minerals: ['tin', 'tantalum', 'tungsten', 'gold'] },
  { field: 'emrtVersion', minerals: ['cobalt', 'mica'] }
] as const

const template: Rule<WithMinerals> = {
  code: 'MINERALS_TEMPLATE',
  severity: 'warning',
  title: 'Shares of minerals without their template',
  cause: 'Tin, tantalum, tungsten and gold are reported with the CMRT, cobalt and mica with the EMRT, and the version of that template is missing.',
  fix: 'Add cmrtVersion or emrtVersion.',
  source: 'Responsible Minerals Initiative, CMRT and EMRT',
  check ({ responsibleMinerals }) {
    if (responsibleMinerals?.rmapConformantPercent === undefined) return undefined
    const { rmapConformantPercent: shares } = responsibleMinerals
    return TEMPLATES.flatMap(({ field, minerals }): Finding[] => {
      const given = minerals.filter(mineral => shares[mineral] !== undefined)
      return given.length === 0 || responsibleMinerals[field] !== undefined
        ? []
        : [{ pointer: AT, detail: `The shares of ${given.join(', ')} should name the template.`, expected: field }]
    })
  }
}

const year: Rule<WithMinerals> = {
  code: 'MINERALS_YEAR_FUTURE',
  severity: 'error',
  title: 'Reporting year in the future',
  cause: 'The declaration is about a year that has not begun.',
  fix: 'Correct reportingYear.',
  source: 'Plausibility',
  check ({ responsibleMinerals }, { today }) {
    const thisYear = Number(today.slice(0, 4))
    const reported = responsibleMinerals?.reportingYear
    return reported === undefined || reported <= thisYear
      ? undefined
      : [{ pointer: `${AT}/reportingYear`, detail: 'The reporting year has not begun.', expected: `at most ${thisYear}`, received: reported }]
  }
}

export const responsibleMineralsRules = [template, year] satisfies readonly Rule<WithMinerals>[]
