/**
 * Every fixture of every schema version. A valid one raises nothing at all: those named by a code come as close to raising it as can be.
 * An invalid one raises the code it is named by and nothing else, where and how `expected.json` says; a warning alone leaves it accepted.
 *
 * How to add one: a file `valid/<anything>.json`, or `invalid/<CODE>[.<case>].json` and its line in `expected.json`.
 */
import { readdir, readFile } from 'node:fs/promises'
import t from 'tap'
import { MAX_RECEIVED_LENGTH, valueAtPointer } from '../../../src/domain/issue.js'
import { createRecordValidator } from '../../../src/domain/record-validation.js'
import { SCHEMA_ISSUES } from '../../../src/domain/schema-issue-catalogue.js'
import { SCHEMA_VERSIONS } from '../../../src/domain/schema-versions/registry.js'
import { projectPath } from '../../../src/project-root.js'

interface Expectation { readonly severity: 'error' | 'warning', readonly pointer: string }

const validator = createRecordValidator()
const context = { today: '2026-11-21' }

/** No document can raise it: it stands for keywords that a later schema may use. */
const WITHOUT_FIXTURE = ['SCHEMA_MISMATCH']

async function readJson (path: string): Promise<unknown> {
  return JSON.parse(await readFile(path, 'utf8'))
}

t.test('every released version has fixtures, and no other', async t => {
  t.same((await readdir(projectPath('test/fixtures'))).filter(name => /^\d/.test(name)).sort(), SCHEMA_VERSIONS.map(({ version }) => version).sort())
})

for (const { version, rules } of SCHEMA_VERSIONS) {
  const folder = projectPath(`test/fixtures/${version}`)

  t.test(`${version}: valid fixtures raise nothing`, async t => {
    for (const file of await readdir(`${folder}/valid`)) {
      const result = validator.validate(await readJson(`${folder}/valid/${file}`), context)
      t.same(result.valid ? result.accepted.warnings : result.issues, [], file)
    }
  })

  t.test(`${version}: invalid fixtures raise the code that they are named by`, async t => {
    const expected = await readJson(`${folder}/expected.json`) as Record<string, Expectation>
    const names = (await readdir(`${folder}/invalid`)).map(file => file.replace(/\.json$/, '')).sort()
    t.same(names, Object.keys(expected).sort(), 'expected.json names every fixture')
    for (const name of names) {
      const document = await readJson(`${folder}/invalid/${name}.json`)
      const result = validator.validate(document, context)
      const issues = result.valid ? result.accepted.warnings : result.issues
      const { severity, pointer } = expected[name]!
      t.same(issues.map(issue => ({ code: issue.code, severity: issue.severity, pointer: issue.pointer })),
        [{ code: name.split('.')[0], severity, pointer }], name)
      t.equal(result.valid, severity === 'warning', `${name} is ${severity === 'warning' ? 'accepted' : 'refused'}`)
      t.not(valueAtPointer(document, pointer), undefined, `${name}: the pointer resolves`)
      const [issue] = issues
      t.ok(issue !== undefined && issue.detail.endsWith(issue.detail.endsWith('?') ? '?' : '.'), `${name}: the detail is a sentence`)
      t.ok((issue?.received?.length ?? 0) <= MAX_RECEIVED_LENGTH)
    }
  })

  t.test(`${version}: every code that a record can raise has a fixture`, async t => {
    const files = await readdir(`${folder}/invalid`)
    const codes = new Set(files.map(file => file.split('.')[0]))
    for (const { code } of [...SCHEMA_ISSUES, ...rules]) {
      t.equal(codes.has(code), !WITHOUT_FIXTURE.includes(code), code)
    }
  })
}
