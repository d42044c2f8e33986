/**
 * Runs the compiled tests, all or those named on the command line (`npm run test:run -- test/domain/gtin.test.ts`), against one embedded
 * engine, or against the server of MONGODB_URI. The last line is `N passed, N failed`, with `, N skipped` if there are any.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startEmbeddedMongodb } from '../src/embedded-mongodb/start-embedded-mongodb.js'
import { projectPath } from '../src/project-root.js'
import { complaintsOnly } from './support/engine.js'
import { inWords, reportTap, type TestCount } from './support/tap-report.js'

const root = projectPath('.')
const scratch = await mkdtemp(join(tmpdir(), 'esg-exchange-tests-'))
try {
  process.exitCode = await run(process.argv.slice(2))
} finally {
  await rm(scratch, { recursive: true, force: true })
}

/** Answers the exit code. */
async function run (named: string[]): Promise<number> {
  const files = named.length > 0 ? named.map(compiled) : await allTests()
  const absent = files.filter(file => !existsSync(join(root, file)))
  if (absent.length > 0) process.stderr.write(`There is no such test: ${absent.join(', ')}\n`)
  if (files.length === 0) process.stderr.write('There are no compiled tests in dist/test; run npm run build first\n')
  if (absent.length > 0 || files.length === 0) return finish({ passed: 0, failed: absent.length, skipped: 0 }, 1)

  const server = process.env['MONGODB_URI']
  if (server !== undefined && server !== '') return await runTap(files, server)
  const engine = await startEmbeddedMongodb({ dataDirectory: join(scratch, 'database'), logger: complaintsOnly })
  try {
    return await runTap(files, engine.uri)
  } finally {
    await engine.stop()
  }
}

/** All compiled tests whose source still exists, as paths from the project's folder. */
async function allTests (): Promise<string[]> {
  const files = await readdir(projectPath('dist/test'), { recursive: true })
  return files
    .filter(file => file.endsWith('.test.js') && existsSync(projectPath(join('test', file.replace(/\.js$/, '.ts')))))
    .map(file => join('dist', 'test', file))
    .sort()
}

/** The compiled file of a test that is named by its source or by itself, from the working directory. */
function compiled (name: string): string {
  const file = relative(root, resolve(name)).replace(/\.ts$/, '.js')
  return file.startsWith('dist') ? file : join('dist', file)
}

async function runTap (files: string[], mongodbUri: string): Promise<number> {
  const tap = spawn(process.execPath, [fileURLToPath(new URL('each-file.js', import.meta.url)), ...files], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, MONGODB_URI: mongodbUri }
  })
  const forward = (signal: NodeJS.Signals): void => { tap.kill(signal) }
  process.on('SIGINT', forward).on('SIGTERM', forward)
  const exited = once(tap, 'exit')
  const count = await reportTap(tap.stdout, text => process.stdout.write(text))
  const [code] = await exited as [number | null]
  return finish(count, code ?? 1)
}

function finish (count: TestCount, exitCode: number): number {
  process.stdout.write(`\n${inWords(count)}\n`)
  return count.failed > 0 || count.passed === 0 ? 1 : exitCode
}
