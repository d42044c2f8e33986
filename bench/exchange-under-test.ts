/** The exchange as `npm start` runs it, an API process with an engine of its own, on an empty temporary directory. */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pino from 'pino'
import { createServices, openDatabase, type Database, type Services } from '../src/composition-root.js'
import { readConfig } from '../src/config.js'
import type { Caller } from '../src/domain/access.js'
import { uriOfRunning } from '../src/embedded-mongodb/start-embedded-mongodb.js'
import { commandCaller } from '../src/services/command-caller.js'

export interface ExchangeUnderTest {
  url: string
  /** Process id of the API. */
  pid: number
  /** A vendor of the manufacturer "Bench Devices". */
  vendorHeaders: Record<string, string>
  /** The same vendor, for writing past HTTP. */
  vendor: Caller
  services: Services
  database: Database
  close: () => Promise<void>
}

/** One client asks for all that the process can do. */
const NO_LIMITS = { RATE_LIMIT_READ: '0', RATE_LIMIT_WRITE: '0', RATE_LIMIT_IMPORT: '0' }

export async function startExchangeUnderTest (settings: Readonly<Record<string, string>> = {}): Promise<ExchangeUnderTest> {
  const directory = await mkdtemp(join(tmpdir(), 'esg-exchange-bench-'))
  const given = process.env['MONGODB_URI']
  const databaseName = `bench-${process.pid}`
  const api = await startProcess('../src/server.js', {
    DATA_DIR: directory, MONGODB_DATABASE: databaseName, PORT: '0', LOG_LEVEL: 'warn', SEED: 'none', ...NO_LIMITS, ...settings
  })
  const config = readConfig({ MONGODB_URI: given ?? await uriOfRunning(join(directory, 'mongodb')), MONGODB_DATABASE: databaseName })
  const database = await openDatabase(config, pino({ level: 'warn' }))
  const services = await createServices(database, config)
  const organization = await services.administration.ensureOrganization({ name: 'Bench vendor', role: 'vendor' })
  const manufacturer = await services.administration.ensureManufacturer(organization.id, 'Bench Devices')
  const { apiKey } = await services.administration.createClient({ organizationId: organization.id, name: 'bench' })
  return {
    url: api.url,
    pid: api.process.pid as number,
    vendorHeaders: { 'x-api-key': apiKey },
    vendor: commandCaller({ ...organization, manufacturers: [manufacturer] }, 'bench'),
    services,
    database,
    close: async () => {
      services.close()
      await database.db.dropDatabase()
      await database.close()
      await stopProcess(api.process)
      await rm(directory, { recursive: true, force: true })
    }
  }
}

/** Starts a server process and waits for the address that it prints. */
export async function startProcess (module: string, environment: Record<string, string>): Promise<{ url: string, process: ChildProcess }> {
  // As `npm start` does.
  const execArgv = [...process.execArgv, '--max-old-space-size=1024', '--initial-old-space-size=88', '--expose-gc']
  const child = fork(fileURLToPath(new URL(module, import.meta.url)), { execArgv, env: { ...process.env, MALLOC_ARENA_MAX: '2', ...environment }, stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
  let printed = ''
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    printed += chunk.toString()
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(printed)?.[0]
    if (url !== undefined) {
      child.stdout?.resume()
      return { url, process: child }
    }
  }
  throw new Error(`${module} ended before it listened:\n${printed}`)
}

export async function stopProcess (child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}
