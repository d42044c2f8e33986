/**
 * Canonical JSON (RFC 8785) straight from JSON text: the bytes of names and values are copied in the order of canonical JSON, which is less
 * work than writing them from the parsed document, and tells on the way what else has to be known of every text and number.
 *
 * First every value is noted with its place in the text, those of an object in the order of their names; then they are copied. Both are
 * done for every line of an import, and so four bytes at a time where that is possible.
 */
import type { CanonicalForm } from './canonical-json.js'
import { DECIMALS } from './numbers.js'

/** A double keeps so many digits: a decimal of no more is written as it was read. */
const MOST_DIGITS = 15

/** More than any record has. */
const MOST_LEVELS = 32
const MOST_VALUES = 4_096

const SPACE = 0x20
const QUOTE = 0x22
const COMMA = 0x2C
const MINUS = 0x2D
const POINT = 0x2E
const ZERO = 0x30
const NINE = 0x39
const COLON = 0x3A
const BACKSLASH = 0x5C
const UNDERSCORE = 0x5F
const LIST = { begin: 0x5B, end: 0x5D, mark: -1 } as const
const OBJECT = { begin: 0x7B, end: 0x7D, mark: -2 } as const
const FALSE = 0x66

/** What a byte is in a name or a text. */
const ORDINARY = 0
const CLOSING = 1
const ESCAPING = 2
const UNUSUAL = 3
const KINDS = Uint8Array.from({ length: 256 }, (_, byte) => byte === QUOTE ? CLOSING : byte === BACKSLASH ? ESCAPING : byte > 0x7E ? UNUSUAL : ORDINARY)

/** Instead of a value: there is none. Instead of a place: the text is not one for this. */
const NONE = -1

/** The values of the text that is being read, by their numbers: the name of each, if it is in an object, ... */
const nameStarts = new Int32Array(MOST_VALUES)
const nameEnds = new Int32Array(MOST_VALUES)
/** ... its first byte, or the first of the values in it, ... */
const starts = new Int32Array(MOST_VALUES)
/** ... the place behind it, or the mark of a list or an object, ... */
const ends = new Int32Array(MOST_VALUES)
/** ... and the value that follows it in canonical JSON. */
const nexts = new Int32Array(MOST_VALUES)
let count = 0

let isPlain = true
let words = wordsOf(new Uint8Array())

/** What is written is never longer than what is read. */
const MOST_KEPT = 65_536
let written = Buffer.allocUnsafeSlow(MOST_KEPT)
let writtenWords = wordsOf(written)

/**
 * What `canonicalForm` makes of the parsed text. Undefined where copying is not enough, or where the record will be another one or none: texts with
 * escapes, numbers with an exponent, more than 15 digits or more than {@link DECIMALS} decimals, minus zero, names that are there twice, are not ASCII or
 * begin with an underscore, and more values or levels than a record has.
 *
 * @param json valid JSON in UTF-8: whoever calls this has parsed it
 */
export function canonicalFormOfText (json: Uint8Array): CanonicalForm | undefined {
  count = 0
  isPlain = true
  words = wordsOf(json)
  if (readValue(json, skipSpace(json, 0), 0) === NONE) return undefined
  if (json.length > MOST_KEPT) makeRoom(json.length)
  const bytes = Buffer.from(written.subarray(0, writeValue(json, 0, 0)))
  if (json.length > MOST_KEPT) makeRoom(MOST_KEPT)
  return { bytes, isPlain }
}

function makeRoom (size: number): void {
  written = Buffer.allocUnsafeSlow(size)
  writtenWords = wordsOf(written)
}

function wordsOf ({ buffer, byteOffset, length }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, length)
}

/** Each of these reads what begins at `at`, and answers the place behind it or NONE. */
function readValue (json: Uint8Array, at: number, level: number): number {
  if (count === MOST_VALUES || level > MOST_LEVELS) return NONE
  const value = count++
  const first = json[at]!
  if (first === OBJECT.begin) return readObject(json, value, at, level + 1)
  if (first === LIST.begin) return readList(json, value, at, level + 1)
  if (first === MINUS || (first >= ZERO && first <= NINE)) return readNumber(json, value, at)
  const end = first === QUOTE ? readText(json, at + 1) : at + (first === FALSE ? 5 : 4)
  starts[value] = at
  ends[value] = end
  return end
}

function readObject (json: Uint8Array, object: number, begin: number, level: number): number {
  ends[object] = OBJECT.mark
  starts[object] = NONE
  let last = NONE
  let at = skipSpace(json, begin + 1)
  if (json[at] === OBJECT.end) return at + 1
  for (;;) {
    const nameStart = at + 1
    const nameEnd = readName(json, nameStart)
    if (nameEnd === NONE) return NONE
    const member = count
    at = readValue(json, skipSpace(json, skipSpace(json, nameEnd) + 1), level)
    if (at === NONE) return NONE
    nameStarts[member] = nameStart
    nameEnds[member] = nameEnd
    if (last === NONE || compareNames(json, member, last) > 0) {
      append(object, last, member)
      last = member
    } else if (!insert(json, object, member)) return NONE
    at = skipSpace(json, at)
    if (json[at] === OBJECT.end) return at + 1
    at = skipSpace(json, at + 1)
  }
}

function readList (json: Uint8Array, list: number, begin: number, level: number): number {
  ends[list] = LIST.mark
  starts[list] = NONE
  let last = NONE
  let at = skipSpace(json, begin + 1)
  if (json[at] === LIST.end) return at + 1
  for (;;) {
    const item = count
    at = readValue(json, at, level)
    if (at === NONE) return NONE
    append(list, last, item)
    last = item
    at = skipSpace(json, at)
    if (json[at] === LIST.end) return at + 1
    at = skipSpace(json, at + 1)
  }
}

function append (whole: number, last: number, value: number): void {
  nexts[value] = NONE
  if (last === NONE) starts[whole] = value
  else nexts[last] = value
}

/** Puts a member, whose name does not come last, where it belongs; false if its name is there already. */
function insert (json: Uint8Array, object: number, member: number): boolean {
  let before = NONE
  let after = starts[object]!
  let order = compareNames(json, member, after)
  while (order > 0) {
    before = after
    after = nexts[after]!
    order = compareNames(json, member, after)
  }
  nexts[member] = after
  if (before === NONE) starts[object] = member
  else nexts[before] = member
  return order !== 0
}

function compareNames (json: Uint8Array, left: number, right: number): number {
  let leftAt = nameStarts[left]!
  let rightAt = nameStarts[right]!
  for (;;) {
    const one = json[leftAt++]!
    const other = json[rightAt++]!
    if (one !== other) return one === QUOTE ? -1 : other === QUOTE ? 1 : one - other
    if (one === QUOTE) return 0
  }
}

function readName (json: Uint8Array, start: number): number {
  let at = skipOrdinary(json, start)
  while (KINDS[json[at]!] === ORDINARY) at++
  return json[at] === QUOTE && json[start] !== UNDERSCORE ? at + 1 : NONE
}

function readText (json: Uint8Array, start: number): number {
  const kinds = KINDS
  let at = skipOrdinary(json, start)
  for (let kind = kinds[json[at]!]; kind !== CLOSING; kind = kinds[json[++at]!]) {
    if (kind === UNUSUAL) isPlain = false
    else if (kind !== ORDINARY) return NONE
  }
  if (json[start] === SPACE || json[at - 1] === SPACE) isPlain = false
  return at + 1
}

/** Zeros at the end of a fraction are left out, and with the last of them the point. */
function readNumber (json: Uint8Array, value: number, start: number): number {
  const firstDigit = json[start] === MINUS ? start + 1 : start
  let at = firstDigit
  let end = at = skipDigits(json, at)
  let digits = at - firstDigit
  if (json[at] === POINT) {
    const fraction = at + 1
    at = skipDigits(json, fraction)
    let last = at
    while (last > fraction && json[last - 1] === ZERO) last--
    if (last > fraction) end = last
    digits += last - fraction
    if (last - fraction > DECIMALS) return NONE
  }
  const hasExponent = json[at] === 0x65 || json[at] === 0x45
  const isMinusZero = firstDigit > start && end === firstDigit + 1 && json[firstDigit] === ZERO
  if (hasExponent || isMinusZero || digits > MOST_DIGITS) return NONE
  starts[value] = start
  ends[value] = end
  return at
}

function skipDigits (json: Uint8Array, at: number): number {
  while (json[at]! >= ZERO && json[at]! <= NINE) at++
  return at
}

/** In valid JSON, what is no more than a space between values is white space. */
function skipSpace (json: Uint8Array, at: number): number {
  while (json[at]! <= SPACE) at++
  return at
}

/** Passes over four bytes at a time while all of them are ordinary: neither quote nor backslash, nor beyond printable ASCII. */
function skipOrdinary (json: Uint8Array, start: number): number {
  const source = words
  const lastWord = json.length - 4
  let at = start
  for (; at <= lastWord; at += 4) {
    const word = source.getInt32(at, true)
    const quotes = word ^ 0x22222222
    const backslashes = word ^ 0x5C5C5C5C
    // In each byte the highest bit: set by subtracting 1 from 0, in bytes that are not ASCII, and by adding 1 to 0x7F. Some are set by a neighbour; they are looked at one by one.
    if ((((quotes - 0x01010101) | (backslashes - 0x01010101) | word | (word + 0x01010101)) & 0x80808080) !== 0) break
  }
  return at
}

/** Writes the value at `to`, and answers the place behind it. */
function writeValue (json: Uint8Array, value: number, to: number): number {
  const end = ends[value]!
  if (end === LIST.mark) return writeList(json, value, to)
  if (end === OBJECT.mark) return writeObject(json, value, to)
  return copy(json, starts[value]!, end, to)
}

function writeList (json: Uint8Array, list: number, to: number): number {
  let at = to
  written[at++] = LIST.begin
  for (let item = starts[list]!; item !== NONE; item = nexts[item]!) {
    at = writeValue(json, item, at)
    if (nexts[item] !== NONE) written[at++] = COMMA
  }
  written[at++] = LIST.end
  return at
}

function writeObject (json: Uint8Array, object: number, to: number): number {
  let at = to
  written[at++] = OBJECT.begin
  for (let member = starts[object]!; member !== NONE; member = nexts[member]!) {
    at = copy(json, nameStarts[member]! - 1, nameEnds[member]!, at)
    written[at++] = COLON
    at = writeValue(json, member, at)
    if (nexts[member] !== NONE) written[at++] = COMMA
  }
  written[at++] = OBJECT.end
  return at
}

function copy (json: Uint8Array, start: number, end: number, to: number): number {
  const source = words
  const target = writtenWords
  let from = start
  let at = to
  for (; from <= end - 4; from += 4, at += 4) target.setInt32(at, source.getInt32(from, true), true)
  while (from < end) written[at++] = json[from++]!
  return at
}
