/**
 * The laws of conversion, over every fixture that is accepted and over mixtures of their groups: a result is valid in its version by schema
 * and rules, and where nothing is said to be lost the way back gives the original. What a record calls its evidence and its configurations
 * is no part of what it says, nor is a category that its classification tells.
 */
import fc from 'fast-check'
import { readdir, readFile } from 'node:fs/promises'
import t from 'tap'
import { valueAtPointer } from '../../../src/domain/issue.js'
import { createRecordValidator } from '../../../src/domain/record-validation.js'
import { convertRecord, type JsonObject } from '../../../src/domain/schema-versions/conversion.js'
import { SCHEMA_VERSIONS } from '../../../src/domain/schema-versions/registry.js'
import { derivedCategory } from '../../../src/domain/schema-versions/v2.0.0/category.js'
import { projectPath } from '../../../src/project-root.js'
import { holds } from '../../support/properties.js'

const validator = createRecordValidator()
const context = { today: '2026-11-21' }

function errorsOf (record: unknown): string[] {
  const result = validator.validate(record, context)
  return result.valid ? [] : result.issues.filter(({ severity }) => severity === 'error').map(({ code, pointer }) => `${code} ${pointer}`)
}

/** Every accepted record among the fixtures, those that only warn included, and among the seeds; those of 1.x also with what 2.0.0 demands. */
const fixtures = (await Promise.all(SCHEMA_VERSIONS.flatMap(({ version }) => ['valid', 'invalid'].map(async kind => {
  const folder = projectPath(`test/fixtures/${version}/${kind}`)
  return await Promise.all((await readdir(folder)).map(async file => JSON.parse(await readFile(`${folder}/${file}`, 'utf8')) as JsonObject))
})))).flat()
const seeds = (await Promise.all((await readdir(projectPath('seed/products'))).map(async file =>
  JSON.parse(await readFile(projectPath(`seed/products/${file}`), 'utf8')) as JsonObject[]))).flat()
const earlier = [...fixtures, ...seeds, ...seeds.map(record => ({ ...record, schemaVersion: '1.1.0' }))]
const accepted = [...earlier, ...earlier.flatMap((record, index) => completed(record, [412, 3.7, 1999.9][index % 3]!))]
  .filter(record => validator.validate(record, context).valid)

interface Completable {
  schemaVersion: string
  product: { manufacturerGln?: string, massKg?: number, category: string, classifications?: { scheme: string, code: string }[] }
  carbonFootprint?: { totalKgCo2e: number, systemBoundary: string, stages?: { manufacturingKgCo2e?: number }, usePhase?: { lifetimeYears?: number } }
  recycledContent?: { materials?: { basisMassG?: number }[] }
}

/** A record of 1.x with everything that 2.0.0 demands beyond. */
function completed (record: JsonObject, massG: number): JsonObject[] {
  if (!String(record['schemaVersion']).startsWith('1.')) return []
  const copy = structuredClone(record) as unknown as Completable
  const { product, carbonFootprint, recycledContent } = copy
  if (product === undefined || product === null) return []
  product.manufacturerGln ??= '4012345000009'
  product.massKg ??= 1.36
  if (!product.classifications?.some(({ scheme }) => scheme === 'unspsc' || scheme === 'hs')) {
    product.classifications = [...product.classifications ?? [], product.category === 'laptop' ? { scheme: 'unspsc', code: '43211503' } : { scheme: 'hs', code: '847160' }]
  }
  if (carbonFootprint?.systemBoundary !== undefined && carbonFootprint.systemBoundary !== 'cradleToGate') {
    carbonFootprint.stages = { manufacturingKgCo2e: Math.ceil(carbonFootprint.totalKgCo2e / 9), ...carbonFootprint.stages }
    carbonFootprint.usePhase = { lifetimeYears: 4, ...carbonFootprint.usePhase }
  }
  for (const material of recycledContent?.materials ?? []) material.basisMassG ??= massG
  return [copy as unknown as JsonObject]
}

const byVersion = new Map(SCHEMA_VERSIONS.map(({ version }) => [version, accepted.filter(record => record['schemaVersion'] === version)]))

/** One accepted record with some of the groups of others, as far as the whole is accepted too. */
function mixtures (version: string): fc.Arbitrary<JsonObject> {
  const pool = byVersion.get(version)!
  return fc.array(fc.constantFrom(...pool), { minLength: 1, maxLength: 5 })
    .map(parts => mixed(parts))
    .filter(record => validator.validate(record, context).valid)
}

/** The product of the first with the groups of all; evidence of 2.0.0 gets names that do not collide. */
function mixed (parts: readonly JsonObject[]): JsonObject {
  const product = { ...parts[0]!['product'] as JsonObject }
  const configurations = parts.flatMap(part => (part['product'] as { configurations?: unknown[] }).configurations ?? [])
  const groups = parts.map(({ product: _product, validTo: _validTo, ...rest }, index) => renamed(rest, name => `${name}-${index}`))
  const evidence = groups.flatMap(group => group['evidence'] as unknown[] | undefined ?? [])
  const footprints = groups.flatMap(group => group['carbonFootprints'] as unknown[] | undefined ?? [])
  return Object.assign({}, ...groups, {
    product: { ...product, ...(configurations.length > 0 && { configurations }) },
    ...(evidence.length > 0 && { evidence }),
    ...(footprints.length > 0 && { carbonFootprints: footprints })
  }) as JsonObject
}

function renamed (value: JsonObject, rename: (name: string) => string): JsonObject {
  return JSON.parse(JSON.stringify(value, (key, member: unknown) => key === 'evidenceIds'
    ? (member as string[]).map(rename)
    : key === 'evidence' ? (member as { id: string }[]).map(entry => ({ ...entry, id: rename(entry.id) })) : member)) as JsonObject
}

for (const { version: from } of SCHEMA_VERSIONS) {
  for (const { version: to } of SCHEMA_VERSIONS) {
    if (from === to) continue
    t.test(`${from} to ${to}`, async t => {
      let converted = 0
      let lossless = 0
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
        lossless++
        const back = convertRecord(SCHEMA_VERSIONS, result.record, to, from)
        if (!('record' in back)) throw new Error(`There is no way back: ${JSON.stringify(back.obstacles)}`)
        const [found, wanted] = [sorted(plain(back.record)), sorted(plain(original))]
        if (found !== wanted) throw new Error(`${found} instead of ${wanted}`)
        return true
      }
      for (const record of byVersion.get(from)!) t.ok(law(record), JSON.stringify(record))
      holds(t, fc.property(mixtures(from), law), { numRuns: 300 })
      t.ok(lossless > 0, `${converted} converted, ${lossless} of them without loss, ${refused} have no place`)
    })
  }
}

interface Later {
  readonly product: { readonly configurations?: readonly { readonly id: string }[], readonly classifications: readonly { scheme: string, code: string }[] }
  readonly evidence?: readonly { readonly id: string }[]
}

/** A record of 2.0.0 with its evidence and configurations in the places that name them; any other as it is. */
function plain (record: JsonObject): JsonObject {
  if (!String(record['schemaVersion']).startsWith('2.')) return record
  const { product, evidence = [] } = record as unknown as Later
  const { configurations = [] } = product
  const { evidence: _evidence, ...rest } = record
  const inPlace = JSON.parse(JSON.stringify(rest, (key, member: unknown) => {
    if (key === 'evidenceIds') return (member as string[]).map(id => withoutId(evidence.find(entry => entry.id === id)!))
    return key === 'configurationId' ? withoutId(configurations.find(({ id }) => id === member)!) : member
  })) as JsonObject
  return {
    ...inPlace,
    product: { category: derivedCategory(product.classifications), ...product, configurations: configurations.map(withoutId) }
  }
}

function withoutId ({ id: _id, ...rest }: { readonly id: string }): object {
  return rest
}

function sorted (value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) => typeof member === 'object' && member !== null && !Array.isArray(member)
    ? Object.fromEntries(Object.entries(member).sort(([left], [right]) => left < right ? -1 : 1))
    : member)
}
