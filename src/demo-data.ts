/**
 * The demonstration data on disk: `seed/` beside the code, and the file with the demo credentials in the data directory. That file is
 * written last, so while its credentials work the data are complete and are left as people have changed them since.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { projectPath } from './project-root.js'
import type { DemoCredential, Seeding, SeedingResult, SeedOrganization } from './services/seeding.js'

export interface DemoData {
  readonly credentials: readonly DemoCredential[]
  /** Absolute or as the data directory is; readable by its owner only. */
  readonly credentialsPath: string
  /** What was loaded; absent when everything was there already. */
  readonly loaded?: SeedingResult
}

interface DemoDataOptions {
  seeding: Seeding
  dataDirectory: string
  /** Default: `seed/` beside the code. */
  seedDirectory?: string
}

/** Only its owner may read or write it. */
const PRIVATE = 0o600

function demoCredentialsPath (dataDirectory: string): string {
  return join(dataDirectory, 'demo-credentials.json')
}

/**
 * For a start: loads the seeds unless they were loaded before with the credentials in the data directory. Answers null, and loads nothing,
 * when the exchange is in use without them.
 */
export async function ensureDemoData (options: DemoDataOptions): Promise<DemoData | null> {
  const { seeding, dataDirectory, seedDirectory = projectPath('seed') } = options
  const organizations = await readSeeds(seedDirectory)
  if (await seeding.isUnwelcome(organizations)) return null
  const credentialsPath = demoCredentialsPath(dataDirectory)
  const known = await readCredentials(credentialsPath)
  if (await seeding.haveCredentials(organizations, known)) return { credentials: known, credentialsPath }
  return await loadDemoData(options)
}

/** Loads the seeds, whatever is there; credentials that work are kept. */
export async function loadDemoData (options: DemoDataOptions): Promise<Required<DemoData>> {
  const { seeding, dataDirectory, seedDirectory = projectPath('seed') } = options
  const credentialsPath = demoCredentialsPath(dataDirectory)
  const organizations = await readSeeds(seedDirectory)
  const loaded = await seeding.load(organizations)
  const credentials = await seeding.ensureCredentials(organizations, await readCredentials(credentialsPath))
  await mkdir(dataDirectory, { recursive: true })
  await replaceFile(credentialsPath, `${JSON.stringify(credentials, null, 2)}\n`)
  return { credentials, credentialsPath, loaded }
}

/** `organizations.json` of the folder, each organisation with the records of the file that it names. */
export async function readSeeds (seedDirectory: string): Promise<SeedOrganization[]> {
  type Listed = Omit<SeedOrganization, 'records'> & { products?: string }
  const listed = JSON.parse(await readFile(join(seedDirectory, 'organizations.json'), 'utf8')) as Listed[]
  return await Promise.all(listed.map(async ({ products, ...organization }) => ({
    ...organization,
    records: products === undefined ? [] : JSON.parse(await readFile(join(seedDirectory, products), 'utf8')) as unknown[]
  })))
}

/** What the file holds; nothing when there is no such file or it was damaged, for then new credentials are made. */
async function readCredentials (path: string): Promise<DemoCredential[]> {
  try {
    const stored: unknown = JSON.parse(await readFile(path, 'utf8'))
    return Array.isArray(stored) ? stored.filter(isCredential) : []
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

function isCredential (value: unknown): value is DemoCredential {
  if (typeof value !== 'object' || value === null) return false
  const { organizationId, clientId, clientSecret } = value as Partial<Record<keyof DemoCredential, unknown>>
  return [organizationId, clientId, clientSecret].every(part => typeof part === 'string')
}

/** The file is either the old one or the new one, never a part of it, and never readable by others. */
async function replaceFile (path: string, content: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}`
  try {
    await writeFile(temporary, content, { mode: PRIVATE, flag: 'wx' })
    await rename(temporary, path)
  } finally {
    await rm(temporary, { force: true })
  }
}
