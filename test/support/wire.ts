/** Messages of the MongoDB wire protocol, for tests that speak it by hand. */
import { BSON } from 'mongodb'

/** An OP_MSG; `sequences` become sections of documents before the body, where a driver may put them. */
export function opMsg (command: BSON.Document, requestId: number, sequences: Record<string, BSON.Document[]> = {}): Buffer {
  const sections = Object.entries(sequences).map(([name, documents]) => {
    const content = Buffer.concat([Buffer.from(`${name}\0`), ...documents.map(document => BSON.serialize(document))])
    return Buffer.concat([Buffer.from([1]), int32(4 + content.length), content])
  })
  return framed(2013, requestId, Buffer.concat([int32(0), ...sections, Buffer.from([0]), BSON.serialize(command)]))
}

/** The old frame of a command. */
export function opQuery (command: BSON.Document, requestId: number): Buffer {
  return framed(2004, requestId, Buffer.concat([int32(0), Buffer.from('admin.$cmd\0'), int32(0), int32(-1), BSON.serialize(command)]))
}

function framed (operation: number, requestId: number, content: Buffer): Buffer {
  return Buffer.concat([int32(16 + content.length), int32(requestId), int32(0), int32(operation), content])
}

function int32 (value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32LE(value)
  return bytes
}
