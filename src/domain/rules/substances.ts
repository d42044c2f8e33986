/** Rules about substances of very high concern. */
import { casCheckDigit, isCasNumber } from '../identity/cas-number.js'
import type { Finding, Rule } from '../rule.js'

interface Svhc { readonly casNumber: string, readonly location?: string, readonly concentrationPercentWw?: number }

interface WithSubstances {
  readonly substances?: {
    readonly svhcAboveThreshold?: boolean
    readonly candidateListDate?: string
    readonly svhc?: readonly Svhc[]
  }
}

const AT = '/substances'
const REACH = 'Regulation (EC) 1907/2006 (REACH), Article 33'

/** Percent by mass of an article from which a substance has to be named. */
const THRESHOLD = 0.1

function onEach (check: (svhc: Svhc, pointer: string) => Finding | undefined): Rule<WithSubstances>['check'] {
  return ({ substances }) => substances?.svhc?.flatMap((svhc, index) => check(svhc, `${AT}/svhc/${index}`) ?? [])
}

const listed: Rule<WithSubstances> = {
  code: 'SVHC_LISTED',
  severity: 'error',
  title: 'Substances of very high concern not named',
  cause: 'The record says that such a substance is present above 0.1 %, and does not say which.',
  fix: 'Name the substances in svhc.',
  source: REACH,
  check: ({ substances }) => substances?.svhcAboveThreshold === true && substances.svhc === undefined
    ? [{ pointer: AT, detail: 'svhcAboveThreshold is true, so the substances have to be named.', expected: 'svhc' }]
    : undefined
}

const contradiction: Rule<WithSubstances> = {
  code: 'SVHC_CONTRADICTION',
  severity: 'error',
  title: 'Substances named that are said to be absent',
  cause: 'Substances above 0.1 % are listed, and svhcAboveThreshold does not say that there are any.',
  fix: 'Set svhcAboveThreshold to true, or remove the list.',
  source: REACH,
  check: ({ substances }) => substances?.svhc === undefined || substances.svhcAboveThreshold === true
    ? undefined
    : [{ pointer: `${AT}/svhc`, detail: 'Substances are listed, so svhcAboveThreshold is true.', expected: 'svhcAboveThreshold: true' }]
}

const casNumber: Rule<WithSubstances> = {
  code: 'CAS_CHECK_DIGIT',
  severity: 'error',
  title: 'CAS number with a wrong check digit',
  cause: 'The last digit of a CAS number is computed from the others, and here it does not fit: a digit was mistyped or swapped.',
  fix: 'Compare the number with the Candidate List.',
  source: 'CAS Registry, check digit verification',
  check: onEach(({ casNumber: cas }, pointer) => isCasNumber(cas)
    ? undefined
    : {
        pointer: `${pointer}/casNumber`,
        detail: 'The check digit of this CAS number does not fit its other digits.',
        expected: `check digit ${casCheckDigit(cas.replaceAll('-', '').slice(0, -1))} if all other digits are right`,
        received: cas
      })
}

const threshold: Rule<WithSubstances> = {
  code: 'SVHC_THRESHOLD',
  severity: 'warning',
  title: 'Concentration below the threshold',
  cause: 'The list is for substances above 0.1 % by mass, and this one is given with less. Often the unit is another one: a ratio, or mg per kg.',
  fix: 'Check the unit: it is percent by mass.',
  source: REACH,
  check: onEach(({ concentrationPercentWw: concentration }, pointer) => concentration === undefined || concentration > THRESHOLD
    ? undefined
    : { pointer: `${pointer}/concentrationPercentWw`, detail: 'The concentration is not above the threshold of the list.', expected: `more than ${THRESHOLD}`, received: concentration })
}

const duplicate: Rule<WithSubstances> = {
  code: 'SVHC_DUPLICATE',
  severity: 'error',
  title: 'The same substance twice',
  cause: 'Two entries name the same substance in the same place.',
  fix: 'Keep one entry, or name the places.',
  source: 'Logic of the record',
  check ({ substances }) {
    const first = new Map<string, number>()
    return substances?.svhc?.flatMap(({ casNumber: cas, location }, index): Finding[] => {
      const key = JSON.stringify([cas, location?.toLowerCase()])
      const earlier = first.get(key)
      if (earlier !== undefined) return [{ pointer: `${AT}/svhc/${index}`, detail: `Entry ${earlier + 1} names the same substance in the same place.` }]
      first.set(key, index)
      return []
    })
  }
}

const candidateList: Rule<WithSubstances> = {
  code: 'SVHC_LIST_DATE',
  severity: 'warning',
  title: 'Candidate List not dated',
  cause: 'The Candidate List grows twice a year, so the statement holds only for the list that was checked, and nothing says which that was.',
  fix: 'Add candidateListDate.',
  source: REACH,
  check: ({ substances }) => substances?.svhcAboveThreshold !== undefined && substances.candidateListDate === undefined
    ? [{ pointer: AT, detail: 'The statement about substances should name the date of the Candidate List.', expected: 'candidateListDate' }]
    : undefined
}

export const substanceRules = [listed, contradiction, casNumber, threshold, duplicate, candidateList] satisfies readonly Rule<WithSubstances>[]
