/**
 * Documents as they were submitted under 1.0.0, and what readers of later versions got of them when those were released: this never
 * changes, for what a reader has stored must not differ from what it would get today.
 */
import { readdir, readFile } from 'node:fs/promises'
import t from 'tap'
import { convertRecord, type JsonObject } from '../../../src/domain/schema-versions/conversion.js'
import { SCHEMA_VERSIONS } from '../../../src/domain/schema-versions/registry.js'
import { projectPath } from '../../../src/project-root.js'

interface OldDocument { record: JsonObject, as: Record<string, object> }

const folder = projectPath('test/fixtures/old-documents')

for (const file of await readdir(folder)) {
  t.test(file, async t => {
    const { record, as } = JSON.parse(await readFile(`${folder}/${file}`, 'utf8')) as OldDocument
    for (const [version, expected] of Object.entries(as)) {
      t.same(convertRecord(SCHEMA_VERSIONS, record, record['schemaVersion'] as string, version), expected, version)
    }
    const later = as['2.0.0'] as { record?: JsonObject, losses?: unknown[] }
    if (later.record === undefined || later.losses?.length !== 0) return
    const back = convertRecord(SCHEMA_VERSIONS, later.record, '2.0.0', '1.0.0')
    t.same(back, { record, losses: [] }, 'and back')
  })
}
