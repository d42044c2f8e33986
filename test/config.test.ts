import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { ConfigError, describedSettings, readConfig } from '../src/config.js'
import { projectPath } from '../src/project-root.js'

const run = promisify(execFile)

/** Settings that mean something only with others. */
const NEEDS: Record<string, Record<string, string>> = { OIDC_ISSUER: { OIDC_AUDIENCE: 'https://esg.example.com' } }

function faultsOf (variables: Record<string, string>): readonly string[] {
  try {
    readConfig(variables)
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
  return []
}

t.test('nothing has to be set', async t => {
  const config = readConfig({})
  t.match(config, { host: '127.0.0.1', port: 3000, role: 'all', seed: 'demo', mongodbDatabase: 'esg-exchange', logLevel: 'info' })
  t.equal(config.dataDir, join(process.cwd(), 'data'))
  t.equal(config.mongodbUri, undefined)
  t.ok(Object.isFrozen(config))
})

t.test('given values are taken in their own type', async t => {
  const config = readConfig({
    HOST: '::1',
    PORT: '0',
    PUBLIC_BASE_URL: 'https://esg.example.com/exchange/',
    TRUST_PROXY: '10.0.0.0/8, ::1',
    ROLE: 'worker',
    DATA_DIR: '/var/lib/esg exchange',
    MONGODB_URI: 'mongodb+srv://db.example.com/?retryWrites=true',
    SEED: 'demo',
    LOG_LEVEL: 'silent'
  })
  t.match(config, {
    host: '::1',
    port: 0,
    publicBaseUrl: 'https://esg.example.com/exchange',
    trustProxy: ['10.0.0.0/8', '::1'],
    role: 'worker',
    dataDir: '/var/lib/esg exchange',
    mongodbUri: 'mongodb+srv://db.example.com/?retryWrites=true',
    seed: 'demo',
    logLevel: 'silent'
  })
})

t.test('a real database is not seeded unless that is asked for', async t => {
  t.equal(readConfig({ MONGODB_URI: 'mongodb://db.example.com' }).seed, 'none')
})

t.test('variables of other programs are ignored, and empty means unset', async t => {
  t.same(readConfig({ PATH: '/bin', PORTS: '80', PORT: '', MONGODB_URI: ' ' }), readConfig({}))
})

t.test('a malformed value is refused by name, with what was expected and what was received', async t => {
  const malformed: Array<[string, string[]]> = [
    ['HOST', ['a b', '-x', 'http://localhost']],
    ['PORT', ['http', '-1', '65536', '3000.5', '0x50', '3e3', '3000abc', 'NaN']],
    ['PUBLIC_BASE_URL', ['esg.example.com', 'ftp://esg.example.com', 'https://esg.example.com/?a=b']],
    ['TRUST_PROXY', ['true', '10.0.0.0/33', '10.0.0.1,', '::1/129', '10.0.0.1/8/8']],
    ['ROLE', ['API', 'master']],
    ['MONGODB_DATABASE', ['a.b', 'x'.repeat(64)]],
    ['SEED', ['yes']],
    ['LOG_LEVEL', ['verbose']]
  ]
  for (const [name, values] of malformed) {
    for (const value of values) {
      const faults = faultsOf({ [name]: value })
      t.equal(faults.length, 1, `${name}=${value}`)
      t.match(faults[0], new RegExp(`^${name} must be .+, but it is "`))
      t.ok(faults[0]?.includes(JSON.stringify(value)), 'shows what was received')
    }
  }
})

t.test('an external issuer is accepted as a whole or not at all', async t => {
  const issuer = { OIDC_ISSUER: 'https://login.example.com/', OIDC_AUDIENCE: 'https://esg.example.com' }
  t.equal(readConfig({}).externalIssuer, undefined)
  t.same(readConfig(issuer).externalIssuer, {
    issuer: 'https://login.example.com/', audience: 'https://esg.example.com', algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'], tokenType: 'at+jwt', organizationClaim: 'organization_id', scopeClaim: 'scope', clientClaim: 'sub'
  }, 'the issuer to the letter')
  t.match(faultsOf({ OIDC_ISSUER: issuer.OIDC_ISSUER }), [/^OIDC_AUDIENCE must be .* not set\.$/])
  t.match(faultsOf({ ...issuer, PUBLIC_BASE_URL: 'https://login.example.com' }), [/another issuer/])
  for (const algorithms of ['none', 'HS256', 'ES256,HS512', 'es256', '']) {
    t.equal(faultsOf({ ...issuer, OIDC_ALGORITHMS: algorithms }).length, algorithms === '' ? 0 : 1, algorithms)
  }
})

t.test('all faults are told at once', async t => {
  t.same(faultsOf({ PORT: 'x', ROLE: 'x', LOG_LEVEL: 'x' }).map(fault => fault.split(' ')[0]), ['PORT', 'ROLE', 'LOG_LEVEL'])
})

t.test('a password is never echoed', async t => {
  for (const variables of [{ MONGODB_URI: 'postgres://user:hunter2@db' }, { MONGODB_URI: 'hunter2' }, { PUBLIC_BASE_URL: 'https://user:hunter2@example.com' }]) {
    const faults = faultsOf(variables)
    t.equal(faults.length, 1)
    t.notOk(faults.join().includes('hunter2'))
  }
})

t.test('every setting says what it is for and when it may be left out', async t => {
  for (const [name, setting] of describedSettings) {
    t.match(setting.description, /^[A-Z].*\.$/, name)
    t.ok(setting.default !== undefined || setting.unset, `${name} has a default or says what unset means`)
    if (setting.default !== undefined) t.same(faultsOf({ [name]: String(setting.default) }), [], `the default of ${name} is acceptable`)
    for (const example of setting.examples ?? []) t.same(faultsOf({ ...NEEDS[name], [name]: example }), [], `the example of ${name} is acceptable`)
  }
})

t.test('the file .env fills in what the environment leaves unset', async t => {
  const folder = t.testdir({ '.env': 'PORT=4001\nLOG_LEVEL=warn\n' })
  const program = `import { loadConfig } from ${JSON.stringify(projectPath('dist/src/config.js'))}; console.log(JSON.stringify(loadConfig()))`
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], { cwd: folder, env: { LOG_LEVEL: 'error' } })
  t.match(JSON.parse(stdout), { port: 4001, logLevel: 'error' })
})
