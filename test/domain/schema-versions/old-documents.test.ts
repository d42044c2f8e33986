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

t.test('the documentation tells how many demo products have a place in 2.0.0, and why the others have none', async t => {
  const files = await readdir(projectPath('seed/products'))
  const seeds = (await Promise.all(files.map(async file => JSON.parse(await readFile(projectPath(`seed/products/${file}`), 'utf8')) as JsonObject[]))).flat()
  const conversions = seeds.map(record => convertRecord(SCHEMA_VERSIONS, record, '1.0.0', '2.0.0'))
  const counts = new Map<string, number>()
  for (const conversion of conversions) {
    const notes = 'obstacles' in conversion ? conversion.obstacles : conversion.losses
    for (const reason of new Set(notes.map(note => note.reason))) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  }
  const documented = (await readFile(projectPath('docs/schema-versions.md'), 'utf8')).replaceAll(/\s+/g, ' ')
  const converted = conversions.filter(conversion => 'record' in conversion)
  const lossless = converted.filter(({ losses }) => losses.length === 0).length
  t.match(documented, `Of the ${seeds.length} demo products, which are records of 1.0.0, ${converted.length} have a place in 2.0.0, ${lossless} of them without any loss.`)
  for (const [reason, count] of counts) t.match(documented, `| ${reason} | ${count} |`)
})
