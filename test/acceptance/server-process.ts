/** The exchange as a user starts it: a process of its own on a data directory, reached over HTTP. */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface DemoCredential { organizationId: string, name: string, role: string, clientId: string, clientSecret: string }

export interface ServerProcess {
  url: string
  /** Process id of the embedded engine, as last logged. */
  enginePid: () => number
  credentials: DemoCredential[]
  /** Errors that it has logged, a line each. */
  errors: () => string[]
  /** Sends the signal and resolves with the exit code, or null when the signal ended it. */
  end: (signal: NodeJS.Signals) => Promise<number | null>
}

export async function startServer (dataDirectory: string): Promise<ServerProcess> {
  const child: ChildProcess = fork(fileURLToPath(new URL('../../src/server.js', import.meta.url)), {
    env: { ...process.env, MONGODB_URI: '', DATA_DIR: dataDirectory, SEED: 'demo', PORT: '0', LOG_LEVEL: 'info' },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc']
  })
  let printed = ''
  const url = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      printed += chunk.toString()
      const address = /API +(http:\/\/[^/\s]+)\/v1/.exec(printed)?.[1]
      if (address !== undefined) resolve(address)
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
    child.once('exit', code => { reject(new Error(`The server ended with ${code}:\n${printed}`)) })
  })
  const credentials = JSON.parse(await readFile(join(dataDirectory, 'demo-credentials.json'), 'utf8')) as DemoCredential[]
  return {
    url,
    credentials,
    errors: () => printed.split('\n').filter(line => line.startsWith('{"level":50')),
    enginePid: () => Number([...printed.matchAll(/"engine":(\d+)/g)].at(-1)?.[1]),
    end: async signal => {
      const ended = once(child, 'exit') as Promise<[number | null]>
      child.kill(signal)
      const [code] = await ended
      return code
    }
  }
}

export function apiKeyOf (credentials: readonly DemoCredential[], role: string): Record<string, string> {
  const credential = credentials.find(known => known.role === role)
  if (credential === undefined) throw new Error(`There is no demo credential of a ${role}`)
  return { 'x-api-key': `esgx_${credential.clientId}_${credential.clientSecret}` }
}
