/**
 * The settings of one process, read from environment variables and from an optional `.env` file (the environment wins), checked all
 * at once, and frozen. The only reader of `process.env`.
 *
 * How to add a setting: describe it in `settings` (the table in README.md and `.env.example` follow from `npm run generate`), and give
 * it its name and shape in `toConfig`.
 */
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { Ajv2020 } from 'ajv/dist/2020.js'
import Type, { type Static } from 'typebox'

interface SettingOptions {
  description: string
  /** The end of the sentence "NAME must be ...". */
  expected: string
  default?: string | number
  /** What an optional setting without a default means when it is not set. */
  unset?: string
  examples?: readonly string[]
  /** Its value is never shown. */
  secret?: true
}

const text = (options: SettingOptions & { format?: string }) => Type.String({ minLength: 1, ...options })
const whole = (minimum: number, maximum: number, options: Omit<SettingOptions, 'expected'>) =>
  Type.Integer({ minimum, maximum, expected: `a whole number from ${minimum} to ${maximum}`, ...options })
const oneOf = <Name extends string>(names: readonly Name[], options: Omit<SettingOptions, 'expected'>) =>
  Type.Unsafe<Name>({ type: 'string', enum: names, expected: `one of ${names.join(', ')}`, ...options })

const ASYMMETRIC_ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']

/** Every setting, by the name of its environment variable, in the order of the documentation. */
const settings = Type.Object({
  HOST: text({
    default: '127.0.0.1',
    expected: 'a host name or an IP address',
    format: 'host',
    description: 'Address on which the API listens. `0.0.0.0` makes it reachable from other machines.'
  }),
  PORT: whole(0, 65535, {
    default: 3000,
    description: 'TCP port on which the API listens; `0` takes any free one.'
  }),
  PUBLIC_BASE_URL: Type.Optional(text({
    expected: 'an absolute http or https URL without query, fragment or credentials',
    format: 'base-url',
    unset: 'the address on which the API listens',
    examples: ['https://esg.example.com'],
    description: 'Address under which clients reach the API, for the absolute links in its answers; needed behind a proxy.'
  })),
  TRUST_PROXY: Type.Optional(text({
    expected: 'a comma-separated list of IP addresses and CIDR ranges',
    format: 'address-list',
    unset: 'no proxy is trusted',
    examples: ['10.0.0.0/8,127.0.0.1'],
    description: 'Reverse proxies whose `X-Forwarded-*` headers are believed.'
  })),
  ROLE: oneOf(['all', 'api', 'worker'], {
    default: 'all',
    description: 'What this process does: answer requests (`api`), run background jobs (`worker`, which answers `/livez`, `/readyz` and `/metrics` only), or both (`all`).'
  }),
  DATA_DIR: text({
    default: './data',
    expected: 'a folder',
    description: 'Folder of the embedded database, of the files of imports beside it, and of the demo credentials, from the working directory if relative.'
  }),
  EMBEDDED_CACHE_MB: Type.Optional(whole(256, 1_048_576, {
    unset: 'an eighth of the memory, from 256 to 4,096',
    description: 'Megabytes of memory for the embedded database to keep data in. It may hold twice as much.'
  })),
  MONGODB_URI: Type.Optional(text({
    expected: 'a MongoDB connection string that starts with mongodb:// or mongodb+srv://',
    format: 'mongodb-uri',
    secret: true,
    unset: 'the embedded database',
    examples: ['mongodb://user:password@db.example.com/?replicaSet=rs0'],
    description: 'Connection string of a MongoDB replica set or sharded cluster to use; then nothing is embedded.'
  })),
  MONGODB_DATABASE: text({
    default: 'esg-exchange',
    expected: 'a MongoDB database name: at most 63 characters, without spaces and / \\ . " $ * < > : | ?',
    format: 'database-name',
    description: 'Name of the database.'
  }),
  IMPORT_MAX_MB: whole(1, 1_000_000, {
    default: 8_192,
    description: 'Largest file that can be imported, decompressed, in MiB.'
  }),
  SEED: Type.Optional(oneOf(['demo', 'none'], {
    unset: '`demo` with the embedded database, `none` with `MONGODB_URI`',
    examples: ['none'],
    description: 'Whether an empty database is filled with the demo organisations and products of `seed/`.'
  })),
  PRODUCT_CACHE_MB: whole(0, 65536, {
    default: 64,
    description: 'Megabytes of memory for products that were read by id. A change by another process is seen within one second; `0` turns the cache off.'
  }),
  FEED_RETENTION_DAYS: whole(90, 3650, {
    default: 90,
    description: 'For how many days withdrawn products stay in the feed, so that followers learn of it. At least 90.'
  }),
  RATE_LIMIT_READ: whole(0, 1_000_000_000, {
    default: 600_000,
    description: 'Units of reading per minute that one credential may use: one per request, one per identifier of a look-up; 304 is free. `0`: no limit. Counted by each process on its own.'
  }),
  RATE_LIMIT_WRITE: whole(0, 1_000_000_000, {
    default: 300_000,
    description: 'Units of writing per minute that one credential may use: one per request, one per item of a batch. `0`: no limit.'
  }),
  RATE_LIMIT_IMPORT: whole(0, 1_000_000_000, {
    default: 120,
    description: 'Imports per minute that one credential may begin. `0`: no limit.'
  }),
  RATE_LIMIT_ORGANIZATION_FACTOR: whole(1, 1_000, {
    default: 4,
    description: 'How many times the limits of one credential all credentials of an organisation may use together.'
  }),
  SIGNING_KEY_DAYS: whole(1, 365, {
    default: 30,
    description: 'For how many days a key signs access tokens before the next one takes over, by itself and in all processes.'
  }),
  OIDC_ISSUER: Type.Optional(text({
    expected: 'an absolute http or https URL without query, fragment or credentials',
    format: 'base-url',
    unset: 'only tokens of the exchange itself are accepted',
    examples: ['https://login.example.com/realms/partners'],
    description: 'OpenID issuer whose access tokens are accepted too, exactly as they name it in `iss`. Who controls it can act for every organisation.'
  })),
  OIDC_AUDIENCE: Type.Optional(text({
    expected: 'the audience that tokens of OIDC_ISSUER have; it is needed with OIDC_ISSUER',
    unset: 'needed with `OIDC_ISSUER`',
    examples: ['https://esg.example.com'],
    description: 'What tokens of `OIDC_ISSUER` must name in `aud`: the exchange as the issuer knows it.'
  })),
  OIDC_ALGORITHMS: text({
    default: 'RS256,PS256,ES256,EdDSA',
    expected: `a comma-separated list of ${ASYMMETRIC_ALGORITHMS.join(', ')}`,
    format: 'algorithm-list',
    description: 'Signature algorithms that tokens of `OIDC_ISSUER` may have.'
  }),
  OIDC_TOKEN_TYPE: text({
    default: 'at+jwt',
    expected: 'a media type without "application/"',
    description: 'What tokens of `OIDC_ISSUER` must have as `typ`. Some issuers write `JWT`; then its ID tokens must have another audience.'
  }),
  OIDC_ORGANIZATION_CLAIM: text({
    default: 'organization_id',
    expected: 'the name of a claim',
    description: 'Claim of `OIDC_ISSUER` with the id of the organisation, as `GET /v1/organizations` lists it.'
  }),
  OIDC_SCOPE_CLAIM: text({
    default: 'scope',
    expected: 'the name of a claim',
    description: 'Claim of `OIDC_ISSUER` with the scopes: words separated by spaces, or a list.'
  }),
  OIDC_CLIENT_CLAIM: text({
    default: 'sub',
    expected: 'the name of a claim',
    description: 'Claim of `OIDC_ISSUER` that tells its clients apart, for quotas and the audit log.'
  }),
  CORS_ORIGINS: Type.Optional(text({
    expected: 'a comma-separated list of origins such as https://shop.example.com, or *',
    format: 'origin-list',
    unset: 'pages of other origins may read nothing',
    examples: ['https://shop.example.com'],
    description: 'Origins whose pages may call the API from a browser; `*` for all.'
  })),
  EVENT_LOOP_DELAY_LIMIT: whole(0, 60_000, {
    default: 1_000,
    description: 'Milliseconds by which the process may be late on average, two seconds in a row, before it answers 503 to all but probes; it does so too when 90 % of the heap are used. `0` turns both off.'
  }),
  BODY_MEMORY_MB: whole(32, 65_536, {
    default: 256,
    description: 'Megabytes of request bodies above 64 KiB that are worked on at one time; beyond it the answer is 503.'
  }),
  MAX_CONNECTIONS: whole(1, 1_000_000, {
    default: 4_096,
    description: 'Connections that one process keeps open; further ones are closed at once.'
  }),
  LOG_LEVEL: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
    default: 'info',
    description: 'Least severe log entries that are written.'
  })
})

/** Name and description of every setting, for the documentation that is generated from them. */
export const describedSettings = Object.entries(settings.properties) as unknown as ReadonlyArray<[string, SettingOptions & { type: string }]>

/** What everything else receives instead of the environment. */
export type Config = Readonly<ReturnType<typeof toConfig>>

/** The configuration can not be used; one sentence per faulty setting, never with the value of a secret. */
export class ConfigError extends Error {
  readonly faults: readonly string[]

  constructor (faults: readonly string[]) {
    super(['The configuration can not be used:', ...faults.map(fault => `  - ${fault}`)].join('\n'))
    this.name = 'ConfigError'
    this.faults = faults
  }
}

/** The configuration of this process: its environment, then the file `.env` of the working directory for what that leaves unset. */
export function loadConfig (): Config {
  return readConfig({ ...readEnvFile('.env'), ...process.env })
}

/**
 * Checks and shapes settings. Unknown variables are ignored, because an environment belongs to many programs; an empty value counts
 * as unset, because that is what shells and compose files make of a variable that was not given.
 *
 * @throws ConfigError naming every faulty variable, what was expected and what was received
 */
export function readConfig (variables: Readonly<Record<string, string | undefined>>): Config {
  const values: Record<string, string | number> = {}
  for (const [name, setting] of describedSettings) {
    const value = variables[name]?.trim()
    if (value) values[name] = setting.type === 'integer' && /^\d{1,15}$/.test(value) ? Number(value) : value
  }
  if (!isValid(values)) {
    const names = new Set(isValid.errors?.map(fault => fault.instancePath.slice(1)))
    throw new ConfigError([...names].map(name => describeFault(name, String(values[name]))))
  }
  return Object.freeze(toConfig(values))
}

function toConfig (values: Static<typeof settings>) {
  return {
    host: values.HOST,
    port: values.PORT,
    /** Without a trailing slash; unset until the server knows where it listens. */
    publicBaseUrl: values.PUBLIC_BASE_URL?.replace(/\/+$/, ''),
    trustProxy: values.TRUST_PROXY?.split(',').map(address => address.trim()),
    role: values.ROLE,
    /** Absolute path. */
    dataDir: resolve(values.DATA_DIR),
    /** Unset: an eighth of the memory, in bounds. */
    embeddedCacheMegabytes: values.EMBEDDED_CACHE_MB,
    /** Unset: the embedded engine. */
    mongodbUri: values.MONGODB_URI,
    mongodbDatabase: values.MONGODB_DATABASE,
    importMaxBytes: values.IMPORT_MAX_MB * 1_048_576,
    seed: values.SEED ?? (values.MONGODB_URI === undefined ? 'demo' as const : 'none' as const),
    productCacheBytes: values.PRODUCT_CACHE_MB * 1024 * 1024,
    feedRetentionDays: values.FEED_RETENTION_DAYS,
    rateLimits: {
      perCredential: { read: values.RATE_LIMIT_READ, write: values.RATE_LIMIT_WRITE, import: values.RATE_LIMIT_IMPORT },
      organizationFactor: values.RATE_LIMIT_ORGANIZATION_FACTOR
    },
    signingKeyMs: values.SIGNING_KEY_DAYS * 86_400_000,
    externalIssuer: toExternalIssuer(values),
    corsOrigins: values.CORS_ORIGINS?.split(',').map(origin => origin.trim()) ?? [],
    pressure: { eventLoopDelayMs: values.EVENT_LOOP_DELAY_LIMIT, bodyBytes: values.BODY_MEMORY_MB * 1024 * 1024 },
    maxConnections: values.MAX_CONNECTIONS,
    logLevel: values.LOG_LEVEL
  }
}

/** Undefined unless an external issuer is accepted. */
function toExternalIssuer (values: Static<typeof settings>) {
  if (values.OIDC_ISSUER === undefined) return undefined
  if (values.OIDC_AUDIENCE === undefined) throw new ConfigError(['OIDC_AUDIENCE must be the audience that tokens of OIDC_ISSUER have, but it is not set.'])
  if (values.OIDC_ISSUER.replace(/\/+$/, '') === values.PUBLIC_BASE_URL?.replace(/\/+$/, '')) throw new ConfigError(['OIDC_ISSUER must be another issuer than the exchange itself, but it is PUBLIC_BASE_URL.'])
  return {
    issuer: values.OIDC_ISSUER,
    audience: values.OIDC_AUDIENCE,
    algorithms: values.OIDC_ALGORITHMS.split(',').map(name => name.trim()),
    tokenType: values.OIDC_TOKEN_TYPE,
    organizationClaim: values.OIDC_ORGANIZATION_CLAIM,
    scopeClaim: values.OIDC_SCOPE_CLAIM,
    clientClaim: values.OIDC_CLIENT_CLAIM
  }
}

const formats: Record<string, (value: string) => boolean> = {
  host: value => isIP(value) !== 0 || /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i.test(value),
  'base-url': value => {
    if (!URL.canParse(value) || /[?#]/.test(value)) return false
    const url = new URL(value)
    return /^https?:$/.test(url.protocol) && url.username === '' && url.password === ''
  },
  'address-list': value => value.split(',').every(entry => {
    const [address = '', bits, ...rest] = entry.trim().split('/')
    const version = isIP(address)
    return version !== 0 && rest.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128)))
  }),
  // Neither "none" nor HMAC, which would take the public key for a shared secret.
  'algorithm-list': value => value.split(',').every(name => ASYMMETRIC_ALGORITHMS.includes(name.trim())),
  'origin-list': value => value.split(',').every(entry => entry.trim() === '*' || /^https?:\/\/[^/\s?#@,]+$/.test(entry.trim())),
  'mongodb-uri': value => /^mongodb(\+srv)?:\/\/[^/\s]+/.test(value),
  'database-name': value => /^[^\s/\\."$*<>:|?]{1,63}$/.test(value)
}

const isValid = new Ajv2020({ allErrors: true, useDefaults: true, validateSchema: false, keywords: ['expected', 'secret', 'unset'], formats })
  .compile<Static<typeof settings>>(settings)

function describeFault (name: string, value: string): string {
  const setting = describedSettings.find(([described]) => described === name)?.[1]
  const holdsSecret = setting?.secret === true || /:\/\/[^/]*@/.test(value)
  const received = holdsSecret ? 'what was given is not (it is not shown, as it may hold a password)' : `it is ${JSON.stringify(value.slice(0, 128))}`
  return `${name} must be ${setting?.expected}, but ${received}.`
}

function readEnvFile (path: string): Record<string, string | undefined> {
  try {
    return parseEnv(readFileSync(path, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw new ConfigError([`The file .env can not be read: ${(error as Error).message}.`])
  }
}
