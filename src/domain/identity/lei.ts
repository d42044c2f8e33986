/** Legal Entity Identifiers (aligned with ISO 17442): 20 characters whose remainder by 97, letters read as 10 to 35, is 1 (ISO/IEC 7064). */
export function isLei (text: string): boolean {
  if (!/^[0-9A-Z]{18}\d{2}$/.test(text)) return false
  let remainder = 0
  for (const character of text) {
    const value = parseInt(character, 36)
    remainder = (remainder * (value < 10 ? 10 : 100) + value) % 97
  }
  return remainder === 1
}
