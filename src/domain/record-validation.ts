/** The one validator of submitted records, behind every door: single and batch submission, imports, seeds and commands. */
import { productIdOf } from './identity/product-key.js'
import { MAX_ISSUES_PER_DOCUMENT, renderReceived, valueAtPointer, type Issue } from './issue.js'
import { DECIMALS, roundNumbers } from './numbers.js'
import type { AcceptedRecord } from './product.js'
import type { ValidationContext } from './rule.js'
import { lifecycleIssue } from './lifecycle-issues.js'
import { RECORD_FIELD_PATHS } from './record-fields.js'
import { contentOf, type RecordContent } from './record-content.js'
import { createSchemaValidator, type SchemaValidator } from './schema-validator.js'
import { SCHEMA_LIFECYCLES, type SchemaLifecycles } from './schema-versions/lifecycle.js'
import { DRAFT_SCHEMA_VERSIONS, SCHEMA_VERSIONS } from './schema-versions/registry.js'
import type { SchemaVersion } from './schema-versions/schema-version.js'

type RecordValidation =
  /** `record` is what was accepted: the document with its numbers rounded. It follows the schema `accepted.schemaVersion`. */
  | { readonly valid: true, readonly accepted: AcceptedRecord, readonly record: Readonly<Record<string, unknown>> }
  /** At least one error, and the warnings that were found with it; at most 50 issues. */
  | { readonly valid: false, readonly issues: readonly Issue[] }

export interface RecordValidator {
  /**
   * Judges one parsed JSON document, which is not changed. Errors of the schema come first; the cross-field rules run only when
   * the document fits its schema, on numbers rounded half-even to 4 decimals.
   *
   * @param context.content that of the document, where it is known; then none of its numbers has to be rounded
   */
  validate: (document: unknown, context: ValidationContext & { readonly content?: RecordContent }) => RecordValidation
  /** Whether the document follows a schema version of which nothing has to be said. */
  isCurrent: (document: unknown) => boolean
}

interface CompiledVersion {
  readonly definition: SchemaVersion
  /** What the life of the version says about every record in it. */
  readonly notice: Issue | undefined
  readonly schemaIssuesOf: SchemaValidator
}

/**
 * For every schema, drafts included. Keeps what it compiles; make one and keep it.
 *
 * @param lifecycles where each released version is in its life: retired ones are refused, deprecated ones come with a notice
 */
export function createRecordValidator ({ lifecycles = SCHEMA_LIFECYCLES }: { lifecycles?: SchemaLifecycles } = {}): RecordValidator {
  const released = compiled(SCHEMA_VERSIONS, version => lifecycleIssue(version, lifecycles[version]))
  const drafts = compiled(DRAFT_SCHEMA_VERSIONS)
  const accepted = SCHEMA_VERSIONS.map(({ version }) => version).filter(version => lifecycles[version]?.status !== 'retired').join(', ')

  return {
    validate (document, context) {
      const named = (document as { schemaVersion?: unknown } | null | undefined)?.schemaVersion
      const draft = drafts.get(named)
      if (draft !== undefined && context.drafts !== true) return { valid: false, issues: [draftIssue(draft.definition, accepted)] }
      const version = released.get(named) ?? draft
      if (version === undefined) return { valid: false, issues: [versionIssue(document, accepted)] }
      const { definition, notice, schemaIssuesOf } = version
      // Said alone: the record has to be written anew in another version, so findings in this one are of no use.
      if (notice?.severity === 'error') return { valid: false, issues: [notice] }

      const schemaIssues = schemaIssuesOf(document)
      if (schemaIssues !== undefined) return { valid: false, issues: schemaIssues.map(issue => withOtherVersions(issue, definition.version)) }

      const record = (context.content === undefined ? roundNumbers(document) : document) as Readonly<Record<string, unknown>>
      // Rounding can carry a number over the edge of its range: 0.00001 kg would become a declared zero.
      const roundingIssues = record === document ? undefined : schemaIssuesOf(record)
      if (roundingIssues !== undefined) return { valid: false, issues: roundingIssues.map(issue => afterRounding(issue, document)) }

      const content = context.content ?? contentOf(record)
      const issues = definition.issuesOf(record, { today: context.today, isPlain: content.isPlain })
      if (issues[0]?.severity === 'error') return { valid: false, issues: issues.slice(0, MAX_ISSUES_PER_DOCUMENT) }
      const findings = { warnings: issues.slice(0, MAX_ISSUES_PER_DOCUMENT), notices: notice === undefined ? [] : [notice] }
      return { valid: true, accepted: accept(definition, record, content, findings), record }
    },

    isCurrent (document) {
      const version = released.get((document as { schemaVersion?: unknown } | null | undefined)?.schemaVersion)
      return version !== undefined && version.notice === undefined
    }
  }
}

function compiled (versions: readonly SchemaVersion[], noticeOf: (version: string) => Issue | undefined = () => undefined): ReadonlyMap<unknown, CompiledVersion> {
  return new Map(versions.map(definition => {
    const { version, schema } = definition
    return [version, { definition, notice: noticeOf(version), schemaIssuesOf: createSchemaValidator(schema) }]
  }))
}

function accept (definition: SchemaVersion, record: unknown, { bytes, hash }: RecordContent, findings: Pick<AcceptedRecord, 'warnings' | 'notices'>): AcceptedRecord {
  const promoted = definition.view.promote(record)
  return {
    productId: productIdOf(promoted.manufacturerKey, promoted.partNumberKey),
    schemaVersion: definition.version,
    rulesetVersion: definition.rulesetVersion,
    bytes,
    hash,
    promoted,
    ...findings
  }
}

/** What took the place of a field of an earlier version under a name that is not like it. */
const SUCCESSORS: Readonly<Record<string, string>> = { provenance: 'evidenceIds', refurbishment: 'secondLife' }

/** Says of an unknown field which other versions have it, and what it became. */
function withOtherVersions (issue: Issue, version: string): Issue {
  if (issue.code !== 'SCHEMA_UNKNOWN_FIELD') return issue
  const path = issue.pointer.slice(1).replaceAll(/\/\d+(?=\/)/g, '').replaceAll('/', '.')
  const others = [...RECORD_FIELD_PATHS].flatMap(([other, paths]) => paths.has(path) ? [other] : [])
  if (others.length === 0) return issue
  const name = path.split('.').at(-1)!
  const successor = Object.hasOwn(SUCCESSORS, name) ? SUCCESSORS[name] : undefined
  const known = successor !== undefined && RECORD_FIELD_PATHS.get(version)?.has(`${path.slice(0, path.length - name.length)}${successor}`) === true
  const hint = known && issue.expected === undefined ? ` Version ${version} has ${successor} instead.` : ''
  return { ...issue, detail: `${issue.detail} It is a field of version ${others.join(', ')}.${hint}`, ...(hint !== '' && { expected: successor! }) }
}

/** Shows the number as it was submitted, and why it is judged otherwise. */
function afterRounding (issue: Issue, document: unknown): Issue {
  const detail = `Numbers are rounded to ${DECIMALS} decimals, which leaves ${issue.received}. ${issue.detail}`
  return { ...issue, detail, received: renderReceived(valueAtPointer(document, issue.pointer)) }
}

function draftIssue ({ version }: SchemaVersion, expected: string): Issue {
  return {
    code: 'SCHEMA_VERSION_DRAFT',
    severity: 'error',
    pointer: '/schemaVersion',
    detail: `Schema version ${version} is a draft: its records can be tried out with dryRun or validate, and are not stored.`,
    expected,
    received: version
  }
}

/** The version selects the schema, so without a known one there is nothing else to say about the document. */
function versionIssue (document: unknown, expected: string): Issue {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    const code = document === null ? 'SCHEMA_NULL' : 'SCHEMA_TYPE'
    return { code, severity: 'error', pointer: '', detail: 'A record is a JSON object.', expected: 'an object', received: renderReceived(document) }
  }
  if (!Object.hasOwn(document, 'schemaVersion')) {
    return {
      code: 'SCHEMA_VERSION_REQUIRED',
      severity: 'error',
      pointer: '',
      detail: 'The record lacks schemaVersion, which says how the rest is to be read.',
      expected
    }
  }
  return {
    code: 'SCHEMA_VERSION_UNKNOWN',
    severity: 'error',
    pointer: '/schemaVersion',
    detail: 'This schema version is not known here.',
    expected,
    received: renderReceived((document as { schemaVersion: unknown }).schemaVersion)
  }
}
