/** Which product the JSON of a record is about, told from its text: for lines that were read before and need not be read again. */
import { productIdOf } from './product-key.js'

const PART_NUMBER = /"manufacturerPartNumber"\s*:\s*"([^"\\]*)"/
const NAME = /"manufacturerName"\s*:\s*"([^"\\]*)"/
const MANUFACTURER = /"manufacturer"\s*:\s*\{([^{}]*)\}/
const NAME_OF_MANUFACTURER = /"name"\s*:\s*"([^"\\]*)"/

/**
 * The id of the product, or undefined where the text alone does not tell. Of a text that turns out to be a valid record it is the right
 * one: names that occur twice or are written with escapes are not taken.
 */
export function productInText (text: string): string | undefined {
  if (text.includes('\\u')) return undefined
  const partNumber = onlyMatch(text, PART_NUMBER, '"manufacturerPartNumber"')
  if (partNumber === undefined) return undefined
  const name = text.includes('"manufacturerName"')
    ? MANUFACTURER.test(text) ? undefined : onlyMatch(text, NAME, '"manufacturerName"')
    : nameOfManufacturer(text)
  return name === undefined ? undefined : productIdOf(name, partNumber)
}

function nameOfManufacturer (text: string): string | undefined {
  const found = MANUFACTURER.exec(text)
  if (found === null || MANUFACTURER.test(text.slice(found.index + 1))) return undefined
  return onlyMatch(found[1]!, NAME_OF_MANUFACTURER, '"name"')
}

function onlyMatch (text: string, pattern: RegExp, name: string): string | undefined {
  const found = pattern.exec(text)
  return found !== null && text.indexOf(name) === found.index && !text.includes(name, found.index + 1) ? found[1] : undefined
}
