/**
 * Between schema versions: every version knows its way from the one before it (`upgrade`) and back (`downgrade`); longer ways are made
 * of those steps. What was submitted is never rewritten: conversions happen on reading, and say what they lose.
 */
import type { TSchema } from 'typebox'
import { appendToPointer } from '../issue.js'
import type { JsonSchema } from './publish.js'

export type JsonObject = Readonly<Record<string, unknown>>

/** Something that the other version has no room for, or that would have to be there and is not. */
interface Loss {
  /** JSON Pointer in the record that was converted, in the version that it had before this step. */
  readonly pointer: string
  /** One sentence. */
  readonly reason: string
}

/** A record in another version with what was lost on the way, or why there is no such record. */
export type Conversion<To = JsonObject> =
  | { readonly record: To, readonly losses: readonly Loss[] }
  | { readonly obstacles: readonly Loss[] }

/** Gathers what a conversion loses and what prevents it. */
export function createLosses () {
  const losses: Loss[] = []
  const obstacles: Loss[] = []
  return {
    /** The record has something that the other version has no room for. */
    loses: (pointer: string, reason: string): void => { losses.push({ pointer, reason }) },
    /** The other version demands something that the record does not have. */
    prevents: (pointer: string, reason: string): void => { obstacles.push({ pointer, reason }) },
    /** The result, unless something prevents it. */
    conversionTo: (record: object): Conversion => obstacles.length > 0 ? { obstacles } : { record: record as JsonObject, losses }
  }
}

/** A version as far as the way through the versions needs it. */
export interface ConvertibleVersion {
  readonly version: string
  readonly upgrade?: (previous: JsonObject) => Conversion
  readonly downgrade?: (record: JsonObject) => Conversion
}

/**
 * Converts a record that is valid in its version, step by step through the versions between.
 *
 * @param versions oldest first; both versions are among them
 */
export function convertRecord (versions: readonly ConvertibleVersion[], record: JsonObject, from: string, to: string): Conversion {
  const start = versions.findIndex(({ version }) => version === from)
  const end = versions.findIndex(({ version }) => version === to)
  if (start < 0 || end < 0) throw new Error(`There is no way from version ${from} to version ${to}.`)
  const steps = start <= end
    ? versions.slice(start + 1, end + 1).map(({ upgrade }) => upgrade)
    : versions.slice(end + 1, start + 1).reverse().map(({ downgrade }) => downgrade)
  let current = record
  const losses: Loss[] = []
  for (const step of steps) {
    if (step === undefined) throw new Error(`A version between ${from} and ${to} does not say how to convert.`)
    const result = step(current)
    if ('obstacles' in result) return result
    current = result.record
    losses.push(...result.losses)
  }
  return { record: current, losses }
}

/**
 * The record with only what the schema knows: the way back from a minor version, which adds nothing but optional fields and groups. An
 * object that is left with less than its schema demands goes as a whole.
 */
export function projectOnto (source: TSchema, version: string, record: JsonObject): Conversion {
  const losses: Loss[] = []
  const kept = keep(source as JsonSchema, { ...record, schemaVersion: version }, undefined)
  if (kept !== undefined) return { record: kept as JsonObject, losses }
  return { obstacles: [{ pointer: '', reason: `Nothing that the record declares has a place in version ${version}.` }] }

  function keep (node: JsonSchema, value: unknown, place: Place | undefined): unknown {
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) return value.map((item, index) => keep(node['items'] as JsonSchema, item, { within: place, step: index }))
    const properties = node['properties'] as Readonly<Record<string, JsonSchema>>
    const result: Record<string, unknown> = {}
    let isCut = false
    for (const name in value) {
      const member = (value as JsonObject)[name]
      const property = Object.hasOwn(properties, name) ? properties[name] : undefined
      if (property !== undefined && typeof member !== 'object') {
        result[name] = member
        continue
      }
      const projected = property === undefined ? undefined : keep(property, member, { within: place, step: name })
      if (projected !== undefined) result[name] = projected
      else {
        isCut = true
        if (property === undefined) losses.push({ pointer: appendToPointer(pointerOf(place), name), reason: `Version ${version} has no such field.` })
      }
    }
    return isCut && !isEnough(node, result) ? undefined : result
  }
}

/** A place in the record; its pointer is written only when something is to be said about it. */
interface Place { readonly within: Place | undefined, readonly step: string | number }

function pointerOf (place: Place | undefined): string {
  return place === undefined ? '' : appendToPointer(pointerOf(place.within), place.step)
}

function isEnough (node: JsonSchema, value: JsonObject): boolean {
  const { minProperties = 0, anyOf } = node as { minProperties?: number, anyOf?: readonly { required: readonly string[] }[] }
  return Object.keys(value).length >= minProperties && (anyOf === undefined || anyOf.some(({ required }) => required.every(name => name in value)))
}
