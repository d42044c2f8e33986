/**
 * Every fixture of every schema version. A valid one raises nothing at all: those named by a code come as close to raising it as can be.
 * An invalid one raises the code it is named by and nothing else, where and how `expected.json` says; a warning alone leaves it accepted.
 *
 * A minor version inherits the fixtures of the versions before it: it never tightens, and its older rules still find what they found.
 *
 * How to add one: a file `valid/<anything>.json`, or `invalid/<CODE>[.<case>].json` and its line in `expected.json`.
 */
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import t from 'tap'
import { MAX_RECEIVED_LENGTH, valueAtPointer } from '../../../src/domain/issue.js'
import { createRecordValidator } from '../../../src/domain/record-validation.js'
import { SCHEMA_ISSUES } from '../../../src/domain/schema-issue-catalogue.js'
import { DRAFT_SCHEMA_VERSIONS, SCHEMA_VERSIONS } from '../../../src/domain/schema-versions/registry.js'
import { projectPath } from '../../../src/project-root.js'

interface Expectation { readonly severity: 'error' | 'warning', readonly pointer: string }

const validator = createRecordValidator()
const context = { today: '2026-11-21', drafts: true }

const VERSIONS = [...SCHEMA_VERSIONS, ...DRAFT_SCHEMA_VERSIONS]

/** SCHEMA_MISMATCH stands for keywords that a later schema may use; SCHEMA_VERSION_DRAFT depends on the purpose, and is tested with the draft. */
const WITHOUT_FIXTURE = ['SCHEMA_MISMATCH', 'SCHEMA_VERSION_DRAFT']

async function readJson (path: string): Promise<unknown> {
  return JSON.parse(await readFile(path, 'utf8'))
}

t.test('every version has fixtures, and no other', async t => {
  t.same((await readdir(projectPath('test/fixtures'))).filter(name => /^\d/.test(name)).sort(), VERSIONS.map(({ version }) => version).sort())
})

for (const { version, rules } of VERSIONS) {
  const folder = projectPath(`test/fixtures/${version}`)

  t.test(`${version}: valid fixtures raise nothing`, async t => {
    for (const file of await filesIn(`${folder}/valid`)) {
      const result = validator.validate(await readJson(`${folder}/valid/${file}`), context)
      t.same(result.valid ? result.accepted.warnings : result.issues, [], file)
    }
  })

  t.test(`${version}: invalid fixtures raise the code that they are named by`, async t => {
    const expected = await readJson(`${folder}/expected.json`) as Record<string, Expectation>
    const names = (await filesIn(`${folder}/invalid`)).map(file => file.replace(/\.json$/, '')).sort()
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

  const earlier = earlierMinors(version)
  const inheritedCodes = new Set(earlier.flatMap(({ rules }) => rules.map(({ code }) => code)))

  for (const before of earlier) {
    t.test(`${version} accepts what ${before.version} accepts, and refuses for the same reason what it refuses`, async t => {
      for (const { name, document } of await readAll(`${before.version}/valid`)) {
        const result = validator.validate({ ...document, schemaVersion: version }, context)
        t.ok(result.valid, name)
        const old = result.valid ? result.accepted.warnings.filter(({ code }) => inheritedCodes.has(code)) : []
        t.same(old, [], `${name}: what is new only warns`)
      }
      for (const { name, document } of await readAll(`${before.version}/invalid`)) {
        if (name.startsWith('SCHEMA_VERSION_')) continue
        const result = validator.validate({ ...document, schemaVersion: version }, context)
        const issues = result.valid ? result.accepted.warnings : result.issues
        t.equal(issues.find(({ code }) => code === name.split('.')[0])?.code, name.split('.')[0], name)
      }
    })
  }

  t.test(`${version}: every code that a record can raise has a fixture`, async t => {
    const folders = [version, ...earlier.map(before => before.version)]
    const files = (await Promise.all(folders.map(async name => await filesIn(projectPath(`test/fixtures/${name}/invalid`))))).flat()
    const codes = new Set(files.map(file => file.split('.')[0]))
    for (const { code } of [...SCHEMA_ISSUES, ...rules]) {
      t.equal(codes.has(code), !WITHOUT_FIXTURE.includes(code), code)
    }
  })
}

function earlierMinors (version: string) {
  return VERSIONS.filter(entry => entry.version.split('.')[0] === version.split('.')[0]).filter(entry => entry.version < version)
}

async function readAll (folder: string): Promise<{ name: string, document: Record<string, unknown> }[]> {
  const files = await filesIn(projectPath(`test/fixtures/${folder}`))
  return await Promise.all(files.map(async file => ({
    name: file.replace(/\.json$/, ''), document: await readJson(projectPath(`test/fixtures/${folder}/${file}`)) as Record<string, unknown>
  })))
}

/** A minor version may have no fixtures of a kind of its own. */
async function filesIn (folder: string): Promise<string[]> {
  return existsSync(folder) ? await readdir(folder) : []
}
