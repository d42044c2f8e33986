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

export interface CanonicalForm {
  /** Canonical JSON in UTF-8. */
  readonly bytes: Buffer
  /** Whether every text in it is plain: printable ASCII without white space at its ends and nothing to escape. */
  readonly isPlain: boolean
}

export function canonicalForm (value: unknown): CanonicalForm {
  isPlain = true
  const end = write(value, 0)
  const bytes = Buffer.from(written.subarray(0, end))
  if (written.length > MOST_KEPT) written = Buffer.allocUnsafeSlow(FIRST_SIZE)
  return { bytes, isPlain }
}

/** What is being written. One record at a time, and none while another one is. */
const FIRST_SIZE = 65_536
const MOST_KEPT = 1_048_576
let written = Buffer.allocUnsafeSlow(FIRST_SIZE)
let isPlain = true

const QUOTE = 0x22
const BACKSLASH = 0x5C
const COMMA = 0x2C
const SPACE = 0x20
const LAST_PRINTABLE = 0x7E

/** Each of these writes from `at` on, and answers where it has come to: a place that is passed on is faster than one that is kept. */
function write (value: unknown, at: number): number {
  if (typeof value === 'string') return writeText(value, at)
  if (typeof value !== 'object' || value === null) return writeWord(String(value), at)
  return Array.isArray(value) ? writeList(value, at) : writeFields(value as Record<string, unknown>, at)
}

function writeList (list: readonly unknown[], at: number): number {
  let end = writeByte(0x5B, at)
  for (let index = 0; index < list.length; index++) {
    if (index > 0) end = writeByte(COMMA, end)
    end = write(list[index], end)
  }
  return writeByte(0x5D, end)
}

function writeFields (fields: Readonly<Record<string, unknown>>, at: number): number {
  let end = writeByte(0x7B, at)
  const names = inOrder(Object.keys(fields))
  for (let index = 0; index < names.length; index++) {
    if (index > 0) end = writeByte(COMMA, end)
    const name = names[index]!
    end = write(fields[name], writeBytes(nameJson(name), end))
  }
  return writeByte(0x7D, end)
}

/** Nearly every text is plain, and written as it is read. */
function writeText (text: string, at: number): number {
  const bytes = roomFor(text.length + 2, at)
  let end = at
  bytes[end++] = QUOTE
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code < SPACE || code > LAST_PRINTABLE || code === QUOTE || code === BACKSLASH) return writeUnusualText(text, at)
    bytes[end++] = code
  }
  bytes[end++] = QUOTE
  if (text.startsWith(' ') || text.endsWith(' ')) isPlain = false
  return end
}

/** A number, true, false or null. */
function writeWord (word: string, at: number): number {
  const bytes = roomFor(word.length, at)
  for (let index = 0; index < word.length; index++) bytes[at + index] = word.charCodeAt(index)
  return at + word.length
}

function writeUnusualText (text: string, at: number): number {
  isPlain = false
  return writeBytes(Buffer.from(JSON.stringify(text)), at)
}

function writeBytes (added: Uint8Array, at: number): number {
  const bytes = roomFor(added.length, at)
  // For these few bytes a loop is faster than a call.
  if (added.length < 64) for (let index = 0; index < added.length; index++) bytes[at + index] = added[index]!
  else bytes.set(added, at)
  return at + added.length
}

function writeByte (byte: number, at: number): number {
  roomFor(1, at)[at] = byte
  return at + 1
}

/** Where there is room for so many bytes more. */
function roomFor (more: number, at: number): Buffer {
  if (at + more > written.length) {
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * written.length, at + more))
    larger.set(written.subarray(0, at))
    written = larger
  }
  return written
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
