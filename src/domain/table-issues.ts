/** The issues of files: what a line or a cell can suffer before there is a record to judge. */
import type { IssueDescription } from './rule.js'

const SPREADSHEETS = 'Practice of the exchange: what a spreadsheet has changed is refused, never repaired by guessing'
const FILES = 'The import formats of the exchange'

const TABLE_ISSUE_TEXTS = {
  LINE_NOT_JSON: {
    title: 'The line is not JSON',
    cause: 'A line of an NDJSON file is one complete JSON document, and this line is not: it is cut, broken over several lines, or holds something else.',
    fix: 'Write each record on one line, without line breaks inside it. The last line of a file that was cut short often ends too early: send the whole file.',
    source: FILES
  },
  LINE_NOT_UTF8: {
    title: 'The text is not UTF-8',
    cause: 'The line has bytes that are no UTF-8 text, usually because the file was saved in the encoding of an older system.',
    fix: 'Save the file as UTF-8 (in spreadsheets: "CSV UTF-8").',
    source: FILES
  },
  LINE_TOO_LONG: {
    title: 'The line is too long',
    cause: 'A line may have at most 1 MiB (1,048,576 bytes).',
    fix: 'Check that every record is on a line of its own, and in CSV that every quotation mark is closed.',
    source: FILES
  },
  ROW_MALFORMED: {
    title: 'The row cannot be taken apart',
    cause: 'A quotation mark inside the row is not closed or not doubled, so it is not clear where its cells end.',
    fix: 'Write a quotation mark inside a quoted cell twice, and close every quoted cell.',
    source: 'RFC 4180'
  },
  ROW_TOO_MANY_CELLS: {
    title: 'The row has more cells than the header',
    cause: 'There is a value to the right of the last named column; often a cell with the separator in it is not quoted.',
    fix: 'Put cells that contain the separator into quotation marks, or remove the surplus cells.',
    source: 'RFC 4180'
  },
  CELL_NUMBER: {
    title: 'Not a plain number',
    cause: 'The cell holds a number with separators between thousands, with a unit, a percent sign or other characters, so its value is not certain.',
    fix: 'Write digits with a decimal point only, such as 1234.5; the unit is in the name of the column.',
    source: SPREADSHEETS
  },
  CELL_DECIMAL_COMMA: {
    title: 'Decimal comma',
    cause: 'The number has a comma. It can mark decimals or thousands, and nothing in the file tells which.',
    fix: 'Write a decimal point, or send the file with `decimalSeparator=comma` if every comma in numbers marks decimals.',
    source: SPREADSHEETS
  },
  CELL_BOOLEAN: {
    title: 'Not true or false',
    cause: 'The column takes true or false, and the cell holds another word.',
    fix: 'Write true or false (capital letters are accepted too).',
    source: SPREADSHEETS
  },
  CELL_NUMBER_FOR_TEXT: {
    title: 'A number where text belongs',
    cause: 'The spreadsheet has stored the cell as a number. Leading zeros, and digits after the fifteenth, may be lost.',
    fix: 'Format the column as text before you type, and type the value again. The template has its columns formatted so.',
    source: SPREADSHEETS
  },
  CELL_SCIENTIFIC_NOTATION: {
    title: 'The spreadsheet has shortened the identifier',
    cause: 'The cell holds a number such as 4.00638E+12: a spreadsheet took the identifier for a number and dropped digits. They cannot be recovered from the file.',
    fix: 'Take the identifier from its source again, with the column formatted as text.',
    source: SPREADSHEETS
  },
  CELL_LEADING_ZEROS_LOST: {
    title: 'Leading zeros are missing',
    cause: 'The number is too short to be valid, and with zeros in front its check digit would be right: a spreadsheet has removed them.',
    fix: 'Take the number from its source again, with the column formatted as text.',
    source: 'GS1 General Specifications, check digit; ' + SPREADSHEETS
  },
  CELL_DATE_AS_NUMBER: {
    title: 'A date that became a number, or a number that became a date',
    cause: 'Spreadsheets store dates as the number of days since 1900 or 1904, and turn input such as 14.2 into a date. What was meant is not certain.',
    fix: 'Format the column as text and write dates as YYYY-MM-DD and numbers with a decimal point.',
    source: SPREADSHEETS
  },
  CELL_PERCENT_FORMAT: {
    title: 'A number in percent format',
    cause: 'The cell is formatted as a percentage, so the spreadsheet stores 30 % as 0.3. Percentages are given from 0 to 100 here.',
    fix: 'Remove the percent format and write 30 for 30 %.',
    source: SPREADSHEETS
  },
  CELL_ERROR_VALUE: {
    title: 'The cell holds an error',
    cause: 'A formula in the cell has failed, for example with #N/A or #REF!.',
    fix: 'Correct the formula, or write the value.',
    source: SPREADSHEETS
  },
  CELL_JSON: {
    title: 'Not JSON',
    cause: 'The column stands for a whole list or object and takes JSON, and the cell does not hold any.',
    fix: 'Write JSON such as ["4006381333931"], or use the numbered columns of the list.',
    source: FILES
  },
  CELL_CONFLICT: {
    title: 'The same field twice',
    cause: 'The row gives a list or an object as a whole and some of its fields in columns of their own.',
    fix: 'Use either the column of the whole or the columns of its fields.',
    source: FILES
  }
} as const satisfies Record<string, Omit<IssueDescription, 'code' | 'severity'>>

export type TableIssueCode = keyof typeof TABLE_ISSUE_TEXTS

export const TABLE_ISSUES: readonly IssueDescription[] = Object.entries(TABLE_ISSUE_TEXTS)
  .map(([code, text]) => ({ code, severity: 'error' as const, ...text }))
