/** Cursors as versions of the exchange gave them out that listed products in the order of their ids. */
import { randomBytes } from 'node:crypto'
import type { Db } from 'mongodb'
import { createCursors, type CursorBinding } from '../../src/services/cursors.js'
import { instanceSecret } from '../../src/storage/instance-secrets.js'

/** @param position what such a version put into the cursor */
export async function olderCursor (db: Db, binding: CursorBinding, position: unknown): Promise<string> {
  return createCursors(await instanceSecret(db, 'cursors', randomBytes), randomBytes).encode(binding, position)
}
