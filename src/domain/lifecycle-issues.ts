/** What the life of a schema version says about a record that is submitted in it. */
import type { Issue } from './issue.js'
import { issueOf, type IssueDescription } from './rule.js'
import type { SchemaLifecycle } from './schema-versions/lifecycle.js'

const REGISTRY = 'The registry of schema versions at /v1/schemas: status, dates and successor of each version'

const DEPRECATED = {
  code: 'SCHEMA_VERSION_DEPRECATED',
  severity: 'warning',
  title: 'The schema version is on its way out',
  cause: 'The record was accepted. Its schema version is deprecated: from the day named in `detail` on, records in it may be refused. The warning is about the submission; it is not stored with the record.',
  fix: 'Submit records in the version named in `expected`. `GET /v1/schemas/product-sustainability-attributes` says what is new in it.',
  source: REGISTRY
} as const satisfies IssueDescription

const RETIRED = {
  code: 'SCHEMA_VERSION_RETIRED',
  severity: 'error',
  title: 'The schema version is no longer accepted',
  cause: 'The schema version was deprecated and is now retired: records in it are still read, and new ones are refused. A patch is refused too where the record that it changes is in such a version.',
  fix: 'Submit the whole record in the version named in `expected`. Read the product with `?schema=` and that version to get the stored record converted, as far as it can be.',
  source: REGISTRY
} as const satisfies IssueDescription

export const LIFECYCLE_ISSUES: readonly IssueDescription[] = [DEPRECATED, RETIRED]

/** A warning for a version that is deprecated, an error for one that is retired; undefined where there is nothing to say. */
export function lifecycleIssue (version: string, lifecycle: SchemaLifecycle | undefined): Issue | undefined {
  if (lifecycle === undefined) throw new Error(`Schema version ${version} has no lifecycle.`)
  if (lifecycle.status === 'active') return undefined
  const { deprecatedOn, sunsetOn, successor } = lifecycle
  const place = { pointer: '/schemaVersion', received: version, expected: successor }
  if (lifecycle.status === 'retired') {
    return issueOf(RETIRED, { ...place, detail: `Schema version ${version} is retired: records in it are no longer accepted. Its successor is ${successor}.` })
  }
  const end = sunsetOn === undefined ? 'may be retired' : `may be retired from ${sunsetOn} on`
  return issueOf(DEPRECATED, { ...place, detail: `Schema version ${version} is deprecated since ${deprecatedOn} and ${end}; its successor is ${successor}.` })
}
