import { execFile } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'
import { projectPath } from '../../src/project-root.js'
import { testDatabase } from '../support/engine.js'

const SAMPLE = projectPath('test/fixtures/data-packs/boavizta-sample.csv')

const { uri, databaseName } = await testDatabase(t)
const dataDirectory = t.testdir()

interface Ended { code: number, stdout: string, stderr: string }

/** Runs a command as people do, from a folder without settings of its own. */
async function run (command: string, ...options: string[]): Promise<Ended> {
  return await new Promise(resolve => {
    execFile(process.execPath, [projectPath(`dist/src/commands/${command}.js`), ...options], {
      cwd: dataDirectory,
      env: { PATH: process.env['PATH'], MONGODB_URI: uri, MONGODB_DATABASE: databaseName, DATA_DIR: dataDirectory }
    }, (error, stdout, stderr) => { resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }) })
  })
}

t.test('the report is printed, and progress apart from it', async t => {
  const { code, stdout, stderr } = await run('load-data-pack', SAMPLE)
  t.equal(code, 0)
  t.match(stdout, /^Boavizta data from .*boavizta-sample\.csv\n\n +7 {2}rows\n/)
  t.match(stderr, /7 of 7 rows/)
})

t.test('without a path, or with an unknown option, it says how it is called', async t => {
  for (const options of [[], ['--help'], [SAMPLE, SAMPLE]]) {
    const { code, stdout, stderr } = await run('load-data-pack', ...options)
    t.equal(code, 2)
    t.equal(stdout, '')
    t.match(stderr, /^Usage: npm run load:boavizta -- <path>/)
  }
})

t.test('a file that is not there is a sentence, not a stack', async t => {
  const { code, stdout, stderr } = await run('load-data-pack', join(dataDirectory, 'absent.csv'))
  t.equal(code, 1)
  t.equal(stdout, '')
  t.match(stderr, /absent\.csv cannot be read: ENOENT.*\n$/)
  t.notMatch(stderr, / at /)
})

t.test('a setting that cannot be used is named', async t => {
  const { code, stderr } = await new Promise<Ended>(resolve => {
    execFile(process.execPath, [projectPath('dist/src/commands/seed.js')], { cwd: dataDirectory, env: { PORT: 'many' } },
      (error, stdout, stderr) => { resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }) })
  })
  t.equal(code, 1)
  t.match(stderr, /PORT must be a whole number/)
})

t.test('the demonstration data are loaded into a database that is in use as well', async t => {
  const { code, stdout } = await run('seed')
  t.equal(code, 0)
  t.match(stdout, /^Organisations: \d+\nProducts: \d+ created, 0 updated, 0 unchanged\nCredentials of \d+ organisations: .*demo-credentials\.json\n$/)
  t.match(await run('seed'), { code: 0, stdout: /Products: 0 created, 0 updated, \d+ unchanged/ })
})
