/** Rules about validity and about where the figures of each attribute group come from. */
import { addYears, dayAfter, firstDayOf, isRealPartialDate, lastDayOf } from '../dates.js'
import { normalizeManufacturerName } from '../identity/product-key.js'
import { remembered } from '../remembered.js'
import { findingsIn, type Finding, type Rule, type RuleContext } from '../rule.js'

interface Provenance {
  readonly documentDate: string
  readonly sourceDocumentUri?: string
  readonly assuranceLevel: string
  readonly verification?: { readonly verifierName: string, readonly verifiedOn: string, readonly validUntil?: string }
  readonly dataQuality: { readonly technologicalDqr?: number, readonly geographicalDqr?: number, readonly temporalDqr?: number }
}

interface Valid {
  readonly validFrom: string
  readonly validTo?: string
}

interface Named { readonly product: { readonly manufacturerName: string } }

/** Data are taken to hold for this long where their source says nothing else (PACT). */
const YEARS_OF_VALIDITY = 3

/** The day until which data of that day or period are taken to hold. */
const endOfValidity = remembered((partialDate: string) => addYears(lastDayOf(partialDate), YEARS_OF_VALIDITY))

interface Sourced {
  /** Name of the attribute group, or of the evidence that several groups may rest on. */
  readonly group: string
  /** Pointer of its provenance. */
  readonly pointer: string
  readonly provenance: Provenance
}

interface Evidence extends Provenance { readonly id: string }

/** What a part of a record says about its source and its period: a provenance of its own, or names of evidence. */
interface Part { readonly provenance?: Provenance, readonly evidenceIds?: readonly string[], readonly referencePeriodEnd?: string }

/** Whatever groups the schema version has, each has its provenance in the field of that name; or the record lists its evidence. */
function provenancesOf (record: object): readonly Sourced[] {
  if (record === latest.record) return latest.provenances
  const found: Sourced[] = []
  for (const group of Object.keys(record)) {
    const value = (record as Record<string, Part | readonly Evidence[]>)[group]
    if (group === 'evidence') {
      for (const [index, evidence] of (value as readonly Evidence[]).entries()) {
        found.push({ group: `the evidence ${evidence.id}`, pointer: `/evidence/${index}`, provenance: evidence })
      }
    } else {
      const provenance = typeof value === 'object' ? (value as Part).provenance : undefined
      if (provenance !== undefined) found.push({ group, pointer: `/${group}/provenance`, provenance })
    }
  }
  latest = { record, provenances: found }
  return found
}

/** Most of these rules ask the same of a record, one after another. (A map of weak references would make the garbage collector work for each record.) */
let latest: { record?: object, provenances: readonly Sourced[] } = { provenances: [] }

/** Every group with the day or period until which its data describe it: the end of its period, or the document date of each source. */
function periodsOf (record: object): { group: string, until: string }[] {
  const { evidence = [] } = record as { evidence?: readonly Evidence[] }
  return Object.entries(record).flatMap(([group, value]) => [value as Part].flat().flatMap(({ provenance, evidenceIds = [], referencePeriodEnd }) => {
    const sources = provenance === undefined ? evidence.filter(({ id }) => evidenceIds.includes(id)) : [provenance]
    return sources.map(({ documentDate }) => ({ group, until: referencePeriodEnd ?? documentDate }))
  }))
}

type ProvenanceCheck<Slice> = (sourced: Sourced, record: Slice, context: RuleContext) => Finding | undefined

function onEachProvenance<Slice extends object> (check: ProvenanceCheck<Slice>): Rule<Slice>['check'] {
  return (record, context) => findingsIn(provenancesOf(record), sourced => check(sourced, record, context))
}

const partialDateInvalid: Rule<object> = {
  code: 'PARTIAL_DATE_INVALID',
  severity: 'error',
  title: 'A day that does not exist',
  cause: 'The date names a day that its month does not have, for example 31 February.',
  fix: 'Correct the day, or give only the month (YYYY-MM) or the year (YYYY) when the source says no more.',
  source: 'ISO 8601; Gregorian calendar',
  check: onEachProvenance(({ pointer, provenance: { documentDate } }) => isRealPartialDate(documentDate)
    ? undefined
    : { pointer: `${pointer}/documentDate`, detail: 'There is no such day.', expected: 'a date YYYY-MM-DD that exists, a month YYYY-MM or a year YYYY', received: documentDate })
}

const validityOrder: Rule<Valid> = {
  code: 'VALIDITY_ORDER',
  severity: 'error',
  title: 'The record ends before it begins',
  cause: 'validTo is not after validFrom. validTo is the first day on which the record no longer holds.',
  fix: 'Correct one of the dates, or leave validTo out.',
  source: 'PACT, validity period',
  check ({ validFrom, validTo }) {
    if (validTo === undefined || validTo > validFrom) return undefined
    return [{ pointer: '/validTo', detail: `validTo must be after validFrom, which is ${validFrom}.`, expected: `a date after ${validFrom}`, received: validTo }]
  }
}

const validityTooLong: Rule<Valid> = {
  code: 'VALIDITY_TOO_LONG',
  severity: 'warning',
  title: 'Valid for longer than its data',
  cause: 'Data are taken to hold for three years after the end of their reference period, or after the date of their document where there is no period; the record claims to hold for longer.',
  fix: 'Shorten the validity, or submit newer data.',
  source: 'PACT, validity period of at most 3 years',
  check (record) {
    const { validTo } = record
    if (validTo === undefined) return undefined
    let earliest: { group: string, limit: string } | undefined
    for (const { group, until } of periodsOf(record)) {
      const limit = endOfValidity(until)
      if (earliest === undefined || limit < earliest.limit) earliest = { group, limit }
    }
    if (earliest === undefined || validTo <= earliest.limit) return undefined
    return [{
      pointer: '/validTo',
      detail: `The data of ${earliest.group} are taken to hold until ${earliest.limit}.`,
      expected: `${earliest.limit} or earlier`,
      received: validTo
    }]
  }
}

const stale: Rule<Valid> = {
  code: 'STALE',
  severity: 'warning',
  title: 'Data older than three years',
  cause: 'The record names no end of its validity, and the document behind this group is more than three years old.',
  fix: 'Submit newer data, or state with validTo how long the figures hold.',
  source: 'PACT, default validity of 3 years',
  check (record, { today }) {
    if (record.validTo !== undefined) return undefined
    return findingsIn(provenancesOf(record), ({ group, pointer, provenance: { documentDate } }) => {
      const limit = endOfValidity(documentDate)
      return limit >= today
        ? undefined
        : { pointer: `${pointer}/documentDate`, detail: `The data of ${group} are taken to hold until ${limit}, which is past.`, received: documentDate }
    })
  }
}

const documentDateFuture: Rule<object> = {
  code: 'DOCUMENT_DATE_FUTURE',
  severity: 'error',
  title: 'Document from the future',
  cause: 'The document date begins later than tomorrow (one day is allowed for time zones).',
  fix: 'Give the date on which the source document was issued.',
  source: 'Plausibility',
  check: onEachProvenance(({ pointer, provenance: { documentDate } }, _record, { today }) => firstDayOf(documentDate) <= today || firstDayOf(documentDate) <= dayAfter(today)
    ? undefined
    : { pointer: `${pointer}/documentDate`, detail: `The document date lies after today, ${today}.`, expected: `${dayAfter(today)} or earlier`, received: documentDate })
}

const evidenceRequired: Rule<object> = {
  code: 'EVIDENCE_REQUIRED',
  severity: 'error',
  title: 'Verified by a third party, without evidence',
  cause: 'The assurance level thirdPartyVerified is claimed, but the verification or the address of the source document is missing.',
  fix: 'Add verification (who, when, where to see it) and sourceDocumentUri, or lower the assurance level.',
  source: 'PACT, verification; EPEAT Climate+',
  check: onEachProvenance(({ pointer, provenance }) => {
    if (provenance.assuranceLevel !== 'thirdPartyVerified') return undefined
    if (provenance.verification !== undefined && provenance.sourceDocumentUri !== undefined) return undefined
    const missing = (['verification', 'sourceDocumentUri'] as const).filter(field => provenance[field] === undefined)
    return { pointer, detail: `thirdPartyVerified needs ${missing.join(' and ')}.`, expected: missing.join(', ') }
  })
}

const evidenceContradiction: Rule<object> = {
  code: 'EVIDENCE_CONTRADICTION',
  severity: 'error',
  title: 'Self-declared, yet verified',
  cause: 'The assurance level says that nobody but the vendor stands behind the figures, and a verification is given nevertheless.',
  fix: 'Raise the assurance level to what the verification supports, or remove the verification.',
  source: 'Logic of the record',
  check: onEachProvenance(({ pointer, provenance }) => provenance.assuranceLevel === 'selfDeclared' && provenance.verification !== undefined
    ? { pointer: `${pointer}/verification`, detail: 'Self-declared data have no verification.' }
    : undefined)
}

const verificationDates: Rule<object> = {
  code: 'VERIFICATION_DATES',
  severity: 'error',
  title: 'Dates of the verification contradict each other',
  cause: 'The verification ends before it was completed, or was completed in the future.',
  fix: 'Copy both dates from the certificate.',
  source: 'Logic of the record',
  check: onEachProvenance(({ pointer, provenance: { verification } }, _record, { today }) => {
    if (verification === undefined) return undefined
    const { verifiedOn, validUntil } = verification
    if (verifiedOn > today) {
      return { pointer: `${pointer}/verification/verifiedOn`, detail: `The verification lies after today, ${today}.`, expected: `${today} or earlier`, received: verifiedOn }
    }
    return validUntil === undefined || validUntil >= verifiedOn
      ? undefined
      : { pointer: `${pointer}/verification/validUntil`, detail: `The verification ends before it was completed on ${verifiedOn}.`, expected: `${verifiedOn} or later`, received: validUntil }
  })
}

const verificationExpired: Rule<object> = {
  code: 'VERIFICATION_EXPIRED',
  severity: 'warning',
  title: 'Verification expired',
  cause: 'The verification was valid until a day that is past.',
  fix: 'Renew the verification and submit the new certificate.',
  source: 'Certificates such as those for UL 2809 are limited in time',
  check: onEachProvenance(({ pointer, provenance: { verification } }, _record, { today }) => verification?.validUntil === undefined || verification.validUntil >= today
    ? undefined
    : { pointer: `${pointer}/verification/validUntil`, detail: `The verification expired before today, ${today}.`, received: verification.validUntil })
}

const verifierIsVendor: Rule<Named> = {
  code: 'VERIFIER_IS_VENDOR',
  severity: 'error',
  title: 'The vendor verified itself',
  cause: 'Third-party verification is claimed, and the verifier is the manufacturer.',
  fix: 'Name the independent verifier, or use the assurance level internallyReviewed.',
  source: 'PACT, independent third party',
  check: onEachProvenance<Named>(({ pointer, provenance: { assuranceLevel, verification } }, { product: { manufacturerName } }) => {
    if (assuranceLevel !== 'thirdPartyVerified' || verification === undefined) return undefined
    return normalizeManufacturerName(verification.verifierName) === normalizeManufacturerName(manufacturerName)
      ? { pointer: `${pointer}/verification/verifierName`, detail: 'A third party is not the manufacturer itself.', received: verification.verifierName }
      : undefined
  })
}

const DQRS = ['technologicalDqr', 'geographicalDqr', 'temporalDqr'] as const

const dqrIncomplete: Rule<object> = {
  code: 'DQR_INCOMPLETE',
  severity: 'error',
  title: 'Data quality rated in part',
  cause: 'Only one or two of the three data quality ratings are given.',
  fix: 'Give all three ratings, or none.',
  source: 'PACT, data quality indicators',
  check: onEachProvenance(({ pointer, provenance: { dataQuality } }) => {
    const isRated = dataQuality.technologicalDqr !== undefined
    if (DQRS.every(rating => (dataQuality[rating] !== undefined) === isRated)) return undefined
    const missing = DQRS.filter(rating => dataQuality[rating] === undefined)
    return { pointer: `${pointer}/dataQuality`, detail: `The ratings are incomplete: ${missing.join(' and ')} missing.`, expected: missing.join(', ') }
  })
}

export const provenanceRules = [
  partialDateInvalid, validityOrder, validityTooLong, stale, documentDateFuture, evidenceRequired, evidenceContradiction,
  verificationDates, verificationExpired, verifierIsVendor, dqrIncomplete
] satisfies readonly Rule<Valid & Named>[]
