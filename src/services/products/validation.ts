/** Use case: judge records without storing anything, with the same rules as a submission. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { requireScope, type Caller } from '../../domain/access.js'
import { NO_PRODUCT } from '../../domain/identity/product-key.js'
import type { Issue } from '../../domain/issue.js'
import type { AcceptedRecord } from '../../domain/product.js'
import type { RecordValidator } from '../../domain/record-validation.js'
import { gtinOwnershipIssues } from '../../domain/rules/stored-data.js'
import { comparableRecord } from '../../domain/schema-versions/registry.js'
import type { VisibilityOf } from '../../domain/visibility.js'
import type { GtinClaims } from '../../storage/gtin-claims.js'
import type { ProductsRepository } from '../../storage/products-repository.js'
import type { Admission } from './admission.js'

export interface RecordVerdict { index: number, valid: boolean, issues: readonly Issue[] }

export type RecordJudging = ReturnType<typeof createRecordJudging>

export function createRecordJudging (parts: {
  admission: Admission
  validator: RecordValidator
  claims: GtinClaims
  products: ProductsRepository
  visibilityOf: VisibilityOf
}) {
  /** Verdicts in the order of the records; a warning alone leaves a record valid. */
  async function validate (caller: Caller, records: readonly unknown[]): Promise<RecordVerdict[]> {
    requireScope(caller, 'schemas:read')
    const verdicts: RecordVerdict[] = []
    for (const [index, document] of records.entries()) {
      const judged = parts.validator.validate(document, { today: parts.admission.today(), drafts: true })
      verdicts.push(judged.valid ? await judgeAgainstStore(caller, index, judged) : { index, valid: false, issues: judged.issues })
      await nextTurn()
    }
    return verdicts
  }

  async function judgeAgainstStore (caller: Caller, index: number, judged: Extract<ReturnType<RecordValidator['validate']>, { valid: true }>): Promise<RecordVerdict> {
    const { accepted, record } = judged
    const owners = await knownOwners(caller, accepted)
    const owned = gtinOwnershipIssues(accepted.promoted.gtins, gtin => owners.get(gtin), accepted.productId)
    const warnings = await parts.admission.storedDataWarnings(caller, comparableRecord(accepted.schemaVersion, record), accepted)
    return { index, valid: owned.length === 0, issues: [...owned, ...accepted.warnings, ...warnings, ...accepted.notices] }
  }

  /** Owners of the GTINs that the caller sees. Also for who may publish the record: only a submission, which is on record, tells of the others. */
  async function knownOwners (caller: Caller, { promoted }: AcceptedRecord): Promise<Map<string, string>> {
    if (promoted.gtins.length === 0) return new Map()
    const owners = await parts.claims.ownersOf(promoted.gtins)
    const productIds = owners.size === 0 ? [NO_PRODUCT] : [...new Set(owners.values())]
    const seen = await parts.products.findVisibleIds(productIds, await parts.visibilityOf(caller))
    return new Map([...owners].filter(([, productId]) => seen.has(productId)))
  }

  return { validate }
}
