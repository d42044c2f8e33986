/** Every finding that a record can have, for the pages and reports that explain them. */
import { LIFECYCLE_ISSUES } from './lifecycle-issues.js'
import type { IssueDescription } from './rule.js'
import { STORED_DATA_RULES } from './rules/stored-data.js'
import { SCHEMA_ISSUES } from './schema-issue-catalogue.js'
import { SCHEMA_VERSIONS } from './schema-versions/registry.js'
import { TABLE_ISSUES } from './table-issues.js'

/** Findings about who submits what where; they are no rules of a schema version. */
const ADMISSION_ISSUES: readonly IssueDescription[] = [
  {
    code: 'MANUFACTURER_NOT_YOURS',
    severity: 'error',
    title: 'The manufacturer is not one of yours',
    cause: 'A vendor publishes only records of its own manufacturers, and this name is not among them.',
    fix: 'Correct the name (your own are listed by `GET /v1/me`), or ask the operator to add the manufacturer to your organisation.',
    source: 'Practice of the exchange: every record has one publisher'
  },
  {
    code: 'PRODUCT_ID_MISMATCH',
    severity: 'error',
    title: 'The record belongs to another product',
    cause: 'Manufacturer and part number make up the product id, and those of the record give another id than the one in the path.',
    fix: 'Submit the record as a product of its own with `POST /v1/products`, or correct manufacturer and part number.',
    source: 'Practice of the exchange: the same product has the same id everywhere'
  }
]

/** Findings about a stored record that a reader asks for in another schema version. */
const READING_ISSUES: readonly IssueDescription[] = [{
  code: 'NOT_REPRESENTABLE',
  severity: 'error',
  title: 'No place in the schema version asked for',
  cause: 'The record declares something that the schema version asked for cannot do without, or it lacks something that this version demands.',
  fix: 'Read the record in one of the versions named in `available`, or as it was submitted.',
  source: 'The compatibility rules of the schema versions'
}]

/** By code, each once: a rule that several schema versions share is described by the newest. */
export const ISSUE_CATALOGUE: readonly IssueDescription[] = [...new Map([
  ...SCHEMA_ISSUES,
  ...LIFECYCLE_ISSUES,
  ...SCHEMA_VERSIONS.flatMap(({ rules }) => rules),
  ...STORED_DATA_RULES,
  ...ADMISSION_ISSUES,
  ...READING_ISSUES,
  ...TABLE_ISSUES
].map(issue => [issue.code, issue])).values()]
