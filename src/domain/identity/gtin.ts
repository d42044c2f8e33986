/** GS1 keys: GTIN-8, -12, -13 and -14, and GLN. All carry the same modulo-10 check digit (GS1 General Specifications). */

const GTIN = /^(?:\d{8}|\d{12,14})$/
const GLN = /^\d{13}$/

/** The check digit that belongs behind `body`, a string of digits without its check digit. */
export function gs1CheckDigit (body: string): number {
  let sum = 0
  let weight = 3
  for (let index = body.length - 1; index >= 0; index--) {
    sum += weight * (body.charCodeAt(index) - 48)
    weight = 4 - weight
  }
  return (10 - sum % 10) % 10
}

function endsWithItsCheckDigit (digits: string): boolean {
  return digits.charCodeAt(digits.length - 1) - 48 === gs1CheckDigit(digits.slice(0, -1))
}

/**
 * The 14-digit form under which a GTIN is stored and compared: GS1 keys are right-justified and padded with zeros, so
 * `4006381333931` and `04006381333931` are one GTIN.
 *
 * @returns undefined when the text is not 8, 12, 13 or 14 digits, or its check digit is wrong
 */
export function normalizeGtin (text: string): string | undefined {
  return GTIN.test(text) && endsWithItsCheckDigit(text) ? text.padStart(14, '0') : undefined
}

/** What {@link normalizeGtin} takes, in words. */
export const EXPECTED_GTIN = 'a GTIN of 8, 12, 13 or 14 digits with its right check digit'

/** True for a Global Location Number: 13 digits of which the last is the check digit. */
export function isGln (text: string): boolean {
  return GLN.test(text) && endsWithItsCheckDigit(text)
}
