/** Secrets that all processes of one deployment share and nobody has to configure, such as the key that signs cursors. */
import type { Db } from 'mongodb'
import { insertIfAbsent, MAX_TIME_MS } from './connection.js'

interface SecretDocument { _id: string, value: Buffer }

/** The secret of this name; the first process to ask creates it. */
export async function instanceSecret (db: Db, name: string, randomBytes: (size: number) => Buffer): Promise<Buffer> {
  const secrets = db.collection<SecretDocument>('instance_secrets')
  await insertIfAbsent(async () => await secrets.updateOne(
    { _id: name }, { $setOnInsert: { value: randomBytes(32) } }, { upsert: true, maxTimeMS: MAX_TIME_MS }
  ))
  const stored = await secrets.findOne({ _id: name }, { maxTimeMS: MAX_TIME_MS })
  if (stored === null) throw new Error(`The instance secret ${name} vanished`)
  return stored.value
}
