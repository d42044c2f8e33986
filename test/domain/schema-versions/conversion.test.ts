/**
 * The laws of conversion, over every fixture that is accepted and over mixtures of their groups: a result is valid in its version by schema
 * and rules, and where nothing is said to be lost the way back gives the original.
 */
import fc from 'fast-check'
import { readdir, readFile } from 'node:fs/promises'
import t from 'tap'
import { valueAtPointer } from '../../../src/domain/issue.js'
import { createRecordValidator } from '../../../src/domain/record-validation.js'
import { convertRecord, type JsonObject } from '../../../src/domain/schema-versions/conversion.js'
import { SCHEMA_VERSIONS } from '../../../src/domain/schema-versions/registry.js'
import { projectPath } from '../../../src/project-root.js'
import { holds } from '../../support/properties.js'

const validator = createRecordValidator()
const context = { today: '2026-11-21' }

function errorsOf (record: unknown): string[] {
  const result = validator.validate(record, context)
  return result.valid ? [] : result.issues.filter(({ severity }) => severity === 'error').map(({ code, pointer }) => `${code} ${pointer}`)
}

/** Every accepted record among the fixtures, those that only warn included. */
const accepted = (await Promise.all(SCHEMA_VERSIONS.flatMap(({ version }) => ['valid', 'invalid'].map(async kind => {
  const folder = projectPath(`test/fixtures/${version}/${kind}`)
  return await Promise.all((await readdir(folder)).map(async file => JSON.parse(await readFile(`${folder}/${file}`, 'utf8')) as JsonObject))
})))).flat().filter(record => validator.validate(record, context).valid)

const byVersion = new Map(SCHEMA_VERSIONS.map(({ version }) => [version, accepted.filter(record => record['schemaVersion'] === version)]))

/** One accepted record with some of the groups of others, as far as the whole is accepted too. */
function mixtures (version: string): fc.Arbitrary<JsonObject> {
  const pool = byVersion.get(version)!
  return fc.array(fc.constantFrom(...pool), { minLength: 1, maxLength: 5 })
    .map(parts => Object.assign({}, ...parts.map(({ product: _product, validTo: _validTo, ...groups }) => groups), { product: parts[0]!['product'] }) as JsonObject)
    .filter(record => validator.validate(record, context).valid)
}

for (const { version: from } of SCHEMA_VERSIONS) {
  for (const { version: to } of SCHEMA_VERSIONS) {
    if (from === to) continue
    t.test(`${from} to ${to}`, async t => {
      let converted = 0
      let refused = 0
      const law = (record: JsonObject): boolean => {
        const original = structuredClone(record)
        const result = convertRecord(SCHEMA_VERSIONS, record, from, to)
        t.equal(JSON.stringify(record), JSON.stringify(original), 'the record is left as it was')
        if ('obstacles' in result) {
          refused++
          return result.obstacles.length > 0 && result.obstacles.every(({ pointer }) => valueAtPointer(record, pointer) !== undefined)
        }
        converted++
        const errors = errorsOf(result.record)
        if (errors.length > 0 || result.record['schemaVersion'] !== to) throw new Error(`${errors.join()} in ${JSON.stringify(result.record)}`)
        if (result.losses.length > 0) return true
        const back = convertRecord(SCHEMA_VERSIONS, result.record, to, from)
        if (!('record' in back)) throw new Error(`There is no way back: ${JSON.stringify(back.obstacles)}`)
        return sorted(back.record) === sorted(original)
      }
      for (const record of byVersion.get(from)!) t.ok(law(record), JSON.stringify(record))
      holds(t, fc.property(mixtures(from), law), { numRuns: 300 })
      t.ok(converted > 0, `${converted} converted, ${refused} have no place`)
    })
  }
}

function sorted (value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) => typeof member === 'object' && member !== null && !Array.isArray(member)
    ? Object.fromEntries(Object.entries(member).sort(([left], [right]) => left < right ? -1 : 1))
    : member)
}
