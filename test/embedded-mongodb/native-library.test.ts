import { chmod, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import t from 'tap'
import { nativeLibraryPath } from '../../src/embedded-mongodb/native-library.js'
import { thisPlatform } from '../../src/embedded-mongodb/platform.js'

const scratch = await mkdtemp(join(tmpdir(), 'esg-exchange-library-'))
t.teardown(async () => await rm(scratch, { recursive: true, force: true }))

/** A Linux on which the engine needs adapting, whatever glibc the tests run on. */
const platform = { os: 'linux', processor: process.arch, glibcVersion: '2.36' } as const
const skip = process.platform === 'linux' ? false : 'only Linux adapts binaries'

t.test('a system with a new enough glibc uses the package itself', { skip }, async t => {
  const library = await nativeLibraryPath({ platform: { ...platform, glibcVersion: '2.38' } })
  t.match(library, /node_modules.*\.node$/)
})

t.test('an adapted copy is made once, is complete, and is used again', { skip }, async t => {
  const cache = join(scratch, 'cache of my own ä')
  const library = await nativeLibraryPath({ platform, cacheDirectories: [cache] })
  t.equal(dirname(dirname(library)), cache)
  t.match((await readdir(dirname(library))).sort(), [/\.node$/, /\.so$/, 'manifest.json'])
  const before = await readFile(library)
  t.equal(await nativeLibraryPath({ platform, cacheDirectories: [cache] }), library)
  t.ok(before.equals(await readFile(library)))
  t.same(await readdir(cache), [basename(dirname(library))], 'no drafts are left')
})

t.test('each version of glibc has its own copy', { skip }, async t => {
  const cache = join(scratch, 'versions')
  const first = await nativeLibraryPath({ platform, cacheDirectories: [cache] })
  const second = await nativeLibraryPath({ platform: { ...platform, glibcVersion: '2.37' }, cacheDirectories: [cache] })
  t.not(first, second)
})

t.test('a copy that was changed or cut is replaced', { skip }, async t => {
  const cache = join(scratch, 'damaged')
  const library = await nativeLibraryPath({ platform, cacheDirectories: [cache] })
  const good = await readFile(library)
  await chmod(library, 0o700)
  await writeFile(library, good.subarray(0, 1000))
  t.equal(await nativeLibraryPath({ platform, cacheDirectories: [cache] }), library)
  t.ok(good.equals(await readFile(library)))

  await writeFile(join(dirname(library), 'manifest.json'), '{}')
  t.equal(await nativeLibraryPath({ platform, cacheDirectories: [cache] }), library)
  t.equal((await readdir(cache)).length, 1, 'nothing of the damaged copies is left')
})

t.test('processes that make the copy at once get the same one', { skip }, async t => {
  const cache = join(scratch, 'at once')
  const libraries = await Promise.all(Array.from({ length: 4 }, () => nativeLibraryPath({ platform, cacheDirectories: [cache] })))
  t.equal(new Set(libraries).size, 1)
  t.same(await readdir(cache), [basename(dirname(libraries[0] ?? ''))])
})

t.test('a cache that can not be used is passed over', { skip }, async t => {
  const file = join(scratch, 'file')
  await writeFile(file, '')
  const open = join(scratch, 'open to all')
  await mkdir(open)
  await chmod(open, 0o777)
  const link = join(scratch, 'link')
  await symlink(scratch, link)
  const good = join(scratch, 'good')

  const library = await nativeLibraryPath({ platform, cacheDirectories: [join(file, 'below'), open, link, good] })
  t.equal(dirname(dirname(library)), good)
  await t.rejects(nativeLibraryPath({ platform, cacheDirectories: [join(file, 'below'), open] }),
    { code: 'ENGINE_UNUSABLE', message: /no place for it: .*ENOTDIR.*; .*open to all .*MONGODB_URI/ })
})

t.test('binaries that can not be adapted are refused by name', { skip }, async t => {
  const source = join(scratch, 'junk package')
  await mkdir(source)
  await writeFile(join(source, 'engine.node'), 'not a library')
  await t.rejects(nativeLibraryPath({ platform, cacheDirectories: [join(scratch, 'junk cache')], packageDirectory: () => source }),
    { code: 'ENGINE_UNUSABLE', message: /^engine\.node .*glibc 2\.36: it is not an ELF file\. Set MONGODB_URI/ })

  const empty = join(scratch, 'empty package')
  await mkdir(empty)
  await t.rejects(nativeLibraryPath({ platform, packageDirectory: () => empty }), { code: 'ENGINE_UNUSABLE', message: /no native library/ })
})

t.test('a package that npm left out is asked for', async t => {
  const other = thisPlatform().os === 'darwin' ? platform : { os: 'darwin', processor: 'arm64' } as const
  await t.rejects(nativeLibraryPath({ platform: other }),
    { code: 'ENGINE_NOT_INSTALLED', message: /^The optional package @0q\/.* is not installed\. .*--omit=optional, or set MONGODB_URI/ })
})
