/** Rules about what identifies and classifies a product. */
import { gs1CheckDigit, isGln, normalizeGtin } from '../identity/gtin.js'
import { findingsIn, type Finding, type Rule } from '../rule.js'

interface Identified {
  readonly product: {
    readonly gtins?: readonly string[]
    readonly manufacturerGln?: string
  }
}

interface Classified {
  readonly product: { readonly classifications?: readonly { readonly scheme: string, readonly code: string, readonly version?: string }[] }
}

interface Registered {
  readonly product: { readonly externalIds?: readonly { readonly scheme: string, readonly value: string }[] }
}

const gtinCheckDigit: Rule<Identified> = {
  code: 'GTIN_CHECK_DIGIT',
  severity: 'error',
  title: 'GTIN with a wrong check digit',
  cause: 'The last digit of a GTIN is computed from the others, and here it does not fit: a digit was mistyped, lost or swapped.',
  fix: 'Compare the number with the bar code or the GS1 registration.',
  source: 'GS1 General Specifications, check digit calculation',
  check ({ product: { gtins } }) {
    return gtins && findingsIn(gtins, (gtin, index) => normalizeGtin(gtin) !== undefined
      ? undefined
      : {
          pointer: `/product/gtins/${index}`,
          detail: 'The check digit of this GTIN does not fit its other digits.',
          expected: `check digit ${gs1CheckDigit(gtin.slice(0, -1))} if all other digits are right`,
          received: gtin
        })
  }
}

const gtinDuplicate: Rule<Identified> = {
  code: 'GTIN_DUPLICATE',
  severity: 'error',
  title: 'The same GTIN twice',
  cause: 'GTINs are compared in their 14-digit form, padded with zeros in front, and two of the list are the same number.',
  fix: 'List every GTIN once, in whichever length.',
  source: 'GS1 General Specifications, GTIN in a 14-digit field',
  check ({ product: { gtins } }) {
    if (gtins === undefined || gtins.length < 2) return undefined
    const first = new Map<string, number>()
    return gtins.flatMap((gtin, index): Finding[] => {
      const padded = gtin.padStart(14, '0')
      const earlier = first.get(padded)
      if (earlier === undefined) {
        first.set(padded, index)
        return []
      }
      return [{
        pointer: `/product/gtins/${index}`,
        detail: `This is the same GTIN as ${gtins[earlier]}, which is already in the list.`,
        received: gtin
      }]
    })
  }
}

const gtinRestricted: Rule<Identified> = {
  code: 'GTIN_RESTRICTED',
  severity: 'warning',
  title: 'GTIN for restricted circulation',
  cause: 'Numbers that begin with these GS1 prefixes are for use within a company or a region; elsewhere the same number can mean another product.',
  fix: 'Give the GTIN that the manufacturer registered for trade.',
  source: 'GS1 prefixes 02, 04 and 20 to 29',
  check ({ product: { gtins } }) {
    return gtins && findingsIn(gtins, (gtin, index) => {
      const prefix = restrictedPrefixOf(gtin)
      return prefix === undefined
        ? undefined
        : { pointer: `/product/gtins/${index}`, detail: `The GS1 prefix ${prefix} is for restricted circulation.`, received: gtin }
    })
  }
}

/** A GTIN-12 whose first digit is 4 is written 04... when padded, but is not meant by prefix 04. */
function restrictedPrefixOf (gtin: string): string | undefined {
  if (gtin.length === 8) return undefined
  const prefix = gtin.padStart(14, '0').slice(1, 3)
  const restricted = prefix === '02' || prefix.startsWith('2') || (prefix === '04' && gtin.length === 13)
  return restricted ? prefix : undefined
}

const glnCheckDigit: Rule<Identified> = {
  code: 'GLN_CHECK_DIGIT',
  severity: 'error',
  title: 'GLN with a wrong check digit',
  cause: 'The last digit of a Global Location Number is computed from the others, and here it does not fit.',
  fix: 'Compare the number with the GS1 registration of the manufacturer.',
  source: 'GS1 General Specifications, check digit calculation',
  check ({ product: { manufacturerGln } }) {
    if (manufacturerGln === undefined || isGln(manufacturerGln)) return undefined
    return [{
      pointer: '/product/manufacturerGln',
      detail: 'The check digit of this GLN does not fit its other digits.',
      expected: `check digit ${gs1CheckDigit(manufacturerGln.slice(0, -1))} if all other digits are right`,
      received: manufacturerGln
    }]
  }
}

const CLASSIFICATION_CODES: Readonly<Record<string, { pattern: RegExp, expected: string }>> = {
  unspsc: { pattern: /^\d{8}(?:\d{2})?$/, expected: '8 digits, or 10 with the business function' },
  hs: { pattern: /^\d{6}(?:\d{2}(?:\d{2})?)?$/, expected: '6, 8 or 10 digits without dots' },
  etim: { pattern: /^EC\d{6}$/, expected: 'EC and 6 digits' },
  gpc: { pattern: /^\d{8}$/, expected: '8 digits' }
}

const classificationFormat: Rule<Classified> = {
  code: 'CLASSIFICATION_FORMAT',
  severity: 'error',
  title: 'Not a code of this classification',
  cause: 'Every classification writes its codes in its own form, and this one does not have it.',
  fix: 'Correct the code, or the scheme that it belongs to. Write it without dots and spaces.',
  source: 'UNSPSC; Harmonized System, Combined Nomenclature and TARIC; ETIM; GS1 GPC',
  check ({ product: { classifications } }) {
    return classifications && findingsIn(classifications, ({ scheme, code }, index) => {
      const form = CLASSIFICATION_CODES[scheme]
      return form === undefined || form.pattern.test(code)
        ? undefined
        : { pointer: `/product/classifications/${index}/code`, detail: `This is not a code of ${scheme}.`, expected: form.expected, received: code }
    })
  }
}

const classificationDuplicate: Rule<Classified> = {
  code: 'CLASSIFICATION_DUPLICATE',
  severity: 'error',
  title: 'Two classes in one classification',
  cause: 'The record names two different classes of the same release of one classification; a product belongs to one.',
  fix: 'Keep the class that fits, or name the releases if the codes come from different ones.',
  source: 'One class per product and release of a classification',
  check ({ product: { classifications } }) {
    if (classifications === undefined || classifications.length < 2) return undefined
    return findingsIn(classifications, ({ scheme, code, version }, index) => {
      const earlier = classifications.find(other => other.scheme === scheme && other.version === version)?.code
      if (earlier === code) return undefined
      return {
        pointer: `/product/classifications/${index}/code`,
        detail: `${scheme} already classifies the product as ${earlier}${version === undefined ? '' : ` in release ${version}`}.`,
        received: code
      }
    })
  }
}

const EXTERNAL_IDS: Readonly<Record<string, { pattern: RegExp, expected: string }>> = {
  eprel: { pattern: /^\d{1,12}$/, expected: '1 to 12 digits' },
  icecat: { pattern: /^\d+$/, expected: 'digits' }
}

const externalIdFormat: Rule<Registered> = {
  code: 'EXTERNAL_ID_FORMAT',
  severity: 'error',
  title: 'Not an identifier of this register',
  cause: 'The register writes its identifiers in another form.',
  fix: 'Copy the identifier from the register, or correct the scheme.',
  source: 'EPREL registration numbers; Icecat product ids',
  check ({ product: { externalIds } }) {
    return externalIds && findingsIn(externalIds, ({ scheme, value }, index) => {
      const form = EXTERNAL_IDS[scheme]
      return form === undefined || form.pattern.test(value)
        ? undefined
        : { pointer: `/product/externalIds/${index}/value`, detail: `This is not an identifier of ${scheme}.`, expected: form.expected, received: value }
    })
  }
}

export const productRules = [
  gtinCheckDigit, gtinDuplicate, gtinRestricted, glnCheckDigit, classificationFormat, classificationDuplicate, externalIdFormat
] satisfies readonly Rule<Identified & Classified & Registered>[]
