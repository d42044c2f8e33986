/** CAS Registry Numbers: up to seven digits, two digits and a check digit, joined by dashes. */

/**
 * The check digit that belongs to `body`, the digits before it without dashes: counted from the right, each digit times its
 * position, modulo 10.
 */
export function casCheckDigit (body: string): number {
  let sum = 0
  for (let index = 0; index < body.length; index++) sum += (body.length - index) * (body.charCodeAt(index) - 48)
  return sum % 10
}

/** True for a number of that form whose check digit fits. */
export function isCasNumber (text: string): boolean {
  if (!/^[1-9]\d{1,6}-\d{2}-\d$/.test(text)) return false
  const digits = text.replaceAll('-', '')
  return digits.charCodeAt(digits.length - 1) - 48 === casCheckDigit(digits.slice(0, -1))
}
