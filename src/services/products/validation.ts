/** Use case: judge records without storing anything, with the same rules as a submission. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { requireScope, type Caller } from '../../domain/access.js'
import type { Issue } from '../../domain/issue.js'
import type { RecordValidator } from '../../domain/record-validation.js'
import { gtinOwnershipIssues } from '../../domain/rules/stored-data.js'
import type { GtinClaims } from '../../storage/gtin-claims.js'
import type { Admission } from './admission.js'

export interface RecordVerdict { index: number, valid: boolean, issues: readonly Issue[] }

export type RecordJudging = ReturnType<typeof createRecordJudging>

export function createRecordJudging (parts: { admission: Admission, validator: RecordValidator, claims: GtinClaims }) {
  /** Verdicts in the order of the records; a warning alone leaves a record valid. */
  async function validate (caller: Caller, records: readonly unknown[]): Promise<RecordVerdict[]> {
    requireScope(caller, 'schemas:read')
    const verdicts: RecordVerdict[] = []
    for (const [index, document] of records.entries()) {
      const judged = parts.validator.validate(document, { today: parts.admission.today() })
      verdicts.push(judged.valid ? await judgeAgainstStore(index, judged) : { index, valid: false, issues: judged.issues })
      await nextTurn()
    }
    return verdicts
  }

  async function judgeAgainstStore (index: number, judged: Extract<ReturnType<RecordValidator['validate']>, { valid: true }>): Promise<RecordVerdict> {
    const { accepted, record } = judged
    const owners = await parts.claims.ownersOf(accepted.promoted.gtins)
    const owned = gtinOwnershipIssues(accepted.promoted.gtins, gtin => owners.get(gtin), accepted.productId)
    const warnings = await parts.admission.storedDataWarnings(record, accepted)
    return { index, valid: owned.length === 0, issues: [...owned, ...accepted.warnings, ...warnings] }
  }

  return { validate }
}
