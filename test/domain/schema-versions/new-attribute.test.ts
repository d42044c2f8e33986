/**
 * A new attribute is one property of a draft and one fixture. Whatever the draft adds has to turn up everywhere by itself: in what is
 * accepted and refused, in the published schema, in the API description, in tables, and in the field dictionary.
 */
import { readFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import t from 'tap'
import { createRecordValidator } from '../../../src/domain/record-validation.js'
import { DRAFT_SCHEMA_VERSIONS, SCHEMA_VERSIONS } from '../../../src/domain/schema-versions/registry.js'
import { RECORD_SCHEMA_NAME } from '../../../src/domain/schema-versions/schema-version.js'
import { createColumnScheme } from '../../../src/formats/columns.js'
import { readWorkbookRows } from '../../../src/formats/xlsx-reader.js'
import { recordComponents } from '../../../src/http/record-components.js'
import { projectPath } from '../../../src/project-root.js'
import { createSchemaRegistry } from '../../../src/services/schemas.js'

const registry = createSchemaRegistry(version => readFileSync(projectPath(`schemas/${RECORD_SCHEMA_NAME}/${version}.json`)))
const validator = createRecordValidator()
const context = { today: '2026-11-21', drafts: true }

for (const draft of DRAFT_SCHEMA_VERSIONS) {
  const { version } = draft
  const added = registry.getFields(RECORD_SCHEMA_NAME, version).filter(({ since }) => since === version)

  t.test(`${version} adds attributes, and says what they are`, async t => {
    t.ok(added.length > 0, 'a draft without anything new is none')
    for (const { path, title, description, source, required } of added) {
      t.ok(title !== '' && description !== '' && source !== undefined && !required, path)
    }
    t.same(registry.get(RECORD_SCHEMA_NAME).drafts.find(entry => entry.version === version)?.changes.length, added.length)
  })

  for (const { path, kind } of added) {
    const names = path.replaceAll('[]', '').split('.')
    const name = names.at(-1)!
    const column = path.replaceAll('[]', '.1')

    t.test(`${version}: ${path}`, async t => {
      const folder = projectPath(`test/fixtures/${version}/valid`)
      const fixtures = await Promise.all((await readdir(folder)).map(async file => JSON.parse(await readFile(`${folder}/${file}`, 'utf8')) as object))
      const fixture = fixtures.find(document => findAt(document, names).length > 0)
      t.ok(fixture, 'a fixture has it')
      if (fixture === undefined) return

      t.ok(validator.validate(fixture, context).valid, 'it is accepted')
      const broken = structuredClone(fixture)
      for (const parent of findAt(broken, names)) parent[name] = kind === 'text' ? 1 : 'x'
      t.match(validator.validate(broken, context), { valid: false, issues: [{ code: 'SCHEMA_TYPE' }] }, 'another kind of value is refused')
      const before = { ...fixture, schemaVersion: SCHEMA_VERSIONS.at(-1)!.version }
      t.match(validator.validate(before, context), { valid: false, issues: [{ code: 'SCHEMA_UNKNOWN_FIELD' }] }, 'the version before it does not know it')

      t.match(registry.getFile(RECORD_SCHEMA_NAME, version).bytes.toString(), `"${name}": {`, 'the published schema has it')
      for (const model of ['ProductRecord', 'PublishedRecord']) t.ok(model in recordComponents(draft))
      t.equal(JSON.stringify(recordComponents(draft)).split(`"${name}":{`).length - 1, 2, 'the API description has it for requests and answers')
      t.ok(createColumnScheme(draft).find(column), 'a table has a column for it')
      t.match(await text(registry.getTemplate(RECORD_SCHEMA_NAME, version, 'csv')), column, 'the CSV template has it')
      const workbook = await buffer(registry.getTemplate(RECORD_SCHEMA_NAME, version, 'xlsx'))
      const sheet = []
      for await (const rows of readWorkbookRows({ size: workbook.length, read: (start, end) => Readable.from([workbook.subarray(start, end)]) })) sheet.push(...rows)
      t.ok([...sheet[0]?.cells?.values() ?? []].some(cell => String(cell).startsWith(column)), 'the XLSX template has it')
    })
  }
}

/** The objects that hold the last of these fields, through lists. */
function findAt (value: unknown, [name, ...rest]: readonly string[]): Record<string, unknown>[] {
  if (Array.isArray(value)) return value.flatMap(item => findAt(item, [name!, ...rest]))
  if (typeof value !== 'object' || value === null || name === undefined || !Object.hasOwn(value, name)) return []
  const object = value as Record<string, unknown>
  return rest.length === 0 ? [object] : findAt(object[name], rest)
}
