/** Rules about labels and certificates: what each scheme needs so that a buyer can find the entry. */
import type { Finding, Rule } from '../rule.js'

interface Certification {
  readonly scheme: string
  readonly schemeName?: string
  readonly tier?: string
  readonly generation?: string
  readonly registrationId?: string
  readonly countries?: readonly string[]
  readonly validFrom?: string
  readonly validTo?: string
}

interface WithCertifications { readonly certifications?: readonly Certification[] }

const AT = '/certifications'

function onEach (check: (certification: Certification, pointer: string, today: string) => Finding | undefined): Rule<WithCertifications>['check'] {
  return ({ certifications }, { today }) => certifications?.flatMap((certification, index) => check(certification, `${AT}/${index}`, today) ?? [])
}

const epeat: Rule<WithCertifications> = {
  code: 'CERT_EPEAT',
  severity: 'error',
  title: 'EPEAT without tier or country',
  cause: 'EPEAT registers a product in a tier and for each country on its own; without both the claim cannot be checked.',
  fix: 'Add tier (bronze, silver, gold) and the countries of the registration.',
  source: 'EPEAT registry',
  check: onEach(({ scheme, tier, countries }, pointer) => {
    if (scheme !== 'epeat') return undefined
    const missing = [...(tier === undefined ? ['tier'] : []), ...(countries === undefined ? ['countries'] : [])]
    return missing.length === 0 ? undefined : { pointer, detail: `An EPEAT registration needs ${missing.join(' and ')}.`, expected: missing.join(', ') }
  })
}

const tcoGeneration: Rule<WithCertifications> = {
  code: 'CERT_TCO_GENERATION',
  severity: 'error',
  title: 'TCO Certified without its generation',
  cause: 'Every generation of TCO Certified has criteria of its own, and the certificate does not say which it follows.',
  fix: 'Add generation, such as 9 or 10.',
  source: 'TCO Certified',
  check: onEach(({ scheme, generation }, pointer) => scheme === 'tcoCertified' && generation === undefined
    ? { pointer, detail: 'TCO Certified needs its generation.', expected: 'generation' }
    : undefined)
}

const climatePlus: Rule<WithCertifications> = {
  code: 'CERT_CLIMATE_PLUS',
  severity: 'error',
  title: 'EPEAT Climate+ without EPEAT',
  cause: 'EPEAT Climate+ is a designation of registered products, and the record names no EPEAT registration.',
  fix: 'Add the EPEAT registration.',
  source: 'EPEAT Climate+',
  check ({ certifications }) {
    if (certifications === undefined || certifications.some(({ scheme }) => scheme === 'epeat')) return undefined
    return certifications.flatMap(({ scheme }, index): Finding[] => scheme === 'epeatClimatePlus'
      ? [{ pointer: `${AT}/${index}`, detail: 'EPEAT Climate+ needs an EPEAT registration in the same list.', expected: 'an entry with the scheme epeat' }]
      : [])
  }
}

const tierScheme: Rule<WithCertifications> = {
  code: 'CERT_TIER_SCHEME',
  severity: 'error',
  title: 'A tier in a scheme that has none',
  cause: 'Bronze, silver and gold are tiers of EPEAT; the scheme of this entry has no such tiers.',
  fix: 'Remove the tier, or correct the scheme.',
  source: 'EPEAT registry',
  check: onEach(({ scheme, tier }, pointer) => tier === undefined || scheme === 'epeat' || scheme === 'other'
    ? undefined
    : { pointer: `${pointer}/tier`, detail: `${scheme} has no tiers.`, received: tier })
}

const schemeName: Rule<WithCertifications> = {
  code: 'CERT_SCHEME_NAME',
  severity: 'error',
  title: 'Scheme not named',
  cause: 'The scheme is "other", and nothing says which.',
  fix: 'Name the scheme in schemeName.',
  source: 'Logic of the record',
  check: onEach(({ scheme, schemeName: name }, pointer) => scheme === 'other' && name === undefined
    ? { pointer, detail: 'The scheme "other" needs a name.', expected: 'schemeName' }
    : undefined)
}

const dates: Rule<WithCertifications> = {
  code: 'CERT_DATES',
  severity: 'error',
  title: 'The certificate ends before it begins',
  cause: 'The last day of the certificate lies before its first.',
  fix: 'Copy both dates from the certificate.',
  source: 'Logic of the record',
  check: onEach(({ validFrom, validTo }, pointer) => validFrom === undefined || validTo === undefined || validTo >= validFrom
    ? undefined
    : { pointer: `${pointer}/validTo`, detail: `The certificate begins on ${validFrom}.`, expected: `${validFrom} or later`, received: validTo })
}

const expired: Rule<WithCertifications> = {
  code: 'CERT_EXPIRED',
  severity: 'warning',
  title: 'Certificate expired',
  cause: 'The last day of the certificate is past.',
  fix: 'Renew the certificate and submit the new one, or remove the entry.',
  source: 'Certificates are limited in time',
  check: onEach(({ validTo }, pointer, today) => validTo === undefined || validTo >= today
    ? undefined
    : { pointer: `${pointer}/validTo`, detail: `The certificate expired before today, ${today}.`, received: validTo })
}

const duplicate: Rule<WithCertifications> = {
  code: 'CERT_DUPLICATE',
  severity: 'error',
  title: 'The same certificate twice',
  cause: 'Two entries have the same scheme, generation and registration, so it is open which one holds.',
  fix: 'Keep one entry; several countries go into one list.',
  source: 'Logic of the record',
  check ({ certifications }) {
    const first = new Map<string, number>()
    return certifications?.flatMap(({ scheme, schemeName: name, generation, registrationId }, index): Finding[] => {
      const key = JSON.stringify([scheme, name, generation, registrationId])
      const earlier = first.get(key)
      if (earlier !== undefined) return [{ pointer: `${AT}/${index}`, detail: `Entry ${earlier + 1} is the same certificate.` }]
      first.set(key, index)
      return []
    })
  }
}

export const certificationRules = [
  epeat, tcoGeneration, climatePlus, tierScheme, schemeName, dates, expired, duplicate
] satisfies readonly Rule<WithCertifications>[]
