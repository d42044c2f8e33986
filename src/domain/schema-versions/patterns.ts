/**
 * Every pattern and format that a record schema uses, with what it means to a person. Error texts take the meaning from
 * here, so a pattern that is not listed would be explained by the regular expression itself; a test prevents that.
 */
export const PATTERNS = {
  trimmed: { pattern: '^\\S(.*\\S)?$', expected: 'one line of text without white space at either end' },
  gtin: { pattern: '^(\\d{8}|\\d{12,14})$', expected: '8, 12, 13 or 14 digits without spaces or dashes, as text in quotes' },
  gln: { pattern: '^\\d{13}$', expected: '13 digits' },
  partialDate: {
    pattern: '^\\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\\d|3[01]))?)?$',
    expected: 'a date YYYY-MM-DD, a month YYYY-MM or a year YYYY'
  },
  region: {
    pattern: '^([A-Z]{2}|\\d{3})$',
    expected: 'a two-letter country code (ISO 3166-1, capital letters) or a 3-digit UN M49 region such as 001 for the world'
  },
  country: { pattern: '^[A-Z]{2}$', expected: 'a two-letter country code (ISO 3166-1, capital letters)' },
  https: { pattern: '^https://', expected: 'an address that begins with https://' },
  sha256: { pattern: '^[0-9a-f]{64}$', expected: '64 hexadecimal digits in lower case' },
  ipccReport: { pattern: '^AR\\d+$', expected: 'AR and the number of the report, such as AR6' },
  packagingCode: {
    pattern: '^(C/)?[A-Z]{2,6} ?\\d{1,2}$',
    expected: 'a code of Decision 97/129/EC such as PAP 20, LDPE 4 or C/PAP 84'
  },
  r2Cosmetic: { pattern: '^C[0-9]$', expected: 'C0 to C9' },
  r2Functional: { pattern: '^F[1-6]$', expected: 'F1 to F6' },
  eprel: { pattern: '^\\d{1,12}$', expected: '1 to 12 digits' },
  ipRating: { pattern: '^IP[0-6X][0-9X]K?$', expected: 'IP and two characters, such as IP68 or IPX4' },
  cas: { pattern: '^[1-9]\\d{1,6}-\\d{2}-\\d$', expected: 'a CAS Registry Number such as 7439-92-1' },
  rohsExemption: { pattern: '^(III|IV)-\\d{1,2}(\\([a-z]{1,4}\\)){0,3}$', expected: 'the annex and number of the exemption, such as III-6(c) or III-7(a)' },
  scip: { pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$', expected: 'a SCIP number: 32 hexadecimal digits in lower case, in groups joined by dashes' },
  versionNumber: { pattern: '^\\d{1,3}(\\.\\d{1,3}){0,2}$', expected: 'a version such as 6.5' },
  lei: { pattern: '^[0-9A-Z]{18}[0-9]{2}$', expected: 'a Legal Entity Identifier: 18 digits or capital letters and 2 check digits' },
  operatorId: { pattern: '^[!-~]{1,50}$', expected: '1 to 50 characters of plain ASCII without white space' },
  localId: { pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$', expected: 'a short name within the record: up to 40 letters, digits, dots, dashes and underscores, such as pcf-2026' },
  uuid: { pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$', expected: 'a UUID in lower case' }
} as const

const FORMATS: Readonly<Record<string, string>> = {
  date: 'a date that exists, written YYYY-MM-DD',
  uri: 'a complete web address such as https://example.com/report.pdf'
}

const meaningOfPattern: ReadonlyMap<string, string> = new Map(Object.values(PATTERNS).map(({ pattern, expected }) => [pattern, expected]))

export function expectedOfPattern (pattern: string): string | undefined {
  return meaningOfPattern.get(pattern)
}

export function expectedOfFormat (format: string): string | undefined {
  return FORMATS[format]
}
