/** The rules of .dependency-cruiser.js see every file, and catch what they are there to catch. */
import { execFile } from 'node:child_process'
import { copyFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { projectPath } from '../../src/project-root.js'

interface Cruise { summary: { totalCruised: number, violations: Array<{ from: string, rule: { name: string } }> }, modules: Array<{ source: string }> }

function cruise (folder: string): Promise<Cruise> {
  const args = [
    projectPath('node_modules/dependency-cruiser/bin/dependency-cruise.mjs'),
    '--config', projectPath('.dependency-cruiser.js'), '--output-type', 'json', 'src'
  ]
  return new Promise((resolve, reject) => {
    // the exit code is the number of violations
    execFile(process.execPath, args, { cwd: folder, maxBuffer: 2 ** 26 }, (error, stdout) => {
      if (stdout === '') reject(error ?? new Error('dependency-cruiser printed nothing'))
      else resolve(JSON.parse(stdout) as Cruise)
    })
  })
}

t.test('every file of src is looked at', async t => {
  const files = (await readdir(projectPath('src'), { recursive: true })).filter(file => file.endsWith('.ts'))
  const cruised = (await cruise(projectPath('.'))).modules.filter(module => module.source.startsWith('src/'))
  t.ok(files.length > 0)
  t.same(cruised.map(module => module.source).sort(), files.map(file => `src/${file.split('\\').join('/')}`).sort())
})

t.test('each kind of wrong import is caught', async t => {
  const wrong: Record<string, { code: string, rule: string }> = {
    'domain/imports-storage.ts': { code: "export { b } from '../storage/right.js'", rule: 'imports of src/domain/' },
    'domain/reads-files.ts': { code: "export { readFile } from 'node:fs/promises'", rule: 'Node modules of src/domain/' },
    'domain/serves.ts': { code: "export { fastify } from 'fastify'", rule: 'packages of src/domain/' },
    'domain/knows-the-database-type.ts': { code: "import type { Db } from 'mongodb'\nexport type D = Db", rule: 'mongodb belongs to src/storage/' },
    'services/calls-storage.ts': { code: "import { b } from '../storage/right.js'\nexport const c = b", rule: 'only types of src/storage/ in src/services/' },
    'services/uses-the-driver.ts': { code: "export { MongoClient } from 'mongodb'", rule: 'mongodb belongs to src/storage/' },
    'http/reads-storage.ts': { code: "import type { B } from '../storage/right.js'\nexport type C = B", rule: 'imports of src/http/' },
    'embedded-mongodb/knows-the-domain.ts': { code: "export { a } from '../domain/right.js'", rule: 'imports of src/embedded-mongodb/' },
    'commands/starts-the-server.ts': { code: "import '../server.js'", rule: 'imports of src/commands/' },
    'storage/uses-a-test-tool.ts': { code: "export { default } from 'tap'", rule: 'src needs only production dependencies' },
    'services/imports-nothing-known.ts': { code: "export { x } from './absent.js'", rule: 'no unresolvable import' },
    'http/one.ts': { code: "import { two } from './two.js'\nexport const one = two", rule: 'no cycle' },
    'http/forgotten.ts': { code: 'export const forgotten = 1', rule: 'everything in src is used' },
    'shared/anything.ts': { code: "export { a } from '../domain/right.js'", rule: 'a part of src without a line in layers' }
  }
  const right: Record<string, string> = {
    'domain/right.ts': "import { createHash } from 'node:crypto'\nexport const a = createHash('sha256')",
    'storage/right.ts': "import { type Db } from 'mongodb'\nimport { a } from '../domain/right.js'\nexport const b = a\nexport type B = Db",
    'services/right.ts': "import type { B } from '../storage/right.js'\nexport type C = B",
    'server.ts': "import './composition-root.js'",
    'composition-root.ts': "import './services/right.js'\nimport './storage/right.js'"
  }
  const otherHalfOfTheCycle = { 'http/two.ts': "import { one } from './one.js'\nexport const two = one" }
  const files = { ...right, ...otherHalfOfTheCycle, ...Object.fromEntries(Object.entries(wrong).map(([file, { code }]) => [file, code])) }
  const tree: Record<string, Record<string, string> | string> = {}
  for (const [file, code] of Object.entries(files)) {
    const [folder = '', name] = file.split('/')
    tree[folder] = name === undefined ? code : { ...tree[folder] as Record<string, string> | undefined, [name]: code }
  }
  const project = t.testdir({ src: tree })
  await Promise.all(['package.json', 'tsconfig.json'].map(file => copyFile(projectPath(file), join(project, file))))

  const { summary } = await cruise(project)
  const caught = new Set(summary.violations.map(({ from, rule }) => `${from}: ${rule.name}`))
  for (const [file, { rule }] of Object.entries(wrong)) t.ok(caught.has(`src/${file}: ${rule}`), `${file} breaks "${rule}"`)
  for (const file of Object.keys(right)) {
    t.same([...caught].filter(violation => violation.startsWith(`src/${file}:`)), [], `${file} breaks nothing`)
  }
})
