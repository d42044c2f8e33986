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
const footprint = { pointer: '/carbonFootprint/totalKgCo2e', totalKgCo2e: 300, sources: [source] }
const refurbished = { condition: 'refurbished', footprints: [footprint] }

t.test('REFURB_FULL_PCF warns of a refurbished product with total and source of the new one', async t => {
  const [issue, ...others] = refurbishedFootprintIssues(refurbished, { footprints: [{ ...footprint }] })
  t.match(issue, { code: 'REFURB_FULL_PCF', severity: 'warning', pointer: '/carbonFootprint/totalKgCo2e' })
  t.same(others, [])
  const byHash = [{ ...footprint, sources: [{ sourceDocumentSha256: 'a'.repeat(64) }] }]
  t.equal(refurbishedFootprintIssues({ ...refurbished, footprints: byHash }, { footprints: byHash }).length, 1)
})

t.test('REFURB_FULL_PCF points to each of several footprints that is repeated', async t => {
  const second = { pointer: '/carbonFootprints/1/totalKgCo2e', totalKgCo2e: 280, sources: [{}, source] }
  const issues = refurbishedFootprintIssues({ ...refurbished, footprints: [{ ...footprint, totalKgCo2e: 90 }, second] }, { footprints: [footprint, { ...second, pointer: '' }] })
  t.same(issues.map(({ pointer }) => pointer), ['/carbonFootprints/1/totalKgCo2e'])
})

t.test('REFURB_FULL_PCF is silent where total, source or condition differ, or nothing can be compared', async t => {
  const silent = [
    [refurbished, { footprints: [{ ...footprint, totalKgCo2e: 300.0001 }] }],
    [refurbished, { footprints: [{ ...footprint, sources: [{ sourceDocumentUri: 'https://example.com/other.pdf' }] }] }],
    [{ ...refurbished, footprints: [{ ...footprint, sources: [{}] }] }, { footprints: [{ ...footprint, sources: [{}] }] }],
    [{ ...refurbished, condition: 'used' }, { footprints: [footprint] }],
    [{ footprints: [footprint] }, { footprints: [footprint] }],
    [{ ...refurbished, footprints: [] }, { footprints: [footprint] }],
    [refurbished, { footprints: [] }]
  ] as const
  for (const [record, base] of silent) t.same(refurbishedFootprintIssues(record, base), [])
})
