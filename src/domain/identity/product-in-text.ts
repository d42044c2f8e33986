/** Which product the JSON of a record is about, told from its text: for lines that were read before and need not be read again. */
import { productIdOf } from './product-key.js'

const PART_NUMBER = Buffer.from('"manufacturerPartNumber"')
const MANUFACTURER_NAME = Buffer.from('"manufacturerName"')
const MANUFACTURER = Buffer.from('"manufacturer"')
const UNICODE_ESCAPE = Buffer.from('\\u')

const TEXT = /^\s*:\s*"([^"\\]*)"/
const FLAT_OBJECT = /^\s*:\s*\{([^{}]*)\}/
const NAME = /"name"\s*:\s*"([^"\\]*)"/

/** Bytes behind a name in which its value is looked for. */
const WINDOW = 1_024

/**
 * The id of the product, or undefined where the text alone does not tell. Of a text that turns out to be a valid record it is the right
 * one: names that occur twice or are written with escapes are not taken. Only what is needed is made into a string.
 *
 * @param text JSON in UTF-8
 */
export function productInText (text: Buffer): string | undefined {
  if (text.includes(UNICODE_ESCAPE)) return undefined
  const partNumber = onlyValue(text, PART_NUMBER, TEXT)
  if (partNumber === undefined) return undefined
  const manufacturer = onlyValue(text, MANUFACTURER, FLAT_OBJECT)
  const name = manufacturer === undefined
    ? onlyValue(text, MANUFACTURER_NAME, TEXT)
    : text.includes(MANUFACTURER_NAME) ? undefined : nameIn(manufacturer)
  return name === undefined ? undefined : productIdOf(name, partNumber)
}

/** What follows the name, if that occurs once. */
function onlyValue (text: Buffer, name: Buffer, pattern: RegExp): string | undefined {
  const at = text.indexOf(name)
  if (at === -1 || text.includes(name, at + 1)) return undefined
  const start = at + name.length
  return pattern.exec(text.toString('utf8', start, start + WINDOW))?.[1]
}

function nameIn (manufacturer: string): string | undefined {
  const found = NAME.exec(manufacturer)
  return found !== null && manufacturer.indexOf('"name"') === found.index && !manufacturer.includes('"name"', found.index + 1) ? found[1] : undefined
}
