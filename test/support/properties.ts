import fc, { type IRawProperty, type Parameters } from 'fast-check'
import type { Test } from 'tap'

/** Asserts that a property holds for generated examples; a failure shows the smallest counterexample and the seed. */
export function holds<Examples> (t: Test, property: IRawProperty<Examples, false>, parameters: Parameters<Examples> = {}): void {
  const report = fc.check(property, parameters)
  t.notOk(report.failed, report.failed ? fc.defaultReportMessage(report) ?? 'a counterexample was found' : `holds for ${report.numRuns} examples`)
}
