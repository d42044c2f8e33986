/**
 * Use case: would a proposed schema break anybody? Compares it with a released version, and tries it on stored records: those that the
 * caller may see, and of a vendor only its own, so that nothing is learnt of others.
 */
import { requireScope, type Caller } from '../../domain/access.js'
import type { Issue } from '../../domain/issue.js'
import { ExchangeError, type ProblemIssue } from '../../domain/problems.js'
import type { SchemaComparison } from '../../domain/schema-compatibility/compare-schemas.js'
import { issuesOfProposal } from '../../domain/schema-compatibility/proposed-schema.js'
import type { SchemaDifference, Side } from '../../domain/schema-compatibility/difference.js'
import type { JsonSchema } from '../../domain/schema-versions/publish.js'
import { NEWEST_SCHEMA_VERSION, resolveSchemaVersion, SCHEMA_VERSIONS } from '../../domain/schema-versions/registry.js'
import type { VisibilityOf } from '../../domain/visibility.js'
import type { ProductsRepository } from '../../storage/products-repository.js'
import { requireSchemaName } from '../schemas.js'
import { createFairTurns, type TurnLimits } from './fair-turns.js'
import { MAX_FAILURES, openSchemaSandbox, SandboxEnded, type Judgement, type SchemaSandbox } from './schema-sandbox.js'

export interface CompatibilityReport {
  comparedWith: string
  /** `breaking` if any difference breaks somebody. */
  verdict: 'compatible' | 'breaking'
  breaks: Side[]
  differences: SchemaDifference[]
  differencesComplete: boolean
  records: Judgement & {
    /** Whose records were judged. */
    judgedOf: 'own' | 'visible'
    /** False when there are more records than were judged. */
    complete: boolean
    stoppedBy?: 'number' | 'time'
  }
}

export interface CheckLimits {
  /** Milliseconds for comparing and compiling the schema, after which it is refused. */
  compareMs: number
  /** Milliseconds for trying it on records, after which the counts so far are answered. */
  judgeMs: number
  /** Records that are judged. */
  records: number
}

const CHECK_LIMITS: CheckLimits = { compareMs: 6_000, judgeMs: 3_000, records: 10_000 }

/** Records per database read. */
const CHUNK = 250

/**
 * Each check may keep a processor busy, so a process does two at a time, and one of an organisation. Who waits is served in order,
 * and no check takes longer than the wait: nobody can keep others from checking.
 */
const TURNS: TurnLimits = { atOnce: 2, waiting: 20, waitMs: 10_000 }

/** Most checks are done by then. */
const RETRY_SECONDS = 5

export type CompatibilityChecks = ReturnType<typeof createCompatibilityChecks>

export function createCompatibilityChecks (parts: { products: Pick<ProductsRepository, 'list'>, visibilityOf: VisibilityOf, monotonicMs: () => number, limits?: CheckLimits, turns?: TurnLimits }) {
  const { compareMs, judgeMs, records: mostRecords } = parts.limits ?? CHECK_LIMITS
  const turns = createFairTurns(parts.turns ?? TURNS)

  /**
   * @param proposal.version the version to compare with (`1`, `1.0.0`); default: the newest
   * @throws ExchangeError `validation-failed` when the schema cannot be used, `unavailable` when the organisation's turn did not come in time
   */
  async function check (caller: Caller, name: string, proposal: { schema: JsonSchema, version?: string }): Promise<CompatibilityReport> {
    requireScope(caller, 'schemas:write')
    requireSchemaName(name)
    const issues = issuesOfProposal(proposal.schema)
    if (issues.length > 0) throw unusableSchema(issues)
    const version = releasedVersion(proposal.version ?? NEWEST_SCHEMA_VERSION.version)
    const endTurn = await turns.turnOf(caller.organizationId)
    if (endTurn === null) throw new ExchangeError('unavailable', 'Other schemas are being checked right now. Repeat the request in a moment.', { retryAfterSeconds: RETRY_SECONDS })
    try {
      return await checkInSandbox(caller, proposal.schema, version)
    } finally {
      endTurn()
    }
  }

  async function checkInSandbox (caller: Caller, schema: JsonSchema, version: string): Promise<CompatibilityReport> {
    const sandbox = openSchemaSandbox({ schema, version })
    try {
      const { differences, isComplete } = await compare(sandbox)
      const breaks = (['pushers', 'readers'] as const).filter(side => differences.some(difference => difference.breaks.includes(side)))
      return {
        comparedWith: version,
        verdict: breaks.length === 0 && isComplete ? 'compatible' : 'breaking',
        breaks,
        differences,
        differencesComplete: isComplete,
        records: await judgeRecords(caller, sandbox)
      }
    } finally {
      await sandbox.close()
    }
  }

  async function compare (sandbox: SchemaSandbox): Promise<SchemaComparison> {
    try {
      const comparison = await sandbox.compare(compareMs)
      if ('issues' in comparison) throw unusableSchema(comparison.issues)
      return comparison
    } catch (error) {
      if (!(error instanceof SandboxEnded)) throw error
      throw unusableSchema([{
        code: 'SCHEMA_TOO_COSTLY', severity: 'error', pointer: '', detail: 'Comparing and compiling the schema takes more time, memory or nesting than is given to it.', expected: `at most ${compareMs / 1000} seconds`
      }])
    }
  }

  async function judgeRecords (caller: Caller, sandbox: SchemaSandbox): Promise<CompatibilityReport['records']> {
    const isVendor = caller.role === 'vendor'
    const filters = isVendor ? { vendor: [caller.organizationId] } : {}
    const sum: CompatibilityReport['records'] = { judgedOf: isVendor ? 'own' : 'visible', judged: 0, failed: 0, withoutPlace: 0, complete: false, failures: [] }
    let after: number | undefined
    const ends = parts.monotonicMs() + judgeMs
    try {
      while (sum.judged < mostRecords) {
        const limit = Math.min(CHUNK, mostRecords - sum.judged)
        const found = await parts.products.list(filters, await parts.visibilityOf(caller), { ...(after !== undefined && { after }), limit: limit + 1 })
        const chunk = found.slice(0, limit)
        if (chunk.length > 0) addTo(sum, await sandbox.judge(chunk.map(({ productId, schemaVersion, record }) => ({ productId, schemaVersion, bytes: record })), Math.max(ends - parts.monotonicMs(), 0)))
        if (found.length <= limit) return { ...sum, complete: true }
        after = chunk.at(-1)?.born
      }
      return { ...sum, stoppedBy: 'number' }
    } catch (error) {
      if (error instanceof SandboxEnded) return { ...sum, stoppedBy: 'time' }
      throw error
    }
  }

  return { check }
}

/** @param issues with pointers into the schema */
function unusableSchema (issues: readonly Issue[]): ExchangeError {
  return unusable('The schema cannot be compared.', issues.map(issue => ({ ...issue, pointer: `/schema${issue.pointer}` })))
}

function addTo (sum: Judgement, { judged, failed, withoutPlace, failures }: Judgement): void {
  sum.judged += judged
  sum.failed += failed
  sum.withoutPlace += withoutPlace
  sum.failures.push(...failures.slice(0, MAX_FAILURES - sum.failures.length))
}

function releasedVersion (requested: string): string {
  const version = resolveSchemaVersion(requested)?.version
  if (version !== undefined) return version
  const expected = SCHEMA_VERSIONS.map(entry => entry.version).join(', ')
  throw unusable(`There is no released schema version ${requested}.`, [{ code: 'REFERENCE_INVALID', severity: 'error', pointer: '/version', detail: 'There is no such released version.', expected, received: requested }])
}

function unusable (detail: string, issues: readonly ProblemIssue[]): ExchangeError {
  return new ExchangeError('validation-failed', detail, { issues })
}
