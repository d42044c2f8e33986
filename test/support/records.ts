/** Records for tests: the example of the API description, told apart by part number and GTIN. */
import { EXAMPLE_RECORD } from '../../src/http/record-examples.js'

type Example = typeof EXAMPLE_RECORD

/** A valid record of the manufacturer "Nordwind Systems" unless told otherwise. */
export function recordOf (product: Partial<Example['product']> = {}, rest: Partial<Omit<Example, 'product'>> = {}): Example {
  const { gtins: _gtins, ...example } = EXAMPLE_RECORD.product
  return structuredClone({ ...EXAMPLE_RECORD, ...rest, product: { ...example, ...product } as Example['product'] })
}

/** A GTIN-13 of the prefix that GS1 keeps for demonstrations; a number of at most nine digits makes it unique. */
export function demonstrationGtin (number: number): string {
  const digits = `952${String(number).padStart(9, '0')}`
  const sum = [...digits].reduce((total, digit, index) => total + Number(digit) * (index % 2 === 0 ? 1 : 3), 0)
  return `${digits}${(10 - sum % 10) % 10}`
}
