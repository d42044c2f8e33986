/** Everything that an answer can carry as a `code`, with cause and fix: what `/errors` shows. */
import { ISSUE_CATALOGUE } from '../domain/issue-catalogue.js'
import { PROBLEMS, type ProblemCode } from '../domain/problems.js'
import { PROBLEM_STATUS } from './problem-status.js'
import { REQUEST_ISSUES } from './request-issues.js'

export interface ErrorPage {
  code: string
  /** `problem`: the whole answer failed. `record`: a finding in a record. `request`: a finding in a request. */
  kind: 'problem' | 'record' | 'request'
  title: string
  cause: string
  fix: string
  /** HTTP status of a problem. */
  status?: number
  /** Of a finding in a record: an `error` rejects it, a `warning` is stored with it. */
  severity?: string
  /** Of a finding in a record: the standard, law or published data behind the rule. */
  source?: string
}

export const ERROR_PAGES: ReadonlyMap<string, ErrorPage> = new Map([
  ...Object.entries(PROBLEMS).map(([code, { title, cause, fix }]): ErrorPage =>
    ({ code, kind: 'problem', title, cause, fix, status: PROBLEM_STATUS[code as ProblemCode] })),
  ...ISSUE_CATALOGUE.map(({ code, severity, title, cause, fix, source }): ErrorPage =>
    ({ code, kind: 'record', title, cause, fix, severity, source })),
  ...Object.entries(REQUEST_ISSUES).map(([code, { title, cause, fix }]): ErrorPage => ({ code, kind: 'request', title, cause, fix }))
].map(page => [page.code, page]))
