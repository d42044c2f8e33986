/**
 * The building blocks of record schemas. A part that occurs more than once carries its name in the annotation
 * `x-component`; `publish.ts` turns each into one shared definition and the places that use it into references.
 *
 * Further annotations, for the field dictionary and for templates: `x-unit` (unit of measure) and `x-source` (the standard
 * or published data that the field comes from). None of them is part of a published schema.
 */
import { Type, type TNumberOptions, type TObject, type TObjectOptions, type TProperties, type TSchema, type TSchemaOptions, type TStringOptions } from 'typebox'
import { PATTERNS } from './patterns.js'

/** A part with a name: what is shared, and what is said about it where the place that uses it says nothing. */
export interface ComponentName {
  readonly name: string
  readonly title: string
  readonly description: string
}

/** What every field says about itself. */
interface FieldText {
  readonly title: string
  readonly description: string
  /** The standard, law or published data that the field comes from. */
  readonly source?: string
  readonly examples?: readonly unknown[]
}

function annotate ({ source, ...text }: FieldText): TSchemaOptions {
  return source === undefined ? text : { ...text, 'x-source': source }
}

const TEXT: ComponentName = {
  name: 'text',
  title: 'Text',
  description: 'One line of text without white space at either end, in Unicode normal form C.'
}

export function text (field: FieldText) {
  return Type.String({ minLength: 1, maxLength: 200, pattern: PATTERNS.trimmed.pattern, 'x-component': TEXT, ...annotate(field) })
}

/** Text with a limit of its own. */
export function trimmedString (maxLength: number, field: FieldText) {
  return Type.String({ minLength: 1, maxLength, pattern: PATTERNS.trimmed.pattern, ...annotate(field) })
}

export function string (constraints: TStringOptions, field: FieldText) {
  return Type.String({ ...constraints, ...annotate(field) })
}

const PERCENT: ComponentName = {
  name: 'percent',
  title: 'Percentage',
  description: 'A percentage from 0 to 100; a share of one half is 50, never 0.5.'
}

export function percent (field: FieldText) {
  return Type.Number({ minimum: 0, maximum: 100, 'x-component': PERCENT, 'x-unit': '%', ...annotate(field) })
}

const DATE: ComponentName = { name: 'date', title: 'Date', description: 'A calendar date, YYYY-MM-DD (ISO 8601).' }

export function date (field: FieldText) {
  return Type.String({ format: 'date', 'x-component': DATE, ...annotate(field) })
}

const PARTIAL_DATE: ComponentName = {
  name: 'partialDate',
  title: 'Date, possibly without day or month',
  description: 'A date as precise as the source states it: YYYY, YYYY-MM or YYYY-MM-DD (ISO 8601). It stands for the whole period it names.'
}

export function partialDate (field: FieldText) {
  return Type.String({ pattern: PATTERNS.partialDate.pattern, 'x-component': PARTIAL_DATE, ...annotate(field) })
}

const REGION: ComponentName = {
  name: 'region',
  title: 'Country or region',
  description: 'A two-letter country code (ISO 3166-1 alpha-2, or the reserved EU), or a three-digit region of UN M49: ' +
    '001 world, 003 North America, 142 Asia, 150 Europe.'
}

export function region (field: FieldText) {
  return Type.String({ pattern: PATTERNS.region.pattern, 'x-component': REGION, ...annotate(field) })
}

const URI: ComponentName = { name: 'uri', title: 'Web address', description: 'An https address (RFC 3986), at most 2,048 characters.' }

export function httpsUri (field: FieldText) {
  return Type.String({ format: 'uri', pattern: PATTERNS.https.pattern, maxLength: 2048, 'x-component': URI, ...annotate(field) })
}

export function enumeration<const Values extends readonly string[]> (values: Values, field: FieldText) {
  return Type.Unsafe<Values[number]>({ type: 'string', enum: [...values], ...annotate(field) })
}

export function constant<const Value extends string> (value: Value, field: FieldText) {
  return Type.Unsafe<Value>({ type: 'string', const: value, ...annotate(field) })
}

/** A number in a stated unit; `unit` is written as people write it, e.g. `kg CO2e`. */
export function quantity (unit: string, constraints: TNumberOptions, field: FieldText) {
  return Type.Number({ ...constraints, 'x-unit': unit, ...annotate(field) })
}

export function wholeNumber (unit: string, constraints: TNumberOptions, field: FieldText) {
  return Type.Integer({ ...constraints, 'x-unit': unit, ...annotate(field) })
}

export function yesNo (field: FieldText) {
  return Type.Boolean(annotate(field))
}

/** A closed object that becomes a definition of its own: no field is accepted that is not listed. */
export function closedObject<Properties extends TProperties> (
  component: ComponentName, properties: Properties, constraints: TObjectOptions = {}
) {
  const { title, description } = component
  return Type.Object(properties, { title, description, ...constraints, additionalProperties: false, 'x-component': component })
}

/** An object of an earlier version with further fields; its name, texts and constraints stay. */
export function extendedObject<Base extends TProperties, Added extends TProperties> (base: TObject<Base>, added: Added) {
  const { component, constraints } = frameOf(base)
  return closedObject(component, { ...base.properties, ...added }, constraints)
}

/** Name, texts and constraints of an object, for one that takes its place in a later version. */
export function frameOf (base: TSchema) {
  const { 'x-component': component, minProperties, anyOf } = base as object as { 'x-component': ComponentName, minProperties?: number, anyOf?: unknown }
  return { component, constraints: { ...(minProperties !== undefined && { minProperties }), ...(anyOf !== undefined && { anyOf }) } as TObjectOptions }
}
