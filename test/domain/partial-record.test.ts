import t from 'tap'
import type { Issue } from '../../src/domain/issue.js'
import { findingsBeside } from '../../src/domain/partial-record.js'

const issue = (code: string, pointer: string, expected?: string): Issue => ({ code, severity: 'error', pointer, detail: '', ...(expected !== undefined && { expected }) })

t.test('what touches a field that could not be read is not found, and neither is what rules find', async t => {
  const unread = [issue('CELL_NUMBER', '/product/massKg'), issue('CELL_DATE_AS_NUMBER', '/validFrom'), issue('CELL_NUMBER', '/packaging/0/plasticG')]
  const kept = [
    issue('SCHEMA_REQUIRED', '/product', 'manufacturerPartNumber'), issue('SCHEMA_ENUM', '/product/category'), issue('SCHEMA_RANGE', '/product/massKgNet'),
    issue('SCHEMA_REQUIRED', '/packaging/0', 'level'), issue('SCHEMA_EMPTY', '/packaging/1')
  ]
  const dropped = [
    issue('SCHEMA_REQUIRED', '', 'validFrom'), issue('SCHEMA_TYPE', '/product/massKg'), issue('SCHEMA_EMPTY', '/packaging/0'), issue('SCHEMA_DUPLICATE', '/packaging'),
    issue('SCHEMA_REQUIRED_ONE_OF', ''), issue('STAGE_SUM', '/carbonFootprint/totalKgCo2e')
  ]
  t.same(findingsBeside(unread, [...kept, ...dropped]), kept)
  t.same(findingsBeside([issue('ROW_TOO_MANY_CELLS', '')], [...kept, ...dropped]), [], 'nothing of the row could be read')
  t.same(findingsBeside([issue('CELL_NUMBER', '/schemaVersion')], [issue('SCHEMA_VERSION_REQUIRED', '', '1.0.0, 1.1.0')]), [])
})
