/** What is installed on other people's machines: complete for every platform, from the public registry, under permissive licences. */
import { readFile } from 'node:fs/promises'
import t from 'tap'
import { projectPath } from '../../src/project-root.js'

interface LockedPackage {
  license?: string
  dev?: boolean
  devOptional?: boolean
  resolved?: string
  hasInstallScript?: boolean
  optionalDependencies?: Record<string, string>
}

const lock = JSON.parse(await readFile(projectPath('package-lock.json'), 'utf8')) as { packages: Record<string, LockedPackage> }
const locked = Object.entries(lock.packages).filter(([path]) => path !== '')

t.test('packages that run in production are under permissive licences, the optional engine apart', async t => {
  const permissive = new Set(['0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT'])
  const production = locked.filter(([, { dev, devOptional }]) => !dev && !devOptional)
  t.ok(production.length > 50)
  const others = production.filter(([, { license }]) => !permissive.has(license ?? ''))
  t.same(others.filter(([path]) => !/^node_modules\/@0q\/embedded-mongodb(-[a-z0-9-]+)?$/.test(path)), [])
})

t.test('the lock file names no registry but the public one', async t => {
  t.same(locked.filter(([, { resolved }]) => resolved !== undefined && !resolved.startsWith('https://registry.npmjs.org/')), [])
})

t.test('the lock file is complete on every platform, or npm ci refuses it', async t => {
  const names = new Set(locked.map(([path]) => path.replace(/^.*node_modules\//, '')))
  const missing = locked.flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(name => !names.has(name)).map(name => `${path} needs ${name}`))
  t.same(missing, [])
})

t.test('nothing runs on installation', async t => {
  const { packages: { '': root } } = lock
  const scripts = locked.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path)
  t.ok(root)
  t.same(scripts.filter(path => path !== 'node_modules/fsevents'), [])
})
