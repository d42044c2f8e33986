/**
 * Canonical JSON of a record (RFC 8785): one text per content, so that equal hashes mean equal content.
 *
 * JavaScript already writes numbers and strings as the RFC wants; what remains is the order of the fields. The bytes are written here,
 * and not by JSON.stringify, which would need a copy of everything in that order first; nor as a text, of which each piece would be
 * garbage: this runs for every record that comes in.
 */
export function canonicalJson (value: unknown): string {
  return canonicalForm(value).bytes.toString()
}

/** Canonical JSON in UTF-8, and whether every text in it is plain: printable ASCII without white space at its ends and nothing to escape. */
export function canonicalForm (value: unknown): { bytes: Buffer, isPlain: boolean } {
  length = 0
  isPlain = true
  write(value)
  const bytes = Buffer.from(written.subarray(0, length))
  if (written.length > MOST_KEPT) written = Buffer.allocUnsafeSlow(FIRST_SIZE)
  return { bytes, isPlain }
}

/** What is being written. One record at a time, and none while another one is. */
const FIRST_SIZE = 65_536
const MOST_KEPT = 1_048_576
let written = Buffer.allocUnsafeSlow(FIRST_SIZE)
let length = 0
let isPlain = true

const QUOTE = 0x22
const BACKSLASH = 0x5C
const COMMA = 0x2C
const SPACE = 0x20
const LAST_PRINTABLE = 0x7E

function write (value: unknown): void {
  if (typeof value === 'string') return writeText(value)
  if (typeof value !== 'object' || value === null) return writeWord(String(value))
  const isList = Array.isArray(value)
  writeByte(isList ? 0x5B : 0x7B)
  if (isList) {
    for (let index = 0; index < value.length; index++) {
      if (index > 0) writeByte(COMMA)
      write(value[index])
    }
  } else {
    const names = inOrder(Object.keys(value))
    for (let index = 0; index < names.length; index++) {
      if (index > 0) writeByte(COMMA)
      const name = names[index]!
      writeBytes(nameJson(name))
      write((value as Record<string, unknown>)[name])
    }
  }
  writeByte(isList ? 0x5D : 0x7D)
}

/** Nearly every text is plain, and written as it is read. */
function writeText (text: string): void {
  makeRoom(text.length + 2)
  let at = length
  written[at++] = QUOTE
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code < SPACE || code > LAST_PRINTABLE || code === QUOTE || code === BACKSLASH) return writeUnusualText(text)
    written[at++] = code
  }
  written[at++] = QUOTE
  length = at
  if (text.startsWith(' ') || text.endsWith(' ')) isPlain = false
}

/** A number, true, false or null. */
function writeWord (word: string): void {
  makeRoom(word.length)
  for (let index = 0; index < word.length; index++) written[length++] = word.charCodeAt(index)
}

function writeUnusualText (text: string): void {
  isPlain = false
  writeBytes(Buffer.from(JSON.stringify(text)))
}

function writeBytes (bytes: Uint8Array): void {
  makeRoom(bytes.length)
  // For these few bytes a loop is faster than a call.
  if (bytes.length < 64) for (let index = 0; index < bytes.length; index++) written[length + index] = bytes[index]!
  else written.set(bytes, length)
  length += bytes.length
}

function writeByte (byte: number): void {
  makeRoom(1)
  written[length++] = byte
}

function makeRoom (more: number): void {
  if (length + more <= written.length) return
  const larger = Buffer.allocUnsafeSlow(Math.max(2 * written.length, length + more))
  larger.set(written.subarray(0, length))
  written = larger
}

/** Names of fields as JSON, with their colon. Schemas have some hundred names; what hostile documents add is not kept. */
const nameJsons = new Map<string, Buffer>()
const MOST_NAMES = 1_000

function nameJson (name: string): Buffer {
  const known = nameJsons.get(name)
  if (known !== undefined) return known
  const json = Buffer.from(`${JSON.stringify(name)}:`)
  if (nameJsons.size < MOST_NAMES) nameJsons.set(name, json)
  return json
}

/** Sorts by UTF-16 code units, in place. Insertion saves a third of the whole against Array.prototype.sort: objects have few fields. */
function inOrder (keys: string[]): string[] {
  for (let index = 1; index < keys.length; index++) {
    const key = keys[index]!
    let place = index
    while (place > 0 && keys[place - 1]! > key) {
      keys[place] = keys[place - 1]!
      place--
    }
    keys[place] = key
  }
  return keys
}
