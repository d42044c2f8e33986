/** No container engine is needed to see that the image and the compose file fit the project. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import t from 'tap'
import { parse } from 'yaml'
import { describedSettings, readConfig } from '../../src/config.js'
import { projectPath } from '../../src/project-root.js'

const read = (file: string) => readFile(projectPath(file), 'utf8')
const settingNames = new Set(describedSettings.map(([name]) => name))

interface Service {
  environment: Record<string, string>
  depends_on?: Record<string, { condition: string }>
  volumes?: string[]
  healthcheck?: { test?: string[], disable?: boolean }
}
interface Compose { services: Record<'api' | 'worker' | 'mongodb', Service>, volumes: Record<string, unknown> }

const readCompose = async () => parse(await read('compose.yaml'), { merge: true }) as Compose

/** What compose makes of `${NAME:-default}` and `${NAME:?message}` when only the password is given. */
const interpolate = (value: string) => value.replaceAll(/\$\{\w+:([-?])([^}]*)\}/g, (_, kind, text) => kind === '-' ? text : 'secret0')

t.test('the Dockerfile copies only what exists and reaches the builder', async t => {
  const dockerfile = await read('Dockerfile')
  const allowed = (await read('.dockerignore')).split('\n').filter(line => line.startsWith('!')).map(line => line.slice(1))
  const sources = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, files = '']) => files.split(' '))
  t.ok(sources.length >= 8)
  for (const source of sources) {
    t.ok(existsSync(projectPath(source)), `${source} exists`)
    t.ok(allowed.includes(source.replace('./', '')), `${source} is not held back by .dockerignore`)
  }
  t.same(allowed.filter(entry => !sources.includes(entry)), [], '.dockerignore lets nothing else through')
})

t.test('the Dockerfile sets known settings and runs without root', async t => {
  const dockerfile = await read('Dockerfile')
  const [, assignments = ''] = /^ENV (.+)$/m.exec(dockerfile) ?? []
  const variables = Object.fromEntries(assignments.split(' ').map(pair => pair.split('=')))
  delete variables.NODE_ENV
  t.same(Object.keys(variables).filter(name => !settingNames.has(name)), [])
  t.equal(readConfig(variables).host, '0.0.0.0')
  t.match(dockerfile, /^USER node$/m)
  t.match(dockerfile, /^HEALTHCHECK [^]+\/readyz/m)
})

t.test('one Node version is recommended everywhere', async t => {
  const recommended = (await read('.nvmrc')).trim()
  const images = [...(await read('Dockerfile')).matchAll(/^FROM node:(\d+)-/gm)].map(([, major]) => major)
  t.ok(images.length > 0)
  t.same([...new Set(images)], [recommended])
})

t.test('compose.yaml starts API and worker on one replica set, with settings that exist', async t => {
  const { services: { api, worker, mongodb }, volumes } = await readCompose()
  for (const [name, { environment, depends_on: needs }] of Object.entries({ api, worker })) {
    t.same(Object.keys(environment).filter(variable => !settingNames.has(variable)), [], `${name} sets only known settings`)
    const config = readConfig(Object.fromEntries(Object.entries(environment).map(([variable, value]) => [variable, interpolate(value)])))
    t.equal(config.role, name)
    t.equal(config.mongodbUri, 'mongodb://exchange:secret0@mongodb:27017/?replicaSet=rs0&authSource=admin')
    t.equal(needs?.mongodb?.condition, 'service_healthy')
  }
  t.match(mongodb.healthcheck?.test?.join(' '), /rs\.initiate.+host: 'mongodb:27017'/)
  for (const { volumes: mounts = [] } of [api, worker, mongodb]) {
    for (const mount of mounts) t.ok(Object.hasOwn(volumes, mount.split(':')[0] ?? ''), `${mount} is declared`)
  }
})

t.test('no secret stands in compose.yaml', async t => {
  const { services } = await readCompose()
  t.match(services.mongodb.environment.MONGO_INITDB_ROOT_PASSWORD, /^\$\{MONGODB_PASSWORD:\?/)
  for (const { environment } of [services.api, services.worker]) t.match(environment.MONGODB_URI, /:\/\/exchange:\$\{MONGODB_PASSWORD:\?/)
})
