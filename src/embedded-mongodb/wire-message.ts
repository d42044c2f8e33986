/**
 * The parts of the MongoDB wire protocol that the listener needs: cutting a byte stream into messages, reading a message's command,
 * and framing replies. All numbers are little-endian; a message starts with length, request id, response id and operation code.
 */

const HEADER_LENGTH = 16
const OP_REPLY = 1
const OP_QUERY = 2004
const OP_MSG = 2013
const SECTION_BODY = 0
const COMMAND_NOT_FOUND = 59

/** Longest message in bytes: `maxMessageSizeBytes` of the engine's handshake, plus room for the header and sections around it. */
export const MAX_MESSAGE_BYTES = 48_000_000 + 16_384

/** The peer does not speak the protocol; the connection can't go on. */
class WireError extends Error {
  override name = 'WireError'
}

/**
 * Collects chunks and hands out whole messages. Each byte is copied at most once, however many chunks a message comes in.
 */
export function createMessageReader () {
  let chunks: Buffer[] = []
  let bytes = 0

  function messageLength (): number | undefined {
    if (bytes < 4) return undefined
    if ((chunks[0]?.length ?? 0) < 4) chunks = [Buffer.concat(chunks)]
    const length = chunks[0]?.readInt32LE(0) ?? 0
    if (length < HEADER_LENGTH || length > MAX_MESSAGE_BYTES) {
      throw new WireError(`a message of ${length} bytes; ${HEADER_LENGTH} to ${MAX_MESSAGE_BYTES} are allowed`)
    }
    return length
  }

  return {
    push (chunk: Buffer): void {
      chunks.push(chunk)
      bytes += chunk.length
    },

    /** The next whole message, or undefined until more bytes have come. Throws WireError on an impossible length. */
    next (): Buffer | undefined {
      const length = messageLength()
      if (length === undefined || bytes < length) return undefined
      const all = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)
      bytes -= length
      chunks = bytes === 0 ? [] : [all.subarray(length)]
      return all.subarray(0, length)
    }
  }
}

export interface Request {
  requestId: number
  /** Name of the command as it was sent: the first field of the command document. */
  command: string
  /** An OP_QUERY: the handshake of older and of careful drivers. Its reply is framed differently. */
  legacy: boolean
}

/** Reads what a message asks for. Throws WireError when it is neither an OP_MSG nor an OP_QUERY, or is malformed. */
export function readRequest (message: Buffer): Request {
  const operation = message.readInt32LE(12)
  try {
    const requestId = message.readInt32LE(4)
    if (operation === OP_MSG) return { requestId, command: firstFieldName(message, bodyOfMsg(message)), legacy: false }
    if (operation === OP_QUERY) return { requestId, command: firstFieldName(message, queryOf(message)), legacy: true }
  } catch (error) {
    if (error instanceof RangeError) throw new WireError('a message that ends too early', { cause: error })
    throw error
  }
  throw new WireError(`operation code ${operation} is not supported`)
}

function bodyOfMsg (message: Buffer): number {
  let section = HEADER_LENGTH + 4
  while (message.readUInt8(section) !== SECTION_BODY) {
    const size = message.readInt32LE(section + 1)
    if (size < 4) throw new WireError('a section without a size')
    section += 1 + size
  }
  return section + 1
}

function queryOf (message: Buffer): number {
  const endOfCollectionName = message.indexOf(0, HEADER_LENGTH + 4)
  if (endOfCollectionName === -1) throw new WireError('a query without a collection')
  return endOfCollectionName + 1 + 8
}

function firstFieldName (message: Buffer, document: number): string {
  if (message.readUInt8(document + 4) === 0) throw new WireError('an empty command')
  const start = document + 5
  const end = message.indexOf(0, start)
  if (end === -1) throw new WireError('a command without an end')
  return message.toString('utf8', start, end)
}

/** Header of a reply; the document follows it as it is. */
export function replyHeader (replyId: number, responseTo: number, document: Buffer, legacy: boolean): Buffer {
  const header = Buffer.alloc(legacy ? HEADER_LENGTH + 20 : HEADER_LENGTH + 5)
  header.writeInt32LE(header.length + document.length, 0)
  header.writeInt32LE(replyId, 4)
  header.writeInt32LE(responseTo, 8)
  header.writeInt32LE(legacy ? OP_REPLY : OP_MSG, 12)
  if (legacy) header.writeInt32LE(1, 32) // number of documents; an OP_MSG's flags and section kind are zero
  return header
}

/** `{ ok: 0, code: 59, errmsg, codeName: 'CommandNotFound' }` as BSON: what a MongoDB server answers to a command that it lacks. */
export function commandNotFound (command: string): Buffer {
  return document([
    element(0x01, 'ok', Buffer.alloc(8)),
    element(0x10, 'code', int32(COMMAND_NOT_FOUND)),
    element(0x02, 'errmsg', bsonString(`no such command: '${command}' (not available in the embedded engine)`)),
    element(0x02, 'codeName', bsonString('CommandNotFound'))
  ])
}

/** A message with a command of its own. */
export function command (fields: ReadonlyArray<readonly [name: string, value: string | number]>): Buffer {
  const body = document(fields.map(([name, value]) => typeof value === 'number' ? element(0x10, name, int32(value)) : element(0x02, name, bsonString(value))))
  const header = Buffer.alloc(HEADER_LENGTH + 5)
  header.writeInt32LE(header.length + body.length, 0)
  header.writeInt32LE(OP_MSG, 12)
  return Buffer.concat([header, body])
}

/** Whether a reply says `ok: 1`. */
export function isOk (reply: Buffer): boolean {
  const one = Buffer.alloc(8)
  one.writeDoubleLE(1)
  return reply.includes(element(0x01, 'ok', one))
}

function document (elements: readonly Buffer[]): Buffer {
  const size = 4 + elements.reduce((sum, { length }) => sum + length, 0) + 1
  return Buffer.concat([int32(size), ...elements, Buffer.alloc(1)])
}

function element (type: number, name: string, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from([type]), Buffer.from(`${name}\0`), value])
}

function bsonString (text: string): Buffer {
  const bytes = Buffer.from(`${text}\0`)
  return Buffer.concat([int32(bytes.length), bytes])
}

function int32 (value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32LE(value)
  return bytes
}
