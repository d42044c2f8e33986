/** The issues that the schema itself raises: the form of a document, before any cross-field rule looks at it. */

const JSON_SCHEMA = 'The published JSON Schema of the version named in schemaVersion'

const SCHEMA_ISSUE_TEXTS = {
  SCHEMA_VERSION_REQUIRED: {
    title: 'No schema version',
    cause: 'The record does not say which version of the schema it follows, so nothing in it can be judged.',
    fix: 'Add schemaVersion with one of the versions named in `expected`.'
  },
  SCHEMA_VERSION_UNKNOWN: {
    title: 'Unknown schema version',
    cause: 'schemaVersion names a version that this exchange does not know.',
    fix: 'Use one of the versions named in `expected`.'
  },
  SCHEMA_VERSION_DRAFT: {
    title: 'Schema version not released yet',
    cause: 'schemaVersion names a draft. It may still change, so no record in it is stored; it can be tried out with dryRun=true and with POST /v1/products/validate.',
    fix: 'Send the record in one of the versions named in `expected`, or wait for the release.'
  },
  SCHEMA_TYPE: {
    title: 'Wrong kind of value',
    cause: 'The value is of another kind than the field takes, for example text where a number belongs. Values are never converted. ' +
      'A number too large to be represented counts as wrong too.',
    fix: 'Send the kind of value named in `expected`: numbers and true or false without quotes, a single value without brackets.'
  },
  SCHEMA_NULL: {
    title: 'null is not accepted',
    cause: 'The field is present with the value null. A field that is not declared is left out; null would leave open what is meant.',
    fix: 'Remove the field, or give its value. Use 0 only for a declared zero.'
  },
  SCHEMA_REQUIRED: {
    title: 'A required field is missing',
    cause: 'The object at the pointer lacks a field that every record of this schema version has.',
    fix: 'Add the field named in `expected`.'
  },
  SCHEMA_REQUIRED_ONE_OF: {
    title: 'One of several fields is needed',
    cause: 'The object at the pointer has none of the fields of which it needs at least one.',
    fix: 'Add at least one of the fields named in `expected`.'
  },
  SCHEMA_UNKNOWN_FIELD: {
    title: 'Unknown field',
    cause: 'The field does not exist in this schema version; often it is misspelt or belongs to a later version. Unknown fields are refused, so that no data is lost unnoticed.',
    fix: 'Correct the name (`expected` names the closest one), move the field to where it belongs, or remove it.'
  },
  SCHEMA_ENUM: {
    title: 'Not one of the listed values',
    cause: 'The field takes one of a closed list of values, written exactly as listed, and this is none of them.',
    fix: 'Use one of the values named in `expected`.'
  },
  SCHEMA_RANGE: {
    title: 'Number out of range',
    cause: 'The number, or what remains of it after rounding to 4 decimals, lies outside the range of the field. Often the unit is another one: grams for kilograms, or a ratio for a percentage.',
    fix: 'Check the unit in the name of the field and send a number within the range named in `expected`.'
  },
  SCHEMA_PATTERN: {
    title: 'Wrong form',
    cause: 'The text does not have the form that the field prescribes: a code with other letters or another length, white space at an end, an address that does not begin with https.',
    fix: 'Write it as `expected` says. Letters count as they are written: EU is not eu.'
  },
  SCHEMA_FORMAT: {
    title: 'Not a valid date or address',
    cause: 'The text is not a date that exists, or not a complete web address.',
    fix: 'Write it as `expected` says: a date as YYYY-MM-DD, an address with https:// in front.'
  },
  SCHEMA_LENGTH: {
    title: 'Text too long or empty',
    cause: 'The text is longer than the field takes, or empty.',
    fix: 'Shorten the text to the length named in `expected`; leave a field out when there is nothing to say.'
  },
  SCHEMA_ITEMS: {
    title: 'Too many or too few entries',
    cause: 'The list has more entries than the field takes, or none.',
    fix: 'Send a number of entries as named in `expected`; leave an empty list out.'
  },
  SCHEMA_DUPLICATE: {
    title: 'The same entry twice',
    cause: 'The entries of this list must differ, and two of them are the same.',
    fix: 'Remove the repeated entry.'
  },
  SCHEMA_EMPTY: {
    title: 'The object declares nothing',
    cause: 'The object is present but holds none of the fields that would give it a meaning.',
    fix: 'Add at least one of the fields named in `expected`, or leave the object out.'
  },
  SCHEMA_MISMATCH: {
    title: 'Does not fit the schema',
    cause: 'The value breaks a condition of the schema that has no code of its own.',
    fix: 'Compare the value with the published schema at `/v1/schemas`.'
  }
} as const satisfies Record<string, { title: string, cause: string, fix: string }>

export type SchemaIssueCode = keyof typeof SCHEMA_ISSUE_TEXTS

export const SCHEMA_ISSUES = Object.entries(SCHEMA_ISSUE_TEXTS)
  .map(([code, text]) => ({ code, severity: 'error' as const, ...text, source: JSON_SCHEMA }))
