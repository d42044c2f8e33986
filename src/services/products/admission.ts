/**
 * Admission: what has to be true of a submitted document before it may be written, for every door alike. The document is
 * validated, its manufacturer must be the caller's, and rules that need stored data are asked here.
 */
import { mayPublish, type Caller } from '../../domain/access.js'
import { productIdOf } from '../../domain/identity/product-key.js'
import type { Issue } from '../../domain/issue.js'
import { ExchangeError } from '../../domain/problems.js'
import type { AcceptedRecord } from '../../domain/product.js'
import type { RecordValidator } from '../../domain/record-validation.js'
import { refurbishedFootprintIssues } from '../../domain/rules/stored-data.js'
import type { VisibilityOf } from '../../domain/visibility.js'
import type { ProductsRepository } from '../../storage/products-repository.js'

/** The parts of an accepted record, of whatever schema version, that rules on stored data look at. */
type ComparableSlice = Parameters<typeof refurbishedFootprintIssues>[0] & {
  readonly refurbishment?: { readonly basedOnManufacturerPartNumber?: string }
}

export type Admission = ReturnType<typeof createAdmission>

export function createAdmission (parts: { validator: RecordValidator, products: ProductsRepository, visibilityOf: VisibilityOf, now: () => Date }) {
  /** Throws `validation-failed` with all issues, or `manufacturer-not-yours`. */
  async function admit (caller: Caller, document: unknown, expectedProductId?: string): Promise<AcceptedRecord> {
    const judged = parts.validator.validate(document, { today: today() })
    if (!judged.valid) throw invalidRecord(judged.issues)
    const { accepted, record } = judged
    if (!mayPublish(caller, accepted.promoted.manufacturerKey)) throw foreignManufacturer(caller, accepted.promoted.manufacturerName)
    if (expectedProductId !== undefined && accepted.productId !== expectedProductId) throw otherProduct(accepted)
    const warnings = await storedDataWarnings(caller, record, accepted)
    return warnings.length === 0 ? accepted : { ...accepted, warnings: [...accepted.warnings, ...warnings] }
  }

  function today (): string {
    return parts.now().toISOString().slice(0, 10)
  }

  /** Warnings of the rules that compare the record with a stored one. */
  async function storedDataWarnings (caller: Caller, record: ComparableSlice, { promoted }: AcceptedRecord): Promise<Issue[]> {
    const basePartNumber = record.refurbishment?.basedOnManufacturerPartNumber
    if (basePartNumber === undefined || record.carbonFootprint === undefined) return []
    // Anybody may have a record judged, so the comparison must not tell figures that its sender does not see.
    const base = await parts.products.find(productIdOf(promoted.manufacturerName, basePartNumber), await parts.visibilityOf(caller))
    return base === null ? [] : refurbishedFootprintIssues(record, JSON.parse(base.record.toString()) as ComparableSlice)
  }

  return { admit, storedDataWarnings, today }
}

export function invalidRecord (issues: readonly Issue[]): ExchangeError {
  const errors = issues.filter(issue => issue.severity === 'error').length
  return new ExchangeError('validation-failed', `The record has ${errors} error${errors === 1 ? '' : 's'}; nothing was stored.`, { issues })
}

function foreignManufacturer (caller: Caller, manufacturerName: string): ExchangeError {
  if (caller.role !== 'vendor') return new ExchangeError('role-not-allowed', `Records are published by vendors; ${caller.organizationName} is a ${caller.role}.`)
  return new ExchangeError('manufacturer-not-yours', `${caller.organizationName} does not publish records of ${manufacturerName}.`, {
    issues: [{
      code: 'MANUFACTURER_NOT_YOURS',
      severity: 'error',
      pointer: '/product/manufacturerName',
      detail: 'The manufacturer is not one of your organisation.',
      expected: caller.manufacturers.length === 0 ? 'no manufacturer is registered for your organisation' : `one of: ${caller.manufacturers.join(', ')}`,
      received: manufacturerName
    }]
  })
}

function otherProduct (accepted: AcceptedRecord): ExchangeError {
  const detail = 'Manufacturer and part number make up the product id, and these belong to another product than the one addressed. ' +
    'Submit them as a product of their own, and withdraw this one if it is replaced.'
  return new ExchangeError('validation-failed', 'The record belongs to another product than the one addressed.', {
    issues: [{ code: 'PRODUCT_ID_MISMATCH', severity: 'error', pointer: '/product', detail, received: accepted.productId }]
  })
}
