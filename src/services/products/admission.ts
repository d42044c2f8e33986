/**
 * Admission: what has to be true of a submitted document before it may be written, for every door alike. The document is
 * validated, its manufacturer must be the caller's, and rules that need stored data are asked here.
 */
import { aRole, mayPublish, type Caller } from '../../domain/access.js'
import { productIdOf } from '../../domain/identity/product-key.js'
import type { Issue } from '../../domain/issue.js'
import { ExchangeError } from '../../domain/problems.js'
import type { AcceptedRecord } from '../../domain/product.js'
import type { RecordValidator } from '../../domain/record-validation.js'
import { refurbishedFootprintIssues } from '../../domain/rules/stored-data.js'
import type { ComparableRecord } from '../../domain/schema-versions/exchange-view.js'
import { comparableRecord, requireSchemaVersion } from '../../domain/schema-versions/registry.js'
import type { VisibilityOf } from '../../domain/visibility.js'
import type { ProductsRepository } from '../../storage/products-repository.js'

export type Admission = ReturnType<typeof createAdmission>

export function createAdmission (parts: { validator: RecordValidator, products: ProductsRepository, visibilityOf: VisibilityOf, now: () => Date }) {
  /**
   * Throws `validation-failed` with all issues, or `manufacturer-not-yours`.
   *
   * @param purpose.productId the product that the record has to belong to
   * @param purpose.dryRun whether nothing will be stored; only then a record may follow the draft of a schema version
   */
  async function admit (caller: Caller, document: unknown, purpose: { productId?: string, dryRun: boolean }): Promise<AcceptedRecord> {
    const judged = parts.validator.validate(document, { today: today(), drafts: purpose.dryRun })
    if (!judged.valid) throw invalidRecord(judged.issues)
    const { accepted, record } = judged
    assertOwn(caller, accepted)
    if (purpose.productId !== undefined && accepted.productId !== purpose.productId) throw otherProduct(accepted)
    return await withComparisons(caller, accepted, comparableRecord(accepted.schemaVersion, record))
  }

  /** @throws ExchangeError `manufacturer-not-yours` */
  function assertOwn (caller: Caller, accepted: AcceptedRecord): void {
    if (!mayPublish(caller, accepted.promoted.manufacturerKey)) throw foreignManufacturer(caller, accepted)
  }

  /** The record, with what comparing it with another one shows. */
  async function withComparisons (caller: Caller, accepted: AcceptedRecord, compared: ComparableRecord): Promise<AcceptedRecord> {
    const comparisons = await storedDataWarnings(caller, compared, accepted)
    return comparisons.length === 0 ? accepted : { ...accepted, notices: [...accepted.notices, ...comparisons] }
  }

  function today (): string {
    return parts.now().toISOString().slice(0, 10)
  }

  /** Warnings of the rules that compare the record with one that the caller sees. For the caller alone: who reads the record may not see the other. */
  async function storedDataWarnings (caller: Caller, compared: ComparableRecord, { promoted }: AcceptedRecord): Promise<Issue[]> {
    const basePartNumber = compared.basedOnManufacturerPartNumber
    if (basePartNumber === undefined || compared.footprints.length === 0) return []
    // Anybody may have a record judged, so the comparison must not tell figures that its sender does not see.
    const base = await parts.products.find(productIdOf(promoted.manufacturerName, basePartNumber), await parts.visibilityOf(caller))
    return base === null ? [] : refurbishedFootprintIssues(compared, comparableRecord(base.schemaVersion, JSON.parse(base.record.toString())))
  }

  return { admit, assertOwn, withComparisons, storedDataWarnings, today }
}

export function invalidRecord (issues: readonly Issue[]): ExchangeError {
  const errors = issues.filter(issue => issue.severity === 'error').length
  return new ExchangeError('validation-failed', `The record has ${errors} error${errors === 1 ? '' : 's'}; nothing was stored.`, { issues })
}

function foreignManufacturer (caller: Caller, { schemaVersion, promoted: { manufacturerName } }: AcceptedRecord): ExchangeError {
  if (caller.role !== 'vendor') return new ExchangeError('role-not-allowed', `Records are published by vendors; ${caller.organizationName} is ${aRole(caller.role)}.`)
  return new ExchangeError('manufacturer-not-yours', `${caller.organizationName} does not publish records of ${manufacturerName}.`, {
    issues: [{
      code: 'MANUFACTURER_NOT_YOURS',
      severity: 'error',
      pointer: requireSchemaVersion(schemaVersion).view.manufacturerPointer,
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
