/**
 * What makes two records the same product: the manufacturer's name and its part number, compared in a normal form.
 * The submitted spelling is kept in the record; only comparisons use these keys.
 */
import { hash } from 'node:crypto'
import { parse as parseUuid } from 'uuid'
import { remembered } from '../remembered.js'

/** Namespace of product ids. Changing it would give every product of every deployment another id. */
const PRODUCT_NAMESPACE = parseUuid('b844291f-f6ed-4fb7-bd30-cf32d46ecdd5')

/** The digit of the variant, by the two bits of the hash that it keeps. */
const VARIANT = '89ab'

const WHITE_SPACE = /\s+/gu

/** ASCII words with single spaces between them, as nearly all names and part numbers are, are tidy already. */
const TIDY = /^[!-~]+(?: [!-~]+)*$/

function tidy (text: string): string {
  if (TIDY.test(text)) return text
  return text.normalize('NFC').replace(WHITE_SPACE, ' ').trim()
}

/**
 * Manufacturer names are compared without regard to case, to runs of white space and to the Unicode form.
 * Upper-casing before lower-casing approximates full case folding: `Groß` and `GROSS` are one manufacturer, and with a step before so is `GROẞ`.
 */
export const normalizeManufacturerName = remembered((name: string) => tidy(tidy(name).toLowerCase().toUpperCase().toLowerCase()))

/**
 * Part numbers are compared in upper case with white space collapsed. Nothing else is stripped: in `C/8#ABB` the slash
 * and what follows the hash tell products apart.
 */
export function normalizePartNumber (partNumber: string): string {
  return tidy(tidy(partNumber).toUpperCase())
}

/**
 * The id of a product, the same on every deployment: a version 5 UUID (RFC 9562) of both normalised keys. Takes
 * the names as submitted or already normalised.
 */
export function productIdOf (manufacturerName: string, partNumber: string): string {
  const name = JSON.stringify([normalizeManufacturerName(manufacturerName), normalizePartNumber(partNumber)])
  // As uuid's v5 does, but with the one-shot hash, which takes a third of the time: this runs for every record.
  const digits = hash('sha1', Buffer.concat([PRODUCT_NAMESPACE, Buffer.from(name)]), 'hex')
  const variant = VARIANT[Number.parseInt(digits[16]!, 16) & 3]!
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-5${digits.slice(13, 16)}-${variant}${digits.slice(17, 20)}-${digits.slice(20, 32)}`
}

/** The id of no product: read in the place of one that is not there, so that its absence costs what its being hidden costs. */
export const NO_PRODUCT = '00000000-0000-5000-8000-000000000000'
