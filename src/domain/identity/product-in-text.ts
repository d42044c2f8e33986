/** Which product the JSON of a record is about, told from its text: for lines that were read before and need not be read again. */
import { productIdOf } from './product-key.js'

/** What the names of all fields begin with that tell a product. They are looked for together, because most of the time goes into looking. */
const PREFIX = Buffer.from('manufacturer')
const LONGEST_REST = 'PartNumber"'.length
const UNICODE_ESCAPE = Buffer.from('\\u')
const QUOTE = 0x22

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
  let partNumberAt: number | undefined
  let nameAt: number | undefined
  let manufacturerAt: number | undefined
  for (let at = text.indexOf(PREFIX); at !== -1; at = text.indexOf(PREFIX, at + 1)) {
    if (text[at - 1] !== QUOTE) continue
    const end = at + PREFIX.length
    const rest = text.toString('latin1', end, end + LONGEST_REST)
    if (rest.startsWith('PartNumber"')) {
      if (partNumberAt !== undefined) return undefined
      partNumberAt = end + 'PartNumber"'.length
    } else if (rest.startsWith('Name"')) {
      if (nameAt !== undefined) return undefined
      nameAt = end + 'Name"'.length
    } else if (rest.startsWith('"')) {
      if (manufacturerAt !== undefined) return undefined
      manufacturerAt = end + 1
    }
  }
  if (partNumberAt === undefined || (nameAt === undefined) === (manufacturerAt === undefined)) return undefined
  const partNumber = valueAt(text, partNumberAt, TEXT)
  const name = nameAt !== undefined ? valueAt(text, nameAt, TEXT) : nameIn(valueAt(text, manufacturerAt as number, FLAT_OBJECT))
  return partNumber === undefined || name === undefined ? undefined : productIdOf(name, partNumber)
}

function valueAt (text: Buffer, start: number, pattern: RegExp): string | undefined {
  return pattern.exec(text.toString('utf8', start, start + WINDOW))?.[1]
}

function nameIn (manufacturer: string | undefined): string | undefined {
  if (manufacturer === undefined) return undefined
  const found = NAME.exec(manufacturer)
  return found !== null && manufacturer.indexOf('"name"') === found.index && !manufacturer.includes('"name"', found.index + 1) ? found[1] : undefined
}
