/** What a cross-field rule is: what JSON Schema cannot say about a record, with everything a person needs to know about it. */
import { renderReceived, type Issue, type Severity } from './issue.js'
import { unusualTextsOf, type LocatedText } from './texts.js'

/** What a record is judged against; rules read no clock. */
export interface ValidationContext {
  /** The day of the submission, YYYY-MM-DD, in UTC. */
  readonly today: string
  /** Whether the record may follow a schema version that is not released yet; default: it may not. */
  readonly drafts?: boolean
  /** True when all texts of the record are known to be plain ASCII, so that nobody has to look. */
  readonly isPlain?: boolean
}

export interface RuleContext extends ValidationContext {
  /** The texts of the record that are more than plain ASCII, collected once for all rules. */
  readonly unusualTexts: readonly LocatedText[]
}

/** The page behind an issue code. */
export interface IssueDescription {
  /** UPPER_SNAKE_CASE, stable. */
  readonly code: string
  readonly severity: Severity
  readonly title: string
  /** Why it happens. */
  readonly cause: string
  /** What the vendor can do about it. */
  readonly fix: string
  /** The standard, law or published data behind it. */
  readonly source: string
}

/** One place in a record that breaks a rule. */
export interface Finding {
  readonly pointer: string
  readonly detail: string
  readonly expected?: string
  /** The offending value, as submitted. */
  readonly received?: unknown
  /** Where it differs from the severity of the rule. */
  readonly severity?: Severity
}

/**
 * `Slice` is the part of a record that the rule looks at, so that one rule serves every schema version that has that part.
 * `check` answers nothing (not an empty list) where the rule holds.
 */
export interface Rule<Slice> extends IssueDescription {
  readonly check: (record: Slice, context: RuleContext) => Iterable<Finding> | undefined
}

export function issueOf (rule: IssueDescription, finding: Finding): Issue {
  const issue: Issue = {
    code: rule.code, severity: finding.severity ?? rule.severity, pointer: finding.pointer, detail: finding.detail
  }
  if (finding.expected !== undefined) issue.expected = finding.expected
  if (finding.received !== undefined) issue.received = renderReceived(finding.received)
  return issue
}

/** Errors before warnings, each in the order of the rules. */
export function issuesOfRules<RecordType> (rules: readonly Rule<RecordType>[], record: RecordType, { today, isPlain = false }: ValidationContext): Issue[] {
  const context: RuleContext = { today, unusualTexts: isPlain ? [] : unusualTextsOf(record) }
  const errors: Issue[] = []
  const warnings: Issue[] = []
  for (const rule of rules) {
    const findings = rule.check(record, context)
    if (findings === undefined) continue
    for (const finding of findings) {
      const issue = issueOf(rule, finding)
      if (issue.severity === 'error') errors.push(issue)
      else warnings.push(issue)
    }
  }
  return warnings.length === 0 ? errors : [...errors, ...warnings]
}

/** What a check finds in each of many parts; undefined where it finds nothing, which is nearly always. */
export function findingsIn<Part> (parts: readonly Part[], check: (part: Part, index: number) => Finding | undefined): Finding[] | undefined {
  let findings: Finding[] | undefined
  for (let index = 0; index < parts.length; index++) {
    const finding = check(parts[index] as Part, index)
    if (finding !== undefined) (findings ??= []).push(finding)
  }
  return findings
}
