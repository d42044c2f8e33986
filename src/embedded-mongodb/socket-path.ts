import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EmbeddedMongodbError } from './embedded-mongodb-error.js'
import { claimPrivateDirectory } from './private-directory.js'

/** Longest path of a Unix socket in bytes: the smallest limit is 104 with the closing zero (macOS; 108 on Linux). */
const MAX_SOCKET_PATH = 100

/**
 * The path of the engine's socket: always the same for a data directory, so that a client that was connected before a restart of the
 * engine finds it again. It lies in a directory of its own that only this user can enter, and not in the data directory, whose path
 * is often too long for a socket. `directories` are tried in order; the default has the data directory as the last, for a machine whose
 * temporary directories are read-only.
 *
 * @param dataDirectory its real path
 */
export async function socketPathFor (dataDirectory: string, directories = [tmpdir(), '/tmp', dataDirectory]): Promise<string> {
  const name = createHash('sha256').update(dataDirectory).digest('hex').slice(0, 16)
  const refusals: string[] = []
  for (const directory of new Set(directories)) {
    const ours = join(directory, `esg-exchange-${process.getuid?.() ?? 0}`)
    const socketPath = join(ours, `${name}.sock`)
    const bytes = Buffer.byteLength(socketPath)
    if (bytes > MAX_SOCKET_PATH) {
      refusals.push(`${socketPath} is ${bytes} bytes long, and ${MAX_SOCKET_PATH} are allowed`)
    } else if (await claimPrivateDirectory(ours, 0o077).catch(() => false)) {
      return socketPath
    } else {
      refusals.push(`${ours} is not, or can't be made, a directory that only this user can enter`)
    }
  }
  throw new EmbeddedMongodbError('SOCKET_UNUSABLE',
    `There is no place for the socket of the embedded database: ${refusals.join('; ')}. Set TMPDIR to a short path of your own.`)
}
