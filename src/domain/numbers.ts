/**
 * Numbers in records: rounded once, at ingress, to {@link DECIMALS} decimals; compared in whole ten-thousandths, so that
 * no tolerance depends on binary noise.
 */
import { Decimal } from 'decimal.js'

/** Decimals kept of every number in a record. */
export const DECIMALS = 4

const UNITS_PER_ONE = 10 ** DECIMALS

/**
 * Rounds half-even to {@link DECIMALS} decimals. What is rounded is the shortest decimal text that names the double
 * (ECMAScript `Number::toString`), which for up to 15 digits is the text that the vendor wrote: `1.00005` is a tie
 * and becomes `1`, although the double lies slightly above it; `0.45299999999999996` becomes `0.453`. Minus zero becomes zero.
 */
export function roundNumber (value: number): number {
  // A quotient of whole numbers is the double nearest to that decimal, so equality means: at most 4 decimals already.
  if (Number.isInteger(value) || Math.round(value * UNITS_PER_ONE) / UNITS_PER_ONE === value) return value === 0 ? 0 : value
  const rounded = new Decimal(value).toDecimalPlaces(DECIMALS, Decimal.ROUND_HALF_EVEN).toNumber()
  return rounded === 0 ? 0 : rounded
}

/** The document with every number rounded; the very same object where nothing had to be. Never changes its argument. */
export function roundNumbers (value: unknown): unknown {
  if (typeof value === 'number') return roundNumber(value)
  if (typeof value !== 'object' || value === null) return value
  return Array.isArray(value) ? roundItems(value) : roundMembers(value as Record<string, unknown>)
}

function roundItems (items: readonly unknown[]): readonly unknown[] {
  let copy: unknown[] | undefined
  for (let index = 0; index < items.length; index++) {
    const rounded = roundNumbers(items[index])
    if (Object.is(rounded, items[index])) continue
    copy ??= [...items]
    copy[index] = rounded
  }
  return copy ?? items
}

function roundMembers (object: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  let copy: Record<string, unknown> | undefined
  for (const key in object) {
    const rounded = roundNumbers(object[key])
    if (Object.is(rounded, object[key])) continue
    copy ??= { ...object }
    copy[key] = rounded
  }
  return copy ?? object
}

/** A rounded number as whole ten-thousandths: sums and comparisons of these are exact. */
export function toUnits (value: number): number {
  return Math.round(value * UNITS_PER_ONE)
}

/**
 * How far two figures may differ: by an absolute amount, or by a percentage of the reference where that is more.
 * Kilograms of CO2e use 1 kg or 2 % (four stages each rounded to a whole percent differ by at most 2 %), masses 1 g or 2 %.
 */
export interface Tolerance {
  readonly absolute: number
  readonly percent: number
}

export const CARBON_TOLERANCE: Tolerance = { absolute: 1, percent: 2 }
export const MASS_TOLERANCE: Tolerance = { absolute: 1, percent: 2 }
export const PERCENT_TOLERANCE: Tolerance = { absolute: 0.5, percent: 0 }

/** True when `value` is greater than `reference` by more than the tolerance allows. */
export function exceeds (value: number, reference: number, tolerance: Tolerance): boolean {
  const excess = toUnits(value) - toUnits(reference)
  return excess > toUnits(tolerance.absolute) && excess * 100 > Math.abs(toUnits(reference)) * tolerance.percent
}

/** True when both figures are the same within the tolerance. */
export function near (value: number, reference: number, tolerance: Tolerance): boolean {
  const difference = Math.abs(toUnits(value) - toUnits(reference))
  return difference <= toUnits(tolerance.absolute) || difference * 100 <= Math.abs(toUnits(reference)) * tolerance.percent
}

/** The sum of the numbers given, exact to {@link DECIMALS} decimals; absent ones count nothing. */
export function sum (values: Iterable<number | undefined>): number {
  let units = 0
  for (const value of values) if (value !== undefined) units += toUnits(value)
  return units / UNITS_PER_ONE
}
