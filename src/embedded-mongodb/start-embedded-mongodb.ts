import { realpath } from 'node:fs/promises'
import { defaultCacheMegabytes } from './cache-size.js'
import { prepareDataDirectory } from './data-directory.js'
import type { EmbeddedMongodbError } from './embedded-mongodb-error.js'
import type { EngineExit } from './engine-handle.js'
import { nativeLibraryPath } from './native-library.js'
import { thisPlatform } from './platform.js'
import { socketPathFor } from './socket-path.js'
import { superviseEngine, type EngineLogger } from './supervisor.js'

export interface EmbeddedMongodbOptions {
  /** Where the database lives; made if it is missing. One process at a time can use it. */
  dataDirectory: string
  logger: EngineLogger
  /** Where an adapted copy of the engine's binaries is kept on systems that need one (glibc 2.36, 2.37); default: the user's cache. */
  cacheDirectory?: string
  /** Memory for the engine's cache of the database, in megabytes; default: an eighth of what there is, from 256 to 4,096. */
  cacheMegabytes?: number | undefined
  /** How long to wait for a predecessor that is just closing, in milliseconds; default 8,000. */
  patience?: number
  /** Told of every end of the engine that was not asked for; it is restarted by itself. */
  onUnexpectedExit?: (exit: EngineExit) => void
  /** Told once if the engine keeps ending and is not started again. The exchange should end then. */
  onGiveUp?: (error: EmbeddedMongodbError) => void
}

export interface EmbeddedMongodb {
  /** For the official driver. Stays the same for this data directory, across restarts of the engine and of the exchange. */
  uri: string
  socketPath: string
  /** Process id of the engine; undefined while it is being restarted. */
  pid (): number | undefined
  /** Ends the engine in order; by force after 10 s, which its journal makes safe. */
  stop (): Promise<void>
}

/**
 * Runs MongoDB's own engine as a child process on a private directory: the database of a trial or a test, with no server to install.
 * It is a standalone server without sessions, transactions, change streams and users. Throws EmbeddedMongodbError, whose message says what to do, when it can't run here.
 */
export async function startEmbeddedMongodb (options: EmbeddedMongodbOptions): Promise<EmbeddedMongodb> {
  const { logger, cacheDirectory } = options
  const nativeLibrary = await nativeLibraryPath({
    platform: thisPlatform(),
    ...(cacheDirectory === undefined ? {} : { cacheDirectories: [cacheDirectory] })
  })
  const dataDirectory = await prepareDataDirectory(options.dataDirectory)
  const socketPath = await socketPathFor(dataDirectory)
  const supervisor = await superviseEngine({
    nativeLibrary,
    dataDirectory,
    socketPath,
    cacheMegabytes: options.cacheMegabytes ?? defaultCacheMegabytes(),
    logger,
    patience: options.patience ?? 8_000,
    onUnexpectedExit: options.onUnexpectedExit ?? (() => {}),
    onGiveUp: options.onGiveUp ?? (() => {})
  })
  logger.info({ engine: supervisor.pid(), dataDirectory }, 'The embedded MongoDB engine is running')
  return { uri: uriOf(socketPath), socketPath, pid: supervisor.pid, stop: supervisor.stop }
}

/**
 * One server, not a replica set to discover; and every acknowledged write is in the journal, without which a fault of the engine loses
 * writes that were acknowledged, whatever the write concern.
 */
function uriOf (socketPath: string): string {
  return `mongodb://${encodeURIComponent(socketPath)}/?directConnection=true&journal=true`
}

/** Where an engine that another process runs on this data directory is reached. */
export async function uriOfRunning (dataDirectory: string): Promise<string> {
  return uriOf(await socketPathFor(await realpath(dataDirectory)))
}
