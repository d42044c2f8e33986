/**
 * Findings about a request or an import as a whole, as opposed to a record (those are the domain's). They appear in `errors` of a problem
 * with a `parameter`, a `header` or a `pointer`, or as the `note` of an import, and each has a page at `/errors/{code}`.
 */
interface RequestIssueDescription {
  title: string
  cause: string
  fix: string
}

export const REQUEST_ISSUES = {
  UNKNOWN_PARAMETER: {
    title: 'Unknown parameter',
    cause: 'The operation has no parameter of this name. It is refused, because a misspelt filter that was passed over would return the whole catalogue.',
    fix: 'Use the suggested name, or one that the operation lists at `/docs`.'
  },
  PARAMETER_VALUE: {
    title: 'Value outside what the parameter accepts',
    cause: 'The parameter exists, but its value has another type, is out of range or is not one of the allowed values.',
    fix: 'Send a value as described by `expected`.'
  },
  PARAMETER_REQUIRED: {
    title: 'Missing parameter',
    cause: 'The operation cannot answer without this parameter.',
    fix: 'Add the parameter that the finding names; `/docs` says what it takes.'
  },
  PARAMETER_CONFLICT: {
    title: 'Parameters that exclude each other',
    cause: 'The operation takes each of the two parameters, and not both at a time.',
    fix: 'Leave one of them out; `expected` says what goes together.'
  },
  HEADER: {
    title: 'The header of a table cannot be used',
    cause: 'The first row of an imported CSV or XLSX file names the columns, and this cell of it names no field of any schema version, or a field that another cell names already.',
    fix: 'Use the names of the template, `GET /v1/schemas/{name}/{version}/template`; `expected` has the most similar one. A column that is not meant for the exchange must be removed, or its name left empty.'
  },
  HEADER_FORMAT: {
    title: 'Header not understood',
    cause: 'The value of a request header does not have the form that its standard prescribes.',
    fix: 'Send the header as described by `expected`; entity tags stand in double quotes, e.g. `If-Match: "v17"`.'
  },
  HEADER_NOT_TAKEN: {
    title: 'Header not taken here',
    cause: 'The operation cannot do what the header asks for. It is refused, because a promise that is passed over would be relied upon.',
    fix: 'Send the request without the header; `detail` says how to repeat it safely.'
  },
  MEDIA_TYPE: {
    title: 'Media type not read here',
    cause: 'Each operation reads the media types of its description only, in UTF-8, so that no body is ever guessed at.',
    fix: 'Send the `Content-Type` named in `expected`.'
  },
  CONTENT_ENCODING: {
    title: 'Content encoding not supported',
    cause: 'Bodies may be sent plain or compressed with gzip.',
    fix: 'Leave `Content-Encoding` out, or compress with gzip.'
  },
  NESTING_TOO_DEEP: {
    title: 'Nested too deeply',
    cause: 'No document of the exchange needs more than ten levels; one with more than 64 is a mistake or an attack.',
    fix: 'Compare the document with its JSON Schema at `/v1/schemas`.'
  },
  FORBIDDEN_NAME: {
    title: 'Member name not allowed',
    cause: 'The document has a member called `__proto__`, which many programs mistake for something else.',
    fix: 'Remove the member.'
  },
  UNKNOWN_RECORD_FIELD: {
    title: 'The record has no such field',
    cause: '`fields` names a path that no released schema version has, or not the one that `schema` asks for: leaving it out would look as if nothing were declared.',
    fix: 'Use dotted paths of the JSON Schema, without indexes, e.g. `carbonFootprint.stages.useKgCo2e`.'
  },
  REFERENCE_INVALID: {
    title: 'Names something that is not there',
    cause: 'The body names an organisation, group, list, product, scope, address or time that does not exist for you or does not fit the rest.',
    fix: 'Correct the value that the pointer leads to, as described by `expected`.'
  },
  SCHEMA_UNUSABLE: {
    title: 'The proposed schema cannot be compared',
    cause: 'It is not a JSON Schema of draft 2020-12 for an object, uses a keyword or format that is not known, or refers to something outside itself. Nothing outside is ever fetched.',
    fix: 'Correct the part that the pointer leads to. Published schemas at `/v1/schemas` are good examples: shared parts stand under `$defs`, and `$ref` leads there.'
  },
  SCHEMA_TOO_COSTLY: {
    title: 'The proposed schema takes too much time or memory',
    cause: 'A schema is compiled and compared in a thread with limits of time, memory and nesting, and this one met one of them: it is very large, very deep, or refers to itself over and over.',
    fix: 'Propose a schema about as large as a published one, without definitions that only lead to each other.'
  },
  NO_RECORDS: {
    title: 'The imported file has no records',
    cause: 'Every line of the file is blank, or there is only a header.',
    fix: 'Send the file with its records.'
  },
  CONFIRMATION_NEEDED: {
    title: 'The import waits for a confirmation',
    cause: 'Replacing the catalogue would withdraw more than 5 % of your products, which is more often a cut file than an intention.',
    fix: 'Compare the file with your catalogue; then confirm the import, or cancel it.'
  },
  WITHDRAWALS_SKIPPED: {
    title: 'Nothing was withdrawn at the end of the import',
    cause: 'Some lines could not be assigned to a product, so it is not known which products are missing from the file.',
    fix: 'Correct the rejected lines and send the whole catalogue again.'
  },
  WORKER_LOST: {
    title: 'The import never came to its end',
    cause: 'Its workers ended again and again before they could finish it.',
    fix: 'Tell the operator the id of the import. What was stored so far is stored; sending the file again is safe.'
  },
  ORGANIZATION_GONE: {
    title: 'The organisation of the import is gone',
    cause: 'The organisation that sent the file does not exist any more, or it was disabled.',
    fix: 'Ask the operator of the exchange; what the import had stored until then is stored.'
  },
  FILE_GONE: {
    title: 'The file of the import is gone',
    cause: 'The file, or a part of it, was removed from the data directory or the database of the exchange before the import had come to its end.',
    fix: 'Send the file again: lines that were worked through stay as they are, and change nothing the second time.'
  },
  INVALID_CURSOR: {
    title: 'Cursor not usable here',
    cause: 'A cursor belongs to the organisation, the list, the filters and the schema version that it was issued for, and is sealed.',
    fix: 'Pass `nextCursor` back unchanged with the same filters, or start again without a cursor.'
  }
} as const satisfies Record<string, RequestIssueDescription>

export type RequestIssueCode = keyof typeof REQUEST_ISSUES
