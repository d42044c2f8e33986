import t from 'tap'
import { gtinOwnershipIssues, refurbishedFootprintIssues } from '../../../src/domain/rules/stored-data.js'

t.test('GTIN_OWNED_BY_OTHER points to each GTIN that another product owns', async t => {
  const owners = new Map([['04006381333931', 'other'], ['00036000291452', 'own']])
  const issues = gtinOwnershipIssues(['00000012345670', '04006381333931', '00036000291452'], gtin => owners.get(gtin), 'own')
  t.match(issues, [{ code: 'GTIN_OWNED_BY_OTHER', severity: 'error', pointer: '/product/gtins/1', received: '04006381333931' }])
  t.equal(issues.length, 1)
  t.same(gtinOwnershipIssues([], () => 'other', 'own'), [])
})

const source = { sourceDocumentUri: 'https://example.com/pcf.pdf' }
const footprint = { totalKgCo2e: 300, provenance: source }
const refurbished = { refurbishment: { condition: 'refurbished' }, carbonFootprint: footprint }

t.test('REFURB_FULL_PCF warns of a refurbished product with total and source of the new one', async t => {
  const [issue, ...others] = refurbishedFootprintIssues(refurbished, { carbonFootprint: { ...footprint } })
  t.match(issue, { code: 'REFURB_FULL_PCF', severity: 'warning', pointer: '/carbonFootprint/totalKgCo2e' })
  t.same(others, [])
  const byHash = { totalKgCo2e: 300, provenance: { sourceDocumentSha256: 'a'.repeat(64) } }
  t.equal(refurbishedFootprintIssues({ ...refurbished, carbonFootprint: byHash }, { carbonFootprint: byHash }).length, 1)
})

t.test('REFURB_FULL_PCF is silent where total, source or condition differ, or nothing can be compared', async t => {
  const silent = [
    [refurbished, { carbonFootprint: { ...footprint, totalKgCo2e: 300.0001 } }],
    [refurbished, { carbonFootprint: { ...footprint, provenance: { sourceDocumentUri: 'https://example.com/other.pdf' } } }],
    [{ ...refurbished, carbonFootprint: { totalKgCo2e: 300, provenance: {} } }, { carbonFootprint: { totalKgCo2e: 300, provenance: {} } }],
    [{ ...refurbished, refurbishment: { condition: 'used' } }, { carbonFootprint: footprint }],
    [{ carbonFootprint: footprint }, { carbonFootprint: footprint }],
    [{ refurbishment: { condition: 'refurbished' } }, { carbonFootprint: footprint }],
    [refurbished, {}]
  ] as const
  for (const [record, base] of silent) t.same(refurbishedFootprintIssues(record, base), [])
})
